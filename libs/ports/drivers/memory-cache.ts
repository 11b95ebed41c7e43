import {LRUCache} from 'lru-cache';
import type {Cache} from '../cache.js';
import {count, memoryLimiters, wholeMilliseconds} from './rate-limiters.js';

// What a household's sessions and searches take is a tenth of this; the oldest go first when it is not.
const MOST_ENTRIES = 50_000;
const MOST_BYTES = 32 * 1024 * 1024;
// Counters of a flood of made-up keys must not fill the memory either.
const MOST_COUNTERS = 50_000;

/** A cache in this process. Values are kept as JSON, so that a caller gets what a cache over a network would give. */
export function openMemoryCache({
	most_entries = MOST_ENTRIES,
	most_bytes = MOST_BYTES,
}: {
	most_entries?: number;
	most_bytes?: number;
} = {}): Cache {
	const values = new LRUCache<string, string>({
		max: most_entries,
		maxSize: most_bytes,
		sizeCalculation: (json, key) => 2 * (json.length + key.length),
	});
	const limiterFor = memoryLimiters();
	const counters = new LRUCache<string, ReturnType<typeof limiterFor>>({
		max: MOST_COUNTERS,
		dispose: (limiter, key) => void limiter.delete(key),
	});
	const locks = new Map<string, Lock>();

	const read = <T>(json: string | undefined): T | null => (json === undefined ? null : (JSON.parse(json) as T));

	return {
		get: async <T>(key: string) => read<T>(values.get(key)),
		async set(key, value, ttl_ms) {
			values.set(key, JSON.stringify(value), {ttl: wholeMilliseconds(ttl_ms)});
		},
		async add(key, value, ttl_ms) {
			if (values.has(key)) return false;
			values.set(key, JSON.stringify(value), {ttl: wholeMilliseconds(ttl_ms)});
			return true;
		},
		async take<T>(key: string) {
			const json = values.get(key);
			values.delete(key);
			return read<T>(json);
		},
		async delete(...keys) {
			for (const key of keys) values.delete(key);
		},
		async consume(key, limit, window_ms) {
			const limiter = limiterFor(limit, wholeMilliseconds(window_ms));
			const name = `${limit}/${window_ms}:${key}`;
			counters.set(name, limiter);
			return count(limiter, name, limit);
		},
		async lock(key, {ttl_ms, wait_ms}, work) {
			const lock = await takeLock(locks, key, {ttl_ms, wait_ms});
			try {
				return await work();
			} finally {
				lock.release();
				if (locks.get(key) === lock) locks.delete(key);
			}
		},
		async check() {},
		async close() {
			values.clear();
			counters.clear();
		},
	};
}

interface Lock {
	/** Epoch milliseconds after which it counts as let go. */
	expires_at: number;
	released: Promise<void>;
	release: () => void;
}

/** Waits for the lock; one that does not come free in time is taken all the same. */
async function takeLock(
	locks: Map<string, Lock>,
	key: string,
	{ttl_ms, wait_ms}: {ttl_ms: number; wait_ms: number},
): Promise<Lock> {
	const deadline = Date.now() + wait_ms;
	for (;;) {
		const holder = locks.get(key);
		const now = Date.now();
		if (!holder || holder.expires_at <= now || deadline <= now) break;
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<void>(resolve => {
			timer = setTimeout(resolve, Math.min(holder.expires_at, deadline) - now);
		});
		await Promise.race([holder.released, late]);
		clearTimeout(timer);
	}
	let release = () => {};
	const released = new Promise<void>(resolve => {
		release = resolve;
	});
	const lock = {expires_at: Date.now() + ttl_ms, released, release};
	locks.set(key, lock);
	return lock;
}
