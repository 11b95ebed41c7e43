import test from 'ava';
import {aSyncHouse, type Device, type SyncHouse, until} from './devices.js';

const tables = ['heads', 'records', 'changes', 'mutations', 'conflicts', 'checksums', 'devices'];

/** As `hearth backup` and `hearth restore` leave the records: all of them as they were, under another epoch. */
const backUp = ({asAdmin}: SyncHouse) =>
	asAdmin(tables.map(name => `create table public.kept_${name} as select * from records.${name}`).join(';'));
const restore = ({asAdmin}: SyncHouse) =>
	asAdmin(
		[
			...tables.map(name => `truncate records.${name}; insert into records.${name} select * from public.kept_${name}`),
			'update records.heads set epoch = gen_random_uuid()',
		].join(';'),
	);

const titles = async (device: Device) => (await device.collection('lists').list()).map(({data}) => data.title).sort();

test.serial('after a backup was restored a device starts over, and what it has not pushed is pushed', async t => {
	const house = await aSyncHouse(t);
	const {aDevice} = await house.anAccount();
	const [phone, tablet] = [await aDevice(), await aDevice()];
	const kept = await phone.collection('lists').create({title: 'in the backup'});
	await phone.sync();
	await tablet.sync();
	await backUp(house);
	const lost = await phone.collection('lists').create({title: 'after the backup'});
	for (let n = 0; n < 5; n += 1) await phone.collection('weights').create({date: '2026-11-21', weight_kg: 70 + n});
	await phone.sync();
	await tablet.sync();
	t.is((await tablet.collection('weights').list()).length, 5);
	// Made on versions that the server will not know.
	await phone.collection('lists').update(kept.id, {title: 'edited on the phone'});
	await phone.collection('lists').create({title: 'new on the phone'});
	await tablet.collection('lists').update(kept.id, {n: 7});
	await restore(house);

	t.like(await phone.sync(), {state: 'idle', pending: 0, rejected: 0, push_error: null, pull_error: null});
	t.like(await tablet.sync(), {state: 'idle', pending: 0, rejected: 0});
	await phone.sync();
	for (const device of [phone, tablet]) {
		t.deepEqual(await titles(device), ['edited on the phone', 'new on the phone']);
		t.is((await device.collection('lists').get(kept.id))?.data.n, 7);
		t.is(await device.collection('lists').get(lost.id), null);
		t.is((await device.collection('weights').list()).length, 0);
		t.deepEqual(await device.verify(), []);
		t.is(device.status().loss, null);
	}
});

test.serial('while everything is fetched anew, what is here can be read', async t => {
	const house = await aSyncHouse(t);
	const {aDevice} = await house.anAccount();
	let fail = false;
	const phone = await aDevice({
		async fetch(url, init) {
			if (fail && url.endsWith('/sync/pull') && String(init.body).includes('"since":0')) throw new TypeError('cut');
			return fetch(url, init);
		},
	});
	const {id} = await phone.collection('lists').create({title: 'Shopping'});
	await phone.sync();
	await house.asAdmin('update records.heads set epoch = gen_random_uuid()');
	await phone.collection('lists').update(id, {title: 'Shopping for Rome'});
	fail = true;
	t.like(await phone.sync(), {state: 'offline', pending: 1});
	t.deepEqual(await titles(phone), ['Shopping for Rome']);
	await phone.collection('lists').update(id, {n: 3});
	fail = false;
	t.like(await phone.sync(), {state: 'idle', pending: 0, rejected: 0});
	t.like(await phone.collection('lists').get(id), {data: {title: 'Shopping for Rome', n: 3}, pending: false});
	t.deepEqual(await phone.verify(), []);
});

