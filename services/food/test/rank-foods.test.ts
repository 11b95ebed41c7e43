import {randomUUID} from 'node:crypto';
import {migrateAll} from '@hearth/host/platform.js';
import {freshDatabase} from '@hearth/ports/test-database.js';
import test from 'ava';
import {foldText, searchWords} from '../fold-text.js';
import {findNearWords, learnWords} from '../near-words.js';
import food from '../plugin.js';
import {countWords, rankAll} from '../rank-foods.js';
import {findPage} from '../search-foods.js';

const person = {id: randomUUID(), household_id: randomUUID()};

test('among imported foods the popular ones come first, before and after they are ranked, and what the house made before them', async t => {
	const {database, close} = await freshDatabase();
	t.teardown(close);
	await migrateAll([food], database);
	const add = (name: string, popularity: number, source: string) =>
		database.run(
			`insert into food.foods (id, name, basis, status, source, verified_at, created_at, updated_at, name_key, search, word_count,
				popularity, search_level)
			values ($1, $2, '100g', 'verified', $3, now(), now(), now(), $4, array_to_tsvector($5::text[]), $6, $7, $8)`,
			[
				randomUUID(),
				name,
				source,
				foldText(name),
				searchWords(name),
				searchWords(name).length,
				popularity,
				source === 'user' ? 0 : 4,
			],
		);
	for (let at = 0; at < 400; at++) await add(`Rye bread no ${at}`, (at * 37) % 400, 'openfoodfacts');
	await add('Rye bread of ours', 0, 'user');
	await countWords(database);
	const whole = async () => {
		const names: string[] = [];
		let cursor: string | undefined;
		do {
			const page = await findPage(database, {q: 'bread', limit: 70, cursor}, person);
			names.push(...page.foods.map(({name}) => name));
			cursor = page.next_cursor ?? undefined;
		} while (cursor);
		return names;
	};
	const before = await whole();
	t.is(before.length, 401);
	t.is(new Set(before).size, 401);
	t.is(before[0], 'Rye bread of ours');
	t.is(before[1], 'Rye bread no 227');
	t.is(await rankAll(database), 80);
	t.is(await rankAll(database), 0);
	t.deepEqual(await whole(), before);
	const levels = await database.many('select search_level, count(*) from food.foods group by 1 order by 1');
	t.deepEqual(levels, [
		{search_level: 0, count: 1},
		{search_level: 1, count: 1},
		{search_level: 2, count: 11},
		{search_level: 3, count: 68},
		{search_level: 4, count: 320},
	]);
});

test('of two words as near to a misspelt one the commoner is meant first', async t => {
	const {database, close} = await freshDatabase();
	t.teardown(close);
	await migrateAll([food], database);

	await learnWords(database, ['mink', 'milk']);
	await database.run(`update food.words set foods = 500 where word = 'milk'`);
	const near = await findNearWords(database, ['mirk']);
	t.deepEqual(
		near.get('mirk')?.map(({word}) => word),
		['milk', 'mink'],
	);
});
