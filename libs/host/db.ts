import type {Database, Transaction as PortTransaction, Query} from '@hearth/ports/database.js';
import {v7 as uuidv7} from 'uuid';
import type {Jobs} from './jobs.js';
import type {Outbox} from './outbox.js';
import type {AuditEntry, Db, Transaction} from './plugin.js';

/** The database as plugins see it: its transactions can also publish, queue and audit. */
export function openDb(database: Database, outbox: Outbox, jobs: Jobs): Db {
	const extended = (tx: PortTransaction): Transaction => ({
		many: <Row>(query: Query, values?: readonly unknown[]) => tx.many<Row>(query, values),
		one: <Row>(query: Query, values?: readonly unknown[]) => tx.one<Row>(query, values),
		find: <Row>(query: Query, values?: readonly unknown[]) => tx.find<Row>(query, values),
		run: (query, values) => tx.run(query, values),
		afterCommit: callback => tx.afterCommit(callback),
		publish: ({name, payload: schema}, payload) => outbox.add(tx, eventSubject(name), schema.parse(payload)),
		enqueue: (job, payload, {key} = {}) => jobs.add(tx, job, job.payload.parse(payload), key ?? null),
		audit: entry => writeAudit(tx, entry),
	});
	return {
		build: database.build,
		many: (query, values) => database.many(query, values),
		one: (query, values) => database.one(query, values),
		find: (query, values) => database.find(query, values),
		run: (query, values) => database.run(query, values),
		snapshot: (work, userId) => database.snapshot(work, userId),
		transaction: work => database.transaction(tx => work(extended(tx))),
		as: (userId, work) => database.as(userId, tx => work(extended(tx))),
	};
}

export const eventSubject = (name: string) => `events.${name}`;

async function writeAudit(tx: PortTransaction, entry: AuditEntry): Promise<void> {
	await tx.run(
		`insert into platform.audit (id, action, actor_id, user_id, resource_type, resource_id, detail, ip, user_agent, request_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		[
			uuidv7(),
			entry.action,
			entry.actor_id,
			entry.user_id === undefined ? entry.actor_id : entry.user_id,
			entry.resource?.type ?? null,
			entry.resource?.id ?? null,
			entry.detail === undefined ? null : JSON.stringify(entry.detail),
			entry.request?.ip ?? null,
			entry.request?.user_agent?.slice(0, 300) ?? null,
			entry.request?.id ?? null,
		],
	);
}
