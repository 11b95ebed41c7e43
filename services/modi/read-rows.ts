import type {Sql} from '@hearth/ports/database.js';
import type {Data} from '@hearth/records/merge.js';
import {readInOrder} from '@hearth/records/read.js';
import type {Stamps} from '@hearth/records/stamps.js';

export interface Row {
	id: string;
	data: Data;
	stamps: Stamps;
	version: number;
	device_id: string;
	created_at: Date;
	updated_at: Date;
	is_deleted: boolean;
}

const COLUMNS =
	'id, data, field_versions as stamps, version, device_id, created_at, updated_at, deleted_at is not null as is_deleted';

/** By id; tombstones too. */
export async function findRows(
	sql: Sql,
	space_id: string,
	collection: string,
	ids: readonly string[],
): Promise<Map<string, Row>> {
	if (ids.length === 0) return new Map();
	const rows = await sql.many<Row>(
		// `offset 0`: each by its key, whatever the planner believes of the table.
		`select ${COLUMNS} from unnest($3::text[]) as asked(i),
			lateral (select * from records.records where space_id = $1 and collection = $2 and id = i offset 0) as r`,
		[space_id, collection, [...new Set(ids)]],
	);
	return new Map(rows.map(row => [row.id, row]));
}

/** Of one day, the newest first; the first index of these collections is the day. */
export const readRowsOfDay = (sql: Sql, space_id: string, collection: string, date: string): Promise<Row[]> =>
	sql.many<Row>(
		`select ${COLUMNS} from records.records
		where space_id = $1 and collection = $2 and index_1 = $3 and deleted_at is null order by version desc limit 10000`,
		[space_id, collection, date],
	);

const BATCH = 500;
// Nobody keeps that much of one kind; where somebody does, `has_more` says so, and the next cursor goes on from there.
const MOST_CHARS = 64 * 1024 * 1024;

/**
 * What was written above a version, each record once, by version; tombstones only with `deleted`. Cut between two transactions alone,
 * for the cursor is a transaction's time.
 */
export async function readRowsSince(
	sql: Sql,
	space_id: string,
	collection: string,
	{since, deleted, most_chars = MOST_CHARS}: {since: number; deleted: boolean; most_chars?: number},
): Promise<{rows: Row[]; has_more: boolean}> {
	await readInOrder(sql);
	const rows: Row[] = [];
	let chars = 0;
	for (;;) {
		const batch = await sql.many<Row & {chars: number}>(
			`select ${COLUMNS}, length(data::text) as chars from records.records
			where space_id = $1 and collection = $2 and version > $3 and ${deleted ? 'version > 0' : 'deleted_at is null'}
			order by version limit ${BATCH}`,
			[space_id, collection, rows.at(-1)?.version ?? since],
		);
		for (const {chars: size, ...row} of batch) {
			const last = rows.at(-1);
			const isNextTransaction = last !== undefined && last.updated_at.getTime() !== row.updated_at.getTime();
			if (chars > most_chars && isNextTransaction) return {rows, has_more: true};
			chars += size;
			rows.push(row);
		}
		if (batch.length < BATCH) return {rows, has_more: false};
	}
}
