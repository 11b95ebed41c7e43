import type {Sql} from '@hearth/ports/database.js';
import {ResyncRequired} from '@hearth/records/apply.js';
import type {Data} from '@hearth/records/merge.js';
import {type Pulled, type PulledRow, pull, readHead} from '@hearth/records/read.js';
import type {Asked, Checkpoint} from './checkpoint.js';
import {type Fields, type RxDocument, toDocument} from './documents.js';

export interface Page {
	documents: RxDocument[];
	checkpoint: Checkpoint;
	has_more: boolean;
	/** The checkpoint was not of this state. */
	started_over: boolean;
}

/**
 * What was written of a collection since a checkpoint, each document once. Of a checkpoint that is not of this state of the house all is
 * told anew, deletes that are still known too: RxDB has no other way to start over. `sql` is one snapshot of the space.
 */
export async function readDocuments(
	sql: Sql,
	space_id: string,
	{collection, asked, limit, fields}: {collection: string; asked: Asked; limit: number; fields: Fields},
): Promise<Page> {
	const {
		rows,
		head,
		next_since,
		has_more,
		started_over = false,
	} = await readRows(sql, space_id, [collection], asked, limit);
	const last = await lastFields(sql, space_id, rows);
	return {
		documents: rows.map(row => toDocument(row.record_id, stateOfRow(row, last), fields)),
		// A first page holds all from before the floor, so its checkpoint is not below it.
		checkpoint: {seq: Math.max(next_since, head.floor), epoch: head.epoch},
		has_more,
		started_over,
	};
}

async function readRows(
	sql: Sql,
	space_id: string,
	collections: string[],
	asked: Asked,
	limit: number,
): Promise<Pulled & {started_over?: boolean}> {
	if (asked === 'nothing') return pull(sql, space_id, {since: 0, limit, collections});
	if (asked === 'unknown') return startOver(sql, space_id, collections, limit);
	try {
		const {seq: since, epoch} = asked;
		return await pull(sql, space_id, {since, ...(epoch === '' ? {} : {epoch}), limit, collections});
	} catch (error) {
		if (error instanceof ResyncRequired) return startOver(sql, space_id, collections, limit);
		throw error;
	}
}

/** A first pull knows no deletes; one from the floor does. */
async function startOver(
	sql: Sql,
	space_id: string,
	collections: string[],
	limit: number,
): Promise<Pulled & {started_over: boolean}> {
	const head = await readHead(sql, space_id);
	const from = Math.max(head.floor, 1);
	const first = await pull(sql, space_id, {since: 0, limit: 1, collections});
	if (head.version <= from) return {...first, started_over: true};
	const rows = first.rows.filter(({version}) => version <= from);
	const rest = await pull(sql, space_id, {since: from, limit: Math.max(1, limit - rows.length), collections});
	return {...rest, rows: [...rows, ...rest.rows], started_over: true};
}

const stateOfRow = ({op, data, version}: PulledRow, last: ReadonlyMap<number, Data>) =>
	op === 'delete'
		? {is_deleted: true, data: last.get(version) ?? {}}
		: {is_deleted: false, data: JSON.parse(data) as Data};

const lastFields = (sql: Sql, space_id: string, rows: readonly PulledRow[]): Promise<Map<number, Data>> =>
	fieldsBefore(
		sql,
		space_id,
		rows.flatMap(({op, version}) => (op === 'delete' ? [version] : [])),
	);

/** What deleted records held, by the version of the delete, as long as the log knows: an app's schema may ask for its fields even then. */
export async function fieldsBefore(sql: Sql, space_id: string, deletes: readonly number[]): Promise<Map<number, Data>> {
	if (deletes.length === 0) return new Map();
	const rows = await sql.many<{version: number; previous: Data | null}>(
		'select version, previous from records.changes where space_id = $1 and version = any($2)',
		[space_id, deletes],
	);
	return new Map(rows.flatMap(({version, previous}) => (previous === null ? [] : [[version, previous]])));
}

/** The checkpoint of what was written before a time; where there was nothing, all is told, deletes too. */
export async function checkpointAt(sql: Sql, space_id: string, at: Date): Promise<Asked> {
	const {floor, epoch} = await readHead(sql, space_id);
	const newest = await sql.find<{version: number}>(
		'select version from records.records where space_id = $1 and version > 0 and updated_at < $2 order by version desc limit 1',
		[space_id, at],
	);
	const seq = Math.max(newest?.version ?? 0, floor);
	return seq === 0 ? 'unknown' : {seq, epoch};
}
