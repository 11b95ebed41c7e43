import {setTimeout as sleep} from 'node:timers/promises';
import type {ExecutionContext, TestFn} from 'ava';
import {type Bus, type Consumer, LARGEST_PAYLOAD_BYTES, type Message, NoResponder} from '../bus.js';
import {until} from './until.js';

export interface BusUnderTest {
	name: string;
	/** A messaging system of its own, in which processes may come and go. */
	make: (t: ExecutionContext) => Promise<{
		/** One process's bus. Without `several`, the one before has been closed. */
		open: () => Promise<Bus>;
	}>;
	/** True where several processes work at the same time. */
	several: boolean;
	/** Of whatever keeps the messages. */
	stopServer?: () => Promise<void>;
	startServer?: () => Promise<void>;
}

const soon = {timeout_ms: 20_000};

/** A consumer that collects. `handle` may fail a message. */
function collector(group: string, options: Partial<Consumer> = {}) {
	const got: Message[] = [];
	const consumer: Consumer = {
		group,
		backoff_ms: () => 20,
		...options,
		handle: async message => {
			got.push(message);
			await options.handle?.(message);
		},
	};
	return {got, consumer, payloads: () => got.map(({payload}) => payload)};
}

function aGate() {
	let open = () => {};
	const passed = new Promise<void>(resolve => {
		open = resolve;
	});
	return {open, passed};
}

