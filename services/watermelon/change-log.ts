import type {Sql} from '@hearth/ports/database.js';
import type {Data} from '@hearth/records/merge.js';
import type {AnswerText} from './answer-text.js';
import {columnsOf, rawOf} from './columns.js';
import {readRows} from './read-rows.js';
import {tables} from './tables.js';

interface Row {
	version: number;
	collection: string;
	record_id: string;
	change: 'created' | 'updated' | 'deleted';
	data: Data;
	at: Date;
}

/** What there is now, each record as if it had just been made. */
const CONSOLIDATED = `select version, collection, id as record_id, 'created' as change, data, updated_at as at
	from records.records where space_id = $1 and collection = any($2) and version > 0 and version > $3 and deleted_at is null order by version`;
// A change that is so old that the log has let go of its fields tells the record as it is now.
const LOGGED = `select c.version, c.collection, c.record_id, coalesce(c.data, r.data, '{}') as data, c.server_timestamp as at,
		case when c.op = 'delete' then 'deleted' when coalesce(p.op, 'delete') = 'delete' then 'created' else 'updated' end as change
	from records.changes c
	left join records.changes p on p.space_id = $1 and p.version = c.prior_version
	left join records.records r on r.space_id = $1 and r.collection = c.collection and r.id = c.record_id
	where c.space_id = $1 and c.collection = any($2) and c.version > $3 order by c.version`;

/** Writes a list of change rows, oldest first, of an update only what it wrote: for clients that play a log back. */
export async function writeChangeLog(
	sql: Sql,
	space_id: string,
	text: AnswerText,
	{since, isFirst}: {since: number; isFirst: boolean},
): Promise<void> {
	let before = '[';
	const names = [...tables.keys()];
	for await (const rows of readRows<Row>(sql, isFirst ? CONSOLIDATED : LOGGED, [space_id, names, since])) {
		let piece = '';
		for (const row of rows) {
			piece += before + JSON.stringify(logged(row, space_id));
			before = ',';
		}
		await text.add(piece);
	}
	await text.add(before === '[' ? '[]' : ']');
}

function logged({version, collection, record_id, change, data, at}: Row, userId: string): object {
	const table = tables.get(collection);
	if (table === undefined) throw new Error(`Asked for what is no table: ${collection}`);
	const whole = change === 'created' ? rawOf(table, record_id, data) : {id: record_id, ...columnsOf(table, data)};
	return {
		id: version,
		tableName: collection,
		recordId: record_id,
		changeType: change,
		changes: change === 'deleted' ? null : whole,
		userId,
		timestamp: at.getTime(),
	};
}
