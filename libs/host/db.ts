import type {Database, Transaction as PortTransaction, Query, Sql} from '@hearth/ports/database.js';
import {v7 as uuidv7} from 'uuid';
import {PublicError} from './errors.js';
import type {Jobs} from './jobs.js';
import type {Outbox} from './outbox.js';
import type {AuditEntry, Db, Transaction} from './plugin.js';

/**
 * The database as plugins see it: its transactions can also publish, queue and audit, and where it is away they hear UNAVAILABLE,
 * which a caller is told.
 */
export function openDb(database: Database, outbox: Outbox, jobs: Jobs): Db {
	const extended = (bare: PortTransaction): Transaction => {
		const tx: PortTransaction = {...queries(bare), afterCommit: callback => bare.afterCommit(callback)};
		return {
			...tx,
			publish: ({name, payload: schema}, payload) => outbox.add(tx, eventSubject(name), schema.parse(payload)),
			enqueue: (job, payload, {key} = {}) => jobs.add(tx, job, job.payload.parse(payload), key ?? null),
			audit: entry => writeAudit(tx, entry),
		};
	};
	return {
		build: database.build,
		...queries(database),
		snapshot: (work, userId) =>
			within(
				run => database.snapshot(run, userId),
				(sql: Sql) => work(queries(sql)),
			),
		transaction: work =>
			within(
				run => database.transaction(run),
				(tx: PortTransaction) => work(extended(tx)),
			),
		as: (userId, work) =>
			within(
				run => database.as(userId, run),
				(tx: PortTransaction) => work(extended(tx)),
			),
	};
}

const queries = (sql: Sql): Sql => ({
	many: <Row>(query: Query, values?: readonly unknown[]) => sql.many<Row>(query, values).catch(refuse),
	one: <Row>(query: Query, values?: readonly unknown[]) => sql.one<Row>(query, values).catch(refuse),
	find: <Row>(query: Query, values?: readonly unknown[]) => sql.find<Row>(query, values).catch(refuse),
	run: (query, values) => sql.run(query, values).catch(refuse),
});

/** A transaction whose own beginning and end may find the database away; what `work` throws stays what it is. */
async function within<T, Tx>(
	begin: (run: (tx: Tx) => Promise<T>) => Promise<T>,
	work: (tx: Tx) => Promise<T>,
): Promise<T> {
	let worksOwn: unknown;
	try {
		return await begin(async tx => {
			try {
				return await work(tx);
			} catch (error) {
				worksOwn = error;
				throw error;
			}
		});
	} catch (error) {
		if (error === worksOwn) throw error;
		return refuse(error);
	}
}

function refuse(error: unknown): never {
	if (!isAway(error)) throw error;
	throw new PublicError('UNAVAILABLE', 'The database of Hearth is down, starting or full. Try again shortly.', {
		details: {part: 'database'},
		cause: error,
	});
}

/** Whether the database could not be reached, went away or has no room; what it has against a statement is not that. */
function isAway(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	const {code, syscall} = error as NodeJS.ErrnoException;
	// Connection exceptions, no room on the disk or for another connection, a server that shuts down, crashed or is starting, a disk
	// that fails: PostgreSQL, appendix A.
	if (syscall !== undefined || /^(08...|53...|57P0.|58...)$/.test(code ?? '')) return true;
	// What the library says of a server that hangs, and of one that takes too long to be connected to.
	return /^(Connection terminated|Client has encountered a connection error|timeout expired|timeout exceeded when trying to connect|Query read timeout)/.test(
		error.message,
	);
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