test.serial(
	'a device that was away until deletes were forgotten loses what was deleted, and nothing that it made',
	async t => {
		const house = await aSyncHouse(t);
		const {aDevice} = await house.anAccount();
		const [phone, tablet] = [await aDevice(), await aDevice()];
		const gone = await phone.collection('lists').create({title: 'to be deleted'});
		const stays = await phone.collection('lists').create({title: 'stays'});
		await phone.sync();
		await tablet.sync();
		await phone.collection('lists').delete(gone.id);
		await phone.collection('lists').create({title: 'later'});
		await phone.sync();
		await house.asAdmin('update records.heads set floor = version');
		await house.asAdmin('delete from records.records where deleted_at is not null');
		await tablet.collection('lists').update(gone.id, {title: 'edited after it was deleted'});
		await tablet.collection('lists').create({title: 'made on the tablet'});

		t.like(await tablet.sync(), {state: 'idle', pending: 0, rejected: 0, conflicts: 1});
		t.deepEqual(await titles(tablet), ['later', 'made on the tablet', 'stays']);
		const [conflict] = await tablet.conflicts();
		t.like(conflict, {record_id: gone.id, local: {title: 'edited after it was deleted'}, own: true});
		await phone.sync();
		t.deepEqual(await titles(phone), ['later', 'made on the tablet', 'stays']);
		t.is((await phone.collection('lists').get(stays.id))?.data.title, 'stays');
		t.deepEqual(await tablet.verify(), []);
	},
);

test.serial('a conflict is asked about on every device, and what is chosen on one is so on all', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const [phone, tablet] = [await aDevice(), await aDevice()];
	const {id} = await phone.collection('weights').create({date: '2026-11-21', weight_kg: 70, note: 'a'});
	await phone.sync();
	await tablet.sync();
	await phone.collection('weights').update(id, {note: 'of the phone', weight_kg: 71});
	await tablet.collection('weights').update(id, {note: 'of the tablet', date: '2026-11-22'});
	await phone.sync();
	t.like(await tablet.sync(), {pending: 0, conflicts: 1, rejected: 0});
	// The fields that did not clash are both there, and of the other the server's.
	t.deepEqual((await tablet.collection('weights').get(id))?.data, {
		date: '2026-11-22',
		weight_kg: 71,
		note: 'of the phone',
	});
	const [conflict] = await tablet.conflicts();
	t.like(conflict, {
		fields: ['note'],
		local: {note: 'of the tablet'},
		server: {note: 'of the phone'},
		base: {note: 'a'},
	});
	await tablet.resolve(conflict?.id ?? '', {resolution: 'merge', data: {note: 'of both'}});
	await until(() => tablet.status().conflicts === 0, 'it is not asked any more');
	await tablet.sync();
	t.is((await tablet.conflicts()).length, 0);
	t.is((await tablet.collection('weights').get(id))?.data.note, 'of both');
	await phone.sync();
	t.is((await phone.collection('weights').get(id))?.data.note, 'of both');
	t.is(phone.status().conflicts, 0);
});

test.serial('where a device shall win, or decide by itself, nobody is asked', async t => {
	const {anAccount} = await aSyncHouse(t);
	const {aDevice} = await anAccount();
	const phone = await aDevice();
	const local = await aDevice({conflicts: 'local'});
	const server = await aDevice({conflicts: 'server'});
	const both = await aDevice({
		conflicts: ({local: mine, server: theirs}) => ({
			resolution: 'merge',
			data: {note: `${theirs?.note} and ${mine?.note}`},
		}),
	});
	const {id} = await phone.collection('weights').create({date: '2026-11-21', weight_kg: 70, note: 'first'});
	const note = async (device: Device) => (await device.collection('weights').get(id))?.data.note;
	await phone.sync();
	for (const [device, expected] of [
		[local, 'mine'],
		[server, 'of the phone, again'],
		[both, 'of the phone, again and mine'],
	] as const) {
		await phone.sync();
		await device.sync();
		await phone.collection('weights').update(id, {note: `of the phone${device === local ? '' : ', again'}`});
		await phone.sync();
		await device.collection('weights').update(id, {note: 'mine'});
		t.like(await device.sync(), {state: 'idle', pending: 0, conflicts: 0});
		t.is(await note(device), expected);
		await phone.sync();
		t.is(await note(phone), expected);
		await phone.collection('weights').update(id, {note: 'again'});
		await phone.sync();
	}
});
