import {randomUUID} from 'node:crypto';
import {gzipSync} from 'node:zlib';
import test from 'ava';
import {startHouse} from './start-house.js';

// A house that may use so much memory and no more, as on a small NAS: it would end if it held all of what follows at once.
const HEAP_MB = 128;

test('10,000 mutations of 16 MiB in one push, pages of 10,000 and a snapshot of 30,000 records pass through a small process', async t => {
	t.timeout(110_000);
	const house = await startHouse(t, {heap_mb: HEAP_MB});
	const token = await house.account('ada@example.org');
	const ask = async (method: string, path: string, body?: object, gzip = false) => {
		const text = body === undefined ? undefined : JSON.stringify(body);
		const answer = await fetch(`${house.url}/api/v1${path}`, {
			method,
			headers: {
				authorization: `Bearer ${token}`,
				...(text === undefined ? {} : {'content-type': 'application/json'}),
				...(gzip ? {'content-encoding': 'gzip'} : {}),
			},
			...(text === undefined ? {} : {body: gzip ? gzipSync(text) : text}),
		});
		// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
		return {status: answer.status, json: (await answer.json()) as any};
	};
	const record = (n: number) => ({title: `Record ${n}`, text: 'ž'.repeat(600), count: n});
	for (let round = 0; round < 3; round += 1) {
		const mutations = Array.from({length: 10_000}, (_, n) => ({
			id: randomUUID(),
			collection: 'notes',
			record_id: `r${round * 10_000 + n}`,
			op: 'upsert',
			data: record(n),
			client_timestamp: new Date().toISOString(),
		}));
		const {status, json} = await ask('POST', '/sync/push', {device_id: 'phone', mutations}, round % 2 === 1);
		t.is(status, 200, JSON.stringify(json).slice(0, 300));
		t.is(json.data.accepted.length, 10_000);
	}
	let since = 0;
	let pulled = 0;
	for (let more = true; more; ) {
		const {json} = await ask('POST', '/sync/pull', {since, limit: 10_000});
		pulled += json.data.changes.length;
		since = json.data.next_since;
		more = json.data.has_more;
	}
	t.is(pulled, 30_000);
	const {json} = await ask('GET', '/export');
	t.is(json.data.collections.notes.length, 30_000);
	const imported = await ask('POST', '/import', {mode: 'replace', snapshot: json.data}, true);
	t.deepEqual(imported.json, {data: {created: 0, updated: 0, deleted: 0, unchanged: 30_000}});
	t.true(house.isRunning());
});
