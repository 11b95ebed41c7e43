import auth from '@hearth/auth/plugin.js';
import {revoked} from '@hearth/host/identity.js';
import {definePlugin, route} from '@hearth/host/plugin.js';
import {pictureMoved} from '@hearth/vision/contract.js';
import test from 'ava';
import {z} from 'zod';
import sync from '../plugin.js';
import {aDevice, aSyncHouse, collections, listen} from './fixtures.js';

test('whoever listens is told at once where the house stands, and of each change by any door', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	await phone.set('a', {title: 'one'});
	const ear = await listen(house, ada);
	t.is(ear.status, 200);
	t.regex(ear.headers.get('content-type') ?? '', /^text\/event-stream/);
	const {id, data} = await ear.hear('change');
	t.is(id, '1');
	t.like(data, {latest_version: 1, epoch: (await phone.pull()).data.epoch});
	await phone.set('b', {title: 'two'});
	t.like((await ear.hear('change', ({latest_version}) => latest_version === 2)).data, {
		device_id: phone.id,
		collections: ['notes'],
	});
	await house.post('/api/v1/notes', {title: 'three'}, ada);
	t.is((await ear.hear('change', ({latest_version}) => latest_version === 3)).id, '3');
	await ear.close();
});

test('an empty account is told so too', async t => {
	const house = await aSyncHouse(t);
	const ear = await listen(house, await house.person());
	t.like((await ear.hear('change')).data, {latest_version: 0});
	await ear.close();
});

test('who connects anew names what it heard last, and is told which collections changed since', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	await phone.set('a', {title: 'one'});
	await phone.set('w', {weight_kg: 9, date: '2026-03-01'}, {collection: 'weighings_of_dogs'});
	const ear = await listen(house, ada, {headers: {'last-event-id': '1'}});
	t.like(await ear.hear('change'), {id: '2', data: {collections: ['weighings_of_dogs']}});
	await ear.close();
	const restored = await listen(house, ada, {headers: {'last-event-id': '77'}});
	t.is((await restored.hear('change')).data.collections.length, 3);
	await restored.close();
});

test('nobody hears of another person', async t => {
	const house = await aSyncHouse(t);
	const [ada, bob] = [await house.person(), await house.person()];
	const ear = await listen(house, bob);
	await aDevice(house, ada).set('a', {title: 'one'});
	await aDevice(house, bob).set('b', {title: 'two'});
	await ear.hear('change', ({latest_version}) => latest_version === 1);
	t.deepEqual(
		ear.events.map(({data}) => data.latest_version),
		[0, 1],
	);
	await ear.close();
});

test('a conflict is told as the list of conflicts has it', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const [phone, laptop] = [aDevice(house, ada), aDevice(house, ada)];
	await phone.set('a', {decided: 'one'});
	const ear = await listen(house, ada);
	await laptop.set('a', {decided: 'two'}, {base_version: 0});
	const {data} = await ear.hear('conflict');
	t.deepEqual(data, (await house.get('/api/v1/sync/conflicts', ada)).data[0]);
	await ear.close();
});

test('how far the reading of one’s own picture is arrives as its status route says it', async t => {
	const house = await aSyncHouse(t);
	const [ada, bob] = [await house.person(), await house.person()];
	const [ear, other] = [await listen(house, ada), await listen(house, bob)];
	const state = {id: '0198c0de-0000-7000-8000-000000000001', status: 'processing', progress: 0.4} as const;
	await house.house.contextOf('vision').broadcast(pictureMoved, {user_id: ada.id, state});
	t.deepEqual((await ear.hear('image')).data, state);
	await aDevice(house, bob).set('a', {title: 'after it'});
	await other.hear('change', ({latest_version}) => latest_version === 1);
	t.false(other.events.some(({event}) => event === 'image'));
	await ear.close();
	await other.close();
});

test('an eleventh listener of one person takes the place of the oldest', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const ears = [];
	for (let n = 0; n < 11; n += 1) {
		const ear = await listen(house, ada);
		await ear.hear('change');
		ears.push(ear);
	}
	await ears[0]?.ended();
	t.deepEqual(
		ears.map(ear => ear.isEnded()),
		ears.map((_, n) => n === 0),
	);
	await Promise.all(ears.map(ear => ear.close()));
});

test('a stream ends with its token', async t => {
	// Its clock is 899.5 s ahead of what tokens are signed by, which are good for 900 s.
	const clock = {ahead_ms: 0};
	const house = await aSyncHouse(t, {now: () => Date.now() + clock.ahead_ms});
	const ada = await house.person();
	clock.ahead_ms = 898_000;
	const ear = await listen(house, ada);
	t.is(ear.status, 200);
	await ear.ended();
	t.pass();
});

test('a device that is signed out is told, and hears no more', async t => {
	const house = await aSyncHouse(t, {plugins: [auth, sync, collections]});
	const ada = await house.person();
	const ear = await listen(house, ada);
	await ear.hear('change');
	const [device] = (await house.get('/api/v1/users/me/devices', ada)).data;
	t.is((await house.delete(`/api/v1/users/me/devices/${device.id}`, ada)).status, 204);
	await ear.hear('revoked');
	await ear.ended();
	t.is((await listen(house, ada)).status, 401);
});

test('a ticket stands in for the token where no header can be sent, once', async t => {
	const house = await aSyncHouse(t, {plugins: [auth, sync, collections]});
	const ada = await house.person();
	const {data} = await house.post('/api/v1/auth/ticket', {}, ada);
	const ear = await listen(house, null, {query: `?ticket=${data.ticket}`});
	t.is(ear.status, 200);
	await ear.hear('change');
	await ear.close();
	t.is((await listen(house, null, {query: `?ticket=${data.ticket}`})).status, 401);
});

test('a user whose tokens all end is told, whoever else listens on', async t => {
	const house = await aSyncHouse(t);
	const [ada, bob] = [await house.person(), await house.person()];
	const [ear, other] = [await listen(house, ada), await listen(house, bob)];
	await house.house
		.contextOf('auth')
		.broadcast(revoked, {user_id: ada.id, issued_before: Math.floor(Date.now() / 1000) + 10});
	await ear.hear('revoked');
	await ear.ended();
	t.false(other.isEnded());
	await other.close();
});

test('a house that stops lets its listeners go', async t => {
	const house = await aSyncHouse(t, {
		plugins: [
			sync,
			collections,
			definePlugin({
				name: 'other',
				summary: 'Something else',
				routes: [
					route('GET', '/api/v1/other', {
						summary: 'Something else',
						role: 'public',
						data: z.object({}),
						handle: async () => ({}),
					}),
				],
			}),
		],
	});
	const ear = await listen(house, await house.person());
	await ear.hear('change');
	await house.restart();
	await ear.ended();
	t.pass();
});
