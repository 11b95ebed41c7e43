import test from 'ava';
import {API, aModiHouse, aModiHouseWithAccounts} from './fixtures.js';

test('the same body twice at once changes nothing the second time', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const body = {modified: Array.from({length: 50}, (_, n) => ({id: `w${n}`, name: `Workout ${n}`}))};
	const answers = await Promise.all([1, 2].map(() => house.post(`${API}/workouts/sync`, body, ann)));
	t.deepEqual(
		answers.map(({status, data}) => [status, data.conflicts.length, data.rejected.length]),
		[
			[200, 0, 0],
			[200, 0, 0],
		],
	);
	t.is(answers[0]?.data.server_timestamp, answers[1]?.data.server_timestamp);
});

test('three thousand records in one body are taken, and the next sync has nothing to tell', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const modified = Array.from({length: 3000}, (_, n) => ({id: `w${n}`, name: `Workout ${n}`, day: n % 7}));
	const {data} = await house.post(`${API}/workouts/sync`, {modified}, ann);
	t.is(data.modified.length, 3000);
	const next = await house.post(`${API}/workouts/sync`, {last_sync_timestamp: data.server_timestamp}, ann);
	t.like(next.data, {modified: [], deleted: [], full_sync: false, server_timestamp: data.server_timestamp});
	t.is((await house.get(`${API}/workouts`, ann)).data.length, 3000);
	const many = {modified: Array.from({length: 10_001}, (_, n) => ({id: String(n)}))};
	t.is((await house.post(`${API}/workouts/sync`, many, ann)).status, 413);
});

test('odd records lock nobody out: what is slightly wrong is mended, what cannot be kept is listed, the rest is taken', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
	const body = `{"modified":[null,"text",{"name":"no id"},{"id":"a\\u0001"},{"id":{"x":1}},
		{"id":7,"name":"seven","sync_version":1e300,"updated_at":"long ago"},
		{"id":"nul","name":"a\\u0000b\\ud800c","notes":"${'x'.repeat(300_000)}"},
		{"id":"text","name":"t","weight":"82.5","sets":"3","day":"2","reps":-4,"day_order":null},
		{"id":"deep","name":"d","extra":${deep}},
		{"id":"proto","name":"p","__proto__":{"x":1},"constructor":{"y":2}},
		{"id":"late","name":"l","updated_at":"2999-01-01T00:00:00Z","sync_version":-3}
	],"deleted":[null,5,{"id":"nobody","sync_version":999999}]}`;
	const {status, data} = await house.ask('POST', `${API}/workouts/sync`, {
		as: ann,
		body,
		headers: {'content-type': 'application/json'},
	});
	t.is(status, 200);
	t.is(data.rejected.length, 6);
	const byId = Object.fromEntries(data.modified.map((one: {id: string}) => [one.id, one]));
	t.deepEqual(Object.keys(byId).sort(), ['7', 'deep', 'late', 'nul', 'proto', 'text']);
	t.is(byId.nul.name, 'abc');
	t.is(byId.nul.notes.length, 300_000);
	t.like(byId.text, {weight: 82.5, sets: 3, day: 2, reps: null, day_order: 0});
	t.is((await house.post(`${API}/workouts/sync`, {modified: data.modified}, ann)).data.conflicts.length, 0);
});

test('another dialect’s body is refused before any of it is lost', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	for (const body of [
		{mutations: []},
		{changes: {workouts: {created: []}}},
		{modified: 'all'},
		{metrics: [{id: 'a'}]},
		[],
		{deleted: {id: 'a'}},
	]) {
		const {status, error} = await house.post(`${API}/workouts/sync`, body, ann);
		t.is(status, 400, JSON.stringify(body));
		t.is(error?.code, 'VALIDATION_ERROR');
	}
	t.is((await house.post(`${API}/workouts/sync`, {}, ann)).status, 200);
	t.is((await house.post(`${API}/steps/sync`, {}, ann)).status, 404);
});

test('another person sees and changes nothing, whatever ids and times they use', async t => {
	const house = await aModiHouse(t);
	const [ann, ben] = [await house.person(), await house.person()];
	const {data} = await house.post(`${API}/workouts/sync`, {modified: [{id: 'a', name: 'Ann’s'}]}, ann);
	const taken = await house.post(
		`${API}/workouts/sync`,
		{last_sync_timestamp: data.server_timestamp, modified: [{...data.modified[0], name: 'Ben’s'}], deleted: ['a']},
		ben,
	);
	t.is(taken.status, 200);
	for (const ask of [house.get, house.delete]) t.is((await ask(`${API}/workouts/a`, ben)).status, 404);
	t.like((await house.get(`${API}/workouts/a`, ann)).data, {name: 'Ann’s', user_id: ann.id});
});

test('who switched sync off is told so, and nothing is taken', async t => {
	const house = await aModiHouseWithAccounts(t);
	const ann = await house.person();
	await house.put('/api/v1/users/me', {sync_enabled: false}, ann);
	const {status, error} = await house.post(`${API}/workouts/sync`, {modified: [{id: 'a', name: 'x'}]}, ann);
	t.is(status, 403);
	t.is(error?.code, 'SYNC_DISABLED');
	t.deepEqual((await house.get(`${API}/workouts`, ann)).data, []);
});
