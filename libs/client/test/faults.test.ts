import {spawn} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {memoryStore} from '../memory-store.js';
import {nodeStore} from '../node-store.js';
import {under} from '../store.js';
import {aFolder, aSyncHouse, until} from './devices.js';
import {type Fault, unreliable} from './unreliable-fetch.js';

test.serial('a push whose answer is lost is sent again and applied once', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const tablet = await aDevice();
	let fault: Fault = 'none';
	const phone = await aDevice({fetch: unreliable(url => (url.endsWith('/sync/push') ? fault : 'none'))});
	const lists = phone.collection('lists');
	fault = 'answer lost';
	const {id} = await lists.create({title: 'Shopping'});
	t.like(await phone.sync(), {state: 'offline', pending: 1, push_error: {code: 'UNREACHABLE'}, pull_error: null});
	// An edit meanwhile goes by itself: what may have arrived keeps its body.
	await lists.update(id, {title: 'Shopping for Rome'});
	fault = 'none';
	t.like(await phone.sync(), {state: 'idle', pending: 0, rejected: 0, conflicts: 0});
	await tablet.sync();
	t.deepEqual(
		(await tablet.collection('lists').list()).map(({data}) => data.title),
		['Shopping for Rome'],
	);
	t.deepEqual(await phone.verify(), []);
});

test.serial('what was sent is shown without a flicker until it comes back', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	let fault: Fault = 'none';
	const phone = await aDevice({fetch: unreliable(url => (url.endsWith('/sync/pull') ? fault : 'none'))});
	const {id} = await phone.collection('lists').create({title: 'old'});
	await phone.sync();
	const seen: string[] = [];
	const stop = phone.collection('lists').watch({}, ([item]) => seen.push(item?.data.title ?? ''));
	await until(() => seen.length > 0, 'the list is shown');
	fault = 'request lost';
	await phone.collection('lists').update(id, {title: 'new'});
	t.like(await phone.sync(), {pending: 0, push_error: null, pull_error: {code: 'UNREACHABLE'}});
	t.like(await phone.collection('lists').get(id), {data: {title: 'new'}, pending: false});
	fault = 'none';
	t.like(await phone.sync(), {state: 'idle', pull_error: null});
	stop();
	t.deepEqual([...new Set(seen)], ['old', 'new']);
});

test.serial('a refused write is kept with its reason and stops no other; corrected, it goes', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const [phone, tablet] = [await aDevice(), await aDevice()];
	const weights = phone.collection('weights');
	const wrong = await weights.create({date: '2026-11-20', weight_kg: -1});
	const right = await weights.create({date: '2026-11-21', weight_kg: 70});
	t.like(await phone.sync(), {state: 'idle', pending: 0, rejected: 1, push_error: null});
	t.is(await weights.get(wrong.id), null);
	const [rejection] = await phone.rejected();
	t.like(rejection, {record_id: wrong.id, code: 'VALIDATION_ERROR', data: {weight_kg: -1}});
	t.regex(rejection?.message ?? '', /weight_kg/);
	await tablet.sync();
	t.deepEqual(
		(await tablet.collection('weights').list()).map(({id}) => id),
		[right.id],
	);
	await phone.retry(rejection?.id ?? '', {weight_kg: 71});
	t.like(await phone.sync(), {pending: 0, rejected: 0});
	await tablet.sync();
	t.like(await tablet.collection('weights').get(wrong.id), {data: {date: '2026-11-20', weight_kg: 71}});

	// An edit that came before the refusal takes along what was refused.
	const again = await weights.create({date: '2026-11-22', weight_kg: -2});
	await phone.sync();
	t.is((await phone.rejected()).length, 1);
	await phone.dismiss((await phone.rejected())[0]?.id ?? '');
	t.is(phone.status().rejected, 0);
	t.is(await weights.get(again.id), null);
});

test.serial('a correction made while the refusal was on its way carries the whole record', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	let correct = async () => {};
	const phone = await aDevice({
		async fetch(url, init) {
			const response = await fetch(url, init);
			if (url.endsWith('/sync/push')) await correct();
			return response;
		},
	});
	await phone.sync();
	const {id} = await phone.collection('weights').create({date: '2026-11-22', weight_kg: -2});
	correct = async () => {
		correct = async () => {};
		await phone.collection('weights').update(id, {weight_kg: 72});
	};
	t.like(await phone.sync(), {pending: 0, rejected: 1});
	t.like(await phone.collection('weights').get(id), {data: {date: '2026-11-22', weight_kg: 72}, pending: false});
	t.deepEqual(await phone.verify(), []);
});

