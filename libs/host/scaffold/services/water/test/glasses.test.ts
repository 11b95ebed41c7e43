import {aHouse} from '@hearth/host/testing.js';
import test from 'ava';
import water from '../plugin.js';

const path = '/api/v1/water/glasses';

test('what a person adds is listed, newest first', async t => {
	const {person, post, get} = await aHouse(t, {plugins: [water]});
	const ann = await person();
	t.like(await post(path, {date: '2025-03-01', amount: 1}, ann), {status: 201, data: {amount: 1, note: null}});
	await post(path, {date: '2025-03-02', amount: 2, note: 'second'}, ann);
	const {data} = await get(path, ann);
	t.deepEqual(
		data.map(({amount}: {amount: number}) => amount),
		[2, 1],
	);
	t.like((await get(`${path}?date=2025-03-01`, ann)).data, {0: {amount: 1}, length: 1});
});

test('a list goes on where its page ended', async t => {
	const {person, post, get} = await aHouse(t, {plugins: [water]});
	const ann = await person();
	for (const amount of [1, 2, 3]) await post(path, {date: '2025-03-01', amount}, ann);
	const first = await get(`${path}?limit=2`, ann);
	const second = await get(`${path}?limit=2&cursor=${first.meta?.next_cursor}`, ann);
	t.deepEqual(
		[...first.data, ...second.data].map(({amount}: {amount: number}) => amount),
		[3, 2, 1],
	);
	t.is(second.meta?.next_cursor, null);
});

test('nobody sees or removes what is not theirs', async t => {
	const {person, post, get, delete: remove} = await aHouse(t, {plugins: [water]});
	const [ann, bob] = [await person(), await person()];
	const {data} = await post(path, {date: '2025-03-01', amount: 1}, ann);
	t.deepEqual((await get(path, bob)).data, []);
	t.is((await remove(`${path}/${data.id}`, bob)).status, 404);
	t.is((await remove(`${path}/${data.id}`, ann)).status, 204);
	t.is((await remove(`${path}/${data.id}`, ann)).status, 404);
});

test('what cannot be an amount or a day is refused and keeps nothing', async t => {
	const {person, post, get} = await aHouse(t, {plugins: [water]});
	const ann = await person();
	for (const body of [{date: '2025-03-01'}, {date: 'today', amount: 1}, {date: '2025-03-01', amount: -1}, {}]) {
		t.like(await post(path, body, ann), {status: 400, error: {code: 'VALIDATION_ERROR'}});
	}
	t.deepEqual((await get(path, ann)).data, []);
	t.is((await get(path)).status, 401);
});

test('a person who goes takes everything along', async t => {
	const {house, person, post, get} = await aHouse(t, {plugins: [water]});
	const [ann, bob] = [await person(), await person()];
	await post(path, {date: '2025-03-01', amount: 1}, ann);
	await post(path, {date: '2025-03-01', amount: 2}, bob);
	const context = house.contextOf('water');
	for (const take of water.exporters ?? []) {
		for await (const {rows} of take(ann.id, context)) t.like(rows, {0: {amount: 1}, length: 1});
	}
	for (const erase of water.erasers ?? []) await erase(ann.id, context);
	t.deepEqual((await get(path, ann)).data, []);
	t.is((await get(path, bob)).data.length, 1);
});
