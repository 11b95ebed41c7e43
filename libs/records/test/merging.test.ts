import test from 'ava';
import {aSpace} from './a-space.js';

const MINUTE_MS = 60_000;

test('edits of different fields by devices that had not seen each other both stay', async t => {
	const {device, data} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	const made = await phone.set('a', {title: 'Bread', count: 1});
	await laptop.set('a', {title: 'Rye bread'}, {base_version: made?.version ?? 0});
	const merged = await phone.set('a', {count: 2}, {base_version: made?.version ?? 0});
	t.is(merged?.status, 'accepted');
	t.deepEqual(await data('a'), {title: 'Rye bread', count: 2});
});

test('of one field that two devices wrote the later clock’s value stays, at a tie the stored one', async t => {
	const {device, data, clock} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	const made = await phone.set('a', {title: 'first'});
	const since = {base_version: made?.version ?? 0};
	const at = (minutes: number) => ({
		...since,
		client_timestamp: new Date(clock.now + minutes * MINUTE_MS).toISOString(),
	});
	clock.now += 1000 * MINUTE_MS;
	await laptop.set('a', {title: 'later'}, at(-50));
	t.is((await phone.set('a', {title: 'earlier'}, at(-90)))?.status, 'merged');
	t.deepEqual(await data('a'), {title: 'later'});
	await phone.set('a', {title: 'tied'}, at(-50));
	t.deepEqual(await data('a'), {title: 'later'});
	await phone.set('a', {title: 'latest'}, at(-10));
	t.deepEqual(await data('a'), {title: 'latest'});
});

test('a value that lost long after is in the log, one that lost within ten minutes is a conflict', async t => {
	const {device, clock, rows} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	await phone.set('a', {title: 'first'});
	clock.now += 100 * MINUTE_MS;
	await laptop.set('a', {title: 'second'}, {base_version: 1});
	await phone.set(
		'a',
		{title: 'old'},
		{base_version: 1, client_timestamp: new Date(clock.now - 50 * MINUTE_MS).toISOString()},
	);
	t.deepEqual(await rows('select lost from records.mutations where lost is not null'), [{lost: {title: 'old'}}]);
	t.deepEqual(await rows('select id from records.conflicts'), []);
	const close = await phone.push({
		record_id: 'a',
		data: {title: 'just before'},
		base_version: 1,
		client_timestamp: new Date(clock.now - 5 * MINUTE_MS).toISOString(),
	});
	t.is(close.results[0]?.status, 'merged');
	t.is(close.conflicts.length, 1);
	t.like((await rows('select base, local, server, fields from records.conflicts'))[0], {
		base: {title: 'first'},
		local: {title: 'just before'},
		server: {title: 'second'},
		fields: ['title'],
	});
});

test('numbers go by their rule: the most, the least, the sum of both changes', async t => {
	const {device, data} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	await phone.set('a', {most: 5, least: 5, total: 10});
	await laptop.set('a', {most: 7, least: 4, total: 13}, {base_version: 1});
	await phone.set('a', {most: 6, least: 3, total: 15}, {base_version: 1});
	t.deepEqual(await data('a'), {most: 7, least: 3, total: 18});
});

test('lists are united item by item, and what either removed stays removed', async t => {
	const {device, data} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	const [one, two, three] = [
		{id: 1, cm: 80},
		{id: 2, cm: 90},
		{id: 3, cm: 100},
	];
	await phone.set('a', {items: [one, two, 'nausea']});
	await laptop.set('a', {items: [two, 'nausea', three]}, {base_version: 1});
	await phone.set('a', {items: [one, {id: 2, cm: 91}, 'fever']}, {base_version: 1});
	t.deepEqual(await data('a'), {items: [{id: 2, cm: 91}, three, 'fever']});
});

test('texts are combined once, and a field for people to decide keeps what is stored', async t => {
	const {device, data} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	await phone.set('a', {notes: 'slept well', decided: 1});
	await laptop.set('a', {notes: 'tired at noon', decided: 2}, {base_version: 1});
	const {results, conflicts} = await phone.push({
		record_id: 'a',
		data: {notes: 'slept badly', decided: 3},
		base_version: 1,
	});
	t.is(results[0]?.status, 'merged');
	t.is(conflicts.length, 1);
	t.deepEqual(await data('a'), {notes: 'tired at noon\nslept badly', decided: 2});
});

