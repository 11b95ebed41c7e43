import test from 'ava';
import {getRxStorageMemory} from 'rxdb/plugins/storage-memory';
import {wrappedValidateAjvStorage} from 'rxdb/plugins/validate-ajv';
import {anRxHouse, aPhone, type Item} from './fixtures.js';

// The real RxDB, two phones.

test('what two phones write offline is on both, and in the house, once both have synced', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const [phone, tablet] = [await aPhone(t, house, ada), await aPhone(t, house, ada)];
	await phone.set('a', {name: 'Socks', quantity: 3, packed: false});
	await tablet.set('b', {name: 'Shoes'});
	await phone.sync();
	await tablet.sync();
	await phone.sync();
	const both = [
		{id: 'a', name: 'Socks', quantity: 3, packed: false},
		{id: 'b', name: 'Shoes'},
	];
	t.deepEqual(await phone.all(), both);
	t.deepEqual(await tablet.all(), both);
	t.like((await house.get('/api/v1/items/a', ada)).data, {name: 'Socks', quantity: 3, packed: false});
	await house.put('/api/v1/items/a', {packed: true}, ada);
	await phone.sync();
	t.like(await phone.get('a'), {packed: true, name: 'Socks'});
	t.deepEqual(phone.errors, []);
});

test('of an edit that another phone was faster with, the client gets the house’s document and decides; by default the house’s stays', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const [phone, tablet] = [await aPhone(t, house, ada), await aPhone(t, house, ada)];
	await phone.set('a', {name: 'Socks'});
	await phone.sync();
	await tablet.sync();
	await phone.set('a', {name: 'Red socks'});
	await tablet.set('a', {name: 'Blue socks'});
	await phone.sync();
	await tablet.sync();
	await phone.sync();
	t.is((await tablet.get('a'))?.name, 'Red socks');
	t.is((await phone.get('a'))?.name, 'Red socks');
});

test('an app that merges in its conflict handler keeps both edits', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const conflictHandler = {
		isEqual: (a: object, b: object) => JSON.stringify(a) === JSON.stringify(b),
		resolve: async ({
			assumedMasterState: base,
			newDocumentState: mine,
			realMasterState: theirs,
		}: {
			assumedMasterState?: Item & {_deleted: boolean};
			newDocumentState: Item & {_deleted: boolean};
			realMasterState: Item & {_deleted: boolean};
		}) => {
			const merged: Record<string, unknown> = {...theirs};
			for (const [field, value] of Object.entries(mine)) {
				if (value !== (base as Record<string, unknown> | undefined)?.[field]) merged[field] = value;
			}
			return merged as unknown as Item & {_deleted: boolean};
		},
	};
	const [phone, tablet] = [await aPhone(t, house, ada), await aPhone(t, house, ada, {conflictHandler})];
	await phone.set('a', {name: 'Socks'});
	await phone.sync();
	await tablet.sync();
	await phone.set('a', {quantity: 4});
	await tablet.set('a', {notes: 'the warm ones'});
	await phone.sync();
	await tablet.sync();
	await tablet.sync();
	await phone.sync();
	t.deepEqual(await phone.get('a'), {id: 'a', name: 'Socks', quantity: 4, notes: 'the warm ones'});
	t.deepEqual(await tablet.get('a'), await phone.get('a'));
});

test('a delete reaches the other phone, and beats an edit there that did not know of it', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const [phone, tablet] = [await aPhone(t, house, ada), await aPhone(t, house, ada)];
	await phone.set('a', {name: 'Socks'});
	await phone.set('b', {name: 'Shoes'});
	await phone.sync();
	await tablet.sync();
	await phone.drop('a');
	await phone.drop('b');
	await tablet.set('b', {name: 'Red shoes'});
	await phone.sync();
	await tablet.sync();
	t.deepEqual(await tablet.all(), []);
	t.is((await house.get('/api/v1/items/a', ada)).status, 404);
	const fresh = await aPhone(t, house, ada);
	await fresh.sync();
	t.deepEqual(await fresh.all(), []);
});

test('create, sync, delete, sync: it stays deleted, and can be made again', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const phone = await aPhone(t, house, ada);
	await phone.set('a', {name: 'Socks'});
	await phone.sync();
	await phone.drop('a');
	await phone.sync();
	await phone.sync();
	t.deepEqual(await phone.all(), []);
	await phone.set('a', {name: 'Other socks'});
	await phone.sync();
	t.is((await house.get('/api/v1/items/a', ada)).data.name, 'Other socks');
});

test('what is erased is erased, what an app does not know stays', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const phone = await aPhone(t, house, ada, {query: 'fields=name,packed,notes'});
	await house.post('/api/v1/items', {id: 'a', name: 'Socks', notes: 'warm', category: 'Clothes'}, ada);
	await phone.sync();
	t.deepEqual(await phone.get('a'), {id: 'a', name: 'Socks', notes: 'warm'});
	await house.put('/api/v1/items/a', {category: 'Wool'}, ada);
	await (await phone.items.findOne('a').exec())?.incrementalModify((item: Item) => {
		delete item.notes;
		return {...item, packed: true};
	});
	await phone.sync();
	t.like((await house.get('/api/v1/items/a', ada)).data, {name: 'Socks', packed: true, category: 'Wool', notes: null});
	t.deepEqual(phone.errors, []);
});

