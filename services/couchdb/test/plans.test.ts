import {randomUUID} from 'node:crypto';
import type {Query, Sql} from '@hearth/ports/database.js';
import {asOwner} from '@hearth/ports/drivers/postgres.js';
import {freshDatabase} from '@hearth/ports/test-database.js';
import test from 'ava';
import {readBodies, readTrees} from '../read-documents.js';
import {StoredDocuments} from '../stored-documents.js';

// What each look-up reads of 20,000 documents. PostgreSQL says how it found the rows.

const DOCUMENTS = 20_000;
const ADA = randomUUID();
const DATABASE = {
	name: 'notes',
	collection: 'documents',
	last_seq: DOCUMENTS,
	followed_version: 0,
	floor: 0,
	epoch: randomUUID(),
};

interface Node {
	'Node Type': string;
	'Relation Name'?: string;
	'Actual Rows'?: number;
	'Actual Loops'?: number;
	'Rows Removed by Filter'?: number;
	Plans?: Node[];
}

function rowsRead(node: Node): number {
	const own =
		node['Relation Name'] === undefined
			? 0
			: ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 1);
	return (node.Plans ?? []).reduce((sum, child) => sum + rowsRead(child), own);
}

/** Answers as `sql` does, and adds up the rows of tables that were looked at for it. */
function counting(sql: Sql) {
	const looked = {rows: 0};
	const explain = async (query: Query, values?: readonly unknown[]) => {
		const [row] = await sql.many<{'QUERY PLAN': [{Plan: Node}]}>(`explain (analyze, format json) ${query}`, values);
		looked.rows += row === undefined ? 0 : rowsRead(row['QUERY PLAN'][0].Plan);
	};
	const counted: Sql = {
		many: async (query, values) => explain(query, values).then(() => sql.many(query, values)),
		one: async (query, values) => explain(query, values).then(() => sql.one(query, values)),
		find: async (query, values) => explain(query, values).then(() => sql.find(query, values)),
		run: async (query, values) => explain(query, values).then(() => sql.run(query, values)),
	};
	return {looked, sql: counted};
}

test('a document is looked up by its key, whether or not PostgreSQL has looked at the tables before', async t => {
	const fresh = await freshDatabase({
		template: {
			key: 'couchdb plans',
			prepare: async prepared => {
				for (const name of ['records', 'couchdb']) {
					await prepared.migrate(name, new URL(`../../../migrations/${name}/`, import.meta.url));
				}
			},
		},
	});
	t.teardown(() => fresh.close());
	await fresh.database.as(ADA, async tx => {
		await tx.run(
			`insert into couchdb.documents (user_id, database, id, seq, revisions, rev, is_deleted)
			select $1, 'notes', 'd' || n, n, '[]', '1-a', false from generate_series(1, ${DOCUMENTS}) n`,
			[ADA],
		);
		await tx.run(
			`insert into couchdb.bodies (user_id, database, id, rev, body)
			select $1, 'notes', 'd' || n, '1-a', '{}' from generate_series(1, ${DOCUMENTS}) n`,
			[ADA],
		);
	});
	const wanted = Array.from({length: 25}, (_, n) => ({id: `d${n * 700 + 1}`, rev: '1-a'}));
	const ids = wanted.map(({id}) => id);
	for (const when of ['before', 'after']) {
		await fresh.database.as(ADA, async tx => {
			const {looked, sql} = counting(tx);
			t.is((await readTrees(sql, ADA, 'notes', ids)).size, 25);
			t.is(looked.rows, 25, `trees, ${when}`);
			t.is((await readBodies(sql, ADA, 'notes', wanted)).size, 25);
			t.is(looked.rows, 50, `bodies, ${when}`);
			await new StoredDocuments(sql, ADA, DATABASE).load(ids);
			t.is(looked.rows, 100, `both, to be written, ${when}`);
		});
		await asOwner(fresh.url, sql => sql.run('vacuum analyze couchdb.documents, couchdb.bodies'));
	}
});
