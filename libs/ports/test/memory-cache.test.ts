import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import test from 'ava';
import {cacheContract} from '../contract/cache.js';
import {openMemoryCache} from '../drivers/memory-cache.js';

cacheContract(test, {
	name: 'memory cache',
	async make(t) {
		const cache = openMemoryCache();
		t.teardown(() => cache.close());
		return cache;
	},
});

test('the memory cache keeps to its number of entries and forgets the oldest used', async t => {
	const cache = openMemoryCache({most_entries: 3});
	for (const key of ['a', 'b', 'c']) await cache.set(key, key, 60_000);
	await cache.get('a');
	await cache.set('d', 'd', 60_000);
	t.deepEqual(await Promise.all(['a', 'b', 'c', 'd'].map(key => cache.get(key))), ['a', null, 'c', 'd']);
});

test('the memory cache keeps to its bytes, and does not empty itself for one value that is too large', async t => {
	const cache = openMemoryCache({most_bytes: 10_000});
	await cache.set('small', 'x', 60_000);
	await cache.set('large', 'x'.repeat(20_000), 60_000);
	t.is(await cache.get('large'), null);
	t.is(await cache.get('small'), 'x');
	for (let n = 0; n < 100; n++) await cache.set(`k${n}`, 'x'.repeat(400), 60_000);
	const kept = await Promise.all(Array.from({length: 100}, (_, n) => cache.get(`k${n}`)));
	t.true(kept.filter(value => value !== null).length <= 12);
	t.not(kept.at(-1), null);
});

test.serial('a million addresses leave no more counters than are kept, and the latest still count', async t => {
	setFlagsFromString('--expose-gc');
	const collectGarbage = runInNewContext('gc') as () => void;
	const cache = openMemoryCache();
	t.teardown(() => cache.close());
	const heap = () => {
		collectGarbage();
		return process.memoryUsage().heapUsed;
	};
	const before = heap();
	for (let n = 0; n < 1_000_000; n++) await cache.consume(`rate:address:${n}`, 3, 60_000);
	const grown_mb = (heap() - before) / 1e6;
	t.log(`${grown_mb.toFixed(0)} MB`);
	t.true(grown_mb < 60, `${grown_mb} MB`);
	t.like(await cache.consume('rate:address:999999', 3, 60_000), {remaining: 1});
	t.like(await cache.consume('rate:address:0', 3, 60_000), {remaining: 2}, 'the first was forgotten');
});
