import {gzipSync} from 'node:zlib';
import test from 'ava';
import {aDevice, aMutation, aSyncHouse} from './fixtures.js';

test('what one device pushes another pulls, each record once, its newest', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const [phone, laptop] = [aDevice(house, ada), aDevice(house, ada)];
	const answer = await phone.send([
		aMutation({id: 'one', record_id: 'a', data: {title: 'Plums', unknown: {kept: [1]}}}),
		aMutation({id: 'two', record_id: 'b', data: {title: 'Pears'}}),
	]);
	t.like(answer, {status: 200});
	t.like(answer.data, {
		latest_version: 2,
		accepted: ['one', 'two'],
		rejected: [],
		conflicts: [],
		results: [
			{id: 'one', status: 'accepted', version: 1},
			{id: 'two', status: 'accepted', version: 2},
		],
	});
	t.regex(answer.headers.get('x-server-timestamp') ?? '', /^\d{4}-\d\d-\d\dT/);
	await phone.set('a', {title: 'Plum cake'});
	const pulled = await laptop.pull(0);
	t.regex(pulled.headers.get('x-server-timestamp') ?? '', /^\d{4}-\d\d-\d\dT/);
	t.like(pulled.data, {next_since: 3, latest_version: 3, has_more: false, epoch: answer.data.epoch});
	t.like(pulled.data.changes, [
		{version: 2, collection: 'notes', record_id: 'b', op: 'upsert', data: {title: 'Pears'}, device_id: phone.id},
		{version: 3, record_id: 'a', op: 'upsert', data: {title: 'Plum cake', unknown: {kept: [1]}}},
	]);
	t.is(pulled.data.changes.length, 2);
	t.deepEqual((await laptop.pull(3)).data.changes, []);
});

test('a tombstone goes to a device that knew the record, and not to a fresh one', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	await phone.push({record_id: 'a', data: {title: 'one'}}, {record_id: 'b', data: {title: 'two'}});
	await phone.drop('a');
	t.like((await phone.pull(2)).data.changes, [{version: 3, record_id: 'a', op: 'delete', data: null}]);
	t.deepEqual(
		(await phone.pull(0)).data.changes.map(({record_id}: {record_id: string}) => record_id),
		['b'],
	);
});

test('a page is cut where it is full, and goes on from the last row', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	await phone.push(...Array.from({length: 7}, (_, n) => ({record_id: `r${n}`, data: {count: n}})));
	const first = await phone.pull(0, {limit: 3});
	t.like(first.data, {next_since: 3, latest_version: 7, has_more: true});
	const last = await phone.pull(6, {limit: 3});
	t.like(last.data, {next_since: 7, has_more: false});
	t.is(Object.keys(await phone.all(2)).length, 7);
	const exact = await phone.pull(4, {limit: 3});
	t.like(exact.data, {next_since: 7, has_more: false});
});

test('a page ends before it is too large for anybody’s memory, however small the database keeps it', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	const text = 'x'.repeat(1_000_000);
	for (const half of [0, 12]) {
		await phone.push(...Array.from({length: 12}, (_, n) => ({record_id: `r${half + n}`, data: {title: text}})));
	}
	const {data, body} = await phone.pull(0);
	t.true(data.has_more);
	t.true(body.length < 10 * 1024 * 1024);
	t.is(Object.keys(await phone.all()).length, 24);
});

test('a pull of some collections moves past what is in others', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	await phone.push(
		{record_id: 'a', data: {title: 'one'}},
		{collection: 'weighings_of_dogs', record_id: 'w', data: {weight_kg: 9, date: '2026-03-01'}},
	);
	const {data} = await phone.pull(0, {collections: ['notes', 'of_a_newer_app']});
	t.like(data, {next_since: 2, has_more: false});
	t.is(data.changes.length, 1);
});

test('the same push twice changes nothing, and each mutation is told so', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	const mutations = [aMutation({id: 'x', record_id: 'a', data: {title: 'one'}})];
	await phone.send(mutations);
	const again = await phone.send(mutations);
	t.like(again.data, {latest_version: 1, accepted: ['x'], results: [{id: 'x', status: 'duplicate', version: 1}]});
	const other = await phone.send([aMutation({id: 'x', record_id: 'a', data: {title: 'two'}})]);
	t.like(other.data, {accepted: [], rejected: [{id: 'x', code: 'MUTATION_REUSED'}]});
	t.deepEqual(await phone.all(), {'notes/a': {title: 'one'}});
});

test('two devices may use the same mutation id', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	await aDevice(house, ada).send([aMutation({id: 'x', record_id: 'a', data: {title: 'one'}})]);
	const tablet = aDevice(house, ada);
	t.like((await tablet.send([aMutation({id: 'x', record_id: 'b', data: {title: 'two'}})])).data, {accepted: ['x']});
	t.is(Object.keys(await tablet.all()).length, 2);
});

