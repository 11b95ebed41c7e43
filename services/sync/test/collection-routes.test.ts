import {randomUUID} from 'node:crypto';
import test from 'ava';
import {aDevice, aSyncHouse} from './fixtures.js';

const NOTES = '/api/v1/notes';
const DOGS = '/api/v1/weighings-of-dogs';

test('a record is created, read, changed and deleted, and sync carries the same', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	const made = await house.post(NOTES, {title: 'Plums', colour: 'blue'}, ada);
	t.is(made.status, 201);
	t.like(made.data, {title: 'Plums', colour: 'blue', version: 1});
	t.is(made.headers.get('etag'), '"1"');
	t.is(made.data.created_at, made.data.updated_at);
	const at = `${NOTES}/${made.data.id}`;
	t.deepEqual((await house.get(at, ada)).data, made.data);
	t.is((await house.get(at, ada)).headers.get('etag'), '"1"');
	const changed = await house.put(at, {colour: null, count: 3}, ada);
	t.is(changed.status, 200);
	t.like(changed.data, {title: 'Plums', colour: null, count: 3, version: 2});
	t.deepEqual(await phone.all(), {[`notes/${made.data.id}`]: {title: 'Plums', colour: null, count: 3}});
	t.is((await house.put(at, changed.data, ada)).data.version, 2);
	t.is((await house.delete(at, ada)).status, 204);
	t.is((await house.delete(at, ada)).status, 404);
	t.is((await house.get(at, ada)).status, 404);
	t.is((await house.put(at, {count: 4}, ada)).status, 404);
	t.like((await phone.pull(2)).data.changes, [{op: 'delete', record_id: made.data.id}]);
});

test('creating a known id again is a conflict, unless it is the same', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const dog = {id: 'rex', weight_kg: 9.5, date: '2026-03-01'};
	t.is((await house.post(DOGS, dog, ada)).status, 201);
	const again = await house.post(DOGS, {...dog, dog: null}, ada);
	t.is(again.status, 200);
	t.like(again.data, {id: 'rex', version: 1});
	t.like(await house.post(DOGS, {...dog, weight_kg: 10}, ada), {status: 409, error: {code: 'CONFLICT'}});
	await house.delete(`${DOGS}/rex`, ada);
	t.like(await house.post(DOGS, {...dog, weight_kg: 10}, ada), {status: 201});
});

test('what cannot be such a record is refused with the field named, and nothing is stored', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	for (const [body, path] of [
		[{weight_kg: -1, date: '2026-03-01'}, 'weight_kg'],
		[{date: '2026-03-01'}, 'weight_kg'],
		[{weight_kg: null, date: '2026-03-01'}, 'weight_kg'],
		[{id: 'a b', weight_kg: 1, date: '2026-03-01'}, 'id'],
		[{weight_kg: 1, date: 'a\0b'}, 'date'],
		[{weight_kg: 1, date: 'a\ud800b'}, 'date'],
	] as const) {
		const answer = await house.post(DOGS, body, ada);
		t.like(answer, {status: 400, error: {code: 'VALIDATION_ERROR'}}, JSON.stringify(body));
		t.like(answer.error?.details, [{path}], JSON.stringify(body));
	}
	const hostile = await house.ask('POST', DOGS, {
		as: ada,
		body: '{"weight_kg":1,"date":"2026-03-01","__proto__":{"admin":true}}',
		headers: {'content-type': 'application/json'},
	});
	t.is(hostile.status, 400);
	const {data} = await house.post(DOGS, {weight_kg: 1, date: '2026-03-01'}, ada);
	t.is((await house.put(`${DOGS}/${data.id}`, {weight_kg: 'heavy'}, ada)).status, 400);
	t.is((await house.put(`${DOGS}/${data.id}`, {weight_kg: null}, ada)).status, 400);
	t.is((await house.put(`${DOGS}/${data.id}`, {id: 'other'}, ada)).status, 400);
	t.is((await house.get(DOGS, ada)).data.length, 1);
});

test('If-Match keeps one from writing over what somebody else changed meanwhile', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const {data} = await house.post(NOTES, {title: 'one'}, ada);
	const at = `${NOTES}/${data.id}`;
	const put = (ifMatch: string, title: string) =>
		house.ask('PUT', at, {as: ada, body: {title}, headers: {'if-match': ifMatch}});
	t.like((await put('"1"', 'two')).data, {version: 2});
	const stale = await put('"1"', 'three');
	t.like(stale, {status: 409, error: {code: 'CONFLICT'}});
	t.like(stale.error?.details, {current: {id: data.id, title: 'two', version: 2}});
	t.like(await house.ask('DELETE', at, {as: ada, headers: {'if-match': '1'}}), {status: 409});
	t.is((await put('soon', 'four')).status, 400);
	t.like((await put('*', 'four')).data, {version: 3});
	t.is((await house.ask('DELETE', at, {as: ada, headers: {'if-match': 'W/"3"'}})).status, 204);
});

