import test from 'ava';
import {aPouchHouse, everything, read, replicate} from './pouches.js';

const day = {date: '2026-03-01', weight_kg: 80};

test('the name of a collection opens it: what an app writes is a record, and a record of any other door is a document', async t => {
	const {device, remote, person, get, put, post, delete: remove} = await aPouchHouse(t);
	const someone = await person();
	const house = remote(someone, 'weights');
	const phone = device();
	await phone.put({_id: 'w1', ...day, mood: {of: ['a newer app']}});
	t.is((await post('/api/v1/weights', {id: 'w2', ...day, weight_kg: 81}, someone)).status, 201);
	await replicate(phone, house);
	t.like((await get('/api/v1/weights/w1', someone)).data, {...day, mood: {of: ['a newer app']}});
	t.like(await phone.get('w2'), {...day, weight_kg: 81});

	await put('/api/v1/weights/w1', {notes: 'by the web'}, someone);
	await replicate(phone, house);
	const edited = await read(phone, 'w1');
	t.like(edited, {...day, notes: 'by the web'});
	t.regex(edited._rev, /^2-/, 'a child of what the phone had written');
	t.is(edited._conflicts, undefined);

	await phone.put({...edited, _id: 'w1', weight_kg: 79.5});
	await phone.remove(await phone.get('w2'));
	await replicate(phone, house);
	t.like((await get('/api/v1/weights/w1', someone)).data, {weight_kg: 79.5, notes: 'by the web'});
	t.is((await get('/api/v1/weights/w2', someone)).status, 404);

	await remove('/api/v1/weights/w1', someone);
	await replicate(phone, house);
	t.is((await phone.allDocs()).rows.length, 0);
});

test('a field that an app takes out of its document is taken out of the record', async t => {
	const {device, remote, person, get} = await aPouchHouse(t);
	const someone = await person();
	const phone = device();
	await phone.put({_id: 'w', ...day, notes: 'after lunch'});
	await replicate(phone, remote(someone, 'weights'));
	const {notes, ...without} = await phone.get('w');
	await phone.put({...without, _id: 'w'});
	await replicate(phone, remote(someone, 'weights'));
	t.falsy((await get('/api/v1/weights/w', someone)).data.notes);
	t.regex((await read(phone, 'w'))._rev, /^2-/, 'nothing had to be mended');
});

test('edits of different fields by two doors are both in the record and on every device; the lost revision stays as a conflict', async t => {
	const {device, remote, person, get, put} = await aPouchHouse(t);
	const someone = await person();
	const house = remote(someone, 'weights');
	const [phone, tablet] = [device(), device()];
	await phone.put({_id: 'w', ...day});
	await replicate(phone, house);
	await replicate(tablet, house);

	await phone.put({...(await phone.get('w')), weight_kg: 79});
	await tablet.put({...(await tablet.get('w')), mood: 'good'});
	await put('/api/v1/weights/w', {notes: 'by the web'}, someone);
	await replicate(phone, house);
	await replicate(tablet, house);
	await replicate(phone, house);

	const both = {weight_kg: 79, mood: 'good', notes: 'by the web'};
	t.like((await get('/api/v1/weights/w', someone)).data, both);
	t.like(await read(phone, 'w'), both);
	t.deepEqual(await everything(phone), await everything(tablet));
	t.true(((await read(phone, 'w'))._conflicts ?? []).length > 0);
});

test('of one field that two devices set apart the winning revision’s value stays, in the record too', async t => {
	const {device, remote, person, get} = await aPouchHouse(t);
	const someone = await person();
	const house = remote(someone, 'weights');
	const [phone, tablet] = [device(), device()];
	for (let round = 0; round < 4; round += 1) {
		const _id = `w${round}`;
		await phone.put({_id, ...day});
		await replicate(phone, house);
		await replicate(tablet, house);
		await phone.put({...(await phone.get(_id)), weight_kg: 70 + round});
		await tablet.put({...(await tablet.get(_id)), weight_kg: 60 + round});
		await replicate(phone, house);
		await replicate(tablet, house);
		await replicate(phone, house);
		const [onPhone, onTablet] = [await read(phone, _id), await read(tablet, _id)];
		t.deepEqual(onPhone, onTablet);
		t.is(onPhone._conflicts?.length, 1);
		t.regex(onPhone._rev, /^2-/, 'one of the two, and nothing else');
		t.is((await get(`/api/v1/weights/${_id}`, someone)).data.weight_kg, onPhone.weight_kg);
	}
});

