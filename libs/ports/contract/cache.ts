import {setTimeout as sleep} from 'node:timers/promises';
import type {ExecutionContext, TestFn} from 'ava';
import type {Cache} from '../cache.js';
import {until} from './until.js';

export interface CacheUnderTest {
	name: string;
	/** A cache on the server, if there is one; what another has written is there. */
	make: (t: ExecutionContext) => Promise<Cache>;
	/** Only of a driver with a server. */
	stopServer?: () => Promise<void>;
	startServer?: () => Promise<void>;
}

const MINUTE_MS = 60_000;
// The port promises 250; a machine may be busy, and what waits for the server waits for ever.
const LOST_ANSWER_MS = 10_000;

let keys = 0;
/** A key that no other test uses. */
const aKey = () => `test:${process.pid}:${Date.now()}:${keys++}`;

/** What every driver of the cache port must do. */
export function cacheContract(test: TestFn, {name, make, stopServer, startServer}: CacheUnderTest): void {
	const it = (title: string, body: (t: ExecutionContext, cache: Cache) => Promise<void>) =>
		test(`${name}: ${title}`, async t => body(t, await make(t)));

	it('a value comes back as its JSON, whatever was done to it since', async (t, cache) => {
		const key = aKey();
		const value = {list: [1, 'zwei', null], at: new Date(0), gone: undefined};
		await cache.set(key, value, MINUTE_MS);
		value.list.push(4);
		const first = await cache.get<{list: unknown[]}>(key);
		t.deepEqual(first, {list: [1, 'zwei', null], at: '1970-01-01T00:00:00.000Z'} as never);
		first?.list.push(5);
		t.is((await cache.get<{list: unknown[]}>(key))?.list.length, 3);
		for (const falsy of [0, false, '', null]) {
			await cache.set(key, falsy, MINUTE_MS);
			t.is(await cache.get(key), falsy);
		}
	});

	it('what was never set is null', async (t, cache) => {
		t.is(await cache.get(aKey()), null);
		t.is(await cache.take(aKey()), null);
	});

	it('a value is gone after its time, which a later `set` begins anew', async (t, cache) => {
		const [short, long] = [aKey(), aKey()];
		await cache.set(short, 1, 40);
		await cache.set(long, 1, 40);
		await cache.set(long, 2, MINUTE_MS);
		await until('the value expired', async () => (await cache.get(short)) === null);
		t.is(await cache.get(long), 2);
	});

	it('a time that is no whole number of milliseconds is refused', async (t, cache) => {
		for (const ttl_ms of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
			await t.throwsAsync(cache.set(aKey(), 1, ttl_ms), {instanceOf: RangeError});
			await t.throwsAsync(cache.add(aKey(), 1, ttl_ms), {instanceOf: RangeError});
		}
	});

	it('of many who add, one does, and its value stays', async (t, cache) => {
		const key = aKey();
		const added = await Promise.all(Array.from({length: 20}, (_, n) => cache.add(key, n, MINUTE_MS)));
		t.is(added.filter(Boolean).length, 1);
		t.is(await cache.get(key), added.indexOf(true));
		await cache.delete(key);
		t.true(await cache.add(key, 'again', MINUTE_MS));
	});

	it('of many who take, one gets it', async (t, cache) => {
		const key = aKey();
		await cache.set(key, 'once', MINUTE_MS);
		const taken = await Promise.all(Array.from({length: 20}, () => cache.take(key)));
		t.deepEqual(
			taken.filter(value => value !== null),
			['once'],
		);
		t.is(await cache.get(key), null);
	});

	it('several keys are deleted at once, and what is not there may be deleted', async (t, cache) => {
		const given = [aKey(), aKey(), aKey()];
		const [one = '', two = '', none = ''] = given;
		await cache.set(one, 1, MINUTE_MS);
		await cache.set(two, 2, MINUTE_MS);
		await cache.delete(one, two, none);
		await cache.delete();
		t.deepEqual(await Promise.all(given.map(key => cache.get(key))), [null, null, null]);
	});

	it('a limit lets exactly its number through in a window, for each key of its own', async (t, cache) => {
		const [key, other] = [aKey(), aKey()];
		const answers = await Promise.all(Array.from({length: 8}, () => cache.consume(key, 5, MINUTE_MS)));
		t.is(answers.filter(({allowed}) => allowed).length, 5);
		t.deepEqual(answers.map(({remaining}) => remaining).sort(), [0, 0, 0, 0, 1, 2, 3, 4]);
		for (const {limit, reset_ms} of answers) {
			t.is(limit, 5);
			t.true(reset_ms > MINUTE_MS - 5_000 && reset_ms <= MINUTE_MS);
		}
		t.like(await cache.consume(other, 5, MINUTE_MS), {allowed: true, remaining: 4});
		t.like(await cache.consume(key, 6, MINUTE_MS), {allowed: true, remaining: 5}, 'another limit is another counter');
	});

	it('a limit lets through again when its window has ended', async (t, cache) => {
		const key = aKey();
		t.true((await cache.consume(key, 1, 1_000)).allowed);
		const refused = await cache.consume(key, 1, 1_000);
		t.false(refused.allowed);
		t.true(refused.reset_ms <= 1_000);
		await sleep(refused.reset_ms + 20);
		t.true((await cache.consume(key, 1, 1_000)).allowed);
	});

	it('a lock lets one work at a time, whatever the work does', async (t, cache) => {
		const key = aKey();
		let inside = 0;
		let most = 0;
		const results = await Promise.allSettled(
			Array.from({length: 6}, (_, n) =>
				cache.lock(key, {ttl_ms: MINUTE_MS, wait_ms: MINUTE_MS}, async () => {
					most = Math.max(most, ++inside);
					await sleep(5);
					inside--;
					if (n % 2) throw new Error(`work ${n}`);
					return n;
				}),
			),
		);
		t.is(most, 1);
		t.deepEqual(
			results.map(result => (result.status === 'fulfilled' ? result.value : (result.reason as Error).message)),
			[0, 'work 1', 2, 'work 3', 4, 'work 5'],
		);
	});

	it('locks of different keys do not wait for each other', async (t, cache) => {
		const options = {ttl_ms: MINUTE_MS, wait_ms: MINUTE_MS};
		const inner = await cache.lock(aKey(), options, () => cache.lock(aKey(), options, async () => 'inner'));
		t.is(inner, 'inner');
	});

	it('work runs without the lock when it does not come free in time, and after the holder’s time is up', async (t, cache) => {
		for (const [ttl_ms, wait_ms] of [
			[MINUTE_MS, 50],
			[50, MINUTE_MS],
		] as const) {
			const key = aKey();
			let letGo = () => {};
			const holding = new Promise<void>(resolve => {
				letGo = resolve;
			});
			let held = () => {};
			const taken = new Promise<void>(resolve => {
				held = resolve;
			});
			const holder = cache.lock(key, {ttl_ms, wait_ms: 0}, async () => {
				held();
				await holding;
			});
			await taken;
			t.is(await cache.lock(key, {ttl_ms: MINUTE_MS, wait_ms}, async () => 'ran'), 'ran');
			letGo();
			await holder;
		}
	});

	it('a lock let go late does not free the one who has it now', async (t, cache) => {
		const key = aKey();
		const steps: string[] = [];
		let letGo = () => {};
		const late = cache.lock(
			key,
			{ttl_ms: 20, wait_ms: 0},
			() =>
				new Promise<void>(resolve => {
					letGo = resolve;
				}),
		);
		await sleep(40);
		const second = cache.lock(key, {ttl_ms: MINUTE_MS, wait_ms: 0}, async () => {
			letGo();
			await late;
			await sleep(30);
			steps.push('second');
		});
		await sleep(5);
		await cache.lock(key, {ttl_ms: MINUTE_MS, wait_ms: MINUTE_MS}, async () => void steps.push('third'));
		await second;
		t.deepEqual(steps, ['second', 'third']);
	});

	it('it says that it is well', async (t, cache) => {
		await t.notThrowsAsync(cache.check());
	});

	if (stopServer && startServer) {
		test.serial(
			`${name}: a lost server costs no request: reads are null, writes ignored, limits counted here`,
			async t => {
				const cache = await make(t);
				await cache.set(aKey(), 1, MINUTE_MS);
				await stopServer();
				const inTime = async <T>(what: string, answer: Promise<T>): Promise<T> => {
					const asked_at = Date.now();
					const value = await answer;
					t.true(Date.now() - asked_at < LOST_ANSWER_MS, what);
					return value;
				};
				const key = aKey();
				t.is(await inTime('get', cache.get(key)), null);
				t.is(await inTime('take', cache.take(key)), null);
				await inTime('set', cache.set(key, 1, MINUTE_MS));
				await inTime('delete', cache.delete(key));
				t.like(await inTime('consume', cache.consume(key, 1, MINUTE_MS)), {allowed: true});
				let allowed = 0;
				for (let n = 0; n < 20; n++) {
					if ((await inTime('consume', cache.consume(key, 10, MINUTE_MS))).allowed) allowed++;
				}
				t.true(allowed > 0 && allowed <= 10, `${allowed}`);
				t.is(
					await inTime(
						'lock',
						cache.lock(key, {ttl_ms: 1000, wait_ms: 0}, async () => 'ran'),
					),
					'ran',
				);
				await t.throwsAsync(cache.check());
				await startServer();
				await until('the cache is well again', () =>
					cache.check().then(
						() => true,
						() => false,
					),
				);
				await cache.set(key, 'back', MINUTE_MS);
				t.is(await cache.get(key), 'back');
			},
		);
	}
}
