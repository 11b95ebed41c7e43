import auth from '@hearth/auth/plugin.js';
import planner from '@hearth/planner/plugin.js';
import sync from '@hearth/sync/plugin.js';
import test from 'ava';
import weekday from '../plugin.js';
import {App, ask, aWeekdayHouse, mutation} from './fixtures.js';

test('what two devices enter offline is on both, and in the house, once both have synced', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const [phone, laptop] = [new App(house, ann), new App(house, ann)];
	phone.edit('schedule_blocks', 'walk', {title: 'Walk', startTime: '07:30', days: ['mon', 'tue'], emoji: '🚶'});
	phone.edit('completion', '2025-03-01:walk', {date: '2025-03-01', blockId: 'walk', done: true});
	laptop.edit('workout_programs', 'p', {name: 'Strength', daysPerWeek: 3});
	laptop.edit('settings', 'theme', {value: 'dark'});
	for (const app of [phone, laptop, phone]) await app.sync();
	t.deepEqual([...phone.state.keys()].sort(), [...laptop.state.keys()].sort());
	t.deepEqual(phone.shown(), laptop.shown());
	t.like(phone.state.get('schedule_blocks/walk'), {
		id: 'walk',
		title: 'Walk',
		startTime: '07:30',
		start_time: '07:30',
		emoji: '🚶',
	});
	t.like((await house.get('/api/v1/schedule-blocks/walk', ann)).data, {start_time: '07:30', days: ['mon', 'tue']});
	t.like((await house.get('/api/v1/workout-programs/p', ann)).data, {days_per_week: 3});
	await house.put('/api/v1/schedule-blocks/walk', {start_time: '08:00'}, ann);
	await phone.sync();
	t.is(phone.state.get('schedule_blocks/walk')?.startTime, '08:00');
});

test('different fields that two devices changed are both kept, though both send whole payloads', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const [phone, laptop] = [new App(house, ann), new App(house, ann)];
	phone.edit('supplements', 'd3', {name: 'Vitamin D', dosage: '1000 IU', timing: 'morning', mine: 1});
	await phone.sync();
	await laptop.sync();
	phone.edit('supplements', 'd3', {dosage: '2000 IU'});
	laptop.edit('supplements', 'd3', {timing: 'noon', mine: 2});
	await phone.sync();
	t.deepEqual((await laptop.sync()).conflicts, []);
	await phone.sync();
	t.like(phone.state.get('supplements/d3'), {dosage: '2000 IU', timing: 'noon', mine: 2});
	t.deepEqual(phone.shown(), laptop.shown());
});

test('of the same field the later one counts, and both versions are among the conflicts', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const [phone, laptop] = [new App(house, ann), new App(house, ann, {clock: () => Date.now() - 60_000})];
	phone.edit('meals', 'm', {name: 'Oats', mealType: 'breakfast'});
	await phone.sync();
	await laptop.sync();
	laptop.edit('meals', 'm', {name: 'Porridge'});
	phone.edit('meals', 'm', {name: 'Muesli'});
	await phone.sync();
	const pushed = await laptop.sync();
	t.is(pushed.accepted.length, 1);
	t.like(pushed.conflicts, [{entity: 'meals', entityId: 'm'}]);
	t.is(laptop.state.get('meals/m')?.name, 'Muesli');
	const {conflicts} = await ask(house, ann, 'GET', 'sync/conflicts');
	t.like(conflicts, [
		{
			id: pushed.conflicts[0].conflict_id,
			entity: 'meals',
			entity_id: 'm',
			fields: ['name'],
			base: {name: 'Oats'},
			local: {name: 'Porridge'},
			server: {name: 'Muesli'},
			deviceId: laptop.deviceId,
		},
	]);
	await house.post(`/api/v1/sync/conflicts/${conflicts[0].id}/resolve`, {resolution: 'keep_local'}, ann);
	t.deepEqual((await ask(house, ann, 'GET', 'sync/conflicts')).conflicts, []);
	await laptop.sync();
	t.is(laptop.state.get('meals/m')?.name, 'Porridge');
});

test('a delete reaches the other device, wins over an edit that did not know of it, and stays', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const [phone, laptop] = [new App(house, ann), new App(house, ann)];
	for (const id of ['a', 'b']) phone.edit('log_entries', id, {text: id});
	const old = [...phone.queue];
	await phone.sync();
	await laptop.sync();
	phone.remove('log_entries', 'a');
	laptop.edit('log_entries', 'a', {text: 'edited'});
	await phone.sync();
	t.is((await laptop.sync()).conflicts.length, 1);
	phone.queue.push(...old);
	await phone.sync();
	t.deepEqual([...phone.state.keys()], ['log_entries/b']);
	t.deepEqual([...laptop.state.keys()], ['log_entries/b']);
	phone.edit('log_entries', 'c', {text: 'c'});
	phone.remove('log_entries', 'c');
	phone.edit('log_entries', 'c', {text: 'again'});
	await phone.sync();
	t.is(phone.state.get('log_entries/c')?.text, 'again');
});

