import {createHash} from 'node:crypto';
import auth from '@hearth/auth/plugin.js';
import planner from '@hearth/planner/plugin.js';
import {canonicalJson} from '@hearth/records/canonical.js';
import sync from '@hearth/sync/plugin.js';
import test from 'ava';
import packing from '../plugin.js';
import {aPackingHouse, ask, type Change} from './fixtures.js';

let made = 0;
const aChange = (given: Partial<Change> & {entityId: string}): Change => {
	made += 1;
	return {
		id: `c${made}`,
		entityType: 'items',
		operation: 'create',
		timestamp: Date.now(),
		data: {},
		version: 0,
		deviceId: 'phone',
		...given,
	};
};

test('the answer names what changed since the last one’s timestamp, once each, with a checksum of it', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	t.like(await ask(house, ada, 'GET', 'changes'), {status: 200, changes: [], timestamp: 0, reset: false});
	t.like(await ask(house, ada, 'GET', 'changes?since=null'), {status: 200, changes: []});
	const sent = aChange({entityId: 'a', data: {name: 'Socks', colour: {kept: ['as', 'it', 'came']}}});
	t.like(await ask(house, ada, 'POST', 'changes', {changes: [sent]}), {
		status: 200,
		accepted: [sent.id],
		rejected: [],
		conflicts: [],
	});
	const first = await ask(house, ada, 'GET', 'changes?since=0');
	const {id, ...change} = first.changes[0];
	t.is(typeof id, 'string');
	t.like(change, {
		entityType: 'items',
		entityId: 'a',
		operation: 'create',
		version: 1,
		deviceId: 'phone',
		data: sent.data,
	});
	t.true(Math.abs(change.timestamp - Date.now()) < 600_000);
	t.is(first.checksum, `sha256:${createHash('sha256').update(canonicalJson(first.changes)).digest('hex')}`);
	await ask(house, ada, 'POST', 'changes', {
		changes: [
			aChange({entityId: 'a', operation: 'update', version: 1, data: {name: 'Red socks'}}),
			aChange({entityId: 'b', data: {name: 'Book'}}),
		],
	});
	await house.delete('/api/v1/items/b', ada);
	const second = await ask(house, ada, 'GET', `changes?since=${first.timestamp}`);
	t.deepEqual(
		second.changes.map(({entityId, operation}: Change) => [entityId, operation]),
		[
			['a', 'update'],
			['b', 'delete'],
		],
	);
	t.deepEqual((await ask(house, ada, 'GET', `changes?since=${second.timestamp}`)).changes, []);
});

test('fields may be written in camel case; both names are answered', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	await ask(house, ada, 'POST', 'changes', {
		changes: [
			aChange({entityId: 'a', data: {listId: 'rome', assignedTo: 'Bob', weightG: 120}}),
			aChange({entityType: 'lists', entityId: 'rome', data: {isTemplate: true, start_date: '2026-05-01'}}),
		],
	});
	t.like((await house.get('/api/v1/items/a', ada)).data, {list_id: 'rome', assigned_to: 'Bob', weight_g: 120});
	const {changes, timestamp} = await ask(house, ada, 'GET', 'changes?list=rome');
	t.like(changes[0].data, {listId: 'rome', list_id: 'rome', assignedTo: 'Bob'});
	t.like(changes[1].data, {isTemplate: true, startDate: '2026-05-01'});
	const both = {...changes[0].data, assignedTo: 'Eve'};
	await ask(house, ada, 'POST', 'changes', {
		changes: [aChange({entityId: 'a', operation: 'update', version: changes[0].version, data: both})],
	});
	t.is((await house.get('/api/v1/items/a', ada)).data.assigned_to, 'Eve');
	t.is((await ask(house, ada, 'GET', `changes?since=${timestamp}`)).changes[0].data.assignedTo, 'Eve');
});

test('what is wrong is rejected by itself and says why; what is slightly wrong is mended; the rest is kept', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	let deep: Record<string, unknown> = {};
	for (let depth = 0; depth < 3_000; depth += 1) deep = {deep};
	const bad = [
		aChange({entityId: 'x1', entityType: 'unicorns'}),
		aChange({entityId: 'x2', operation: 'rename'}),
		aChange({entityId: 'a\0b'}),
		aChange({entityId: ''}),
		{...aChange({entityId: 'x3'}), data: 'nonsense'},
		aChange({entityId: 'x4', data: deep}),
	];
	const odd = [
		aChange({entityId: 'long', data: {name: 'x'.repeat(300_000)}}),
		aChange({entityId: 'nul', data: {name: 'a\0b', notes: '\ud800'}}),
		aChange({entityId: 'late', timestamp: 1e300, version: -5, data: {name: 'kept', quantity: '3'}}),
		{...aChange({entityId: 'bare', data: {name: 'kept'}}), id: 17, deviceId: undefined, timestamp: undefined},
		aChange({entityId: 'good', deviceId: 'Ada’s phone', data: {name: 'Socks'}}),
	];
	const answer = await ask(house, ada, 'POST', 'changes', {changes: [...bad, ...odd]});
	t.is(answer.status, 200);
	t.deepEqual(
		answer.rejected,
		bad.map(({id}) => id),
	);
	t.true(answer.rejected.every((id: string) => answer.reasons[id].length > 10));
	t.deepEqual(
		answer.accepted,
		odd.map(({id}) => id),
	);
	t.is((await house.get('/api/v1/items/long', ada)).data.name.length, 500);
	t.like((await house.get('/api/v1/items/nul', ada)).data, {name: 'ab', notes: ''});
	t.like((await house.get('/api/v1/items/late', ada)).data, {name: 'kept', quantity: 3});
	const {timestamp} = await ask(house, ada, 'GET', 'changes');
	t.is(timestamp, 5);
	const again = await ask(house, ada, 'POST', 'changes', {changes: odd});
	t.is(again.accepted.length, odd.length);
	t.is((await ask(house, ada, 'GET', 'changes')).timestamp, timestamp, 'the same again changes nothing');
});

