import type {Sql} from '@hearth/ports/database.js';
import type {Head} from './apply.js';
import {ResyncRequired} from './apply.js';
import {type Checksum, EMPTY_SUM} from './checksum.js';
import type {Clash, Data} from './merge.js';

// All reads by version, never by a clock. Each takes one snapshot of the space's owner (`db.snapshot(work, userId)`).

/** The head of a space; of one that was never written, all zero with an empty epoch. */
export async function readHead(sql: Sql, space_id: string): Promise<Head> {
	const head = await sql.find<Head>('select version, at_ms, epoch, floor from records.heads where space_id = $1', [
		space_id,
	]);
	return head ?? {version: 0, at_ms: 0, epoch: NO_EPOCH, floor: 0};
}

/**
 * Until the transaction ends rows come in the order of an index rather than sorted. Of a table that it has not analysed yet PostgreSQL
 * believes that everybody has few rows, and would read and sort all that are left for each page.
 */
export const readInOrder = (sql: Sql): Promise<number> => sql.run("select set_config('enable_sort', 'off', true)");

/** Of a space that was never written: nothing can have been lost of it. */
export const NO_EPOCH = '00000000-0000-0000-0000-000000000000';

export interface PulledRow {
	version: number;
	collection: string;
	record_id: string;
	op: 'upsert' | 'delete';
	/** JSON text, as it goes out; `null` of a tombstone. */
	data: string;
	device_id: string;
	updated_at: Date;
	created_at: Date;
}

export interface Pulled {
	rows: PulledRow[];
	head: Head;
	/** The cursor of the next pull. */
	next_since: number;
	has_more: boolean;
}

/** A page ends at whichever comes first; one row always fits. */
const PAGE_BYTES = 8 * 1024 * 1024;

/**
 * The records changed above `since`, each once, by version. A first pull (`since` 0) is not cut below the floor, whatever the limit:
 * a cursor there would look like that of a device that was away for too long. It is cut where the caller can tell the two apart: then
 * `isOfFirstPull` answers, for a cursor below the floor, whether it is of a first pull that began since the floor was raised last. Throws
 * `ResyncRequired` where the cursor is not of this state: another epoch, above the head, or below the tombstones that are gone.
 */
export async function pull(
	sql: Sql,
	space_id: string,
	{
		since,
		epoch,
		limit,
		collections,
		isOfFirstPull,
	}: {
		since: number;
		epoch?: string | undefined;
		limit: number;
		collections?: string[] | undefined;
		isOfFirstPull?: (() => Promise<boolean>) | undefined;
	},
): Promise<Pulled> {
	const [head] = await Promise.all([readHead(sql, space_id), readInOrder(sql)]);
	const isFirst = since > 0 && since < head.floor && (await isOfFirstPull?.()) === true;
	refuseForeignCursor(isFirst ? {...head, floor: 0} : head, since, epoch);
	if (since === head.version) return {rows: [], head, next_since: since, has_more: false};
	const uncut = since === 0 && isOfFirstPull === undefined ? head.floor : 0;
	const size = Math.max(limit, await countUpTo(sql, space_id, uncut, collections));
	const rows = await sql.many<PulledRow & {is_over: boolean}>(
		`select version, collection, record_id, op, device_id, updated_at, created_at, bytes > ${PAGE_BYTES} and version > $4 as is_over,
			case when op = 'upsert' and (bytes <= ${PAGE_BYTES} or version <= $4) then data::text else 'null' end as data
		from (
			-- Of the rows before it, so that one row always fits.
			select *, sum(size) over (order by version) - size as bytes
			from (
				-- The size as text: what is stored may be a hundredth of it.
				select version, collection, id as record_id, case when deleted_at is null then 'upsert' else 'delete' end as op,
					data, octet_length(data::text) as size, updated_at, created_at, device_id
				from records.records r
				where space_id = $1 and version > 0 and version > $2 ${since === 0 ? 'and deleted_at is null' : ''}
					${collections === undefined ? '' : 'and collection = any($5)'}
				order by version limit $3
			) as sized
		) as page order by version`,
		[space_id, since, size + 1, uncut, ...(collections === undefined ? [] : [collections])],
	);
	const fitting = rows.findIndex(({is_over}) => is_over);
	const page = rows.slice(0, fitting === -1 ? size : Math.min(fitting, size));
	const last = page.at(-1);
	const isCut = last !== undefined && page.length < rows.length;
	return {rows: page, head, next_since: isCut ? last.version : head.version, has_more: isCut};
}

async function countUpTo(
	sql: Sql,
	space_id: string,
	version: number,
	collections: string[] | undefined,
): Promise<number> {
	if (version === 0) return 0;
	const {count} = await sql.one<{count: number}>(
		`select count(*)::integer as count from records.records where space_id = $1 and version > 0 and version <= $2 and deleted_at is null
		${collections === undefined ? '' : 'and collection = any($3)'}`,
		[space_id, version, ...(collections === undefined ? [] : [collections])],
	);
	return count;
}

function refuseForeignCursor(head: Head, since: number, epoch: string | undefined) {
	if (since > 0 && epoch !== undefined && epoch !== head.epoch) {
		throw new ResyncRequired(
			'The server’s records were restored from a backup. Start over: pull from 0, then push what is waiting.',
		);
	}
	if (since > head.version) {
		throw new ResyncRequired(`since is above the newest version, ${head.version}. Start over: pull from 0.`);
	}
	if (since > 0 && since < head.floor) {
		throw new ResyncRequired(
			'This device was away for so long that deletes it has not seen are gone. Start over: pull from 0.',
		);
	}
}

export interface ReadRecord {
	id: string;
	data: Data;
	version: number;
	created_at: Date;
	updated_at: Date;
}

/** A live record; null where there is none. */
export const findRecord = (sql: Sql, space_id: string, collection: string, id: string): Promise<ReadRecord | null> =>
	sql.find<ReadRecord>(
		`select id, data, version, created_at, updated_at from records.records
		where space_id = $1 and collection = $2 and id = $3 and deleted_at is null`,
		[space_id, collection, id],
	);

export async function readChecksums(
	sql: Sql,
	space_id: string,
	collections: readonly string[],
): Promise<{head: Head; collections: Record<string, Checksum>}> {
	const head = await readHead(sql, space_id);
	const rows = await sql.many<{collection: string; count: number; checksum: string}>(
		'select collection, count, sum as checksum from records.checksums where space_id = $1 and collection = any($2)',
		[space_id, collections],
	);
	const known = new Map(rows.map(({collection, count, checksum}) => [collection, {count, checksum}]));
	return {
		head,
		collections: Object.fromEntries(
			collections.map(name => [name, known.get(name) ?? {count: 0, checksum: EMPTY_SUM}]),
		),
	};
}

export interface ReadConflict extends Clash {
	id: string;
	collection: string;
	record_id: string;
	device_id: string;
	version: number;
	created_at: Date;
}

/** What awaits the person, oldest first, after the given one. */
export const listConflicts = (
	sql: Sql,
	space_id: string,
	{after, limit}: {after: {created_at: Date; id: string} | null; limit: number},
): Promise<ReadConflict[]> =>
	sql.many<ReadConflict>(
		`select id, collection, record_id, fields, base, local, server, device_id, version, created_at from records.conflicts
		where space_id = $1 and resolved_at is null ${after === null ? '' : 'and (created_at, id) > ($3, $4)'}
		order by created_at, id limit $2`,
		[space_id, limit, ...(after === null ? [] : [after.created_at, after.id])],
	);