/** What every driver of the bus port must do. */
export function busContract(test: TestFn, {name, make, several, stopServer, startServer}: BusUnderTest): void {
	const it = (title: string, body: (t: ExecutionContext, bus: Bus, open: () => Promise<Bus>) => Promise<void>) =>
		test(`${name}: ${title}`, async t => {
			const {open} = await make(t);
			const bus = await open();
			t.teardown(() => bus.close());
			await body(t, bus, open);
		});

	it('a request gets its answer, both as JSON', async (t, bus) => {
		await bus.answer('food.get', async payload => ({asked: payload, at: new Date(0), gone: undefined}));
		t.deepEqual(await bus.request('food.get', {id: 1, gone: undefined}, soon), {
			asked: {id: 1},
			at: '1970-01-01T00:00:00.000Z',
		});
		await bus.answer('food.nothing', async () => undefined);
		t.is(await bus.request('food.nothing', undefined, soon), null);
	});

	it('many requests at once each get their own answer', async (t, bus) => {
		await bus.answer('echo.slow', async payload => {
			await sleep(Math.random() * 10);
			return payload;
		});
		const answers = await Promise.all(Array.from({length: 100}, (_, n) => bus.request('echo.slow', n, soon)));
		t.deepEqual(
			answers,
			Array.from({length: 100}, (_, n) => n),
		);
	});

	it('a request that nobody answers fails at once and names what was asked for', async (t, bus) => {
		const asked_at = Date.now();
		await t.throwsAsync(bus.request('nobody.home', {}, soon), {instanceOf: NoResponder, message: /nobody\.home/});
		t.true(Date.now() - asked_at < soon.timeout_ms / 2);
	});

	it('a request that is not answered in time fails, and the late answer harms nobody', async (t, bus) => {
		const gate = aGate();
		await bus.answer('food.slow', async payload => {
			if (payload === 'slow') await gate.passed;
			return payload;
		});
		await t.throwsAsync(bus.request('food.slow', 'slow', {timeout_ms: 50}), {instanceOf: NoResponder});
		const next = bus.request('food.slow', 'next', soon);
		gate.open();
		t.is(await next, 'next');
	});

	it('a request whose answer fails, fails too, at once, and not as if nobody were there', async (t, bus) => {
		await bus.answer('food.bad', async () => {
			throw new Error('a bug');
		});
		const asked_at = Date.now();
		const error = await t.throwsAsync(bus.request('food.bad', {}, soon));
		t.false(error instanceof NoResponder);
		t.true(Date.now() - asked_at < soon.timeout_ms / 2);
	});

	it('of several that answer, one is asked', async (t, bus) => {
		let asked = 0;
		for (let n = 0; n < 3; n++) {
			await bus.answer('food.count', async () => {
				asked++;
				return n;
			});
		}
		await Promise.all(Array.from({length: 12}, () => bus.request('food.count', {}, soon)));
		t.is(asked, 12);
	});

	it('a message reaches each group once, with its id, and no other subject', async (t, bus) => {
		const [food, vision, other] = [collector('food'), collector('vision'), collector('food')];
		await bus.subscribe('label.read', food.consumer);
		await bus.subscribe('label.read', vision.consumer);
		await bus.subscribe('label.lost', other.consumer);
		await bus.publish('label.read', {n: 1, at: new Date(0)}, {id: 'one'});
		for (const {got} of [food, vision]) {
			await until('the message came', () => got.length === 1);
			t.like(got[0], {id: 'one', subject: 'label.read', attempt: 1});
			t.deepEqual(got[0]?.payload, {n: 1, at: '1970-01-01T00:00:00.000Z'});
		}
		await bus.publish('label.read', 'last', {id: 'two'});
		await until('the next came', () => food.got.length > 1 && vision.got.length > 1);
		t.deepEqual([food.got.length, vision.got.length, other.got.length], [2, 2, 0]);
	});

	it('a message that nobody ever listened to is published all the same', async (t, bus) => {
		await t.notThrowsAsync(bus.publish('nobody.listens', {}, {id: 'one'}));
	});

	it('messages of one subject come in the order they were published', async (t, bus) => {
		const {got, consumer, payloads} = collector('food');
		await bus.subscribe('count.up', consumer);
		for (let n = 0; n < 200; n++) await bus.publish('count.up', n, {id: `m${n}`});
		await until('all came', () => got.length === 200);
		t.deepEqual(
			payloads(),
			Array.from({length: 200}, (_, n) => n),
		);
	});

	it('a message published twice is delivered once, also when the first was handled long ago', async (t, bus) => {
		const {got, consumer} = collector('food');
		await bus.subscribe('label.read', consumer);
		await Promise.all([1, 2, 3].map(() => bus.publish('label.read', 'a', {id: 'same'})));
		await until('it came', () => got.length === 1);
		await sleep(50);
		await bus.publish('label.read', 'a', {id: 'same'});
		await bus.publish('label.read', 'b', {id: 'other'});
		await until('the other came', () => got.at(-1)?.payload === 'b');
		t.is(got.length, 2);
	});

	it('a message that fails comes again after its wait, counted, and does not hold up the others', async (t, bus) => {
		const times: number[] = [];
		const waits: number[] = [];
		const {got, consumer, payloads} = collector('food', {
			backoff_ms(attempt) {
				waits.push(attempt);
				return 60 * attempt;
			},
			async handle({payload, attempt}) {
				if (payload !== 'bad') return;
				times.push(Date.now());
				if (attempt < 3) throw new Error('not yet');
			},
		});
		await bus.subscribe('label.read', consumer);
		await bus.publish('label.read', 'bad', {id: 'bad'});
		await bus.publish('label.read', 'good', {id: 'good'});
		await until('it was handled', () => times.length === 3);
		t.deepEqual(payloads(), ['bad', 'good', 'bad', 'bad']);
		t.deepEqual(
			got.filter(({id}) => id === 'bad').map(({attempt}) => attempt),
			[1, 2, 3],
		);
		t.deepEqual(waits, [1, 2]);
		const [first = 0, second = 0, third = 0] = times;
		t.true(second - first >= 55 && third - second >= 110, `${times}`);
		await bus.publish('label.read', 'last', {id: 'last'});
		await until('the last came', () => payloads().includes('last'));
		t.is(got.length, 5);
	});

	it('deliveries at the same time stay within the number asked for, one unless told', async (t, bus) => {
		for (const concurrency of [undefined, 3]) {
			const expected = concurrency ?? 1;
			const full = aGate();
			let inside = 0;
			let most = 0;
			let done = 0;
			await bus.subscribe('work.many', {
				group: `group${expected}`,
				...(concurrency === undefined ? {} : {concurrency}),
				backoff_ms: () => 10,
				async handle() {
					most = Math.max(most, ++inside);
					if (inside === expected) full.open();
					await full.passed;
					await sleep(5);
					inside--;
					done++;
				},
			});
			for (let n = 0; n < 12; n++) await bus.publish('work.many', n, {id: `${expected}-${n}`});
			await until('all were handled', () => done === 12);
			t.is(most, expected);
		}
	});

	it('a group that is away finds its messages when it is back, in order', async (t, bus, open) => {
		const first = collector('food');
		await bus.subscribe('label.read', first.consumer);
		await bus.publish('label.read', 0, {id: 'm0'});
		await until('it came', () => first.got.length === 1);
		await bus.drain(1_000);
		await bus.close();

		const between = await open();
		for (let n = 1; n <= 20; n++) await between.publish('label.read', n, {id: `m${n}`});
		await between.close();

		const back = await open();
		t.teardown(() => back.close());
		const second = collector('food');
		await back.subscribe('label.read', second.consumer);
		await until('all came', () => second.got.length === 20);
		t.deepEqual(
			second.payloads(),
			Array.from({length: 20}, (_, n) => n + 1),
		);
		t.is(first.got.length, 1);
	});

	it('draining waits for what is in work and takes nothing more', async (t, bus) => {
		const gate = aGate();
		const {got, consumer} = collector('food', {handle: () => gate.passed});
		await bus.subscribe('work.slow', consumer);
		await bus.publish('work.slow', 1, {id: 'one'});
		await bus.publish('work.slow', 2, {id: 'two'});
		await until('the first is in work', () => got.length === 1);
		let drained = false;
		const draining = bus.drain(10_000).then(() => {
			drained = true;
		});
		await sleep(50);
		t.false(drained);
		gate.open();
		await draining;
		t.is(got.length, 1);
	});

	it('what draining cuts off is delivered again, counted', async (t, bus, open) => {
		const never = collector('food', {handle: () => new Promise(() => {})});
		await bus.subscribe('work.slow', never.consumer);
		await bus.publish('work.slow', 'a', {id: 'one'});
		await until('it is in work', () => never.got.length === 1);
		const began_at = Date.now();
		await bus.drain(100);
		t.true(Date.now() - began_at < 30_000);
		await bus.close();

		const back = await open();
		t.teardown(() => back.close());
		const {got, consumer} = collector('food');
		await back.subscribe('work.slow', consumer);
		await until('it came again', () => got.length === 1, 60_000);
		t.like(got[0], {id: 'one', payload: 'a', attempt: 2});
	});

	it('a broadcast reaches every listener, this process’s too, and one that fails does not keep it from the others', async (t, bus) => {
		const heard: unknown[] = [];
		await bus.listen('auth.revoked', () => {
			throw new Error('of this listener alone');
		});
		await bus.listen('auth.revoked', payload => heard.push(payload));
		await bus.listen('auth.revoked', payload => heard.push(payload));
		await bus.listen('auth.other', payload => heard.push(payload));
		await bus.broadcast('auth.revoked', {at: new Date(0)});
		await until('all heard', () => heard.length === 2);
		t.deepEqual(heard, [{at: '1970-01-01T00:00:00.000Z'}, {at: '1970-01-01T00:00:00.000Z'}]);
	});

	it('a payload above the limit is refused by every way of sending', async (t, bus) => {
		const large = 'x'.repeat(LARGEST_PAYLOAD_BYTES);
		await bus.answer('echo.size', async payload => (payload as string).length);
		await t.throwsAsync(bus.publish('a.b', large, {id: 'large'}), {instanceOf: RangeError});
		await t.throwsAsync(bus.request('echo.size', large, soon), {instanceOf: RangeError});
		await t.throwsAsync(bus.broadcast('a.b', large), {instanceOf: RangeError});
		t.is(await bus.request('echo.size', large.slice(2), soon), LARGEST_PAYLOAD_BYTES - 2);
	});

	it('it says that it is well', async (t, bus) => {
		await t.notThrowsAsync(bus.check());
	});

	if (several) {
		it('of the processes of one group, one gets each message', async (t, bus, open) => {
			const another = await open();
			t.teardown(() => another.close());
			const collectors = [collector('food'), collector('food')];
			await bus.subscribe('label.read', (collectors[0] as (typeof collectors)[0]).consumer);
			await another.subscribe('label.read', (collectors[1] as (typeof collectors)[0]).consumer);
			for (let n = 0; n < 50; n++) await bus.publish('label.read', n, {id: `m${n}`});
			const all = () => collectors.flatMap(({payloads}) => payloads() as number[]);
			await until('all came', () => all().length >= 50);
			t.deepEqual(
				all().sort((a, b) => a - b),
				Array.from({length: 50}, (_, n) => n),
			);
		});

		it('a broadcast and a request reach another process', async (t, bus, open) => {
			const another = await open();
			t.teardown(() => another.close());
			const heard: unknown[] = [];
			await another.listen('auth.revoked', payload => heard.push(payload));
			await another.answer('food.get', async () => 'there');
			await until('the request arrives', () =>
				bus.request('food.get', {}, soon).then(
					() => true,
					() => false,
				),
			);
			await until('the broadcast arrives', async () => {
				await bus.broadcast('auth.revoked', 1);
				return heard.length > 0;
			});
			t.is(heard[0], 1);
		});
	}

	if (stopServer && startServer) {
		test.serial(`${name}: what was published before its server went away is delivered when it is back`, async t => {
			const {open} = await make(t);
			const bus = await open();
			t.teardown(() => bus.close());
			const {got, consumer} = collector('food', {
				async handle({payload, attempt}) {
					if (payload === 'before' && attempt === 1) throw new Error('not yet');
				},
				backoff_ms: () => 500,
			});
			await bus.subscribe('label.read', consumer);
			await bus.publish('label.read', 'before', {id: 'before'});
			await until('it failed once', () => got.length === 1);
			await stopServer();
			await startServer();
			await until(
				'it came again',
				() => got.some(({payload, attempt}) => payload === 'before' && attempt >= 2),
				60_000,
			);
			await until('publishing works again', () =>
				bus.publish('label.read', 'after', {id: 'after'}).then(
					() => true,
					() => false,
				),
			);
			await until('the next came', () => got.some(({payload}) => payload === 'after'), 60_000);
			await t.notThrowsAsync(bus.check());
		});
	}
}