test('another dialect’s body, none, or one too many is refused in words', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	t.is((await house.get('/compat/packing/changes')).status, 401);
	for (const body of [
		[],
		{},
		{mutations: []},
		{changes: {}},
		{changes: [null]},
		{changes: [{entityId: 'a'}]},
		{changes: ['x']},
	]) {
		const {status, error} = await ask(house, ada, 'POST', 'changes', body);
		t.is(status, 400);
		t.is(error.code, 'VALIDATION_ERROR');
	}
	t.is((await ask(house, ada, 'POST', 'changes', {changes: Array(10_001).fill({id: 1})})).status, 413);
	t.is((await ask(house, ada, 'GET', 'changes?since=yesterday')).status, 400);
	t.is((await ask(house, ada, 'POST', 'changes/ack', {changeIds: 'all'})).status, 400);
	t.is((await ask(house, ada, 'GET', 'nowhere')).status, 404);
});

test('3,000 changes in one body, and the same body twice at once', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	const changes = Array.from({length: 3_000}, (_, n) => aChange({entityId: `i${n}`, data: {name: `Thing ${n}`}}));
	const answers = await Promise.all([1, 2].map(() => ask(house, ada, 'POST', 'changes', {changes})));
	t.deepEqual(
		answers.map(({accepted}) => accepted.length),
		[3_000, 3_000],
	);
	const pulled = await ask(house, ada, 'GET', 'changes');
	t.is(pulled.changes.length, 3_000);
	t.is(pulled.timestamp, 3_000);
});

test('one change id from two devices, or with another body, is two changes', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	const one = aChange({entityId: 'a', data: {name: 'one'}});
	for (const change of [one, {...one, deviceId: 'tablet', entityId: 'b'}, {...one, entityId: 'c'}]) {
		t.deepEqual((await ask(house, ada, 'POST', 'changes', {changes: [change]})).accepted, [one.id]);
	}
	t.is((await house.get('/api/v1/items', ada)).data.length, 3);
});

test('nobody sees or changes another’s lists, also with another’s ids and timestamps', async t => {
	const house = await aPackingHouse(t);
	const [ada, bob] = [await house.person(), await house.person()];
	const change = aChange({entityId: 'a', data: {name: 'Ada’s'}});
	await ask(house, ada, 'POST', 'changes', {changes: [change, aChange({entityId: 'a2'})]});
	t.deepEqual((await ask(house, bob, 'GET', 'changes?since=1')).changes, []);
	await ask(house, bob, 'POST', 'changes', {
		changes: [{...change, data: {name: 'Bob’s'}}, aChange({entityId: 'a2', operation: 'delete', version: 2})],
	});
	await ask(house, bob, 'POST', 'changes/ack', {changeIds: ['1', '2']});
	t.is((await house.get('/api/v1/items/a', ada)).data.name, 'Ada’s');
	t.is((await house.get('/api/v1/items/a2', ada)).status, 200);
});

test('an acknowledgement marks up to where a device has everything, and deletes nothing', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	await ask(house, ada, 'POST', 'changes', {changes: [aChange({entityId: 'a'}), aChange({entityId: 'b'})]});
	await house.delete('/api/v1/items/b', ada);
	const {changes} = await ask(house, ada, 'GET', 'changes?since=1');
	const changeIds = [...changes.map(({id}: Change) => id), '99999', 'nonsense'];
	t.like(await ask(house, ada, 'POST', 'changes/ack', {changeIds}), {status: 200, acknowledged: 1});
	await ask(house, ada, 'POST', 'changes/ack', {changeIds: []});
	const device = await house.house
		.contextOf('sync')
		.db.as(ada.id, tx =>
			tx.one<{acked_version: number}>(
				`select acked_version from records.devices where space_id = $1 and id like 'packing:%'`,
				[ada.id],
			),
		);
	t.is(device.acked_version, 3);
	t.is((await ask(house, ada, 'GET', 'changes?since=1')).changes.length, 1);
});

test('two who write at once: versions follow the order of commits, and a reader misses nothing', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	let isDone = false;
	const seen = new Set<string>();
	const reading = (async () => {
		for (let since = 0, last = false; ; ) {
			const {changes, timestamp} = await ask(house, ada, 'GET', `changes?since=${since}`);
			for (const {entityId} of changes) seen.add(entityId);
			since = timestamp;
			if (last) return;
			last = isDone;
		}
	})();
	await Promise.all(
		[1, 2, 3, 4].map(async writer => {
			for (let n = 0; n < 10; n += 1) {
				const changes = Array.from({length: writer * 3}, (_, item) =>
					aChange({entityId: `${writer}-${n}-${item}`, deviceId: `writer${writer}`}),
				);
				await ask(house, ada, 'POST', 'changes', {changes});
			}
		}),
	);
	isDone = true;
	await reading;
	t.is(seen.size, 300);
});

test('who switched sync off is told so, and nothing is taken', async t => {
	const house = await aPackingHouse(t, {plugins: [auth, sync, planner, packing]});
	const ada = await house.person();
	t.is((await house.put('/api/v1/users/me', {sync_enabled: false}, ada)).status, 200);
	t.is((await ask(house, ada, 'GET', 'changes')).status, 403);
	t.like(await ask(house, ada, 'POST', 'changes', {changes: [aChange({entityId: 'a'})]}), {
		status: 403,
		error: {code: 'SYNC_DISABLED'},
	});
	t.is((await house.get('/api/v1/items/a', ada)).status, 404);
});
