import {request} from 'node:http';
import type {Person, TestHouse} from '@hearth/host/testing.js';
import test, {type ExecutionContext} from 'ava';
import {compactTombstones} from '../compact-tombstones.js';
import {aDevice, aMutation, aSyncHouse} from './fixtures.js';

// How sync is known to fail elsewhere, each as what must hold here. Over HTTP, on a real PostgreSQL.

async function aPerson(t: ExecutionContext, options: Parameters<typeof aSyncHouse>[1] = {}) {
	const house = await aSyncHouse(t, options);
	const ada = await house.person();
	return {house, ada, phone: aDevice(house, ada, 'phone'), laptop: aDevice(house, ada, 'laptop')};
}

/** A device that keeps what it pulled, page by page, as a client does. */
function aReplica(house: TestHouse, person: Person, limit = 1000) {
	const records = new Map<string, {version: number; data: Record<string, unknown>}>();
	let since = 0;
	return {
		records,
		/** Whole pages until there is no more. */
		async pull(between: (page: number) => Promise<void> = async () => {}) {
			for (let page = 1; ; page += 1) {
				const {data} = await house.post('/api/v1/sync/pull', {since, limit}, person);
				for (const {version, record_id, op, data: fields} of data.changes) {
					const known = records.get(record_id);
					if (known !== undefined && known.version >= version) throw new Error(`${record_id} came with an older value`);
					if (op === 'delete') records.delete(record_id);
					else records.set(record_id, {version, data: fields});
				}
				since = data.next_since;
				if (!data.has_more) return;
				await between(page);
			}
		},
		values: (): Record<string, Record<string, unknown>> =>
			Object.fromEntries([...records.keys()].sort().map(id => [id, records.get(id)?.data ?? {}])),
	};
}

const fresh = async (house: TestHouse, person: Person) => {
	const replica = aReplica(house, person);
	await replica.pull();
	return replica.values();
};

test('commits in another order than their numbers: a reader who pulls all along ends as a fresh device', async t => {
	const {house, ada} = await aPerson(t);
	const reader = aReplica(house, ada, 7);
	let writing = true;
	const writers = [1, 5, 20, 60].map(async (size, w) => {
		const device = aDevice(house, ada, `writer${w}`);
		for (let round = 0; round < 12; round += 1) {
			await device.push(
				...Array.from({length: size}, (_, n) => ({record_id: `w${w}-${(round * 7 + n) % 40}`, data: {count: round}})),
			);
		}
	});
	const reading = (async () => {
		while (writing) await reader.pull();
	})();
	await Promise.all(writers);
	writing = false;
	await reading;
	await reader.pull();
	t.deepEqual(reader.values(), await fresh(house, ada));
});

test('a pull between two pushes sees all of one and nothing of the next', async t => {
	const {house, ada, phone} = await aPerson(t);
	const ids = ['a', 'b', 'c', 'd', 'e'];
	const set = (generation: number) => phone.push(...ids.map(record_id => ({record_id, data: {count: generation}})));
	await set(0);
	let writing = true;
	const reading = (async () => {
		const torn: unknown[] = [];
		while (writing) {
			const seen = new Set(Object.values(await fresh(house, ada)).map(({count}) => count));
			if (seen.size !== 1) torn.push([...seen]);
		}
		return torn;
	})();
	for (let generation = 1; generation <= 30; generation += 1) await set(generation);
	writing = false;
	t.deepEqual(await reading, []);
});

test('twelve edits within a second: the other device sees each', async t => {
	// A clock that stands still is the coarsest there is.
	const {house, ada, phone} = await aPerson(t, {now: () => Date.parse('2026-03-01T08:00:00Z')});
	const reader = aReplica(house, ada);
	for (let n = 1; n <= 12; n += 1) {
		await phone.set('a', {count: n});
		await reader.pull();
		t.deepEqual(reader.values(), {a: {count: n}});
	}
});

test('a device whose clock is wrong neither wins for ever nor misses a row', async t => {
	const {house, ada, phone, laptop} = await aPerson(t);
	for (const [n, wrong_ms] of [3_600_000, -24 * 3_600_000].entries()) {
		const at = {client_timestamp: new Date(Date.now() + wrong_ms).toISOString()};
		const id = `r${n}`;
		const {version} = await phone.set(id, {title: 'by the wrong clock'}, at);
		t.is((await laptop.set(id, {title: 'later'}, {base_version: version})).status, 'accepted');
		const {status} = await phone.set(id, {count: 1}, at);
		t.is(status, 'accepted');
		t.deepEqual((await fresh(house, ada))[id], {title: 'later', count: 1});
	}
});

