import test from 'ava';
import {API, App, aModiHouse, aModiHouseWithAccounts, twoDevices} from './fixtures.js';

test('what two devices enter offline is on both, and in the house, once both have synced', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const [one, other] = [new App(house, phone), new App(house, tablet)];
	one.edit('squat', {name: 'Squat', weight: 80, sets: 3, reps: 5, day: 1, day_order: 0});
	other.edit('row', {name: 'Row', weight: 60, sets: 3, reps: 8, notes: 'slow', day: 1, day_order: 1});
	for (const app of [one, other, one]) await app.sync();
	t.deepEqual(one.shown('name', 'weight', 'day', 'notes'), {
		row: {name: 'Row', weight: 60, day: 1, notes: 'slow'},
		squat: {name: 'Squat', weight: 80, day: 1, notes: null},
	});
	t.deepEqual(one.records, other.records);
	t.like((await house.get('/api/v1/workouts/squat', phone)).data, {title: 'Squat', weight_kg: 80, sets: 3, day: 1});
	await house.put('/api/v1/workouts/squat', {weight_kg: 85}, phone);
	await one.sync();
	t.is(one.records.get('squat')?.weight, 85);
});

test('a record has every field of the page, and its time is the house’s', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const {data, headers} = await house.post(`${API}/workouts/sync`, {modified: [{id: 'a', name: 'Squat'}]}, ann);
	const [record] = data.modified;
	t.deepEqual(Object.keys(record).sort(), [
		'created_at',
		'day',
		'day_order',
		'deleted_at',
		'id',
		'last_synced_at',
		'name',
		'notes',
		'reps',
		'sets',
		'sync_version',
		'updated_at',
		'user_id',
		'weight',
	]);
	t.like(record, {user_id: ann.id, sync_version: 1, deleted_at: null, day: 0, weight: null});
	t.is(headers.get('x-server-timestamp'), data.server_timestamp);
	t.is(record.updated_at, data.server_timestamp);
	t.deepEqual([data.deleted, data.conflicts, data.rejected], [[], [], []]);
});

test('different fields of one record that two devices changed are both kept, though both send whole records', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const [one, other] = [new App(house, phone), new App(house, tablet)];
	one.edit('squat', {name: 'Squat', weight: 80, reps: 5});
	await one.sync();
	await other.sync();
	one.edit('squat', {weight: 85});
	other.edit('squat', {reps: 8});
	await one.sync();
	const {conflicts} = await other.sync();
	await one.sync();
	t.deepEqual(conflicts, []);
	t.deepEqual(one.shown('name', 'weight', 'reps'), {squat: {name: 'Squat', weight: 85, reps: 8}});
	t.deepEqual(one.records, other.records);
});

test('of the same field the later clock wins, and whoever meets the other is told both', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const [one, other] = [new App(house, phone), new App(house, tablet, {clock: () => Date.now() - 60_000})];
	one.edit('squat', {name: 'Squat', weight: 80});
	await one.sync();
	await other.sync();
	other.edit('squat', {weight: 90});
	one.edit('squat', {weight: 85});
	await one.sync();
	const {conflicts} = await other.sync();
	t.like(conflicts, [
		{
			id: 'squat',
			fields: ['weight'],
			resolution: 'server_wins',
			client_version: {weight: 90},
			server_version: {weight: 85},
		},
	]);
	t.is(other.records.get('squat')?.weight, 85);
	t.is((await house.get('/api/v1/sync/conflicts', phone)).data.length, 1);
	const late = new App(house, tablet, {clock: () => Date.now() + 60_000});
	await late.sync();
	one.edit('squat', {weight: 86});
	late.edit('squat', {weight: 91});
	await one.sync();
	t.like((await late.sync()).conflicts, [{id: 'squat', resolution: 'client_wins', server_version: {weight: 91}}]);
});

test('a delete reaches the other device, wins over an edit that did not know of it, and is not undone by its own echo', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const [one, other] = [new App(house, phone), new App(house, tablet)];
	for (const id of ['a', 'b', 'c']) one.edit(id, {name: id});
	await one.sync();
	await other.sync();
	one.remove('a');
	one.remove('b');
	other.edit('b', {name: 'edited'});
	t.deepEqual((await one.sync()).conflicts, []);
	t.like(await other.sync(), {
		conflicts: [{id: 'b', server_version: null, client_version: {name: 'edited'}, resolution: 'server_wins'}],
	});
	await one.sync();
	t.deepEqual([...one.records.keys()], ['c']);
	t.deepEqual([...other.records.keys()], ['c']);
	const fresh = new App(house, phone);
	await fresh.sync();
	t.deepEqual([...fresh.records.keys()], ['c']);
});

test('a record with a deleted_at is deleted, and so is an id with the version it had', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const sync = (body: object) => house.post(`${API}/workouts/sync`, body, ann);
	const {data} = await sync({modified: ['a', 'b', 'c'].map(id => ({id, name: id}))});
	await sync({
		changes: [{...data.modified[0], deleted_at: '2024-01-01T00:00:00Z'}],
		deleted: [{id: 'b', sync_version: data.modified[1].sync_version}, 'nobody'],
	});
	const after = await sync({last_sync_timestamp: data.server_timestamp});
	t.deepEqual(after.data.deleted, ['a', 'b']);
	t.deepEqual((await house.get('/api/v1/sync/conflicts', ann)).data, []);
});

