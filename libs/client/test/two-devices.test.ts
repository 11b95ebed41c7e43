import {randomUUID} from 'node:crypto';
import test from 'ava';
import {memoryStore} from '../memory-store.js';
import {aSyncHouse, until} from './devices.js';

test.serial('what one device writes, the other reads, and a delete too', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const [phone, tablet] = [await aDevice(), await aDevice()];
	const {id} = await phone.collection('weights').create({date: '2026-11-21', weight_kg: 71.5});
	t.like(await phone.collection('weights').get(id), {pending: true, data: {weight_kg: 71.5}});
	t.like(await phone.sync(), {state: 'idle', pending: 0, push_error: null, pull_error: null});
	t.like(await phone.collection('weights').get(id), {pending: false});
	await tablet.sync();
	t.deepEqual(await tablet.collection('weights').list(), [
		{id, data: {date: '2026-11-21', weight_kg: 71.5}, pending: false},
	]);
	await tablet.collection('weights').delete(id);
	t.is(await tablet.collection('weights').get(id), null);
	await tablet.sync();
	await phone.sync();
	t.deepEqual(await phone.collection('weights').list(), []);
	t.is(await phone.verify().then(different => different?.length), 0);

	// Made again under the same id, by the one who deleted it, in one go.
	await tablet.collection('weights').create({date: '2026-11-22', weight_kg: 70}, {id});
	await tablet.collection('weights').delete(id);
	await tablet.collection('weights').create({date: '2026-11-23', weight_kg: 69}, {id});
	await tablet.sync();
	await phone.sync();
	t.like(await phone.collection('weights').get(id), {data: {date: '2026-11-23', weight_kg: 69}});
	t.is(tablet.status().conflicts, 0);
});

test.serial('a record that is deleted and made again before either is sent is the new one everywhere', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const [phone, tablet] = [await aDevice(), await aDevice()];
	const {id} = await phone.collection('weights').create({date: '2026-11-21', weight_kg: 71.5, note: 'old'});
	await phone.sync();
	await phone.collection('weights').delete(id);
	await phone.collection('weights').create({date: '2026-11-22', weight_kg: 70}, {id});
	await until(() => phone.status().pending === 2, 'both are counted');
	t.like(await phone.sync(), {state: 'idle', pending: 0, conflicts: 0, rejected: 0});
	await tablet.sync();
	for (const device of [phone, tablet]) {
		t.deepEqual((await device.collection('weights').get(id))?.data, {date: '2026-11-22', weight_kg: 70});
	}
});

test.serial('edits of different fields without a connection are both kept, on both devices', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const [phone, tablet] = [await aDevice(), await aDevice()];
	const {id} = await phone.collection('lists').create({title: 'Packing', n: 1});
	await phone.sync();
	await tablet.sync();
	await phone.collection('lists').update(id, {title: 'Packing for Rome'});
	await tablet.collection('lists').update(id, {n: 2});
	await phone.sync();
	await tablet.sync();
	await phone.sync();
	for (const device of [phone, tablet]) {
		t.like(await device.collection('lists').get(id), {data: {title: 'Packing for Rome', n: 2}, pending: false});
		t.like(device.status(), {pending: 0, conflicts: 0, rejected: 0});
	}
	// Null erases, and an absent field stays.
	await phone.collection('lists').update(id, {n: null});
	await phone.sync();
	await tablet.sync();
	t.deepEqual((await tablet.collection('lists').get(id))?.data, {title: 'Packing for Rome'});
});

test.serial('what is typed in one go is one mutation, and one that was sent is never changed', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const phone = await aDevice();
	await phone.sync();
	const {id} = await phone.collection('lists').create({title: 'a'});
	for (const title of ['ab', 'abc', 'abcd']) await phone.collection('lists').update(id, {title});
	await until(() => phone.status().pending === 1, 'one mutation is counted');
	const nothing = await phone.collection('lists').create({title: 'never mind'});
	await phone.collection('lists').delete(nothing.id);
	await phone.sync();
	t.like(phone.status(), {pending: 0, rejected: 0});
	const before = phone.status().last_push_at;
	await phone.collection('lists').update(id, {title: 'abcd'});
	await phone.sync();
	t.is(phone.status().last_push_at, before, 'an update that changes nothing is not sent');
});

test.serial('a device that listens learns of a change at once', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const [phone, tablet] = [await aDevice(), await aDevice({live: true})];
	await until(() => tablet.status().live, 'the tablet listens');
	const seen: string[][] = [];
	const stop = tablet.collection('lists').watch({}, items => seen.push(items.map(({data}) => data.title)));
	await phone.collection('lists').create({title: 'Shopping'});
	await phone.sync();
	await until(() => seen.at(-1)?.[0] === 'Shopping', 'the tablet shows the list');
	stop();
	t.deepEqual(seen[0], []);
});

