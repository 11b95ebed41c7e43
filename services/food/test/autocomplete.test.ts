import {randomUUID} from 'node:crypto';
import {devicesOf} from '@hearth/host/testing-collections.js';
import test from 'ava';
import {aFoodHouse, type FoodHouse, type FoodJson} from './fixtures.js';

const LOG = {quantity: 200, unit: 'g', meal_type: 'breakfast', date: '2026-03-01'};

const namesFor = async ({get}: FoodHouse, q: string, as: Awaited<ReturnType<FoodHouse['person']>>, limit = 8) =>
	(await get(`/api/v1/foods/autocomplete?q=${encodeURIComponent(q)}&limit=${limit}`, as)).data.map(
		({name}: FoodJson) => name,
	);

test('each letter typed narrows what is suggested, and a name that many foods bear is suggested once', async t => {
	const house = await aFoodHouse(t);
	const reader = await house.person();
	for (const [name, brand] of [
		['Oat drink', 'A'],
		['Oat drink', 'B'],
		['Oatcakes', 'C'],
		['Orange', 'D'],
		['Rolled oats', 'E'],
	])
		await house.aFood({name, brand});
	t.deepEqual((await namesFor(house, 'o', reader)).sort(), ['Oat drink', 'Oatcakes', 'Orange']);
	t.deepEqual((await namesFor(house, 'oa', reader)).slice(0, 2).sort(), ['Oat drink', 'Oatcakes']);
	t.deepEqual((await namesFor(house, 'oat', reader)).sort(), ['Oat drink', 'Oatcakes', 'Rolled oats']);
	t.deepEqual(await namesFor(house, 'oatc', reader), ['Oatcakes']);
	t.is((await namesFor(house, 'oat d', reader))[0], 'Oat drink');
	t.deepEqual(await namesFor(house, 'oat dr', reader), ['Oat drink']);
	t.deepEqual(await namesFor(house, 'oat drnik', reader), ['Oat drink']);
	t.is((await namesFor(house, 'o', reader, 1)).length, 1);
});

test('nothing that is typed is an error of the server', async t => {
	const house = await aFoodHouse(t);
	const reader = await house.person();
	for (const q of [
		'',
		' ',
		'%',
		"'; drop table food.foods; --",
		'🍎',
		'\u202Eحليب',
		'a'.repeat(200),
		':0',
		'^1:o',
		'2:oa',
	]) {
		const {status, data} = await house.get(`/api/v1/foods/autocomplete?q=${encodeURIComponent(q)}`, reader);
		t.is(status, 200, q);
		t.deepEqual(data, [], q);
	}
	for (const query of ['', `q=${'x'.repeat(10_000)}`, 'q=a%00b', 'q=a&limit=0', 'q=a&limit=21']) {
		const {status, error} = await house.get(`/api/v1/foods/autocomplete?${query}`, reader);
		t.is(status, 400, query.slice(0, 50));
		t.is(error?.code, 'VALIDATION_ERROR', query.slice(0, 50));
	}
	t.is((await house.get('/api/v1/foods/autocomplete?q=oat')).status, 401);
});

test('what a person eats comes before what others find first, and pages stay whole while they log more', async t => {
	const house = await aFoodHouse(t);
	const {aFood, found, get} = house;
	const [eater, other] = [await house.person(), await house.person()];
	const foods = new Map<string, string>();
	for (const name of ['Apple', 'Apple cake', 'Apple juice', 'Apple tart', 'Green apple', 'Red apple'])
		foods.set(name, (await aFood({name})).id);
	const {set} = devicesOf(house.house.contextOf('food'), eater.id);
	const eat = (name: string) => set('food_logs', randomUUID(), {...LOG, food_id: foods.get(name)});
	const plain = ['Apple', 'Apple cake', 'Apple juice', 'Apple tart', 'Green apple', 'Red apple'];
	t.deepEqual(await found('apple', eater), plain);
	await eat('Apple tart');
	await eat('Red apple');
	const lifted = ['Apple', 'Apple tart', 'Apple cake', 'Apple juice', 'Red apple', 'Green apple'];
	t.deepEqual(await found('apple', eater), lifted);
	t.deepEqual(await found('apple', other), plain);
	const pages: string[] = [];
	let cursor: string | null | undefined = '';
	do {
		const {data, meta} = await get(`/api/v1/foods/search?q=apple&limit=1${cursor ? `&cursor=${cursor}` : ''}`, eater);
		pages.push(...data.map(({name}: FoodJson) => name));
		cursor = meta?.next_cursor;
		await eat('Green apple');
		await eat('Apple juice');
	} while (cursor);
	t.deepEqual(pages, lifted);
});

test('what was answered is kept, until any food changes, by whomever', async t => {
	const house = await aFoodHouse(t);
	const {aFood, found, get, put, post, moderator} = house;
	const [reader, author] = [await house.person(), await house.person()];
	const relative = await house.person('member', {household_of: author});
	const {id} = await aFood({name: 'Plum jam'});
	t.deepEqual(await found('plum', reader), ['Plum jam']);
	t.deepEqual(await namesFor(house, 'plum', reader), ['Plum jam']);
	t.deepEqual(
		(await get('/api/v1/foods/popular', reader)).data.map(({name}: FoodJson) => name),
		['Plum jam'],
	);
	// The cache is asked: what is taken away behind its back is still answered.
	const {db} = house.house.contextOf('food');
	const keptOnly = () =>
		db.transaction(async tx => {
			await tx.run(`update food.foods set name = 'Hidden'`);
			await tx.run(
				'update food.search_generations set changes = changes - 1 where slot = (select min(slot) from food.search_generations where changes > 0)',
			);
		});
	await keptOnly();
	t.deepEqual(await found('plum', reader), ['Plum jam']);
	const answer = await get('/api/v1/foods/search?q=plum', reader);
	t.regex(answer.data[0].updated_at, /^\d{4}-\d\d-\d\dT/);
	t.is((await put(`/api/v1/foods/${id}`, {name: 'Plum butter'}, moderator)).status, 200);
	t.deepEqual(await found('plum', reader), ['Plum butter']);
	t.deepEqual(await namesFor(house, 'plum', reader), ['Plum butter']);
	t.deepEqual(
		(await get('/api/v1/foods/popular', reader)).data.map(({name}: FoodJson) => name),
		['Plum butter'],
	);
	const waiting = await aFood({name: 'Plum cake'}, {by: author, status: 'pending'});
	t.deepEqual(await found('plum', author), ['Plum butter', 'Plum cake']);
	t.deepEqual(await found('plum', relative), ['Plum butter', 'Plum cake']);
	t.deepEqual(await found('plum', reader), ['Plum butter']);
	t.is((await post(`/api/v1/admin/foods/${waiting.id}/approve`, {}, moderator)).status, 200);
	t.deepEqual(await found('plum', reader), ['Plum butter', 'Plum cake']);
});