test('a server whose clock steps back still gives rising cursors and times', async t => {
	const clock = {ms: Date.parse('2026-03-01T08:00:00Z')};
	const {house, ada, phone} = await aPerson(t, {now: () => clock.ms});
	clock.ms += 300_000;
	await phone.set('a', {title: 'one'});
	const before = (await phone.pull()).data;
	clock.ms -= 300_000;
	await phone.set('b', {title: 'two'});
	const {data} = await phone.pull(before.next_since);
	t.like(data, {changes: [{record_id: 'b'}], next_since: before.next_since + 1});
	t.true(data.changes[0].updated_at > before.changes[0].updated_at);
	t.deepEqual(
		(await house.get('/api/v1/notes', ada)).data.map(({id}: {id: string}) => id),
		['b', 'a'],
	);
});

test('a delete reaches a device that was away, and a fresh device never sees the record', async t => {
	const {house, ada, phone} = await aPerson(t);
	const away = aReplica(house, ada);
	await phone.push({record_id: 'a', data: {}}, {record_id: 'b', data: {}});
	await away.pull();
	await phone.drop('a');
	await away.pull();
	t.deepEqual(Object.keys(away.values()), ['b']);
	t.deepEqual(Object.keys(await fresh(house, ada)), ['b']);
});

test('a device older than the tombstones starts over, and brings back no zombie', async t => {
	const {house, ada, phone, laptop} = await aPerson(t);
	await phone.push({record_id: 'a', data: {title: 'one'}}, {record_id: 'b', data: {}});
	await phone.drop('a');
	await house.post('/api/v1/sync/ack', {device_id: 'phone', version: 3}, ada);
	const {db} = house.house.contextOf('sync');
	await db.transaction(tx => tx.enqueue(compactTombstones, {}));
	const refused = await house.until(async () => {
		const answer = await laptop.pull(2);
		return answer.status === 409 ? answer : null;
	});
	t.is(refused.error?.code, 'RESYNC_REQUIRED');
	// Starting over, it sends what it has not sent.
	t.is((await laptop.set('a', {title: 'edited offline'}, {base_version: 1})).status, 'conflict');
	t.is((await laptop.set('c', {title: 'made offline'})).status, 'accepted');
	t.deepEqual(Object.keys(await fresh(house, ada)), ['b', 'c']);
});

test('a deleted record does not rise again: not by its own echo, a stale update, or a push delivered late', async t => {
	const {house, ada, phone, laptop} = await aPerson(t);
	const replica = aReplica(house, ada);
	const late = aMutation({record_id: 'a', data: {title: 'two'}, base_version: 1});
	await phone.set('a', {title: 'one'});
	await replica.pull();
	await phone.send([late]);
	await phone.drop('a');
	await replica.pull();
	t.deepEqual(replica.values(), {});
	t.like((await phone.send([late])).data, {results: [{status: 'duplicate'}]});
	t.is((await laptop.set('a', {title: 'stale'}, {base_version: 2})).status, 'conflict');
	t.is((await laptop.set('a', {title: 'staler'})).status, 'conflict');
	t.deepEqual(await fresh(house, ada), {});
});

test('a push that was applied and whose answer was lost is applied once, with the edit made since', async t => {
	const {house, ada, phone} = await aPerson(t);
	const first = aMutation({record_id: 'a', data: {title: 'one', count: 1}});
	await pushWithoutListening(house, ada, {device_id: 'phone', mutations: [first]});
	await house.until(async () => (await phone.pull()).data.latest_version === 1);
	const {data} = await phone.send([first, aMutation({record_id: 'a', data: {title: 'two'}})]);
	t.like(data, {
		latest_version: 2,
		results: [
			{status: 'duplicate', version: 1},
			{status: 'accepted', version: 2},
		],
	});
	t.deepEqual(await fresh(house, ada), {a: {title: 'two', count: 1}});
	t.is((await phone.send([first])).data.latest_version, 2);
});

/** The connection breaks once the request is out. */
function pushWithoutListening(house: TestHouse, person: Person, body: object): Promise<void> {
	return new Promise((resolve, reject) => {
		const sent = request(`${house.url}/api/v1/sync/push`, {
			method: 'POST',
			headers: {authorization: `Bearer ${person.token}`, 'content-type': 'application/json'},
		});
		sent.once('error', reject);
		sent.end(JSON.stringify(body), () => {
			sent.off('error', reject);
			sent.on('error', () => {});
			sent.destroy();
			resolve();
		});
	});
}

test('a push that is refused as a whole leaves nothing behind, and can be sent again as it is', async t => {
	const {house, ada, phone} = await aPerson(t);
	await phone.set('a', {title: 'one'});
	const mutations = [aMutation({record_id: 'a', data: {title: 'two'}}), aMutation({record_id: 'b', data: {}})];
	const refused = await phone.send(mutations, {epoch: '11111111-1111-4111-8111-111111111111'});
	t.is(refused.status, 409);
	t.deepEqual(await fresh(house, ada), {a: {title: 'one'}});
	t.deepEqual(
		(await phone.send(mutations)).data.results.map(({status}: {status: string}) => status),
		['accepted', 'accepted'],
	);
});

