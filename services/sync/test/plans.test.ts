import {randomUUID} from 'node:crypto';
import type {Database, Query, Sql} from '@hearth/ports/database.js';
import {asOwner} from '@hearth/ports/drivers/postgres.js';
import {freshDatabase} from '@hearth/ports/test-database.js';
import {listConflicts, pull, readChecksums} from '@hearth/records/read.js';
import test, {type ExecutionContext} from 'ava';
import {listRecords} from '../collection-routes.js';
import {forgetTombstones} from '../compact-tombstones.js';
import {newestConflicts} from '../live.js';
import {notes} from './fixtures.js';

// What each question reads of 100,000 records of one person, beside as many of another. PostgreSQL says how it found the rows.

const RECORDS = 100_000;
const [ADA, BOB] = [randomUUID(), randomUUID()];
const MIGRATIONS = ['records', 'sync'];

const filled = (async () => {
	const fresh = await freshDatabase({
		template: {
			key: 'sync plans',
			prepare: async prepared => {
				for (const name of MIGRATIONS) {
					await prepared.migrate(name, new URL(`../../../migrations/${name}/`, import.meta.url));
				}
			},
		},
	});
	for (const space of [ADA, BOB]) {
		await fresh.database.as(space, async tx => {
			await tx.run('insert into records.heads (space_id, version, at_ms) values ($1, $2, $3)', [
				space,
				RECORDS,
				Date.now(),
			]);
			// Four collections; every hundredth record is deleted, every thousandth a conflict; 500 days with 50 notes each.
			await tx.run(
				`insert into records.records (space_id, collection, id, data, field_versions, version, device_id, created_at, updated_at, deleted_at, index_1)
				select $1, (array['notes', 'a', 'b', 'c'])[1 + n % 4], 'r' || n,
					case when n % 100 = 0 then '{}' else jsonb_build_object('title', repeat('x', 60), 'date', n / 200) end, '{}', n, 'phone',
					at, at, case when n % 100 = 0 then at end, case when n % 100 <> 0 then (n / 200)::text end
				from (select n, timestamptz '2026-01-01' + n * interval '1 second' as at from generate_series(1, ${RECORDS}) n) as made`,
				[space],
			);
			await tx.run(
				`insert into records.changes (space_id, version, collection, record_id, op, data, previous, prior_version, actor_id, device_id,
					mutation_id, client_timestamp, server_timestamp)
				select $1, n, 'notes', 'r' || n, 'upsert', '{}', '{}', 0, $1, 'phone', 'm' || n, now(), now() from generate_series(1, ${RECORDS}) n`,
				[space],
			);
			await tx.run(
				`insert into records.conflicts (space_id, id, collection, record_id, fields, device_id, mutation_id, version, created_at, resolved_at)
				select $1, gen_random_uuid(), 'notes', 'r' || n, '{}', 'phone', 'm', n, now() + n * interval '1 second',
					case when n % 10 > 0 then now() end
				from generate_series(1, ${RECORDS / 10}) n`,
				[space],
			);
			await tx.run(
				`insert into records.devices (space_id, id, acked_version) values ($1, 'phone', 5000), ($1, 'laptop', 90000)`,
				[space],
			);
			await tx.run(`insert into records.checksums (space_id, collection, count, sum) values ($1, 'notes', 1, '')`, [
				space,
			]);
		});
	}
	const unknown = await looksAt(fresh.database, sql => pull(sql, ADA, {since: 40_000, limit: 1000}));
	await asOwner(fresh.url, async sql => {
		// Of a large house; so few pages as ours would be read one after another, whatever the index.
		await sql.run('insert into records.heads (space_id) select gen_random_uuid() from generate_series(1, 20000)');
		await sql.run(
			`insert into records.devices (space_id, id) select gen_random_uuid(), 'phone' from generate_series(1, 20000)`,
		);
		await sql.run(
			`insert into records.checksums (space_id, collection, count, sum) select gen_random_uuid(), 'notes', 1, '' from generate_series(1, 20000)`,
		);
		await sql.run('vacuum analyze');
	});
	return {database: fresh.database, close: fresh.close, unknown};
})();

test.after.always(async () => {
	await (await filled).close();
});

interface Node {
	'Node Type': string;
	'Relation Name'?: string;
	'Index Name'?: string;
	'Actual Rows'?: number;
	'Actual Loops'?: number;
	'Rows Removed by Filter'?: number;
	Plans?: Node[];
}

/** What was asked, and how many rows of each table were looked at for it. */
interface Look {
	query: string;
	rows: Record<string, number>;
	scans: string[];
}