test('a list is newest first, page by page, by day, by what is indexed and by when it was written', async t => {
	const clock = {ms: Date.parse('2026-03-01T08:00:00Z')};
	const house = await aSyncHouse(t, {now: () => clock.ms});
	const ada = await house.person();
	for (const n of [1, 2, 3, 4, 5]) {
		clock.ms += 60_000;
		await house.post(NOTES, {id: `n${n}`, count: n % 2, date: `2026-03-0${n}`, title: `Note ${n}`}, ada);
	}
	await house.put(`${NOTES}/n2`, {title: 'Note two'}, ada);
	const ids = async (query: string) => (await house.get(NOTES + query, ada)).data.map(({id}: {id: string}) => id);
	t.deepEqual(await ids(''), ['n2', 'n5', 'n4', 'n3', 'n1']);
	t.deepEqual(await ids('?date=2026-03-03'), ['n3']);
	t.deepEqual(await ids('?count=1'), ['n5', 'n3', 'n1']);
	t.deepEqual(await ids('?updated_since=2026-03-01T08:04:00Z'), ['n2', 'n5', 'n4']);
	t.deepEqual(await ids('?updated_since=2026-03-01T09:04:00%2B01:00&count=0'), ['n2', 'n4']);
	const first = await house.get(`${NOTES}?limit=2&fields=id,title`, ada);
	t.deepEqual(first.data, [
		{id: 'n2', title: 'Note two'},
		{id: 'n5', title: 'Note 5'},
	]);
	const second = await house.get(`${NOTES}?limit=3&cursor=${first.meta?.next_cursor}`, ada);
	t.deepEqual(
		second.data.map(({id}: {id: string}) => id),
		['n4', 'n3', 'n1'],
	);
	t.is(second.meta?.next_cursor, null);
	t.is((await house.get(`${NOTES}?date=someday`, ada)).status, 400);
	t.is((await house.get(`/api/v1/keepers?date=2026-03-03`, ada)).status, 400);
	t.is((await house.get(`${NOTES}?cursor=mine`, ada)).status, 400);
});

test('a creation with an Idempotency-Key is done once, also where its answer was forgotten', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const key = randomUUID();
	const create = (title: string) =>
		house.ask('POST', NOTES, {as: ada, body: {title}, headers: {'idempotency-key': key}});
	const first = await create('one');
	t.deepEqual((await create('one')).data, first.data);
	t.is((await create('two')).status, 409);
	// As if the process had been killed between the commit and keeping the answer.
	await house.house.ports.database.as(ada.id, tx => tx.run('delete from platform.idempotency'));
	t.like(await create('one'), {status: 200, data: first.data});
	t.is((await house.get(NOTES, ada)).data.length, 1);
});

test('another person’s record is not there', async t => {
	const house = await aSyncHouse(t);
	const [ada, bob] = [await house.person(), await house.person()];
	const {data} = await house.post(NOTES, {title: 'Ada’s'}, ada);
	const at = `${NOTES}/${data.id}`;
	t.is((await house.get(at, bob)).status, 404);
	t.is((await house.put(at, {title: 'Bob’s'}, bob)).status, 404);
	t.is((await house.delete(at, bob)).status, 404);
	t.deepEqual((await house.get(NOTES, bob)).data, []);
	t.like((await house.get(at, ada)).data, {title: 'Ada’s', version: 1});
});

test('a device may push one collection by itself', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const client_timestamp = new Date().toISOString();
	const answer = await house.post(
		`${NOTES}/sync`,
		{
			device_id: 'phone',
			mutations: [
				{id: 'm1', record_id: 'a', op: 'upsert', data: {title: 'one'}, client_timestamp},
				{id: 'm2', collection: 'keepers', record_id: 'a', op: 'upsert', data: {}, client_timestamp},
			],
		},
		ada,
	);
	t.like(answer.data, {latest_version: 1, accepted: ['m1'], rejected: [{id: 'm2', code: 'VALIDATION_ERROR'}]});
	t.like((await house.get(`${NOTES}/a`, ada)).data, {title: 'one'});
});

test('what a screen writes and what a phone wrote meanwhile merge field by field', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	await phone.set('a', {title: 'one', count: 1});
	await house.put(`${NOTES}/a`, {title: 'two'}, ada);
	t.is((await phone.set('a', {count: 2}, {base_version: 1})).status, 'accepted');
	t.deepEqual(await phone.all(), {'notes/a': {title: 'two', count: 2}});
});
