import {randomBytes} from 'node:crypto';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {findServer} from '@hearth/servers/find.js';
import {freePort} from '@hearth/servers/free-port.js';
import {startServer} from '@hearth/servers/server-process.js';
import {startNats} from '@hearth/servers/start.js';
import test, {type ExecutionContext} from 'ava';
import {connect, type NatsConnection} from 'nats';
import {type Bus, NoResponder} from '../bus.js';
import {busContract} from '../contract/bus.js';
import {leftOut} from '../contract/left-out.js';
import {until} from '../contract/until.js';
import {openNatsBus} from '../drivers/nats-bus.js';
import {StartupError} from '../startup-error.js';
import {aCertificate} from './a-certificate.js';
import {standsStill} from './stands-still.js';

const log = {info() {}, warn() {}, error() {}};
const soon = {timeout_ms: 5_000};

if (findServer('nats-server') === null) leftOut(test, 'the NATS driver', 'there is no nats-server');
else {
	const server = await startNats();
	test.after.always(() => server.remove());
	const aHouse = () => `t${randomBytes(6).toString('hex')}`;
	const opener = (t: ExecutionContext, {url = server.url, house = aHouse()} = {}) => ({
		house,
		async open() {
			const bus = await openNatsBus({url: `${url}/${house}`, log, patience_ms: 20_000});
			t.teardown(() => bus.close());
			return bus;
		},
	});
	/** A connection that does what no driver would, such as deleting a stream. */
	const asOther = async (t: ExecutionContext, url: string | string[] = server.url): Promise<NatsConnection> => {
		const nc = await connect({servers: url});
		t.teardown(() => nc.close());
		return nc;
	};
	/** What is handled by a group, in the order it came. */
	const listenTo = async (bus: Bus, subject: string, group = 'food') => {
		const got: unknown[] = [];
		await bus.subscribe(subject, {group, backoff_ms: () => 20, handle: async ({payload}) => void got.push(payload)});
		return got;
	};
	const works = (promise: Promise<unknown>) =>
		promise.then(
			() => true,
			() => false,
		);

	busContract(test, {
		name: 'NATS',
		several: true,
		make: async t => opener(t),
		stopServer: server.stop,
		startServer: server.start,
	});

	test('a stream deleted in the middle is made anew, every process is told to announce what it knows, and all is delivered', async t => {
		const {open, house} = opener(t);
		const [one, two] = [await open(), await open()];
		const got = [await listenTo(one, 'jobs.read'), await listenTo(two, 'jobs.read')];
		const listened = await listenTo(two, 'food.approved', 'sync');
		const told = new Set<string>();
		// As the host does: what is known to be undone is announced again, under an id of its own.
		one.onReconnect(() => {
			told.add('one');
			one.publish('jobs.read', 'again', {id: randomBytes(8).toString('hex')}).catch(() => {});
		});
		two.onReconnect(() => told.add('two'));
		await one.publish('jobs.read', 'first', {id: 'first'});
		await until('it came', () => got.flat().includes('first'));
		const other = await asOther(t);
		await (await other.jetstreamManager()).streams.delete(house);
		await until('both were told', () => told.size === 2);
		await until('what was announced again came', () => got.flat().includes('again'));
		await until('publishing works', () => works(one.publish('food.approved', 'of another process', {id: 'x'})));
		await until('a group of another process gets it', () => listened.length === 1);
		await t.notThrowsAsync(one.check());
	});

	test('publishing into a deleted stream fails, so that the row stays, and works a moment later', async t => {
		const {open, house} = opener(t);
		const publisher = await open();
		let told = 0;
		publisher.onReconnect(() => told++);
		const other = await asOther(t);
		await (await other.jetstreamManager()).streams.delete(house);
		await t.throwsAsync(publisher.publish('a.b', 1, {id: 'one'}), {message: /a\.b cannot be published now/});
		await until('publishing works', () => works(publisher.publish('a.b', 1, {id: 'one'})));
		t.is(told, 1);
	});

	test('a consumer deleted in the middle is made anew and gets what is still there', async t => {
		const {open, house} = opener(t);
		const bus = await open();
		const got = await listenTo(bus, 'label.read');
		const other = await asOther(t);
		const jsm = await other.jetstreamManager();
		await jsm.consumers.delete(house, 'food-label-read');
		await until('it came', async () => {
			await bus.publish('label.read', 'x', {id: `x${Math.random()}`}).catch(() => {});
			return got.length > 0;
		});
		t.is(got[0], 'x');
	});

	test.serial(
		'a killed server loses no message, fails publishing at once, and answers and broadcasts go on when it is back',
		async t => {
			const own = await startNats();
			t.teardown(() => own.remove());
			const {open} = opener(t, {url: own.url});
			const [bus, another] = [await open(), await open()];
			const got = await listenTo(another, 'count.up');
			const heard: unknown[] = [];
			await another.listen('auth.revoked', payload => heard.push(payload));
			await another.answer('food.get', async () => 'there');
			let told = 0;
			bus.onReconnect(() => told++);
			const kept: number[] = [];
			for (let n = 0; n < 100; n++) {
				await bus.publish('count.up', n, {id: `${n}`});
				kept.push(n);
			}
			await own.kill();
			await until('it is noticed', () => works(bus.check()).then(well => !well));
			const asked_at = Date.now();
			await t.throwsAsync(bus.publish('count.up', 'lost', {id: 'lost'}));
			t.true(Date.now() - asked_at < 10_000, 'publishing does not wait');
			await t.throwsAsync(bus.request('food.get', {}, {timeout_ms: 300}), {instanceOf: NoResponder, message: /away/});
			await t.notThrowsAsync(bus.broadcast('auth.revoked', 'lost'));
			await own.start();
			const back_at = Date.now();
			await until('calls are answered', () => works(bus.request('food.get', {}, soon)));
			await until('publishing works', () => works(bus.publish('count.up', 'after', {id: 'after'})));
			t.log(`calls and publishing work ${Date.now() - back_at} ms after the return`);
			await until('broadcasts arrive', async () => {
				await bus.broadcast('auth.revoked', 1);
				return heard.length > 0;
			});
			await until('all came', () => got.includes('after') && kept.every(n => got.includes(n)), 60_000);
			await until('it was told', () => told === 1);
		},
	);

	test.serial('a server that comes back with an empty disk is given its stream and consumers again', async t => {
		let store = 0;
		const own = await startServer(
			(port, folder) => ({
				program: 'nats-server',
				get args() {
					return ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', `${folder}/${store}`];
				},
				ready: printed => printed.includes('Server is ready'),
			}),
			port => `nats://127.0.0.1:${port}`,
		);
		t.teardown(() => own.remove());
		const bus = await opener(t, {url: own.url}).open();
		const got = await listenTo(bus, 'label.read');
		let told = 0;
		bus.onReconnect(() => told++);
		await own.stop();
		store++;
		await own.start();
		await until('it was told', () => told > 0);
		await bus.publish('label.read', 'new', {id: 'new'});
		await until('it came', () => got.length === 1);
		t.is(told, 1);
	});

	test('a message in work when its process is closed is another’s at once', async t => {
		const {open} = opener(t);
		const [dying, other] = [await open(), await open()];
		let inWork = false;
		await dying.subscribe('work.slow', {
			group: 'vision',
			backoff_ms: () => 20,
			handle: () => {
				inWork = true;
				return new Promise(() => {});
			},
		});
		await other.publish('work.slow', 'a', {id: 'a'});
		await until('it is in work', () => inWork);
		await dying.drain(10);
		await dying.close();
		const got = await listenTo(other, 'work.slow', 'vision');
		const closed_at = Date.now();
		await until('the other got it', () => got.length === 1);
		t.true(Date.now() - closed_at < 25_000);
	});

	test('idle slots do not keep messages from a process that has time', async t => {
		const {open} = opener(t);
		const [slow, quick] = [await open(), await open()];
		let release = () => {};
		const held = new Promise<void>(resolve => {
			release = resolve;
		});
		let taken = 0;
		await slow.subscribe('work.mixed', {
			group: 'vision',
			backoff_ms: () => 20,
			handle: () => {
				taken++;
				return held;
			},
		});
		await slow.publish('work.mixed', 'first', {id: 'first'});
		await until('the slow one has it', () => taken === 1);
		const got = await listenTo(quick, 'work.mixed', 'vision');
		for (let n = 0; n < 10; n++) await slow.publish('work.mixed', n, {id: `${n}`});
		await until('the quick one did the rest', () => got.length === 10);
		release();
		t.is(taken, 1);
	});

	test('when the stream is full, publishing fails and nothing that waits is dropped', async t => {
		const {open, house} = opener(t);
		const bus = await open();
		const jsm = await (await asOther(t)).jetstreamManager();
		let release = () => {};
		const held = new Promise<void>(resolve => {
			release = resolve;
		});
		const got: unknown[] = [];
		await bus.subscribe('a.b', {
			group: 'food',
			backoff_ms: () => 20,
			handle: async ({payload}) => {
				await held;
				got.push((payload as string).length);
			},
		});
		await jsm.streams.update(house, {max_bytes: 3_000_000});
		let published = 0;
		const error = await t.throwsAsync(async () => {
			for (; published < 10; published++) await bus.publish('a.b', 'x'.repeat(900_000), {id: `${published}`});
		});
		t.regex(error?.message ?? '', /maximum bytes exceeded/);
		t.is(published, 3);
		release();
		await until('what waited came', () => got.length === 3);
		t.true(await works(bus.publish('a.b', 'y', {id: 'y'})));
	});

	test.serial(
		'a server that hangs fails publishing and the check within seconds, and goes on when it answers again',
		async t => {
			let pid = 0;
			const hanging = await startServer(
				(port, folder) => ({
					program: 'nats-server',
					args: ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', folder],
					ready(printed) {
						pid = Number(/\[(\d+)\]/.exec(printed)?.[1] ?? 0);
						return printed.includes('Server is ready');
					},
				}),
				port => `nats://127.0.0.1:${port}`,
			);
			t.teardown(() => hanging.remove());
			const bus = await opener(t, {url: hanging.url}).open();
			const got = await listenTo(bus, 'a.b');
			process.kill(pid, 'SIGSTOP');
			// A signal takes effect a moment later, thread by thread, and the server is fast.
			await until('the server stands still', () => standsStill(pid));
			const asked_at = Date.now();
			try {
				await Promise.all([
					t.throwsAsync(bus.publish('a.b', 1, {id: 'same'}), {message: /a\.b cannot be published now/}),
					t.throwsAsync(bus.check(), {message: /did not answer within/}),
					t.throwsAsync(bus.request('food.get', {}, {timeout_ms: 500}), {instanceOf: NoResponder}),
				]);
				t.true(Date.now() - asked_at < 25_000);
			} finally {
				process.kill(pid, 'SIGCONT');
			}
			await until('publishing works', () => works(bus.publish('a.b', 1, {id: 'same'})));
			await bus.publish('a.b', 2, {id: 'next'});
			await until('both came', () => got.length === 2);
			t.deepEqual(got, [1, 2], 'what was tried twice came once');
		},
	);

	test.serial('of a cluster the server that leads may be killed, and no message is lost', async t => {
		const routes = await Promise.all(Array.from({length: 3}, freePort));
		const cluster = await Promise.all(
			routes.map((route, n) =>
				startServer(
					(port, folder) => ({
						program: 'nats-server',
						args: [
							...['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', folder],
							...['--name', `n${n}`, '--cluster_name', 'hearth', '--cluster', `nats://127.0.0.1:${route}`],
							...['--routes', routes.map(other => `nats://127.0.0.1:${other}`).join(',')],
						],
						ready: printed => printed.includes('Server is ready'),
					}),
					port => `nats://127.0.0.1:${port}`,
				),
			),
		);
		t.teardown(() => Promise.all(cluster.map(one => one.remove())));
		const servers = cluster.map(({port}) => `127.0.0.1:${port}`).join(',');
		// Its servers first have to find each other and agree on who leads.
		const bus = await openNatsBus({url: `nats://${servers}/home`, log, patience_ms: 60_000});
		t.teardown(() => bus.close());
		const got = await listenTo(bus, 'count.up');
		const kept: number[] = [];
		const publishOn = async () => {
			const n = kept.length;
			await until('publishing works', () => works(bus.publish('count.up', n, {id: `${n}`})), 60_000);
			kept.push(n);
		};
		for (let n = 0; n < 20; n++) await publishOn();
		const jsm = await (
			await asOther(
				t,
				cluster.map(({url}) => url),
			)
		).jetstreamManager({timeout: 5_000});
		const leader = (await jsm.streams.info('home')).cluster?.leader;
		await cluster.find((_, n) => `n${n}` === leader)?.kill();
		for (let n = 0; n < 20; n++) await publishOn();
		await until('all came', () => kept.every(n => got.includes(n)), 60_000);
		t.not((await jsm.streams.info('home')).cluster?.leader, leader);
		t.deepEqual([new Set(got).size, kept.length], [40, 40]);
	});

	test.serial(
		'a hundred thousand messages for a group that stands still wait at the server, not in our memory',
		async t => {
			setFlagsFromString('--expose-gc');
			const collectGarbage = runInNewContext('gc') as () => void;
			const heap = () => {
				collectGarbage();
				return process.memoryUsage().heapUsed;
			};
			const {open} = opener(t);
			const [publisher, slow] = [await open(), await open()];
			let letGo = () => {};
			const held = new Promise<void>(resolve => {
				letGo = resolve;
			});
			const got: unknown[] = [];
			await slow.subscribe('count.up', {
				group: 'sync',
				concurrency: 4,
				backoff_ms: () => 20,
				handle: async ({payload}) => {
					got.push((payload as {n: number}).n);
					await held;
				},
			});
			const before = heap();
			let next = 0;
			const publishOn = async () => {
				while (next < 100_000) {
					const n = next++;
					await publisher.publish('count.up', {n, more: 'x'.repeat(200)}, {id: `${n}`});
				}
			};
			await Promise.all(Array.from({length: 200}, publishOn));
			const grown_mb = (heap() - before) / 1e6;
			t.log(`${grown_mb.toFixed(1)} MB`);
			// All of them are some 25 MB.
			t.true(grown_mb < 8, `${grown_mb} MB`);
			t.deepEqual(got.toSorted(), [0, 1, 2, 3], 'no more were handed out than are in work');
			letGo();
			await until('they come on', () => got.length >= 100);
		},
	);

	test.serial('who is asked more than it can answer says so at once', async t => {
		const {open} = opener(t);
		const [asking, busy] = [await open(), await open()];
		let letGo = () => {};
		const held = new Promise<void>(resolve => {
			letGo = resolve;
		});
		let inWork = 0;
		await busy.answer('food.get', async () => {
			inWork++;
			await held;
			return 'done';
		});
		const patient = {timeout_ms: 60_000};
		const asked = Array.from({length: 1000}, () => asking.request('food.get', {}, patient));
		await until('all are in work', () => inWork === 1000);
		await t.throwsAsync(asking.request('food.get', {}, patient), {instanceOf: NoResponder, message: /too much to do/});
		letGo();
		t.deepEqual([...new Set(await Promise.all(asked))], ['done']);
		t.is(await asking.request('food.get', {}, patient), 'done');
	});

	test('houses on one server hear nothing of each other', async t => {
		const [one, two] = [await opener(t).open(), await opener(t).open()];
		const got = await listenTo(one, 'a.b');
		await two.publish('a.b', 'not yours', {id: 'x'});
		await t.throwsAsync(two.request('food.get', {}, soon), {instanceOf: NoResponder});
		await one.publish('a.b', 'yours', {id: 'x'});
		await until('it came', () => got.length > 0);
		t.deepEqual(got, ['yours']);
	});

	test('a subject with a wildcard is refused by every call', async t => {
		const bus = await opener(t).open();
		for (const subject of ['a.*', 'a.>', '', 'a..b', 'a b', '.a']) {
			const refused = {instanceOf: RangeError};
			await t.throwsAsync(bus.publish(subject, 1, {id: 'x'}), undefined, subject);
			await t.throwsAsync(bus.request(subject, 1, soon), refused, subject);
			await t.throwsAsync(bus.broadcast(subject, 1), refused, subject);
			await t.throwsAsync(
				bus.answer(subject, async () => 1),
				refused,
				subject,
			);
			await t.throwsAsync(
				bus.listen(subject, () => {}),
				refused,
				subject,
			);
		}
	});

	test('a wrong password, a wrong URL and a server without JetStream are sentences without the password', async t => {
		const plain = await startNats({jetstream: false});
		t.teardown(() => plain.remove());
		const locked = await startServer(
			port => ({
				program: 'nats-server',
				args: ['--addr', '127.0.0.1', '--port', String(port), '--user', 'anna', '--pass', 'right'],
				ready: printed => printed.includes('Server is ready'),
			}),
			port => `nats://anna:secret@127.0.0.1:${port}`,
		);
		t.teardown(() => locked.remove());
		for (const [url, expected] of [
			[locked.url, /Authorization Violation/],
			[plain.url, /has no JetStream \(start it with --jetstream\)/],
			['nats://anna:secret@127.0.0.1:1', /CONNECTION_REFUSED/],
			['nats://anna:secret@127.0.0.1:4222/two words', /a house has/],
			['nats://anna:secret@127.0.0.1:1,127.0.0.1:x', /it cannot be read/],
			['nats://anna:secret@127.0.0.1:1,,', /it (cannot be read|names no host)/],
			['nats://', /expected nats:\/\/user:password@host:4222\/house/],
		] as const) {
			const error = await t.throwsAsync(openNatsBus({url, log, patience_ms: 300}), {instanceOf: StartupError}, url);
			t.regex(error?.message ?? '', expected, url);
			t.regex(error?.message ?? '', /BUS_URL/);
			t.notRegex(error?.message ?? '', /secret/);
		}
	});

	test('a start waits for a server that comes up a moment later', async t => {
		const late = await startNats();
		t.teardown(() => late.remove());
		await late.stop();
		const opening = opener(t, {url: late.url}).open();
		await late.start();
		await (await opening).check();
		t.pass();
	});

	test('over TLS a server is believed by the certificate that the URL names, and by no other', async t => {
		const files = aCertificate(t);
		if (files === null) return t.pass();
		const tls = await startServer(
			(port, folder) => ({
				program: 'nats-server',
				args: ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', folder].concat([
					'--tls',
					'--tlscert',
					files.cert,
					'--tlskey',
					files.key,
				]),
				ready: printed => printed.includes('Server is ready'),
			}),
			port => `tls://localhost:${port}`,
		);
		t.teardown(() => tls.remove());
		const bus = await openNatsBus({url: `${tls.url}?ca=${files.cert}`, log});
		t.teardown(() => bus.close());
		await bus.check();
		await t.throwsAsync(openNatsBus({url: tls.url, log, patience_ms: 0}), {instanceOf: StartupError});
		const error = await t.throwsAsync(openNatsBus({url: server.url.replace('nats:', 'tls:'), log, patience_ms: 0}));
		t.true(error instanceof StartupError, 'a server without TLS is refused, too');
	});
}