test('a push whose answer was lost is done once, also after others went on', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const [phone, laptop] = [new App(house, ann), new App(house, ann)];
	phone.edit('schedule_blocks', 'a', {title: 'one', order: 1});
	await phone.push({interrupted: true});
	await laptop.sync();
	laptop.edit('schedule_blocks', 'a', {order: 2});
	await laptop.sync();
	phone.edit('schedule_blocks', 'a', {title: 'two'});
	t.like(await phone.sync(), {rejected: [], conflicts: []});
	t.like(phone.state.get('schedule_blocks/a'), {title: 'two', order: 2});
	const {latestVersion} = await ask(house, ann, 'POST', 'sync/pull', {});
	t.is(latestVersion, 3);
});

test('the same body twice at once, and 3,000 mutations in one', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const mutations = Array.from({length: 3000}, (_, n) => mutation({entityId: `b${n}`, payload: {title: `Block ${n}`}}));
	const answers = await Promise.all(
		[1, 2].map(() => ask(house, ann, 'POST', 'sync/push', {deviceId: 'phone', mutations})),
	);
	t.deepEqual(
		answers.map(({accepted, latestVersion}) => [accepted.length, latestVersion]),
		[
			[3000, 3000],
			[3000, 3000],
		],
	);
	const {changes, hasMore} = await ask(house, ann, 'POST', 'sync/pull', {clientVersion: null});
	t.deepEqual([changes.length, hasMore], [3000, false]);
	const page = await ask(house, ann, 'POST', 'sync/pull', {clientVersion: 100, limit: 50});
	t.like(page, {latestVersion: 150, hasMore: true});
	const many = {mutations: Array(10_001).fill({})};
	t.is((await ask(house, ann, 'POST', 'sync/push', many)).status, 413);
});

test('a version from the future, of another state of the house or before forgotten deletes starts over', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const app = new App(house, ann);
	for (const id of ['a', 'b', 'c']) app.edit('schedule_blocks', id, {title: id});
	await app.sync();
	await house.delete('/api/v1/schedule-blocks/b', ann);
	for (const clientVersion of [99_999, Number.MAX_SAFE_INTEGER + 1, 2.5]) {
		app.version = clientVersion;
		const answer = await app.pull();
		t.true(answer.reset, String(clientVersion));
		t.deepEqual([...app.state.keys()], ['schedule_blocks/a', 'schedule_blocks/c']);
	}
	const other = await ask(house, ann, 'POST', 'sync/pull', {
		clientVersion: 4,
		epoch: '00000000-0000-4000-8000-000000000000',
	});
	t.true(other.reset);
	await house.house.contextOf('sync').db.as(ann.id, async tx => {
		await tx.run(`delete from records.records where space_id = $1 and id = 'b'`, [ann.id]);
		await tx.run('update records.heads set floor = 4 where space_id = $1', [ann.id]);
	});
	t.true((await ask(house, ann, 'POST', 'sync/pull', {clientVersion: 3})).reset);
	const zombie = {clientVersion: 3, mutations: [mutation({entityId: 'b'})]};
	t.is((await ask(house, ann, 'POST', 'sync/push', zombie)).conflicts.length, 1);
	t.is(
		(await ask(house, ann, 'POST', 'sync/push', {clientVersion: 999_999, mutations: [mutation({entityId: 'n'})]}))
			.accepted.length,
		1,
	);
	for (const clientVersion of ['soon', -1, {}]) {
		t.is((await ask(house, ann, 'POST', 'sync/pull', {clientVersion})).status, 400);
	}
});

