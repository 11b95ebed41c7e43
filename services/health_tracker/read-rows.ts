import type {Sql} from '@hearth/ports/database.js';
import type {Data} from '@hearth/records/merge.js';
import {readInOrder} from '@hearth/records/read.js';
import {type Stamps, stampsOf} from '@hearth/records/stamps.js';

export interface Row {
	id: string;
	collection: string;
	data: Data;
	stamps: Stamps;
	version: number;
	device_id: string;
	updated_at: Date;
	is_deleted: boolean;
}

const COLUMNS =
	'id, collection, data, field_versions as stamps, version, device_id, updated_at, deleted_at is not null as is_deleted';

/** By id. */
export async function findRows(
	sql: Sql,
	space_id: string,
	collection: string,
	ids: readonly string[],
): Promise<Map<string, Row>> {
	const rows = await sql.many<Row>(
		// `offset 0`: each by its key, whatever the planner believes of the table.
		`select ${COLUMNS} from unnest($3::text[]) as asked(i),
			lateral (select * from records.records where space_id = $1 and collection = $2 and id = i offset 0) as r`,
		[space_id, collection, [...new Set(ids)]],
	);
	return new Map(rows.map(row => [row.id, row]));
}

const BATCH = 500;
// Nobody keeps that much of one kind; where somebody does, `has_more` says so, and the token goes on from there.
const MOST_CHARS = 64 * 1024 * 1024;

/**
 * What was written above a version, each record once, by version; `limit` null for all. Tombstones are left out where `since` is null, of
 * whoever has nothing yet.
 */
export async function readRowsSince(
	sql: Sql,
	space_id: string,
	collection: string,
	{since, limit}: {since: number | null; limit: number | null},
): Promise<{rows: Row[]; has_more: boolean}> {
	await readInOrder(sql);
	const rows: Row[] = [];
	let chars = 0;
	for (;;) {
		const from = rows.at(-1)?.version ?? since ?? 0;
		const size = Math.min(BATCH, limit === null ? BATCH : limit + 1 - rows.length);
		const batch = await sql.many<Row & {chars: number}>(
			`select ${COLUMNS}, length(data::text) as chars from records.records
			where space_id = $1 and collection = $2 and version > 0 and version > $3 ${since === null ? 'and deleted_at is null' : ''}
			order by version limit $4`,
			[space_id, collection, from, size],
		);
		for (const row of batch) {
			chars += row.chars;
			if (rows.length === limit || (chars > MOST_CHARS && rows.length > 0)) return {rows, has_more: true};
			rows.push(row);
		}
		if (batch.length < size) return {rows, has_more: false};
	}
}

/** When the app last changed it, by the device's clock, as far as we believe that. */
export const changedAt = ({stamps}: Pick<Row, 'stamps'>): number => Math.max(...stampsOf(stamps).map(([, , ms]) => ms));