test('a storage that validates takes every document of the fields it asks for, deleted ones that need a field too', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const phone = await aPhone(t, house, ada, {
		storage: wrappedValidateAjvStorage({storage: getRxStorageMemory()}),
		query: 'fields=name,packed,notes,quantity',
		required: ['name'],
	});
	await house.post('/api/v1/items', {id: 'a', name: 'Socks', category: 'Clothes', notes: 'x'}, ada);
	await house.put('/api/v1/items/a', {notes: null}, ada);
	await house.post('/api/v1/items', {id: 'b', name: 'Shoes'}, ada);
	await phone.sync();
	await house.delete('/api/v1/items/b', ada);
	await phone.sync();
	t.deepEqual(await phone.all(), [{id: 'a', name: 'Socks'}]);
	t.deepEqual(phone.errors, []);
});

test('3,000 documents come in pages that are full until the last, written between the pages or not', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const phone = await aPhone(t, house, ada, {batchSize: 1_000});
	await phone.items.bulkInsert(
		Array.from({length: 3_000}, (_, n) => ({id: `i${String(n).padStart(4, '0')}`, name: `Thing ${n}`})),
	);
	await phone.sync();
	let pages = 0;
	const tablet = await aPhone(t, house, ada, {
		batchSize: 100,
		onAnswer(method) {
			if (method === 'GET') pages += 1;
		},
	});
	const syncing = tablet.sync();
	await house.put('/api/v1/items/i0000', {name: 'Written meanwhile'}, ada);
	await syncing;
	await tablet.sync();
	const all = await tablet.all();
	t.is(all.length, 3_000);
	t.is(all[0]?.name, 'Written meanwhile');
	t.true(pages >= 30);
});

test('a push that was applied and whose answer was lost is one document with one value, also when edited meanwhile', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	let lost = 0;
	const phone = await aPhone(t, house, ada, {
		onAnswer(method) {
			if (method !== 'POST' || lost > 0) return;
			lost += 1;
			throw new Error('The answer was lost');
		},
	});
	await phone.set('a', {name: 'Socks'});
	await phone.sync();
	t.is(lost, 1);
	await phone.set('a', {name: 'Red socks'});
	await phone.sync();
	t.is((await house.get('/api/v1/items/a', ada)).data.name, 'Red socks');
	t.is((await house.get('/api/v1/items', ada)).data.length, 1);
});

test('a phone that is cut off in the middle goes on where it was, also when the house was restarted', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const [phone, tablet] = [await aPhone(t, house, ada), await aPhone(t, house, ada, {batchSize: 5})];
	for (let n = 0; n < 20; n += 1) await phone.set(`i${n}`, {name: `Thing ${n}`});
	await phone.sync();
	const replication = tablet.start(true);
	await house.until(async () => tablet.checkpoints.length >= 2);
	tablet.online(false);
	await house.restart();
	await tablet.set('mine', {name: 'Made offline'});
	tablet.online(true);
	await replication.awaitInitialReplication();
	await replication.awaitInSync();
	await replication.cancel();
	await phone.sync();
	t.is((await tablet.all()).length, 21);
	t.is((await phone.all()).length, 21);
});

test('a checkpoint from the future or of another installation starts over, and deletes are told too', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const phone = await aPhone(t, house, ada);
	for (const id of ['a', 'b', 'c']) await phone.set(id, {name: id});
	await phone.sync();
	await house.delete('/api/v1/items/b', ada);
	for (const initialCheckpoint of [
		{seq: 999_999, epoch: ''},
		{seq: 2, epoch: '11111111-1111-4111-8111-111111111111'},
	]) {
		const lost = await aPhone(t, house, ada, {initialCheckpoint, batchSize: 2});
		await lost.sync();
		t.deepEqual(
			(await lost.all()).map(({id}) => id),
			['a', 'c'],
		);
		t.true(lost.checkpoints.every(checkpoint => (checkpoint as {seq: number}).seq <= 4));
	}
});

test('one odd document locks no phone out: what can be kept is kept on both sides', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const [phone, tablet] = [await aPhone(t, house, ada), await aPhone(t, house, ada)];
	await phone.set('long', {name: 'x'.repeat(300_000)});
	await phone.set('nul', {name: 'a\0b', notes: 'half \ud800 of it'});
	await phone.set('negative', {quantity: -4, name: 'kept'});
	await phone.set('good', {name: 'Socks'});
	await phone.sync();
	await phone.sync();
	await tablet.sync();
	t.deepEqual(await phone.all(), await tablet.all());
	t.deepEqual(await tablet.all(), [
		{id: 'good', name: 'Socks'},
		{id: 'long', name: 'x'.repeat(500)},
		{id: 'negative', name: 'kept'},
		{id: 'nul', name: 'ab', notes: 'half  of it'},
	]);
	await phone.set('long', {name: 'short'});
	await phone.sync();
	t.is((await house.get('/api/v1/items/long', ada)).data.name, 'short');
	t.deepEqual(phone.errors, []);
});