test('two devices that edit two fields offline both keep their edit; of one field the second is told', async t => {
	const {house, ada, phone, laptop} = await aPerson(t);
	await phone.set('a', {title: 'one', count: 1});
	await phone.set('a', {title: 'phone’s'}, {base_version: 1});
	t.is((await laptop.set('a', {count: 2}, {base_version: 1})).status, 'accepted');
	t.deepEqual(await fresh(house, ada), {a: {title: 'phone’s', count: 2}});
	const {status, conflict} = await laptop.set('a', {title: 'laptop’s'}, {base_version: 1});
	t.is(status, 'merged');
	t.truthy(conflict);
});

test('pages cut while others write add up to what there is, and no record comes with an older value', async t => {
	const {house, ada, phone} = await aPerson(t);
	for (let from = 0; from < 3000; from += 1000) {
		await phone.push(...Array.from({length: 1000}, (_, n) => ({record_id: `r${from + n}`, data: {count: 0}})));
	}
	const reader = aReplica(house, ada, 100);
	await reader.pull(async page => {
		await phone.set(`r${(page * 37) % 3000}`, {count: page});
		if (page % 5 === 0) await phone.drop(`r${(page * 91) % 3000}`);
	});
	await reader.pull();
	t.deepEqual(reader.values(), await fresh(house, ada));
});

test('a device that does not know a new field neither needs it nor wipes it', async t => {
	const {house, ada, phone, laptop} = await aPerson(t);
	await laptop.set('a', {title: 'one', mood: 'of a newer app', tags: {kept: true}});
	await phone.set('a', {title: 'two'}, {base_version: 1});
	t.deepEqual(await fresh(house, ada), {a: {title: 'two', mood: 'of a newer app', tags: {kept: true}}});
});

test('one poisoned record neither sinks its push nor the next sync', async t => {
	const {house, ada, phone} = await aPerson(t);
	const poison = aMutation({record_id: 'bad', data: {title: 'a\0b'}});
	const {data} = await phone.send([
		aMutation({record_id: 'a', data: {}}),
		poison,
		aMutation({record_id: 'b', data: {}}),
	]);
	t.like(data, {rejected: [{id: poison.id}]});
	t.is((await phone.send([poison, aMutation({record_id: 'c', data: {}})])).data.accepted.length, 1);
	t.deepEqual(Object.keys(await fresh(house, ada)), ['a', 'b', 'c']);
});

test('another person’s ids, device, mutations and cursor reach nothing of one’s own', async t => {
	const {house, ada, phone} = await aPerson(t);
	const bob = await house.person();
	const mutation = aMutation({record_id: 'a', data: {title: 'Ada’s'}});
	await phone.send([mutation]);
	const {epoch} = (await phone.pull()).data;
	const other = aDevice(house, bob, 'phone');
	t.like((await other.send([{...mutation, op: 'delete', data: undefined}])).data, {results: [{status: 'accepted'}]});
	t.is((await other.pull(1, {epoch})).status, 409);
	t.deepEqual((await other.pull(0)).data.changes, []);
	t.deepEqual((await house.get('/api/v1/sync/checksum?collections=notes', bob)).data.collections.notes.count, 0);
	t.is((await other.set('a', {title: 'Bob’s'})).status, 'accepted');
	t.deepEqual(await fresh(house, ada), {a: {title: 'Ada’s'}});
});

test('after a backup was restored every cursor of before is refused, and what was not sent arrives', async t => {
	const {house, ada, phone} = await aPerson(t);
	await phone.push({record_id: 'a', data: {}}, {record_id: 'b', data: {}}, {record_id: 'c', data: {}});
	const {epoch} = (await phone.pull()).data;
	// The state of two changes ago, under a new epoch, as a restore leaves it.
	await house.house.ports.database.as(ada.id, async tx => {
		await tx.run('delete from records.records where version > 1');
		await tx.run('delete from records.changes where version > 1');
		await tx.run('update records.heads set version = 1, epoch = gen_random_uuid()');
	});
	t.is((await phone.pull(3, {epoch})).status, 409);
	t.is((await phone.pull(1, {epoch})).status, 409);
	t.is((await phone.pull(3)).status, 409);
	t.is((await phone.send([aMutation({record_id: 'd', data: {}})], {epoch})).status, 409);
	const now = (await phone.pull(0)).data;
	t.not(now.epoch, epoch);
	t.is((await phone.send([aMutation({record_id: 'd', data: {}})], {epoch: now.epoch})).status, 200);
	t.deepEqual(Object.keys(await fresh(house, ada)), ['a', 'd']);
});

test('two devices of one name: a mutation of the second under a known id is refused and not swallowed', async t => {
	const {house, ada} = await aPerson(t);
	const [one, other] = [aDevice(house, ada, 'copied'), aDevice(house, ada, 'copied')];
	await one.send([aMutation({id: 'm1', record_id: 'a', data: {title: 'one'}})]);
	const {data} = await other.send([aMutation({id: 'm1', record_id: 'b', data: {title: 'two'}})]);
	t.like(data, {rejected: [{id: 'm1', code: 'MUTATION_REUSED'}]});
});
