import test from 'ava';
import {anApp, aPackingHouse} from './fixtures.js';

test('what two devices pack offline is on both, and in the house, once both have synced', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	const [phone, tablet] = [anApp(house, ada), anApp(house, ada)];
	phone.create('lists', 'rome', {name: 'Rome', destination: 'Rome'});
	phone.create('items', 'socks', {list_id: 'rome', name: 'Socks', quantity: 3});
	tablet.create('items', 'book', {list_id: 'rome', name: 'Book'});
	await phone.sync();
	await tablet.sync();
	await phone.sync();
	t.deepEqual(phone.keys(), ['items/book', 'items/socks', 'lists/rome']);
	t.deepEqual(tablet.keys(), phone.keys());
	t.like((await house.get('/api/v1/items/socks', ada)).data, {list_id: 'rome', name: 'Socks', quantity: 3});
	await house.put('/api/v1/items/socks', {packed: true}, ada);
	await phone.sync();
	t.like(phone.see('items/socks'), {packed: true, name: 'Socks'});
});

for (const whole of [false, true]) {
	test(`two who change different fields of one thing both have their way, with ${whole ? 'whole records' : 'the changed fields'}`, async t => {
		const house = await aPackingHouse(t);
		const ada = await house.person();
		const [phone, tablet] = [anApp(house, ada, {whole}), anApp(house, ada, {whole})];
		phone.create('items', 'socks', {name: 'Socks', quantity: 1, tags: ['wool']});
		await phone.sync();
		await tablet.sync();
		phone.update('items', 'socks', {quantity: 5, tags: ['wool', 'warm']});
		tablet.update('items', 'socks', {packed: true, tags: ['wool', 'red']});
		await phone.sync();
		await tablet.sync();
		await phone.sync();
		t.like(phone.see('items/socks'), {name: 'Socks', quantity: 5, packed: true});
		t.deepEqual(new Set(phone.see('items/socks')?.tags as string[]), new Set(['wool', 'warm', 'red']));
		t.deepEqual(tablet.see('items/socks'), phone.see('items/socks'));
		t.deepEqual([...phone.conflicts, ...tablet.conflicts], []);
	});
}

test('two who change the same field: the second is told both, nothing is applied, and what it decides then counts', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	const [phone, tablet] = [anApp(house, ada), anApp(house, ada)];
	phone.create('items', 'socks', {name: 'Socks', quantity: 1});
	await phone.sync();
	await tablet.sync();
	phone.update('items', 'socks', {name: 'Red socks'});
	tablet.update('items', 'socks', {name: 'Blue socks'});
	const [sent] = tablet.queue;
	await phone.sync();
	t.like(await tablet.push(), {accepted: [], rejected: []});
	const [conflict] = tablet.conflicts;
	t.deepEqual(conflict?.local, sent);
	t.like(conflict?.server, {entityId: 'socks', operation: 'update', data: {name: 'Red socks', quantity: 1}});
	t.is((await house.get('/api/v1/items/socks', ada)).data.name, 'Red socks');
	if (conflict !== undefined) tablet.resolve(conflict, 'keep-local');
	await tablet.sync();
	await phone.sync();
	t.is(phone.see('items/socks')?.name, 'Blue socks');
	t.is(tablet.see('items/socks')?.name, 'Blue socks');
	t.is(tablet.conflicts.length, 1);
});

test('a delete and an edit that did not know of each other are a conflict, whichever comes first', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	const [phone, tablet] = [anApp(house, ada), anApp(house, ada)];
	for (const id of ['a', 'b', 'c']) phone.create('items', id, {name: id});
	await phone.sync();
	await tablet.sync();
	phone.remove('items', 'a');
	tablet.update('items', 'a', {name: 'edited'});
	phone.update('items', 'b', {name: 'edited'});
	tablet.remove('items', 'b');
	phone.remove('items', 'c');
	tablet.remove('items', 'c');
	await phone.sync();
	await tablet.push();
	t.deepEqual(
		tablet.conflicts.map(({local, server}) => [local.entityId, local.operation, server.operation]),
		[
			['a', 'update', 'delete'],
			['b', 'delete', 'update'],
		],
	);
	for (const conflict of tablet.conflicts) tablet.resolve(conflict, 'keep-local');
	await tablet.sync();
	await phone.sync();
	t.deepEqual(phone.keys(), ['items/a']);
	t.deepEqual(tablet.keys(), ['items/a']);
	t.is(phone.see('items/a')?.name, 'edited');
});

