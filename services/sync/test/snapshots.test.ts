import {createHash} from 'node:crypto';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import type {Person, TestHouse} from '@hearth/host/testing.js';
import {canonicalJson} from '@hearth/records/canonical.js';
import test, {type ExecutionContext} from 'ava';
import {aDevice, aSyncHouse} from './fixtures.js';

interface Snapshot {
	format: string;
	exported_at: string;
	epoch: string;
	version: number;
	collections: Record<string, {id: string; data: Record<string, unknown>; version: number; updated_at: string}[]>;
	checksum: string;
}

const exported = async (house: TestHouse, as: Person): Promise<Snapshot> =>
	(await house.get('/api/v1/export', as)).data;
const imported = (house: TestHouse, as: Person, mode: string, snapshot: unknown) =>
	house.post('/api/v1/import', {mode, snapshot}, as);

/** As the contract says it, made here once more. */
function checksumOf({collections}: Pick<Snapshot, 'collections'>): string {
	const lines = Object.entries(collections).flatMap(([name, records]) =>
		records.map(({id, data}) => Buffer.from(`${name}\t${id}\t${canonicalJson(data)}\n`)),
	);
	return `sha256:${createHash('sha256')
		.update(Buffer.concat(lines.sort(Buffer.compare)))
		.digest('hex')}`;
}

async function aFullHouse(t: ExecutionContext) {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	await phone.push(
		{record_id: 'ä', data: {title: 'one', nested: {b: [1, 2.5, null], a: 'ü'}}},
		{record_id: 'Z', data: {title: 'two', count: 1e21}},
		{record_id: '_a', data: {}},
		{record_id: 'rex', collection: 'weighings_of_dogs', data: {weight_kg: 9, date: '2026-03-01'}},
		{record_id: 'gone', data: {title: 'three'}},
	);
	await phone.drop('gone');
	return {house, ada, phone};
}

test('an export holds every live record of one moment, with a checksum anybody can compute', async t => {
	const {house, ada, phone} = await aFullHouse(t);
	const answer = await house.get('/api/v1/export', ada);
	t.is(answer.status, 200);
	t.regex(answer.headers.get('content-disposition') ?? '', /^attachment; filename="hearth-\d{4}-\d\d-\d\d\.json"$/);
	const snapshot: Snapshot = answer.data;
	t.like(snapshot, {format: 'hearth-snapshot/1', version: 6, epoch: (await phone.pull()).data.epoch});
	t.deepEqual(Object.keys(snapshot.collections).sort(), ['keepers', 'notes', 'weighings_of_dogs']);
	t.deepEqual(
		snapshot.collections.notes?.map(({id}) => id),
		['Z', '_a', 'ä'],
	);
	t.like(snapshot.collections.notes?.[2], {data: {title: 'one', nested: {b: [1, 2.5, null], a: 'ü'}}, version: 1});
	t.is(snapshot.checksum, checksumOf(snapshot));
	await house.until(async () => (await readdir(path.join(house.data_folder, 'uploads'))).length === 0);
});

test('an empty account exports and imports as well', async t => {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const snapshot = await exported(house, ada);
	t.is(snapshot.checksum, `sha256:${createHash('sha256').digest('hex')}`);
	t.like(await imported(house, ada, 'merge', snapshot), {
		status: 200,
		data: {created: 0, updated: 0, deleted: 0, unchanged: 0},
	});
});

test('a snapshot of one house makes the same records in another, and again changes nothing', async t => {
	const {house, ada} = await aFullHouse(t);
	const bob = await house.person();
	const snapshot = await exported(house, ada);
	t.like(await imported(house, bob, 'merge', snapshot), {
		status: 200,
		data: {created: 4, updated: 0, deleted: 0, unchanged: 0},
	});
	t.like((await imported(house, bob, 'merge', snapshot)).data, {created: 0, updated: 0, deleted: 0, unchanged: 4});
	t.is((await exported(house, bob)).checksum, snapshot.checksum);
	t.deepEqual(await aDevice(house, bob).all(), await aDevice(house, ada).all());
});

test('a merge brings back what was deleted, keeps what is newer here, and deletes nothing', async t => {
	const {house, ada, phone} = await aFullHouse(t);
	const snapshot = await exported(house, ada);
	await phone.drop('Z');
	await phone.set('ä', {title: 'one, edited since'});
	await phone.set('new', {title: 'new'});
	t.like((await imported(house, ada, 'merge', snapshot)).data, {created: 1, updated: 0, deleted: 0, unchanged: 3});
	t.like(await phone.all(), {
		'notes/Z': {title: 'two', count: 1e21},
		'notes/ä': {title: 'one, edited since'},
		'notes/new': {title: 'new'},
	});
});

test('a merge takes what the snapshot has newer', async t => {
	const {house, ada, phone} = await aFullHouse(t);
	const snapshot = await exported(house, ada);
	const record = snapshot.collections.notes?.find(({id}) => id === 'ä');
	Object.assign(record?.data ?? {}, {title: 'mended in the file'});
	snapshot.checksum = checksumOf(snapshot);
	t.like((await imported(house, ada, 'merge', snapshot)).data, {created: 0, updated: 1, unchanged: 3});
	t.like(await phone.all(), {'notes/ä': {title: 'mended in the file'}});
});

