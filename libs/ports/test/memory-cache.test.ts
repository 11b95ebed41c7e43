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