test('create, sync, delete, sync: it stays deleted; an old push that comes late does not bring it back', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	const phone = anApp(house, ada);
	phone.create('items', 'a', {name: 'a'});
	const old = [...phone.queue];
	await phone.sync();
	phone.remove('items', 'a');
	await phone.sync();
	await phone.sync();
	t.deepEqual(phone.keys(), []);
	const late = anApp(house, ada);
	late.queue.push(...old);
	t.like(await late.push(), {accepted: old.map(({id}) => id), conflicts: []});
	t.is((await house.get('/api/v1/items/a', ada)).status, 404);
	const fresh = anApp(house, ada);
	await fresh.sync();
	t.deepEqual(fresh.keys(), []);
});

test('a push whose answer was lost is done once, also when the device went on editing and another one wrote meanwhile', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	const [phone, tablet] = [anApp(house, ada), anApp(house, ada)];
	phone.create('items', 'a', {name: 'one', quantity: 1});
	phone.loseAnswer();
	await t.throwsAsync(phone.push());
	await tablet.sync();
	tablet.update('items', 'a', {quantity: 2});
	await tablet.sync();
	phone.update('items', 'a', {name: 'two'});
	t.is((await phone.push()).accepted.length, 2);
	await phone.sync();
	t.like((await house.get('/api/v1/items/a', ada)).data, {name: 'two', quantity: 2});
	t.deepEqual(phone.conflicts, []);
});

test('several edits of one thing in one push follow each other', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	const [phone, tablet] = [anApp(house, ada, {whole: true}), anApp(house, ada, {whole: true})];
	phone.create('items', 'a', {name: 'a', quantity: 1});
	await phone.sync();
	await tablet.sync();
	tablet.update('items', 'a', {packed: true});
	await tablet.sync();
	for (let quantity = 2; quantity <= 20; quantity += 1) phone.update('items', 'a', {quantity});
	phone.create('items', 'b', {name: 'b'});
	phone.remove('items', 'b');
	t.is((await phone.push()).accepted.length, 21);
	await phone.sync();
	t.like(phone.see('items/a'), {name: 'a', quantity: 20, packed: true});
	t.deepEqual(phone.keys(), ['items/a']);
});

test('a device that syncs one list sees that list alone, and what leaves it goes', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	const phone = anApp(house, ada);
	for (const list of ['rome', 'oslo']) {
		phone.create('lists', list, {name: list});
		for (const thing of ['socks', 'book']) phone.create('items', `${list}-${thing}`, {listId: list, name: thing});
	}
	await phone.sync();
	const tablet = anApp(house, ada, {list: 'rome'});
	await tablet.sync();
	t.deepEqual(tablet.keys(), ['items/rome-book', 'items/rome-socks', 'lists/rome']);
	phone.update('items', 'rome-socks', {listId: 'oslo'});
	phone.remove('items', 'rome-book');
	phone.update('items', 'oslo-book', {listId: 'rome'});
	phone.update('items', 'oslo-socks', {packed: true});
	await phone.sync();
	await tablet.sync();
	t.deepEqual(tablet.keys(), ['items/oslo-book', 'lists/rome']);
	await tablet.sync();
	t.deepEqual(tablet.keys(), ['items/oslo-book', 'lists/rome']);
});

test('a timestamp from the future, of another installation or below the forgotten deletes starts over', async t => {
	const house = await aPackingHouse(t);
	const ada = await house.person();
	const phone = anApp(house, ada);
	for (const id of ['a', 'b', 'c', 'd']) phone.create('items', id, {name: id});
	await phone.sync();
	await house.delete('/api/v1/items/b', ada);
	await house.delete('/api/v1/items/c', ada);
	for (const since of [999_999, Date.now(), Number.MAX_SAFE_INTEGER + 1, 2.5]) {
		phone.setSince(since);
		const answer = await phone.sync();
		t.true(answer.reset, String(since));
		t.is(answer.timestamp, 6);
		t.deepEqual(phone.keys(), ['items/a', 'items/d']);
	}
	// As compaction leaves it when only the delete of b is old enough.
	await house.house.contextOf('sync').db.as(ada.id, async tx => {
		await tx.run(`delete from records.records where space_id = $1 and id = 'b'`, [ada.id]);
		await tx.run('update records.heads set floor = 5 where space_id = $1', [ada.id]);
	});
	phone.setSince(4);
	const answer = await phone.sync();
	t.true(answer.reset);
	t.deepEqual(
		answer.changes.map(({entityId, operation}: {entityId: string; operation: string}) => [entityId, operation]),
		[
			['a', 'create'],
			['d', 'create'],
			['c', 'delete'],
		],
	);
	const zombie = anApp(house, ada);
	zombie.queue.push({
		id: 'z1',
		entityType: 'items',
		entityId: 'b',
		operation: 'update',
		timestamp: Date.now(),
		data: {name: 'edited'},
		version: 2,
		deviceId: 'an-old-phone',
	});
	t.like(await zombie.push(), {accepted: [], conflicts: [{server: {entityId: 'b', operation: 'delete'}}]});
	t.is((await house.get('/api/v1/items/b', ada)).status, 404);
});