test('a sync whose answer was lost is done again without harm, also after another device went on', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const [one, other] = [new App(house, phone), new App(house, tablet)];
	one.edit('a', {name: 'one', reps: 1});
	await one.sync({interrupted: true});
	await other.sync();
	other.edit('a', {name: 'two'});
	await other.sync();
	t.like(await one.sync(), {conflicts: [], rejected: []});
	await other.sync();
	t.deepEqual(one.shown('name', 'reps'), {a: {name: 'two', reps: 1}});
	t.deepEqual(one.records, other.records);
});

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

test('a time from the future or of another installation starts over, and so does one before forgotten deletes', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const app = new App(house, phone);
	for (const id of ['a', 'b', 'c']) app.edit(id, {name: id});
	await app.sync();
	const early = app.cursor;
	app.remove('b');
	await app.sync();
	const future = await house.post(`${API}/workouts/sync`, {last_sync_timestamp: '2999-01-01T00:00:00Z'}, tablet);
	t.true(future.data.full_sync);
	const {epoch, server_timestamp: last_sync_timestamp} = future.data;
	const asked = (given: string) => house.post(`${API}/workouts/sync`, {last_sync_timestamp, epoch: given}, tablet);
	t.false((await asked(epoch)).data.full_sync);
	t.true((await asked('00000000-0000-4000-8000-000000000000')).data.full_sync, 'a backup was restored');
	t.is(future.data.modified.length, 2);
	await house.house.contextOf('sync').db.as(phone.id, async tx => {
		await tx.run(`delete from records.records where space_id = $1 and id = 'b'`, [phone.id]);
		await tx.run('update records.heads set floor = 4 where space_id = $1', [phone.id]);
	});
	const old = await house.post(`${API}/workouts/sync`, {last_sync_timestamp: early}, phone);
	t.like(old.data, {full_sync: true, deleted: []});
	t.is((await house.post(`${API}/workouts/sync`, {last_sync_timestamp: 'yesterday'}, phone)).status, 400);
	const made = await house.post(`${API}/workouts/sync`, {modified: [{id: 'new', name: 'New', sync_version: 1}]}, phone);
	t.deepEqual([made.data.conflicts, made.data.rejected], [[], []]);
});

test('an app that keeps its own fast clock as its cursor misses nothing', async t => {
	let now = Date.now();
	const {house, phone, tablet} = await twoDevices(t, {now: () => now});
	const [fast, right] = [new App(house, phone), new App(house, tablet)];
	const seen = new Set<string>();
	for (let round = 0; round < 4; round += 1) {
		right.edit(`w${round}`, {name: 'x'});
		await right.sync();
		now += 60_000;
		const {modified} = await fast.sync();
		for (const {id} of modified) seen.add(id);
		fast.cursor = new Date(now + 20 * 60_000).toISOString();
	}
	t.deepEqual([...seen].sort(), ['w0', 'w1', 'w2', 'w3']);
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

test('a weight has its moment and the person’s day, whatever way the moment is written', async t => {
	const {house, phone} = await twoDevices(t);
	await house.put(`${API}/users/me`, {time_zone: 'Pacific/Auckland'}, phone);
	const modified = [
		{id: 'utc', weight: 80, date_time: '2024-01-15T20:00:00Z'},
		{id: 'offset', weight: 80, date_time: '2024-01-15T23:30:00-05:00'},
		{id: 'local', weight: '80.5', date_time: '2024-01-15 23:30:00'},
		{id: 'odd', weight: 81, date_time: 'this morning', updated_at: '2024-01-15T01:00:00Z'},
		{id: 'none', weight: 0, date_time: '2024-01-15T20:00:00Z'},
	];
	const {data} = await house.post(`${API}/weights/sync`, {modified}, phone);
	t.deepEqual(
		data.modified.map((one: Record<string, unknown>) => [one.id, one.weight, one.date_time, one.date]),
		[
			['utc', 80, '2024-01-15T20:00:00Z', '2024-01-16'],
			['offset', 80, '2024-01-15T23:30:00-05:00', '2024-01-15'],
			['local', 80.5, '2024-01-15T23:30:00.000Z', '2024-01-15'],
			['odd', 81, '2024-01-15T01:00:00.000Z', '2024-01-15'],
		],
	);
	t.like(data.rejected, [{id: 'none', code: 'VALIDATION_ERROR'}]);
	t.like((await house.get('/api/v1/weights/utc', phone)).data, {
		date: '2024-01-16',
		weight_kg: 80,
		measured_at: '2024-01-15T20:00:00Z',
	});
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

test('who deleted a record makes it again, also where the answer to the delete was lost', async t => {
	const {house, phone} = await twoDevices(t);
	const app = new App(house, phone);
	app.edit('a', {name: 'first'});
	await app.sync();
	app.remove('a');
	await app.sync({interrupted: true});
	app.edit('a', {name: 'second'});
	const body = {last_sync_timestamp: app.cursor, modified: [app.records.get('a')]};
	const {data} = await house.post(`${API}/workouts/sync`, body, phone);
	t.like(data, {conflicts: [], modified: [{id: 'a', name: 'second'}]});
});