test('a record moved to two dates becomes two, once', async t => {
	const {device, data, pull} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	await phone.set('meal', {title: 'Soup', date: '2026-03-01'});
	await laptop.set('meal', {date: '2026-03-02'}, {base_version: 1});
	const again = {id: 'moved', base_version: 1};
	t.is((await phone.set('meal', {date: '2026-03-03'}, again))?.status, 'merged');
	t.is((await phone.set('meal', {date: '2026-03-03'}, again))?.status, 'duplicate');
	t.deepEqual(await data('meal'), {title: 'Soup', date: '2026-03-02'});
	const {rows} = await pull();
	t.deepEqual(
		rows.map(({data: text}) => JSON.parse(text)),
		[
			{title: 'Soup', date: '2026-03-02'},
			{title: 'Soup', date: '2026-03-03'},
		],
	);
});

test('a delete wins over an edit it had not seen, and what it buried is a conflict', async t => {
	const {device, data, rows} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	await phone.set('a', {title: 'first'});
	await laptop.set('a', {title: 'second'}, {base_version: 1});
	t.is((await phone.drop('a', {base_version: 1}))?.status, 'merged');
	t.is(await data('a'), null);
	t.like((await rows('select local, server from records.conflicts'))[0], {local: null, server: {title: 'second'}});
});

test('where edits win over deletes, the unseen edit stays and the delete is a conflict', async t => {
	const {device, data} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	const collection = 'keepers';
	await phone.set('a', {title: 'first'}, {collection});
	await laptop.set('a', {title: 'second'}, {collection, base_version: 1});
	t.is((await phone.drop('a', {collection, base_version: 1}))?.status, 'conflict');
	t.deepEqual(await data('a', 'keepers'), {title: 'second'});
});

test('an edit that did not know of the delete is a conflict; one that did undeletes', async t => {
	const {device, data} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	await phone.set('a', {title: 'first'});
	const gone = await laptop.drop('a', {base_version: 1});
	t.is(gone?.status, 'accepted');
	t.is((await phone.set('a', {title: 'zombie'}, {base_version: 1}))?.status, 'conflict');
	t.is((await phone.set('a', {title: 'zombie'}))?.status, 'conflict', 'it wrote the record at version 1 itself');
	t.is(await data('a'), null);
	t.is((await phone.set('a', {title: 'back'}, {base_version: gone?.version ?? 0}))?.status, 'accepted');
	t.deepEqual(await data('a'), {title: 'back'});
});

test('an absent field is untouched, null erases, and what the schema does not know is kept', async t => {
	const {device, data} = await aSpace(t);
	const phone = device('phone');
	await phone.set('a', {title: 'Bread', count: 1, from_a_newer_app: {deep: [1, 2]}});
	await phone.set('a', {count: null});
	t.deepEqual(await data('a'), {title: 'Bread', count: null, from_a_newer_app: {deep: [1, 2]}});
});

test('without a base version a device has seen what it wrote last, even where others overwrote all of it', async t => {
	const {device, data} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	await laptop.set('a', {title: 'one'});
	await phone.set('a', {count: 1}, {base_version: 1});
	await laptop.set('a', {count: 2}, {base_version: 2});
	// The phone’s write was version 2, so the title of version 1 is not concurrent; the count of version 3 is.
	t.is((await phone.set('a', {title: 'two'}))?.status, 'accepted');
	t.deepEqual(await data('a'), {title: 'two', count: 2});
});

test('what was merged with others’ edits goes on from what the device had sent, until it has pulled', async t => {
	const {device, data} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	await phone.set('a', {total: 10, items: ['a'], notes: 'one'});
	await laptop.set('a', {total: 13, items: ['a', 'b'], notes: 'one, two'}, {base_version: 1});
	const offline = {base_version: 1};
	await phone.set('a', {total: 11, items: ['a', 'c'], notes: 'mine'}, offline);
	t.deepEqual(await data('a'), {total: 14, items: ['a', 'b', 'c'], notes: 'one, two\nmine'});
	await phone.set('a', {total: 12, items: ['c', 'd'], notes: 'mine too'}, offline);
	t.deepEqual(await data('a'), {total: 15, items: ['b', 'c', 'd'], notes: 'one, two\nmine too'});
	await phone.set('a', {total: 20, items: ['b']}, {base_version: 4});
	t.deepEqual(await data('a'), {total: 20, items: ['b'], notes: 'one, two\nmine too'});
});
