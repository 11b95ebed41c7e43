import {randomUUID} from 'node:crypto';
import test from 'ava';
import {ResyncRequired} from '../apply.js';
import {canonicalJson} from '../canonical.js';
import {EMPTY_SUM, recordHash, shiftSum} from '../checksum.js';
import {readChecksums} from '../read.js';
import {aSpace, openSpace, START_MS} from './a-space.js';

test('the same push twice changes nothing, and the same id with another body is refused', async t => {
	const {device, pull} = await aSpace(t);
	const phone = device('phone');
	const mutation = {id: 'm1', record_id: 'a', data: {title: 'Bread'}};
	const first = await phone.push(mutation);
	const again = await phone.push(mutation);
	t.is(again.results[0]?.status, 'duplicate');
	t.is(again.results[0]?.version, first.results[0]?.version);
	t.is(again.head.version, first.head.version);
	t.like((await phone.push({...mutation, data: {title: 'Rolls'}})).results[0], {
		status: 'rejected',
		code: 'MUTATION_REUSED',
	});
	t.is((await pull()).rows.length, 1);
});

test('one id twice in a push is applied once, and with two bodies only the first', async t => {
	const {device, data} = await aSpace(t);
	const same = {id: 'm1', record_id: 'a', data: {title: 'one'}};
	const {results} = await device('phone').push(same, same, {...same, data: {title: 'two'}});
	t.deepEqual(
		results.map(({status}) => status),
		['accepted', 'duplicate', 'rejected'],
	);
	t.deepEqual(await data('a'), {title: 'one'});
});

test('a mutation id of one device is not swallowed by another’s', async t => {
	const {device, data} = await aSpace(t);
	await device('phone').set('a', {title: 'phone'}, {id: 'm1'});
	t.is((await device('laptop').set('b', {title: 'laptop'}, {id: 'm1'}))?.status, 'accepted');
	t.deepEqual(await data('b'), {title: 'laptop'});
});

