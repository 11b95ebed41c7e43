import test from 'ava';
import {aPouchHouse, everything, read, replicate} from './pouches.js';

test('a database is made by the first replication, holds any documents as they were sent, and brings them to other devices', async t => {
	const {device, remote, person, get} = await aPouchHouse(t);
	const someone = await person();
	const [phone, tablet] = [device(), device()];
	const odd = {
		zebra: 1,
		apple: {z: [1, null, {deep: ['', 'ü😀', '\u0000', '\ud800', '\ufffd']}], a: 1e300},
		'10': 'ten',
		'2': 'two',
		'': 'no name',
		long: 'x'.repeat(300_000),
	};
	await phone.put({_id: 'tent', ...odd});
	await phone.put({_id: 'a/b c%20ü?&"#', kind: 'odd id'});
	const {push} = await replicate(phone, remote(someone, 'packing-2026'));
	t.is(push?.docs_written, 2);
	t.is(push?.doc_write_failures, 0);

	await replicate(tablet, remote(someone, 'packing-2026'));
	const {_id, _rev, ...kept} = await tablet.get('tent');
	t.is(JSON.stringify(kept), JSON.stringify(odd), 'to the byte, and in its order');
	t.is((await tablet.get('a/b c%20ü?&"#')).kind, 'odd id');
	t.deepEqual(await everything(tablet), await everything(phone));

	const records = await get('/api/v1/documents', someone);
	t.is(records.data.length, 2, 'they are records of the person, too');
});

test('edits of two devices that were offline are both kept: all show the same winner, and the other as a conflict until it is settled', async t => {
	const {device, remote, person} = await aPouchHouse(t);
	const house = remote(await person(), 'notes');
	const [phone, tablet] = [device(), device()];
	await phone.put({_id: 'n', text: 'first'});
	await replicate(phone, house);
	await replicate(tablet, house);

	await phone.put({...(await phone.get('n')), text: 'of the phone'});
	await tablet.put({...(await tablet.get('n')), text: 'of the tablet'});
	await replicate(phone, house);
	await replicate(tablet, house);
	await replicate(phone, house);

	const [onPhone, onTablet, inHouse] = await Promise.all([read(phone, 'n'), read(tablet, 'n'), read(house, 'n')]);
	t.deepEqual(onPhone, onTablet);
	t.deepEqual(inHouse, onPhone);
	const [other = 'none'] = onPhone._conflicts ?? [];
	const loser = await phone.get('n', {rev: other});
	t.deepEqual([onPhone.text, loser.text].sort(), ['of the phone', 'of the tablet']);
	t.deepEqual(await everything(phone), await everything(tablet));

	await phone.remove({_id: 'n', _rev: other});
	await replicate(phone, house);
	await replicate(tablet, house);
	t.is((await read(tablet, 'n'))._conflicts, undefined);
	t.is((await read(tablet, 'n')).text, onPhone.text);
});

test('a deleted winner gives way to the edit that had lost against it', async t => {
	const {device, remote, person, get} = await aPouchHouse(t);
	const someone = await person();
	const house = remote(someone, 'notes');
	const [phone, tablet] = [device(), device()];
	for (const [db, text] of [
		[phone, 'phone'],
		[tablet, 'tablet'],
	] as const) {
		await db.put({_id: 'n', text});
		await replicate(db, house);
	}
	const winner = await read(house, 'n');
	await replicate(phone, house);
	await phone.remove({_id: 'n', _rev: winner._rev});
	await replicate(phone, house);
	await replicate(tablet, house);
	const left = await read(tablet, 'n');
	t.deepEqual([left._rev], winner._conflicts);
	t.deepEqual(await read(house, 'n'), left);
	t.is(JSON.parse((await get('/api/v1/documents', someone)).data[0].body).text, left.text);
});

test('a delete reaches every device, and an edit that did not know of it brings the document back', async t => {
	const {device, remote, person, get} = await aPouchHouse(t);
	const someone = await person();
	const house = remote(someone, 'notes');
	const [phone, tablet, late] = [device(), device(), device()];
	await phone.bulkDocs([
		{_id: 'gone', text: 'x'},
		{_id: 'edited', text: 'x'},
	]);
	await replicate(phone, house);
	await replicate(tablet, house);

	await phone.remove(await phone.get('gone'));
	await phone.remove(await phone.get('edited'));
	await tablet.put({...(await tablet.get('edited')), text: 'still wanted'});
	await replicate(phone, house);
	await replicate(tablet, house);
	await replicate(phone, house);
	await replicate(late, house);
	for (const db of [phone, tablet, late, house]) {
		t.like(await db.get('gone').catch(error => error), {status: 404, name: 'not_found'});
		t.is((await db.get('edited')).text, 'still wanted');
	}
	t.is((await get('/api/v1/documents', someone)).data.length, 1);
});

test('live replication carries edits of each device to the other while both look on', async t => {
	const {device, remote, person, until} = await aPouchHouse(t);
	const someone = await person();
	const [phone, tablet] = [device(), device()];
	const following = [phone, tablet].map(db => db.sync(remote(someone, 'live'), {live: true, retry: true}));
	t.teardown(() => {
		for (const one of following) one.cancel();
	});
	await phone.put({_id: 'from the phone', n: 1});
	await tablet.put({_id: 'from the tablet', n: 2});
	await until(
		async () => (await phone.allDocs()).total_rows === 2 && (await tablet.allDocs()).total_rows === 2,
		30_000,
	);
	await tablet.put({...(await tablet.get('from the phone')), n: 3});
	await until(async () => (await phone.get('from the phone')).n === 3, 30_000);
	t.deepEqual(await everything(phone), await everything(tablet));
});
