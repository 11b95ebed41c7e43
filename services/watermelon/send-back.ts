import {hash} from 'node:crypto';
import type {Transaction} from '@hearth/host/plugin.js';
import type {Applied, Head, Push} from '@hearth/records/apply.js';
import type {Mutation} from '@hearth/records/mutation.js';
import {emptyOf} from './columns.js';
import type {PushedRecord} from './read-push.js';

const keyOf = (collection: string, id: string): string => `${collection}\n${id}`;
const keyOfPushed = ({mutation}: PushedRecord): string => keyOf(mutation.collection, mutation.record_id);

interface Taken {
	pushed: readonly PushedRecord[];
	applied: Applied;
	/** Of the space, before the push. */
	before: Head;
	/** Edits of records that the device knew to be deleted. */
	revived: ReadonlySet<PushedRecord>;
	of: Pick<Push, 'space_id' | 'actor_id' | 'device_id'>;
	apply: (push: Omit<Push, 'now'>) => Promise<Applied>;
}

/**
 * What a push was taken for but cannot stay: a child whose parent was deleted elsewhere, an edit of what was deleted. Each becomes a
 * tombstone at once, which the next pull brings to the device that pushed it, too. And where a value was put right into what was stored
 * already, nothing was written and the device would keep its own for ever: the record is written anew, so that it comes back as well.
 * Under the lock that the push took, in its transaction.
 */
export async function sendBack(tx: Transaction, {pushed, applied, before, revived, of, apply}: Taken): Promise<void> {
	const kept = pushed.filter(({mutation}, index) => {
		return mutation.op === 'upsert' && applied.results[index]?.status !== 'rejected';
	});
	const doomed = await withOrphans(tx, of.space_id, kept, new Set([...revived].map(keyOfPushed)));
	const written = new Set(applied.changes.map(({collection, record_id}) => keyOf(collection, record_id)));
	const mutations: Mutation[] = [];
	const done = new Set<string>();
	for (const one of kept) {
		const key = keyOfPushed(one);
		if (done.has(key)) continue;
		if (doomed.has(key)) mutations.push(another(one, before, 'bury', {op: 'delete'}));
		else if (one.isAltered && !written.has(key)) mutations.push(...writtenAnew(one, before));
		else continue;
		done.add(key);
	}
	if (mutations.length > 0) await apply({...of, mutations});
}

/** `doomed`, and all whose parents are or were deleted. A push is in the order of tables, parents first. */
async function withOrphans(
	tx: Transaction,
	space_id: string,
	pushed: readonly PushedRecord[],
	doomed: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
	const parents = pushed.flatMap(parentsOf);
	if (parents.length === 0) return doomed;
	const deleted = await tx.many<{collection: string; id: string}>(
		`select r.collection, r.id from (select distinct c, i from unnest($2::text[], $3::text[]) as asked(c, i)) as asked
		join records.records r on r.space_id = $1 and r.collection = c and r.id = i where r.deleted_at is not null`,
		[space_id, parents.map(({table}) => table), parents.map(({id}) => id)],
	);
	const gone = new Set([...doomed, ...deleted.map(({collection, id}) => keyOf(collection, id))]);
	for (const one of pushed) {
		if (parentsOf(one).some(({table, id}) => gone.has(keyOf(table, id)))) gone.add(keyOfPushed(one));
	}
	return gone;
}

const parentsOf = ({table, mutation: {data = {}}}: PushedRecord): {table: string; id: string}[] =>
	Object.entries(table.parents).flatMap(([column, parent]) => {
		const id = data[column];
		return typeof id === 'string' ? [{table: parent, id}] : [];
	});

/** One more mutation of the same record; with the head in its id, since it may be due again another time. */
function another(
	{mutation}: PushedRecord,
	{version}: Head,
	why: 'bury' | 'away' | 'back',
	asks: Pick<Mutation, 'op' | 'data'>,
): Mutation {
	const {id, collection, record_id, base_version, client_timestamp} = mutation;
	return {
		id: hash('sha256', `${id} ${why} ${version}`),
		collection,
		record_id,
		base_version,
		client_timestamp,
		...asks,
	};
}

/** The same value by way of another one, since a write without effect is none. */
function writtenAnew(one: PushedRecord, before: Head): Mutation[] {
	const [written] = Object.entries(one.mutation.data ?? {});
	if (written === undefined) return [];
	const [column, value] = written;
	const other = value === null ? emptyOf(one.table.kindOf(column)) : null;
	return [
		another(one, before, 'away', {op: 'upsert', data: {[column]: other}}),
		another(one, before, 'back', {op: 'upsert', data: {[column]: value}}),
	];
}
