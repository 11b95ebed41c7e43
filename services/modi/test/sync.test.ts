import test from 'ava';
import {API, App, aModiHouse, twoDevices} from './fixtures.js';

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

test('who deleted a record makes it again, also where the answer to the delete was lost', async t => {
	const {house, phone} = await twoDevices(t);
	const app = new App(house, phone);
	app.edit('a', {name: 'first'});
	await app.sync();
	app.remove('a');
	await app.sync({interrupted: true});
	app.edit('a', {name: 'second'});
	const {sync_version, ...again} = app.records.get('a') ?? {};
	const sync = (modified: object) =>
		house.post(`${API}/workouts/sync`, {last_sync_timestamp: app.cursor, modified: [modified]}, phone);
	const late = {...again, name: 'first', updated_at: '2024-01-01T00:00:00Z'};
	t.like((await sync(late)).data, {conflicts: [{id: 'a', server_version: null}], modified: [], deleted: ['a']});
	t.like((await sync({...again, sync_version})).data, {conflicts: [{id: 'a'}], modified: []});
	t.like((await sync(again)).data, {conflicts: [], modified: [{id: 'a', name: 'second'}]});
});

test('two who share one sign-in are told apart by the version that each had', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	let now = Date.now() - 60_000;
	const clock = () => now;
	const [one, other] = [new App(house, ann, {clock}), new App(house, ann, {clock})];
	one.edit('a', {name: 'Squat', weight: 80, reps: 5});
	await one.sync();
	await other.sync();
	now += 1000;
	one.edit('a', {weight: 85});
	other.edit('a', {reps: 8});
	await one.sync();
	t.deepEqual((await other.sync()).conflicts, []);
	await one.sync();
	t.like(one.records.get('a'), {weight: 85, reps: 8});
	now += 1000;
	other.edit('a', {weight: 90});
	now += 1000;
	one.edit('a', {weight: 95});
	await one.sync();
	t.like((await other.sync()).conflicts, [
		{id: 'a', fields: ['weight'], resolution: 'server_wins', server_version: {weight: 95}},
	]);
	now += 1000;
	one.edit('a', {weight: 100});
	await one.sync();
	now += 1000;
	other.edit('a', {weight: 105});
	t.like((await other.sync()).conflicts, [{id: 'a', resolution: 'client_wins', server_version: {weight: 105}}]);
});

test('who changes what another has changed long ago, without having seen it, is told of it', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	let now = Date.now() - 86_400_000;
	const clock = () => now;
	const [one, other] = [new App(house, phone, {clock}), new App(house, tablet, {clock})];
	one.edit('a', {name: 'Squat', weight: 80});
	await one.sync();
	await other.sync();
	one.edit('a', {weight: 85});
	await one.sync();
	now += 3_600_000;
	other.edit('a', {weight: 90});
	t.like((await other.sync()).conflicts, [{id: 'a', fields: ['weight'], resolution: 'client_wins'}]);
});