test.serial(
	'a body too large for what stands between is sent in parts, and one record that is too large alone is refused',
	async t => {
		const {anAccount} = await aSyncHouse(t);
		const {aDevice} = await anAccount();
		const phone = await aDevice({
			async fetch(url, init) {
				const {length} = typeof init.body === 'string' ? init.body : '';
				// As nginx answers with a `client_max_body_size` of 2 kB.
				if (length > 2000)
					return new Response('<html>413</html>', {status: 413, headers: {'content-type': 'text/html'}});
				return fetch(url, init);
			},
		});
		const lists = phone.collection('lists');
		for (let n = 0; n < 15; n += 1) await lists.create({title: `list ${n}`, n});
		await lists.create({title: 'x'.repeat(3000)});
		t.like(await phone.sync(), {state: 'idle', pending: 0, rejected: 1});
		t.is((await lists.list()).length, 15);
		t.deepEqual(await phone.verify(), []);
	},
);

test.serial('a server that is busy is asked again when it says, and not before', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	let busy = false;
	let asked = 0;
	const phone = await aDevice({
		async fetch(url, init) {
			if (url.includes('/sync/')) asked += 1;
			if (!busy || !url.includes('/sync/')) return fetch(url, init);
			const error = {code: 'RATE_LIMITED', message: 'Too many requests. Wait a moment.'};
			return Response.json({error}, {status: 429, headers: {'retry-after': '600'}});
		},
	});
	await phone.sync();
	busy = true;
	await phone.collection('lists').create({title: 'Shopping'});
	t.like(await phone.sync(), {state: 'waiting', pending: 1, push_error: {code: 'RATE_LIMITED'}});
	t.true(Date.parse(phone.status().retry_at ?? '') - Date.now() > 500_000);
	const before = asked;
	await phone.collection('lists').create({title: 'More'});
	await new Promise(resolve => setTimeout(resolve, 1500));
	t.is(asked, before);
	busy = false;
	t.like(await phone.sync(), {state: 'idle', pending: 0});
});

test.serial('an access token that ends in the middle of a sync is renewed once, and nobody notices', async t => {
	let ahead_ms = 0;
	const {anAccount} = await aSyncHouse(t, {now: () => Date.now() + ahead_ms});
	const {aDevice} = await anAccount();
	const asked: string[] = [];
	const phone = await aDevice({
		async fetch(url, init) {
			asked.push(new URL(url).pathname);
			// Between the push and the pull.
			if (url.endsWith('/sync/pull')) ahead_ms = 20 * 60_000;
			return fetch(url, init);
		},
	});
	await phone.collection('lists').create({title: 'Shopping'});
	t.like(await phone.sync(), {state: 'idle', pending: 0, pull_error: null});
	t.is(asked.filter(path => path.endsWith('/auth/refresh')).length, 1);
});

test.serial('a device that was signed out keeps what waits, and sends it after signing in again', async t => {
	const {house, anAccount} = await aSyncHouse(t);
	const {aDevice, id} = await anAccount();
	const kept = memoryStore();
	const store = {...kept, close: async () => {}};
	const device_id = randomUUID();
	const phone = await aDevice({store, device_id});
	await phone.sync();
	const tokens = await store.read(tx => tx.get<{access_token: string}>('session'));
	const maria = {id, household_id: '', token: tokens?.access_token ?? ''};
	t.is((await house.delete(`/api/v1/users/me/devices/${device_id}`, maria)).status, 204);
	await phone.collection('lists').create({title: 'Shopping'});
	t.like(await phone.sync(), {state: 'signed_out', pending: 1, push_error: {code: 'SIGNED_OUT'}});
	await phone.close();

	const again = await aDevice({store, device_id});
	t.like(await again.sync(), {state: 'idle', pending: 0, push_error: null});
});

test.serial('what one person left on a device never reaches the account of another', async t => {
	const {anAccount} = await aSyncHouse(t);
	const [maria, tom] = [await anAccount(), await anAccount()];
	const kept = memoryStore();
	const store = {...kept, close: async () => {}};
	const hers = await maria.aDevice({store});
	await hers.sync();
	await hers.collection('lists').create({title: 'Her secret'});
	await hers.close();
	await store.write(async tx => tx.delete('session'));

	const his = await tom.aDevice({store});
	t.like(await his.sync(), {state: 'signed_out', pending: 1, push_error: {code: 'OTHER_USER'}});
	await his.close();
	const elsewhere = await tom.aDevice();
	await elsewhere.sync();
	t.deepEqual(await elsewhere.collection('lists').list(), []);
});

