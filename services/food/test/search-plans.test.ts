import {randomUUID} from 'node:crypto';
import {migrateAll} from '@hearth/host/platform.js';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import type {Sql} from '@hearth/ports/database.js';
import {asOwner} from '@hearth/ports/drivers/postgres.js';
import {freshDatabase} from '@hearth/ports/test-database.js';
import {findServer} from '@hearth/servers/find.js';
import {startPostgres15} from '@hearth/servers/start.js';
import test, {type ExecutionContext} from 'ava';
import food from '../plugin.js';
import {countWords, rankAll} from '../rank-foods.js';
import {findPage} from '../search-foods.js';

const FOODS = 100_000;
const person = {id: randomUUID(), household_id: randomUUID()};

test('no search reads all of 100,000 foods, nor all that have a common word', noScans);

if (findServer('postgres') === null) leftOut(test, 'search on PostgreSQL 15', 'there is no PostgreSQL 15');
else
	test('nor on PostgreSQL 15', async t => {
		const server = await startPostgres15();
		t.teardown(() => server.stop());
		await noScans(t, server.url);
	});

async function noScans(t: ExecutionContext<unknown>, server?: string): Promise<void> {
	t.timeout(240_000);
	const {database, url, close} = await freshDatabase(server === undefined ? {} : {server});
	t.teardown(close);
	await migrateAll([food], database);
	await asOwner(url, async sql => {
		await fill(sql);
		// What a search reads, it reads over this one connection.
		for (const query of [
			'm',
			'mi',
			'mil',
			'milk',
			'Milk',
			'milk number 77',
			'milk number',
			'milk numb',
			'milk n',
			'milk x',
			'number milk',
			'brand7 milk',
			'num milk bra',
			'mlik',
			'chocolaet milk',
			'n0 such thing',
			'zzzzzzzz',
			'4006381333931',
		]) {
			const before = await readOf(sql);
			for (let times = 0; times < 7; times++) {
				const {next_cursor} = await findPage(sql, {q: query, limit: 50}, person);
				if (next_cursor !== null) await findPage(sql, {q: query, limit: 50, cursor: next_cursor}, person);
			}
			const after = await readOf(sql);
			t.is(after.scans - before.scans, 0, `sequential scans for ${query}`);
			const looked_at = (after.fetched - before.fetched) / 14;
			t.true(looked_at < FOODS / 40, `${query} looked at ${looked_at} foods for each page`);
		}
	});
}

/** Every food is a milk or a chocolate of a number, of one of a thousand brands; a tenth are named just so. */
async function fill(sql: Sql): Promise<void> {
	const {index} = await sql.one<{index: string}>(`select pg_get_indexdef('food.foods_terms'::regclass) as index`);
	await sql.run('drop index food.foods_terms');
	await sql.run(
		`insert into food.foods (id, name, brand, basis, status, source, verified_at, created_at, updated_at, name_key, brand_key, gtin,
			search, word_count, popularity)
		select gen_random_uuid(), name, brand, '100g', 'verified', 'openfoodfacts', now(), now(), now(), lower(name), lower(brand),
			case when at = 1 then '04006381333931' end, array_to_tsvector(words), cardinality(words), (at::bigint * 7919) % ${FOODS}
		from generate_series(1, ${FOODS}) as at,
			lateral (select (array['Milk', 'Chocolate'])[1 + at % 2]
				|| case when at % 10 < 2 then '' else ' number ' || at / 7 end as name, 'Brand' || at % 1000 as brand) as named,
			lateral (select array(select distinct unnest(string_to_array(lower(name || ' ' || brand), ' '))) as words) as split`,
	);
	await sql.run(index);
	await sql.run('vacuum analyze food.foods');
	await rankAll(sql);
	await countWords(sql);
	await sql.run('vacuum analyze food.foods');
	await sql.run('vacuum analyze food.words');
}

/** How often a table of ours was read from its start to its end, and how many foods were fetched by an index. */
async function readOf(sql: Sql): Promise<{scans: number; fetched: number}> {
	await sql.run('select pg_stat_force_next_flush()');
	await sql.run('select pg_stat_clear_snapshot()');
	return sql.one(
		`select sum(seq_scan) as scans, sum(idx_tup_fetch) filter (where relname = 'foods') as fetched
		from pg_stat_user_tables where schemaname = 'food' and relname in ('foods', 'words')`,
	);
}
