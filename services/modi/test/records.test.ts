import test from 'ava';
import {API, aModiHouse} from './fixtures.js';

test('a workout is made, read, changed and deleted, and each step is seen by a sync', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const made = await house.post(
		`${API}/workouts`,
		{name: 'Squat', weight: 80, sets: 3, reps: 5, day: 0, day_order: 2},
		ann,
	);
	t.is(made.status, 201);
	t.like(made.data, {name: 'Squat', weight: 80, day: 0, day_order: 2, notes: null, user_id: ann.id});
	const {id, sync_version} = made.data;
	t.deepEqual((await house.get(`${API}/workouts/${id}`, ann)).data, made.data);
	const changed = await house.put(`${API}/workouts/${id}`, {...made.data, weight: 85, notes: 'deep'}, ann);
	t.is(changed.status, 200);
	t.like(changed.data, {weight: 85, notes: 'deep', name: 'Squat'});
	t.true(changed.data.sync_version > sync_version);
	t.like((await house.put(`${API}/workouts/${id}`, {notes: null}, ann)).data, {weight: 85, notes: null});
	const list = await house.get(`${API}/workouts?last_sync_timestamp=1970-01-01T00:00:00Z`, ann);
	t.like(list.data, {modified: [{id, weight: 85}], deleted: [], conflicts: []});
	t.is(list.headers.get('x-server-timestamp'), list.data.server_timestamp);
	t.is((await house.delete(`${API}/workouts/${id}`, ann)).status, 204);
	t.is((await house.delete(`${API}/workouts/${id}`, ann)).status, 404);
	t.is((await house.get(`${API}/workouts/${id}`, ann)).status, 404);
	t.is((await house.put(`${API}/workouts/${id}`, {name: 'x'}, ann)).status, 404);
	const after = await house.get(`${API}/workouts?last_sync_timestamp=${list.data.server_timestamp}`, ann);
	t.like(after.data, {modified: [], deleted: [id]});
});

test('a change that was made on an older version is a conflict, and is told what there is', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const {data: first} = await house.post(
		`${API}/weights`,
		{id: 'w', weight: 80, date_time: '2024-01-15T07:00:00Z'},
		ann,
	);
	await house.put(`${API}/weights/w`, {weight: 81}, ann);
	const stale = await house.put(`${API}/weights/w`, {...first, weight: 82}, ann);
	t.is(stale.status, 409);
	t.like(stale.error, {code: 'CONFLICT', details: {current: {id: 'w', weight: 81}}});
});

test('the same made twice is one, another of its id a conflict', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const weight = {id: 'w', weight: 80, date_time: '2024-01-15T07:00:00Z'};
	t.is((await house.post(`${API}/weights`, weight, ann)).status, 201);
	t.is((await house.post(`${API}/weights`, weight, ann)).status, 200);
	t.is((await house.post(`${API}/weights`, {...weight, weight: 81}, ann)).status, 409);
	t.is((await house.get(`${API}/weights`, ann)).data.length, 1);
});

test('what cannot be a weight is refused with the app’s name of the field', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	for (const [body, field] of [
		[{weight: -1}, 'weight'],
		[{weight: '80'}, 'weight'],
		[{weight: 80, date_time: 'noon'}, 'date_time'],
		[{date_time: '2024-01-15T07:00:00Z'}, 'weight'],
	] as const) {
		const {status, error} = await house.post(`${API}/weights`, body, ann);
		t.is(status, 400, JSON.stringify(body));
		t.is(error?.code, 'VALIDATION_ERROR');
		t.like(error?.details, {field});
	}
	t.is((await house.post(`${API}/workouts`, {id: 'a\u0001'}, ann)).status, 400);
	t.is((await house.post(`${API}/workouts`, {name: 'a\u0000'}, ann)).status, 400);
	t.is((await house.put(`${API}/workouts/%00`, {}, ann)).status, 400);
});

test('a weight that says no time is of now', async t => {
	const now = Date.parse('2024-05-01T10:00:00Z');
	const house = await aModiHouse(t, {now: () => now});
	const ann = await house.person();
	const {data} = await house.post(`${API}/weights`, {weight: 80}, ann);
	t.like(data, {date_time: '2024-05-01T10:00:00.000Z', date: '2024-05-01'});
});

test('the server tells whether it is up, without a token, and everything else wants one', async t => {
	const house = await aModiHouse(t);
	for (const path of ['health', 'ready']) {
		const {status, data} = await house.get(`/compat/modi/${path}`);
		t.deepEqual([status, data], [200, {status: 'ok'}]);
	}
	const {status, error} = await house.get(`${API}/workouts`);
	t.is(status, 401);
	t.is(error?.code, 'UNAUTHENTICATED');
	t.is((await house.get(`${API}/nowhere`)).status, 404);
});