test('a replace makes the records those of the snapshot, tells devices by tombstones, and can be undone', async t => {
	const {house, ada, phone} = await aFullHouse(t);
	const snapshot = await exported(house, ada);
	await phone.drop('Z');
	await phone.set('ä', {title: 'edited', count: 4});
	await phone.push({record_id: 'new', data: {title: 'new'}}, {record_id: 'newer', data: {title: 'newer'}});
	const before = await phone.all();
	const {latest_version} = (await phone.pull()).data;
	t.like((await imported(house, ada, 'replace', snapshot)).data, {created: 1, updated: 1, deleted: 2, unchanged: 2});
	t.like(await phone.all(), {'notes/Z': {title: 'two'}, 'notes/ä': {title: 'one', count: null}});
	const {changes} = (await phone.pull(latest_version)).data;
	t.deepEqual(changes.map(({record_id, op}: {record_id: string; op: string}) => `${op} ${record_id}`).sort(), [
		'delete new',
		'delete newer',
		'upsert Z',
		'upsert ä',
	]);
	const {data: kept} = await house.get('/api/v1/sync/snapshots', ada);
	t.is(kept.length, 1);
	t.like(kept[0], {version: latest_version, records: 5});
	const undone = await house.post(`/api/v1/sync/snapshots/${kept[0].id}/restore`, {}, ada);
	t.like(undone, {status: 200, data: {created: 2, updated: 1, deleted: 1}});
	t.deepEqual(await phone.all(), before);
	t.is((await house.get('/api/v1/sync/snapshots', ada)).data.length, 2);
	const bob = await house.person();
	t.deepEqual((await house.get('/api/v1/sync/snapshots', bob)).data, []);
	t.is((await house.post(`/api/v1/sync/snapshots/${kept[0].id}/restore`, {}, bob)).status, 404);
});

test('only the newest snapshots of what was replaced are kept', async t => {
	const {house, ada, phone} = await aFullHouse(t);
	const snapshot = await exported(house, ada);
	for (let n = 0; n < 7; n += 1) {
		await phone.set('ä', {count: n});
		t.is((await imported(house, ada, 'replace', snapshot)).status, 200);
	}
	const {data: kept} = await house.get('/api/v1/sync/snapshots', ada);
	t.is(kept.length, 5);
	const objects = [];
	for await (const {key} of house.house.ports.objects.list(`sync/${ada.id}/`)) objects.push(key);
	t.is(objects.length, 5);
});

test('what is wrong with a snapshot is said, and nothing has changed', async t => {
	const {house, ada, phone} = await aFullHouse(t);
	const good = await exported(house, ada);
	const with_ = (change: (snapshot: Snapshot) => void, {summed = true} = {}): Snapshot => {
		const snapshot = structuredClone(good);
		change(snapshot);
		if (summed) snapshot.checksum = checksumOf(snapshot);
		return snapshot;
	};
	const first = (snapshot: Snapshot) => snapshot.collections.notes?.[0] as Snapshot['collections'][string][number];
	const before = [await phone.all(), (await phone.pull()).data.latest_version];
	for (const [what, snapshot] of Object.entries({
		'a wrong checksum': with_(one => Object.assign(first(one).data, {title: 'forged'}), {summed: false}),
		'no checksum': {...good, checksum: undefined},
		'another format': {...good, format: 'hearth-snapshot/9'},
		'a record of no collection': with_(one => Object.assign(one.collections, {of_nobody: [first(good)]})),
		'a record that cannot be': with_(one =>
			Object.assign(one.collections.weighings_of_dogs?.[0]?.data ?? {}, {weight_kg: -1}),
		),
		'a record without id': with_(one => Object.assign(first(one), {id: ''})),
		'a record without data': with_(one => Object.assign(first(one), {data: null}), {summed: false}),
		'a NUL': with_(one => Object.assign(first(one).data, {title: 'a\0b'})),
		'an id twice': with_(one => one.collections.notes?.push(first(one))),
		'a deep record': with_(one => Object.assign(first(one).data, {deep: JSON.parse('['.repeat(99) + ']'.repeat(99))})),
		'a large record': with_(one => Object.assign(first(one).data, {title: 'x'.repeat(1024 * 1024)})),
		'a text in place of it': 'snapshot',
		nothing: undefined,
	})) {
		for (const mode of ['merge', 'replace']) {
			const answer = await imported(house, ada, mode, snapshot);
			t.like(answer, {status: 422, error: {code: 'UNPROCESSABLE'}}, `${mode}: ${what}`);
		}
	}
	t.is((await imported(house, ada, 'both', good)).status, 400);
	t.like(await house.post('/api/v1/import', {mode: 'merge', snapshot: good, force: true}, ada), {
		status: 400,
		error: {details: [{path: 'force', message: 'is not known here; leave it out'}]},
	});
	const cut = await house.ask('POST', '/api/v1/import', {
		as: ada,
		body: JSON.stringify({mode: 'merge', snapshot: good}).slice(0, -20),
		headers: {'content-type': 'application/json'},
	});
	t.is(cut.status, 400);
	t.deepEqual([await phone.all(), (await phone.pull()).data.latest_version], before);
	const {database} = house.house.ports;
	t.like(await database.as(ada.id, tx => tx.one('select count(*) from sync.staging')), {count: 0});
	t.deepEqual(await readdir(path.join(house.data_folder, 'uploads')), []);
	t.deepEqual((await house.get('/api/v1/sync/snapshots', ada)).data, []);
});

test('a compressed snapshot is taken, and one whose key comes last', async t => {
	const {house, ada} = await aFullHouse(t);
	const bob = await house.person();
	const {checksum, collections, ...rest} = await exported(house, ada);
	const answer = await house.ask('POST', '/api/v1/import', {
		as: bob,
		body: gzipSync(JSON.stringify({snapshot: {checksum, collections, ...rest}, mode: 'replace'})),
		headers: {'content-type': 'application/json', 'content-encoding': 'gzip'},
	});
	t.like(answer, {status: 200, data: {created: 4}});
});