test('one bad mutation does not sink the good ones beside it', async t => {
	const {device, pull} = await aSpace(t);
	const {results, head} = await device('phone').push(
		{record_id: 'a', data: {title: 'good'}},
		{record_id: 'b', data: {title: 7}},
		{record_id: 'c', collection: 'nowhere', data: {}},
		{record_id: 'd', data: {title: 'a\0b'}},
		{record_id: 'e', data: {title: '\ud800'}},
		{record_id: 'f', data: JSON.parse('{"__proto__": {"polluted": true}}')},
		{record_id: 'g', data: {title: 'x'}, base_version: 1_000_000},
		{record_id: 'h', data: {title: 'x'}, base_version: -1},
		{record_id: 'i', data: {title: 'x'}, client_timestamp: '+010000-01-01T00:00:00Z'},
		{record_id: 'j\n', data: {title: 'x'}},
		{record_id: 'k', data: {deep: JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`)}},
		{record_id: 'l', data: {big: 'x'.repeat(5 * 1024 * 1024)}},
		{record_id: 'm', collection: 'named', data: {size: 1}},
		{record_id: 'n', data: {title: 'good too'}},
	);
	t.deepEqual(
		results.map(result => (result.status === 'rejected' ? result.code : result.status)),
		[
			'accepted',
			'VALIDATION_ERROR',
			'UNKNOWN_COLLECTION',
			...Array.from({length: 8}, () => 'VALIDATION_ERROR'),
			'TOO_LARGE',
			'VALIDATION_ERROR',
			'accepted',
		],
	);
	t.is(head.version, 2);
	t.deepEqual(
		(await pull()).rows.map(({record_id}) => record_id),
		['a', 'n'],
	);
	t.is(({} as {polluted?: boolean}).polluted, undefined);
});

test('an edit without effect takes no version', async t => {
	const {device} = await aSpace(t);
	const phone = device('phone');
	await phone.set('a', {title: 'Bread', items: [{b: 1, a: 2}]});
	const {head, results} = await phone.push({record_id: 'a', data: {items: [{a: 2, b: 1}], count: null}});
	t.is(head.version, 1);
	t.like(results[0], {status: 'accepted', version: 1});
});

test('a required field cannot be erased, and a full collection takes no more', async t => {
	const {device} = await aSpace(t);
	const phone = device('phone');
	const collection = 'named';
	await phone.set('a', {name: 'a'}, {collection});
	t.like(await phone.set('a', {name: null}, {collection}), {status: 'rejected', code: 'VALIDATION_ERROR'});
	t.is((await phone.set('a', {size: null}, {collection}))?.status, 'accepted');
	for (const id of ['b', 'c', 'd', 'e']) await phone.set(id, {name: id}, {collection});
	t.like(await phone.set('f', {name: 'f'}, {collection}), {status: 'rejected', code: 'TOO_LARGE'});
	await phone.drop('a', {collection});
	t.is((await phone.set('f', {name: 'f'}, {collection}))?.status, 'accepted');
});

test('versions follow the order of commits, so that who pulls all along misses none', async t => {
	const space = await aSpace(t);
	const seen: number[] = [];
	let since = 0;
	let isWriting = true;
	const reader = (async () => {
		while (isWriting || since === 0) {
			const {rows, next_since} = await space.pull(since, {limit: 7});
			seen.push(...rows.map(({version}) => version));
			since = next_since;
		}
	})();
	await Promise.all(
		Array.from({length: 4}, async (_, writer) => {
			const device = space.device(`device ${writer}`);
			for (let push = 0; push < 15; push += 1) {
				await device.push(
					...Array.from({length: 1 + writer * 3}, () => ({record_id: randomUUID(), data: {count: push}})),
				);
			}
		}),
	);
	isWriting = false;
	await reader;
	for (let more = true; more; ) {
		const page = await space.pull(since);
		seen.push(...page.rows.map(({version}) => version));
		since = page.next_since;
		more = page.has_more;
	}
	t.deepEqual(
		seen,
		Array.from({length: 15 * (1 + 4 + 7 + 10)}, (_, index) => index + 1),
	);
});

test('times of change rise strictly, also when the server’s clock steps back', async t => {
	const {device, clock, rows} = await aSpace(t);
	const phone = device('phone');
	await phone.set('a', {title: '1'});
	clock.now = START_MS - 3_600_000;
	await phone.set('a', {title: '2'});
	await phone.set('b', {title: '3'});
	const times = (
		await rows<{at: number}>(
			'select extract(epoch from server_timestamp) * 1000 as at from records.changes order by version',
		)
	).map(({at}) => at);
	t.deepEqual(times, [START_MS, START_MS + 1, START_MS + 2]);
});

test('the checksum is that of the records there are', async t => {
	const {device, database, space_id, pull} = await aSpace(t);
	const [phone, laptop] = [device('phone'), device('laptop')];
	await phone.push(...['a', 'b', 'c'].map(record_id => ({record_id, data: {title: record_id, count: 1.5}})));
	await laptop.set('a', {count: 1e21}, {base_version: 1});
	await phone.drop('b');
	await phone.set('b', {title: 'again'}, {base_version: 5});
	await phone.drop('c');
	const {collections} = await database.snapshot(sql => readChecksums(sql, space_id, ['things', 'keepers']), space_id);
	const {rows} = await pull();
	const sum = rows.reduce(
		(total, {record_id, version, data}) => total + recordHash(record_id, version, canonicalJson(JSON.parse(data))),
		0n,
	);
	t.deepEqual(collections, {
		things: {count: 2, checksum: shiftSum(EMPTY_SUM, sum)},
		keepers: {count: 0, checksum: EMPTY_SUM},
	});
});

test('another person neither sees nor changes a record, whatever id is guessed', async t => {
	const mine = await aSpace(t);
	const theirs = openSpace(mine.database, randomUUID());
	await mine.device('phone').set('a', {title: 'mine'}, {id: 'm1'});
	t.is((await theirs.device('phone').set('a', {title: 'theirs'}, {id: 'm1'}))?.status, 'accepted');
	t.deepEqual(await mine.data('a'), {title: 'mine'});
	t.deepEqual(await theirs.data('a'), {title: 'theirs'});
	t.deepEqual(await theirs.rows('select space_id from records.records'), [{space_id: theirs.space_id}]);
});

test('a cursor above the head, of another epoch or below the floor is told to start over', async t => {
	const space = await aSpace(t);
	await space.device('phone').set('a', {title: 'one'});
	await space.device('phone').set('b', {title: 'two'});
	await t.throwsAsync(space.pull(3), {instanceOf: ResyncRequired});
	await t.throwsAsync(space.pull(1, {epoch: randomUUID()}), {instanceOf: ResyncRequired});
	await t.throwsAsync(space.apply({device_id: 'phone', epoch: randomUUID(), mutations: []}), {
		instanceOf: ResyncRequired,
	});
	await space.rows('update records.heads set floor = 2 returning 1');
	await t.throwsAsync(space.pull(1), {instanceOf: ResyncRequired});
	t.is((await space.pull(2)).rows.length, 0);
	t.is((await space.pull(0)).rows.length, 2);
});

test('pages together are each record once, whatever is written between them', async t => {
	const {device, pull} = await aSpace(t);
	const phone = device('phone');
	await phone.push(...Array.from({length: 50}, (_, n) => ({record_id: `r${n}`, data: {count: n}})));
	const latest = new Map<string, number>();
	let since = 0;
	for (let more = true, page = 0; more; page += 1) {
		const pulled = await pull(since, {limit: 10});
		for (const {record_id, version} of pulled.rows) {
			t.true(version > (latest.get(record_id) ?? 0));
			latest.set(record_id, version);
		}
		({next_since: since, has_more: more} = pulled);
		if (page === 1) await phone.set('r3', {count: -1});
	}
	t.is(latest.size, 50);
	t.is(latest.get('r3'), 51);
	t.is(since, 51);
});

test('a page ends before it grows large, and a large record still comes', async t => {
	const {device, pull} = await aSpace(t);
	const noise = () =>
		Array.from({length: 20_000}, () => randomUUID())
			.join('')
			.slice(0, 700_000);
	const phone = device('phone');
	for (let n = 0; n < 16; n += 1) await phone.set(`r${n}`, {notes: noise()});
	const first = await pull();
	t.true(first.has_more);
	t.true(first.rows.length > 5 && first.rows.length < 16, String(first.rows.length));
	const second = await pull(first.next_since);
	t.is(first.rows.length + second.rows.length, 16);
	t.false(second.has_more);
});

test('a first pull in pages is not taken for a device that was away, however high the floor', async t => {
	const {device, pull, rows} = await aSpace(t);
	const phone = device('phone');
	await phone.push(...Array.from({length: 40}, (_, n) => ({record_id: `r${n}`, data: {count: n}})));
	await rows('update records.heads set floor = 30 returning 1');
	const first = await pull(0, {limit: 10});
	t.is(first.rows.length, 30);
	t.deepEqual((await pull(first.next_since, {limit: 10})).rows.length, 10);
});