test('an edit beats a delete, whichever door it came by', async t => {
	const {device, remote, person, get, put, delete: remove} = await aPouchHouse(t);
	const someone = await person();
	const house = remote(someone, 'weights');
	const phone = device();
	await phone.bulkDocs([
		{_id: 'deleted by the web', ...day},
		{_id: 'deleted by the phone', ...day},
	]);
	await replicate(phone, house);
	await remove('/api/v1/weights/deleted by the web', someone);
	await phone.put({...(await phone.get('deleted by the web')), weight_kg: 77});
	await put('/api/v1/weights/deleted by the phone', {weight_kg: 78}, someone);
	await phone.remove(await phone.get('deleted by the phone'));
	await replicate(phone, house);
	for (const [id, weight_kg] of [
		['deleted by the web', 77],
		['deleted by the phone', 78],
	] as const) {
		t.like((await get(`/api/v1/weights/${id}`, someone)).data, {...day, weight_kg}, id);
		t.like(await read(phone, id), {...day, weight_kg}, id);
	}
});

test('a device that goes on editing before it has pulled what was merged loses nothing of its own', async t => {
	const {device, remote, person, get, put} = await aPouchHouse(t);
	const someone = await person();
	const house = remote(someone, 'weights');
	const phone = device();
	await phone.put({_id: 'w', ...day});
	await replicate(phone, house);
	await put('/api/v1/weights/w', {notes: 'by the web'}, someone);
	for (const weight_kg of [79, 78, 77]) {
		await phone.put({...(await phone.get('w')), weight_kg});
		await phone.replicate.to(house);
	}
	t.like((await get('/api/v1/weights/w', someone)).data, {weight_kg: 77, notes: 'by the web'});
	await replicate(phone, house);
	t.like(await read(phone, 'w'), {weight_kg: 77, notes: 'by the web'});
});

test('a document that its collection cannot keep as it is is mended by a revision of its own; one that cannot be mended is denied, and stops no other', async t => {
	const {device, remote, person, get} = await aPouchHouse(t);
	const someone = await person();
	const phone = device();
	await phone.bulkDocs([
		{_id: 'text for a number', date: '2026-03-01', weight_kg: '80.5', notes: 12},
		{_id: 'what cannot be stored', ...day, notes: 'a\u0000b\ud800c', '\u0000': 1},
		{_id: 'too long', ...day, notes: 'x'.repeat(300_000)},
		{_id: 'not a day', date: 'yesterday', weight_kg: 80},
		{_id: 'good', ...day},
	]);
	const denied: unknown[] = [];
	await phone.replicate.to(remote(someone, 'weights')).on('denied', what => denied.push(what));
	t.is(denied.length, 1);
	t.regex(JSON.stringify(denied), /not a day.*must be a day that exists|must be a day that exists.*not a day/s);
	await replicate(phone, remote(someone, 'weights'));
	t.like(await phone.get('text for a number'), {weight_kg: 80.5, notes: '12'});
	t.like(await phone.get('what cannot be stored'), {notes: 'abc'});
	t.is(String((await phone.get('too long')).notes).length, 10_000);
	t.is((await get('/api/v1/weights', someone)).data.length, 4);
	t.like(await phone.get('not a day'), {date: 'yesterday'}, 'stays on its device');
});

test('a collection that was full before its first replication arrives whole, without what was deleted before', async t => {
	const {device, remote, person, post, delete: remove} = await aPouchHouse(t);
	const someone = await person();
	const mutations = Array.from({length: 2_500}, (_, index) => ({
		id: `m${index}`,
		collection: 'weights',
		record_id: `w${index}`,
		op: 'upsert',
		data: {...day, weight_kg: 50 + index / 100},
		client_timestamp: new Date().toISOString(),
	}));
	t.is((await post('/api/v1/sync/push', {device_id: 'other', mutations}, someone)).status, 200);
	await remove('/api/v1/weights/w7', someone);
	const phone = device();
	await replicate(phone, remote(someone, 'weights'));
	const {rows} = await phone.allDocs();
	t.is(rows.length, 2_499);
	t.false(rows.some(({id}) => id === 'w7'));
	t.is((await phone.get('w2499')).weight_kg, 74.99);
});