/** Asks as `work` does, and has each question explained as it is answered. All of it is undone at the end. */
async function looksAt(database: Database, work: (sql: Sql) => Promise<unknown>): Promise<Look[]> {
	const looks: Look[] = [];
	const undo = new Error('undone');
	const run = database.as(ADA, async tx => {
		const explain = async (query: Query, values?: readonly unknown[]) => {
			await tx.run('savepoint before');
			const [row] = await tx.many<{'QUERY PLAN': [{Plan: Node}]}>(`explain (analyze, format json) ${query}`, values);
			await tx.run('rollback to savepoint before');
			if (row !== undefined) looks.push(lookAt(String(query), row['QUERY PLAN'][0].Plan));
		};
		await work({
			many: async (query, values) => explain(query, values).then(() => tx.many(query, values)),
			one: async (query, values) => explain(query, values).then(() => tx.one(query, values)),
			find: async (query, values) => explain(query, values).then(() => tx.find(query, values)),
			run: async (query, values) => explain(query, values).then(() => tx.run(query, values)),
		});
		throw undo;
	});
	await run.catch((error: unknown) => {
		if (error !== undo) throw error;
	});
	return looks;
}

function lookAt(query: string, plan: Node): Look {
	const look: Look = {query: query.replaceAll(/\s+/g, ' ').slice(0, 100), rows: {}, scans: []};
	const walk = (node: Node) => {
		const table = node['Relation Name'];
		if (table !== undefined && node['Node Type'].includes('Scan')) {
			const loops = node['Actual Loops'] ?? 1;
			const read = ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * loops;
			look.rows[table] = (look.rows[table] ?? 0) + read;
			look.scans.push(`${node['Node Type']} ${node['Index Name'] ?? table}`);
		}
		for (const child of node.Plans ?? []) walk(child);
	};
	walk(plan);
	return look;
}

/** How many rows a question may look at, by table; of others none. */
const question = test.macro(async (t, work: (sql: Sql) => Promise<unknown>, most: Record<string, number>) => {
	const {database} = await filled;
	compare(t, await looksAt(database, work), most);
});

function compare(t: ExecutionContext, looks: readonly Look[], most: Record<string, number>) {
	const read: Record<string, number> = {};
	for (const {rows, scans} of looks) {
		for (const [table, count] of Object.entries(rows)) read[table] = (read[table] ?? 0) + count;
		t.false(
			scans.some(scan => scan.startsWith('Seq Scan')),
			JSON.stringify(looks),
		);
	}
	t.deepEqual(
		Object.keys(read).filter(table => most[table] === undefined),
		[],
		JSON.stringify(looks),
	);
	for (const [table, count] of Object.entries(read)) {
		t.true(count <= (most[table] ?? 0), `${count} rows of ${table}: ${JSON.stringify(looks)}`);
	}
}

const page = (query: object) => ({limit: 50, ...query}) as Parameters<typeof listRecords>[3];
const listed = (query: object) => (sql: Sql) => listRecords(sql, ADA, notes, page(query));
const cursor = (version: number) => Buffer.from(String(version)).toString('base64url');

test('an empty pull touches one row', question, sql => pull(sql, ADA, {since: RECORDS, limit: 1000}), {heads: 1});
test('a page of a pull reads its own rows', question, sql => pull(sql, ADA, {since: 40_000, limit: 1000}), {
	heads: 1,
	records: 1002,
	changes: 1001,
});
test('so it does before PostgreSQL has looked at how much there is', async t => {
	compare(t, (await filled).unknown, {heads: 1, records: 1002});
});
test(
	'the first page of a first pull reads its own rows, and the tombstones between',
	question,
	sql => pull(sql, ADA, {since: 0, limit: 1000}),
	{
		heads: 1,
		records: 1020,
		changes: 1001,
	},
);
test('a list reads its page', question, listed({}), {records: 51});
test('a later page of a list reads its page', question, listed({cursor: cursor(30_000)}), {records: 51});
test('a list of one day reads that day', question, listed({date: '250'}), {records: 51});
test(
	'a list of what was written lately reads a page, however much is older',
	question,
	listed({updated_since: '2026-01-02T03:46:00.000Z'}),
	{
		records: 51,
	},
);
test(
	'open conflicts are found without the resolved ones',
	question,
	sql => listConflicts(sql, ADA, {after: null, limit: 51}),
	{
		conflicts: 51,
	},
);
test('the newest conflicts are found without the others', question, sql => newestConflicts(sql, ADA, 3), {
	conflicts: 6,
});
test('checksums are kept, not computed', question, sql => readChecksums(sql, ADA, ['notes', 'a']), {
	heads: 1,
	checksums: 2,
});
test(
	'compaction reads the tombstones and those records that go',
	question,
	sql => forgetTombstones(sql, ADA, new Date(0)),
	{
		heads: 2,
		devices: 2,
		records: 1_050,
	},
);
