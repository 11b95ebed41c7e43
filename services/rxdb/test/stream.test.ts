import auth from '@hearth/auth/plugin.js';
import planner from '@hearth/planner/plugin.js';
import sync from '@hearth/sync/plugin.js';
import test from 'ava';
import rxdb from '../plugin.js';
import {anRxHouse, aPhone, listen, pusher} from './fixtures.js';

test('two live phones see each other’s edits and deletes by the stream, with a ticket in place of the header', async t => {
	const house = await anRxHouse(t, {plugins: [auth, sync, planner, rxdb]});
	const ada = await house.person();
	const [phone, tablet] = [await aPhone(t, house, ada), await aPhone(t, house, ada)];
	const replications = [];
	for (const one of [phone, tablet]) {
		const {data} = await house.post('/api/v1/auth/ticket', {}, ada);
		const ear = await listen(house, null, {query: `ticket=${data.ticket}`});
		t.is(ear.status, 200);
		t.regex(ear.headers.get('content-type') ?? '', /^text\/event-stream/);
		const replication = one.start(true);
		ear.onEvent(({documents, checkpoint}) => one.pulled$.next({documents, checkpoint}));
		await replication.awaitInitialReplication();
		replications.push({replication, ear});
	}
	await phone.set('a', {name: 'Socks'});
	await house.until(async () => (await tablet.get('a'))?.name === 'Socks');
	await tablet.set('a', {name: 'Red socks'});
	await house.until(async () => (await phone.get('a'))?.name === 'Red socks');
	await house.put('/api/v1/items/a', {packed: true}, ada);
	await house.until(async () => (await phone.get('a'))?.packed === true && (await tablet.get('a'))?.packed === true);
	await phone.drop('a');
	await house.until(async () => (await tablet.get('a')) === null);
	for (const {replication, ear} of replications) {
		await replication.cancel();
		await ear.close();
	}
	t.deepEqual([...phone.errors, ...tablet.errors], []);
});

test('events are in order, without gaps, of this collection and this person alone', async t => {
	const house = await anRxHouse(t);
	const [ada, bob] = [await house.person(), await house.person()];
	const ear = await listen(house, ada);
	const push = pusher(house, ada);
	for (let n = 0; n < 30; n += 1) {
		await push([{newDocumentState: {id: `i${n}`, name: `Thing ${n}`}}]);
		if (n % 3 === 0) await house.post('/api/v1/lists', {id: `l${n}`, name: 'A list'}, ada);
		if (n % 3 === 1) await pusher(house, bob)([{newDocumentState: {id: `bob${n}`, name: 'Bob’s'}}]);
	}
	await house.until(async () => ear.ids().includes('i29'));
	t.deepEqual(
		ear.ids(),
		Array.from({length: 30}, (_, n) => `i${n}`),
	);
	const seqs = ear.heard.map(({checkpoint}) => checkpoint.seq);
	t.deepEqual(
		seqs,
		[...seqs].sort((a, b) => a - b),
	);
	await ear.close();
});

test('who connects anew names the last event, and hears what was written meanwhile; deletes too', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const push = pusher(house, ada);
	const ear = await listen(house, ada);
	await push([{newDocumentState: {id: 'a', name: 'Socks'}}]);
	await house.until(async () => ear.ids().includes('a'));
	await ear.close();
	await push([{newDocumentState: {id: 'b', name: 'Shoes'}}]);
	await house.delete('/api/v1/items/a', ada);
	const again = await listen(house, ada, {headers: {'last-event-id': ear.heard.at(-1)?.id ?? ''}});
	await house.until(async () => again.ids().length === 2);
	t.deepEqual(
		again.heard.flatMap(({documents}) => documents.map(({id, _deleted}) => [id, _deleted])),
		[
			['b', false],
			['a', true],
		],
	);
	await again.close();
	const foreign = await listen(house, ada, {headers: {'last-event-id': '77.of another house'}});
	await house.until(async () => foreign.ids().includes('b') && foreign.ids().includes('a'));
	await foreign.close();
});

test('who pulled and then listens has missed nothing in between', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	await pusher(house, ada)([{newDocumentState: {id: 'a', name: 'Written after the pull'}}]);
	const ear = await listen(house, ada);
	await house.until(async () => ear.ids().includes('a'));
	await ear.close();
	t.pass();
});

test('a thousand documents at once come in events of a hundred', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const ear = await listen(house, ada);
	await pusher(
		house,
		ada,
	)(Array.from({length: 1_000}, (_, n) => ({newDocumentState: {id: `i${n}`, name: `Thing ${n}`}})));
	await house.until(async () => ear.ids().length === 1_000, 30_000);
	t.true(ear.heard.every(({documents}) => documents.length <= 100));
	await ear.close();
});

test('an eleventh listener takes the place of the oldest; a signed out one hears no more', async t => {
	const house = await anRxHouse(t, {plugins: [auth, sync, planner, rxdb]});
	const ada = await house.person();
	const ears = [];
	for (let n = 0; n < 11; n += 1) ears.push(await listen(house, ada));
	await ears[0]?.ended();
	const [device] = (await house.get('/api/v1/users/me/devices', ada)).data;
	t.is((await house.delete(`/api/v1/users/me/devices/${device.id}`, ada)).status, 204);
	await Promise.all(ears.map(ear => ear.ended()));
	t.is((await listen(house, ada)).status, 401);
});

test('a stream ends with its token', async t => {
	const clock = {ahead_ms: 0};
	const house = await anRxHouse(t, {now: () => Date.now() + clock.ahead_ms});
	const ada = await house.person();
	clock.ahead_ms = 898_000;
	const ear = await listen(house, ada);
	t.is(ear.status, 200);
	await ear.ended();
});