test.serial('a copy that was damaged is found by its checksum, told of, and fetched anew', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const store = memoryStore();
	const phone = await aDevice({store});
	for (let n = 0; n < 10; n += 1) await phone.collection('lists').create({title: `list ${n}`, n});
	await phone.sync();
	t.deepEqual(await phone.verify(), []);
	const [first = '', second = ''] = (await store.read(tx => tx.scan(under('record/lists/')))).map(([key]) => key);
	await store.write(async tx => {
		tx.delete(first);
		tx.put(second, {...((await tx.get<object>(second)) ?? {}), data: {title: 'never written'}});
	});
	t.is((await phone.collection('lists').list()).length, 9);
	t.deepEqual(await phone.verify(), ['lists']);
	t.like(phone.status().loss, {collections: ['lists']});
	t.deepEqual(
		(await phone.collection('lists').list()).map(({data}) => data.title).sort(),
		Array.from({length: 10}, (_, n) => `list ${n}`),
	);
	t.deepEqual(await phone.verify(), []);
	await phone.dismissLoss();
	t.is(phone.status().loss, null);
});

test.serial('a queue outlives a process that is killed, and is sent by the next one', async t => {
	const {house, anAccount} = await aSyncHouse(t);
	const {aDevice, email} = await anAccount();
	const folder = await aFolder(t);
	const device_id = randomUUID();
	const child = spawn(
		process.execPath,
		[fileURLToPath(new URL('edit-until-killed.js', import.meta.url)), folder, house.url, email, device_id],
		{stdio: ['ignore', 'pipe', 'inherit']},
	);
	let told = 0;
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		told = Number(text.trimEnd().split('\n').at(-1));
		if (told >= 60) child.kill('SIGKILL');
	});
	await once(child, 'exit');
	t.is(child.signalCode, 'SIGKILL');

	const phone = await aDevice({store: await nodeStore(folder), device_id});
	const here = await phone.collection('lists').list();
	t.true(here.length >= told);
	t.like(await phone.sync(), {state: 'idle', pending: 0, rejected: 0, conflicts: 0});
	const tablet = await aDevice();
	await tablet.sync();
	t.deepEqual(
		(await tablet.collection('lists').list()).map(({data}) => data),
		here.map(({data}) => data),
	);
});

test.serial(
	'a page that comes late, after another tab has pulled on, brings nothing back that was deleted since',
	async t => {
		const {anAccount} = await aSyncHouse(t);
		const {aDevice} = await anAccount();
		const phone = await aDevice();
		const {id} = await phone.collection('lists').create({title: 'to be deleted'});
		await phone.sync();
		// Two tabs where the browser has no locks: both sync.
		const kept = memoryStore();
		const store = {...kept, close: async () => {}};
		const device_id = randomUUID();
		let arrived = () => {};
		const isOnItsWay = new Promise<void>(resolve => {
			arrived = resolve;
		});
		let release = () => {};
		const released = new Promise<void>(resolve => {
			release = resolve;
		});
		const slow = await aDevice({
			store,
			device_id,
			async fetch(url, init) {
				const response = await fetch(url, init);
				if (url.endsWith('/sync/pull')) {
					arrived();
					await released;
				}
				return response;
			},
		});
		const synced = slow.sync();
		await isOnItsWay;
		await phone.collection('lists').delete(id);
		await phone.collection('lists').create({title: 'stays'});
		await phone.sync();
		const quick = await aDevice({store, device_id});
		await quick.sync();
		release();
		await synced;
		for (const tab of [slow, quick]) {
			t.deepEqual(
				(await tab.collection('lists').list()).map(({data}) => data.title),
				['stays'],
			);
			t.deepEqual(await tab.verify(), []);
			t.is(tab.status().loss, null);
		}
	},
);

test.serial('where sync is switched off nothing leaves, and all of it does once it is on again', async t => {
	const {house, anAccount} = await aSyncHouse(t);
	const {aDevice, id} = await anAccount();
	const store = memoryStore();
	const phone = await aDevice({store});
	await phone.sync();
	const tokens = await store.read(tx => tx.get<{access_token: string}>('session'));
	const person = {id, household_id: '', token: tokens?.access_token ?? ''};
	t.is((await house.put('/api/v1/users/me', {sync_enabled: false}, person)).status, 200);
	await phone.collection('lists').create({title: 'Shopping'});
	await until(async () => (await phone.sync()).state === 'disabled', 'the house has heard of it');
	t.like(phone.status(), {pending: 1, rejected: 0, push_error: {code: 'SYNC_DISABLED'}});
	t.is((await house.put('/api/v1/users/me', {sync_enabled: true}, person)).status, 200);
	await until(async () => (await phone.sync()).state === 'idle', 'the house has heard of it');
	t.like(phone.status(), {pending: 0, rejected: 0, push_error: null});
});