test('an envelope is strict, and says what is wrong with it', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const device_id = 'phone';
	for (const body of [
		{device_id, mutations: [], extra: 1},
		{device_id},
		{mutations: []},
		{device_id: 'a b', mutations: []},
		{device_id, mutations: {}},
		{device_id, mutations: ['text']},
		{
			device_id,
			mutations: [{collection: 'notes', record_id: 'a', op: 'delete', client_timestamp: '2026-03-01T00:00:00Z'}],
		},
	]) {
		const answer = await house.post('/api/v1/sync/push', body, ada);
		t.like(answer, {status: 400, error: {code: 'VALIDATION_ERROR'}}, JSON.stringify(body));
		t.true(Array.isArray(answer.error?.details));
	}
	for (const body of [
		{since: -1},
		{since: 1.5},
		{},
		{since: 0, limit: 0},
		{since: 0, limit: 10_001},
		{since: 0, x: 1},
	]) {
		t.is((await house.post('/api/v1/sync/pull', body, ada)).status, 400, JSON.stringify(body));
	}
});

test('a push is read inflated, and is refused above 16 MiB or 10,000 mutations', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const send = (body: Buffer) =>
		house.ask('POST', '/api/v1/sync/push', {
			as: ada,
			body,
			headers: {'content-type': 'application/json', 'content-encoding': 'gzip'},
		});
	const push = (mutations: unknown[]) => gzipSync(JSON.stringify({device_id: 'phone', mutations}));
	t.like((await send(push([aMutation({record_id: 'a', data: {title: 'zipped'}})]))).data, {latest_version: 1});
	const bomb = await send(push([aMutation({record_id: 'a', data: {title: 'x'.repeat(17 * 1024 * 1024)}})]));
	t.like(bomb, {status: 413, error: {code: 'TOO_LARGE'}});
	const many = await send(push(Array.from({length: 10_001}, () => ({id: 'x'}))));
	t.like(many, {status: 413, error: {code: 'TOO_LARGE'}});
	t.is((await house.post('/api/v1/sync/pull', {since: 0}, ada)).data.latest_version, 1);
});

test('another epoch, a cursor above the head or below the floor: start over, and what is not pushed is kept', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	const fresh = await phone.pull(0);
	t.is(fresh.data.latest_version, 0);
	// The epoch of a space that nobody has written to.
	t.is((await phone.send([aMutation({record_id: 'a', data: {title: 'one'}})], {epoch: fresh.data.epoch})).status, 200);
	const {epoch} = (await phone.pull(0)).data;
	const other = '11111111-1111-4111-8111-111111111111';
	for (const answer of [
		await phone.pull(1, {epoch: other}),
		await phone.pull(9, {epoch}),
		await phone.send([aMutation({record_id: 'a', data: {title: 'two'}})], {epoch: other}),
		await house.post('/api/v1/sync/ack', {device_id: phone.id, version: 9}, ada),
	]) {
		t.like(answer, {status: 409, error: {code: 'RESYNC_REQUIRED'}});
		t.regex(answer.error?.message ?? '', /Start over/);
	}
	t.deepEqual(await phone.all(), {'notes/a': {title: 'one'}});
});

test('a device tells how far it is, which only ever rises', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	await phone.push({record_id: 'a', data: {title: 'one'}}, {record_id: 'b', data: {title: 'two'}});
	const ack = (version: number) => house.post('/api/v1/sync/ack', {device_id: phone.id, version}, ada);
	t.like((await ack(2)).data, {device_id: phone.id, acked_version: 2});
	t.like((await ack(1)).data, {acked_version: 2});
});

test('checksums of collections are those of what a device holds', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	const sums = async (query = '') => (await house.get(`/api/v1/sync/checksum${query}`, ada)).data;
	const empty = await sums();
	t.like(empty.collections, {notes: {count: 0, checksum: '0'.repeat(64)}, keepers: {count: 0}});
	await phone.push({record_id: 'a', data: {title: 'one', count: 2}}, {record_id: 'b', data: {title: 'two'}});
	const {version, collections} = await sums('?collections=notes');
	t.is(version, 2);
	t.is(collections.notes.count, 2);
	// SHA-256 of `a \0 1 \0 {"count":2,"title":"one"}` and of `b \0 2 \0 {"title":"two"}`, added.
	const {createHash} = await import('node:crypto');
	const hash = (text: string) => BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
	const sum = (hash('a\x001\x00{"count":2,"title":"one"}') + hash('b\x002\x00{"title":"two"}')) % (1n << 256n);
	t.is(collections.notes.checksum, sum.toString(16).padStart(64, '0'));
	t.deepEqual(Object.keys(collections), ['notes']);
	t.is((await house.get('/api/v1/sync/checksum?collections=nothing', ada)).status, 400);
});

test('one person sees and changes nothing of another’s, by whatever id or cursor', async t => {
	const house = await aSyncHouse(t);
	const [ada, bob] = [await house.person(), await house.person()];
	const [phone, other] = [aDevice(house, ada, 'phone'), aDevice(house, bob, 'phone')];
	await phone.push({record_id: 'a', data: {title: 'Ada’s'}});
	t.is((await other.set('a', {title: 'Bob’s'})).status, 'accepted');
	t.is((await other.drop('a')).status, 'accepted');
	t.is((await other.pull(2)).data.changes.length, 0);
	t.deepEqual(await phone.all(), {'notes/a': {title: 'Ada’s'}});
	t.is((await phone.pull(1)).data.latest_version, 1);
});