test('odd mutations lock nobody out: what fits no field is kept as it was sent, what is none is listed, the rest is taken', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
	const body = `{"deviceId":"\\ud800 odd","mutations":[
		null,"text",{},{"id":"x1","entity":"weights","entityId":"a","op":"upsert","payload":{}},
		{"id":"x2","entity":"meals","entityId":"a\\u0001","op":"upsert","payload":{}},
		{"id":"x3","entity":"meals","entityId":"a","op":"patch","payload":{}},
		{"id":"x4","entity":"meals","entityId":"a","op":"upsert"},
		{"id":"x5","entity":"meals","entityId":"deep","op":"upsert","payload":{"extra":${deep}}},
		{"id":"g1","entity":"schedule_blocks","entityId":"fit","op":"upsert","payload":{"startTime":9.5,"days":"weekdays","notes":"${'x'.repeat(300_000)}"}},
		{"id":"g2","entity":"log_entries","entityId":"nul","op":"upsert","payload":{"text":"a\\u0000b\\ud800c","__proto__":{"x":1},"updated_at":"then"}},
		{"entity":"completion","entity_id":"2025-03-01:walk","op":"upsert","payload":true,"client_timestamp":"2999-01-01T00:00:00Z"},
		{"id":7,"entity":"settings","entityId":"theme","op":"upsert","payload":"dark","clientTimestamp":"long ago"},
		{"id":"g5","entity":"meals","entityId":"nobody","op":"delete","base_version":1e300}
	]}`;
	const {status, accepted, rejected} = await ask(house, ann, 'POST', 'sync/push', body);
	t.is(status, 200);
	t.is(accepted.length, 5);
	t.deepEqual(
		rejected.map(({id}: {id: string | null}) => id),
		[null, null, null, 'x1', 'x2', 'x3', 'x4', 'x5'],
	);
	const {changes} = await ask(house, ann, 'POST', 'sync/pull', {});
	const byId = Object.fromEntries(
		changes.map((one: {entityId: string; payload: unknown}) => [one.entityId, one.payload]),
	);
	t.like(byId.fit, {startTime: 9.5, days: 'weekdays'});
	t.is(byId.fit.notes.length, 300_000);
	t.like(byId.nul, {text: 'abc', updated_at: 'then'});
	t.like(byId['2025-03-01:walk'], {done: true});
	t.like(byId.theme, {value: 'dark'});
	const again = await ask(house, ann, 'POST', 'sync/push', body);
	t.is(again.accepted.length, 5);
	t.is(again.latestVersion, 4);
	const back = {mutations: [mutation({entityId: 'fit', payload: {...byId.fit, startTime: '09:30'}})]};
	await ask(house, ann, 'POST', 'sync/push', back);
	t.like((await house.get('/api/v1/schedule-blocks/fit', ann)).data, {start_time: '09:30'});
	const mended = await ask(house, ann, 'POST', 'sync/pull', {clientVersion: 4});
	t.like(mended.changes, [{payload: {startTime: '09:30', days: 'weekdays'}}]);
});

test('another dialect’s body is refused in words, and everything wants a token', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	for (const body of [{}, [], {changes: []}, {mutations: {}}, {modified: []}]) {
		const {status, error} = await ask(house, ann, 'POST', 'sync/push', body);
		t.is(status, 400);
		t.is(error.code, 'VALIDATION_ERROR');
	}
	for (const [method, path] of [
		['POST', 'sync/pull'],
		['GET', 'sync/conflicts'],
		['GET', 'export'],
	] as const) {
		t.is((await ask(house, undefined, method, path)).status, 401);
	}
	t.is((await ask(house, ann, 'GET', 'nowhere')).status, 404);
});

test('another person sees and changes nothing, whatever ids, versions and devices they use', async t => {
	const house = await aWeekdayHouse(t);
	const [ann, ben] = [await house.person(), await house.person()];
	const one = mutation({payload: {title: 'Ann’s'}});
	await ask(house, ann, 'POST', 'sync/push', {deviceId: 'phone', mutations: [one]});
	t.deepEqual((await ask(house, ben, 'POST', 'sync/pull', {clientVersion: 0})).changes, []);
	await ask(house, ben, 'POST', 'sync/push', {
		deviceId: 'phone',
		clientVersion: 1,
		mutations: [one, mutation({payload: {title: 'Ben’s'}}), mutation({op: 'delete'})],
	});
	t.like((await house.get('/api/v1/schedule-blocks/a', ann)).data, {title: 'Ann’s'});
	t.deepEqual((await ask(house, ben, 'GET', 'sync/conflicts')).conflicts, []);
});

test('who switched sync off is told so, and nothing is taken', async t => {
	const house = await aWeekdayHouse(t, {plugins: [auth, sync, planner, weekday]});
	const ann = await house.person();
	await house.put('/api/v1/users/me', {sync_enabled: false}, ann);
	const refused = await ask(house, ann, 'POST', 'sync/push', {mutations: [mutation({})]});
	t.like(refused, {status: 403, error: {code: 'SYNC_DISABLED'}});
	t.is((await ask(house, ann, 'POST', 'sync/pull', {})).status, 403);
});