test.serial('an edit is sent by itself a moment later', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const phone = await aDevice();
	await phone.sync();
	await phone.collection('lists').create({title: 'Shopping'});
	await until(() => phone.status().pending === 1, 'it waits');
	await until(() => phone.status().pending === 0, 'it was sent');
	t.is(phone.status().push_error, null);
});

test.serial('a collection that is added later is fetched whole, and lists are found by an indexed field', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const phone = await aDevice();
	for (let day = 1; day <= 20; day += 1) {
		await phone.collection('weights').create({date: `2026-11-${`${day}`.padStart(2, '0')}`, weight_kg: 70 + day});
	}
	await phone.collection('lists').create({title: 'Packing'});
	await phone.sync();

	const device_id = randomUUID();
	const store = memoryStore();
	const unclosed = {...store, close: async () => {}};
	const few = await aDevice({store: unclosed, collections: {lists: {}} as never, device_id});
	await few.sync();
	t.is((await few.collection('lists').list()).length, 1);
	t.throws(() => few.collection('weights'), {message: /not among the collections/});
	await few.close();

	const all = await aDevice({store: unclosed, device_id});
	await all.sync();
	t.is((await all.collection('weights').list()).length, 20);
	const found = await all.collection('weights').list({date: {from: '2026-11-03', to: '2026-11-05'}});
	t.deepEqual(found.map(({data}) => data.date).sort(), ['2026-11-03', '2026-11-04', '2026-11-05']);
	t.is((await all.collection('weights').list({date: '2026-11-07', weight_kg: 77})).length, 1);
	t.is((await all.collection('weights').list({date: '2026-11-07', weight_kg: 78})).length, 0);

	// The index follows what is edited here, before the server knows.
	const [seventh] = await all.collection('weights').list({date: '2026-11-07'});
	await all.collection('weights').update(seventh?.id ?? '', {date: '2027-01-01'});
	t.is((await all.collection('weights').list({date: '2026-11-07'})).length, 0);
	t.is((await all.collection('weights').list({date: '2027-01-01'})).length, 1);
});

test.serial('what cannot be JSON is refused before it is written', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const phone = await aDevice();
	const weights = phone.collection('weights');
	await t.throwsAsync(weights.create({date: '2026-11-21', weight_kg: Number.NaN}), {
		message: /weight_kg is not a finite/,
	});
	await t.throwsAsync(weights.create({date: '2026-11-21', weight_kg: 70}, {id: 'a\nb'}), {
		message: /control characters/,
	});
	await t.throwsAsync(weights.update('nowhere', {weight_kg: 70}), {message: /no record nowhere/});
	// @ts-expect-error What the collection does not declare is refused by the compiler; a later version's fields are kept all the same.
	await weights.create({date: '2026-11-21', weight_kg: 70, weight_lb: 154}, {id: 'later'});
	// @ts-expect-error Null erases, which a record without a weight cannot bear.
	await weights.update('later', {weight_kg: null});
	await weights.update('later', {note: null});
	await weights.delete('later');
	await weights.create({date: '2026-11-21', weight_kg: 70}, {id: 'mine'});
	await t.throwsAsync(weights.create({date: '2026-11-21', weight_kg: 70}, {id: 'mine'}), {message: /already/});
	t.is((await weights.list()).length, 1);
});

test.serial('the house knows when a device was there, and up to where it has everything', async t => {
	const {house, anAccount, asAdmin} = await aSyncHouse(t);
	const {aDevice, id} = await anAccount();
	const store = memoryStore();
	const phone = await aDevice();
	await phone.collection('lists').create({title: 'Shopping'});
	await phone.sync();
	const device_id = randomUUID();
	const tablet = await aDevice({store, device_id});
	await tablet.sync();
	const tokens = await store.read(tx => tx.get<{access_token: string}>('session'));
	const person = {id, household_id: '', token: tokens?.access_token ?? ''};
	const {data: devices} = await house.get('/api/v1/users/me/devices', person);
	const seen = devices.find((device: {id: string}) => device.id === device_id);
	t.true(Date.now() - Date.parse(seen.last_sync_at) < 60_000);
	// Divides by zero where the tablet has not acknowledged the newest version.
	await t.notThrowsAsync(
		asAdmin(
			`select 1 / count(*) from records.devices join records.heads using (space_id) where id = '${device_id}' and acked_version = version`,
		),
	);
});
