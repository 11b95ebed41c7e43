import type {Sql} from '@hearth/ports/database.js';

/** Rows held in memory at a time; a record may have a megabyte. */
const BATCH = 200;

/** The rows of a query, some at a time. `sql` is a transaction, in which it is the only one of its kind at the time. */
export async function* readRows<Row>(sql: Sql, query: string, values: readonly unknown[]): AsyncIterable<Row[]> {
	await sql.run(`declare watermelon_rows no scroll cursor for ${query}`, values);
	for (;;) {
		const rows = await sql.many<Row>(`fetch ${BATCH} from watermelon_rows`);
		if (rows.length > 0) yield rows;
		if (rows.length < BATCH) break;
	}
	await sql.run('close watermelon_rows');
}
