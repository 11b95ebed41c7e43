import type {Context} from '@hearth/host/plugin.js';

const BATCH = 200;
/** Rows that one statement deletes. */
const ERASED_AT_ONCE = 20_000;

/** In whose order they are read. The documents' newest form is among the records, too; here are their other revisions. */
const files: {file: string; table: string; key: readonly string[]; columns: string}[] = [
	{
		file: 'couchdb-databases.json',
		table: 'databases',
		key: ['name'],
		columns: 'name, collection, last_seq, created_at',
	},
	{
		file: 'couchdb-documents.json',
		table: 'documents',
		key: ['database', 'id'],
		columns: 'database, id, seq, rev, is_deleted, revisions',
	},
	{file: 'couchdb-revisions.json', table: 'bodies', key: ['database', 'id', 'rev'], columns: 'database, id, rev, body'},
	{
		file: 'couchdb-local-documents.json',
		table: 'local_documents',
		key: ['database', 'id'],
		columns: 'database, id, rev, body, updated_at',
	},
];

/** Every revision that is kept, and what clients left for themselves. */
export async function* exportDatabases(userId: string, {db}: Context): AsyncIterable<{file: string; rows: unknown[]}> {
	for (const {file, table, key, columns} of files) {
		let last: unknown[] = [];
		for (;;) {
			const places = last.map((_, index) => `$${index + 2}`).join(', ');
			const rows: Record<string, unknown>[] = await db.as(userId, tx =>
				tx.many(
					`select ${columns} from couchdb.${table} where user_id = $1 ${last.length === 0 ? '' : `and (${key.join(', ')}) > (${places})`}
					order by ${key.join(', ')} limit ${BATCH}`,
					[userId, ...last],
				),
			);
			if (rows.length > 0) yield {file, rows};
			const end: Record<string, unknown> | undefined = rows.at(-1);
			if (end === undefined || rows.length < BATCH) break;
			last = key.map(column => end[column]);
		}
	}
}

/** In batches, the databases last: who is cut off begins again where it was. */
export async function eraseDatabases(userId: string, {db}: Context): Promise<void> {
	for (const table of ['local_documents', 'bodies', 'documents', 'databases']) {
		for (;;) {
			const erased = await db.as(userId, tx =>
				tx.run(
					`delete from couchdb.${table} where ctid = any(array(
						select ctid from couchdb.${table} where user_id = $1 limit ${ERASED_AT_ONCE}
					))`,
					[userId],
				),
			);
			if (erased < ERASED_AT_ONCE) break;
		}
	}
}
