import auth from '@hearth/auth/plugin.js';
import planner from '@hearth/planner/plugin.js';
import sync from '@hearth/sync/plugin.js';
import test from 'ava';
import weekday from '../plugin.js';
import {ask, aWeekdayHouse, mutation} from './fixtures.js';

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
