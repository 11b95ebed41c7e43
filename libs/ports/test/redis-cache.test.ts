import {findServer} from '@hearth/servers/find.js';
import {startServer} from '@hearth/servers/server-process.js';
import {startRedis} from '@hearth/servers/start.js';
import test, {type ExecutionContext} from 'ava';
import {cacheContract} from '../contract/cache.js';
import {leftOut} from '../contract/left-out.js';
import {until} from '../contract/until.js';
import {openRedisCache} from '../drivers/redis-cache.js';
import {StartupError} from '../startup-error.js';
import {aCertificate} from './a-certificate.js';
import {standsStill} from './stands-still.js';

const MINUTE_MS = 60_000;

function aLog() {
	const lines: string[] = [];
	const add = (details: object, message: string) =>
		void lines.push(`${message} ${String((details as {err?: unknown}).err)}`);
	return {lines, log: {info: add, warn: add, error: add}};
}
const {log} = aLog();

if (findServer('redis-server') === null) leftOut(test, 'the Redis driver', 'there is no redis-server');
else {
	const server = await startRedis({password: 'not for logs'});
	test.after.always(() => server.remove());
	// A test machine may be so busy that an answer takes longer than a request may wait; those that measure the wait ask for 200.
	const open = async (t: ExecutionContext, url = server.url, answer_ms = 10_000) => {
		const cache = await openRedisCache({url, log, answer_ms});
		t.teardown(() => cache.close());
		return cache;
	};

	cacheContract(test, {name: 'Redis', make: open, stopServer: server.stop, startServer: server.start});

	test('processes share values, limits and locks', async t => {
		const [one, two] = [await open(t), await open(t)];
		await one.set('shared', 'of one', MINUTE_MS);
		t.is(await two.get('shared'), 'of one');
		t.true((await one.consume('shared', 1, MINUTE_MS)).allowed);
		t.false((await two.consume('shared', 1, MINUTE_MS)).allowed);
		let inside = 0;
		let most = 0;
		const work = async () => {
			most = Math.max(most, ++inside);
			await new Promise(resolve => setTimeout(resolve, 5));
			inside--;
		};
		const options = {ttl_ms: MINUTE_MS, wait_ms: MINUTE_MS};
		await Promise.all(Array.from({length: 10}, (_, n) => (n % 2 ? one : two).lock('shared', options, work)));
		t.is(most, 1);
	});

	test('a wrong password and a wrong URL stop the start, and the sentence holds no password', async t => {
		for (const url of [
			server.url.replace('not%20for%20logs', 'secret'),
			'redis://:secret@127.0.0.1:6379/name',
			'redis://:secret@127.0.0.1:99999',
			'rediss://:secret@127.0.0.1:6379?ca=/no/such/file',
		]) {
			const error = await t.throwsAsync(openRedisCache({url, log}), {instanceOf: StartupError}, url);
			t.regex(error?.message ?? '', /CACHE_URL/);
			t.notRegex(error?.message ?? '', /secret/);
		}
	});

	test('the house starts without the server, and uses it when it comes', async t => {
		const late = await startRedis();
		t.teardown(() => late.remove());
		await late.stop();
		const cache = await open(t, late.url);
		await cache.set('a', 1, MINUTE_MS);
		t.is(await cache.get('a'), null);
		await t.throwsAsync(cache.check());
		await late.start();
		await until('the cache is well', () =>
			cache.check().then(
				() => true,
				() => false,
			),
		);
		await cache.set('a', 2, MINUTE_MS);
		t.is(await cache.get('a'), 2);
	});

	test.serial('a server that is killed in the middle of many requests fails none of them', async t => {
		const killed = await startRedis();
		t.teardown(() => killed.remove());
		const cache = await open(t, killed.url, 200);
		let asked = 0;
		let slowest_ms = 0;
		let stopping = false;
		const client = async (n: number) => {
			while (!stopping) {
				const began_at = Date.now();
				await cache.set(`k${n}`, n, MINUTE_MS);
				const got = await cache.get(`k${n}`);
				if (got !== null) t.is(got, n);
				await cache.consume('all', 1_000_000, MINUTE_MS);
				slowest_ms = Math.max(slowest_ms, Date.now() - began_at);
				asked++;
				await new Promise(resolve => setTimeout(resolve, 1));
			}
		};
		const clients = Promise.all(Array.from({length: 20}, (_, n) => client(n)));
		await until('they are at it', () => asked > 200);
		await killed.kill();
		const before = asked;
		await until('they go on', () => asked > before + 200);
		await killed.start();
		await until('values are kept again', async () => {
			await cache.set('again', true, MINUTE_MS);
			return cache.get('again');
		});
		stopping = true;
		await clients;
		t.log(`the slowest round of three calls took ${slowest_ms.toFixed(0)} ms`);
		t.true(slowest_ms < 15_000, 'nobody waits until it is back');
	});

	test.serial(
		'a server that hangs costs its first request 250 ms and the next ones nothing, until it answers again',
		async t => {
			let pid = 0;
			const hanging = await startServer(
				port => ({
					program: 'redis-server',
					args: ['--port', String(port), '--bind', '127.0.0.1', '--save', ''],
					ready(printed) {
						pid = Number(/pid=(\d+)/.exec(printed)?.[1] ?? 0);
						return printed.includes('Ready to accept connections');
					},
				}),
				port => `redis://127.0.0.1:${port}`,
			);
			t.teardown(() => hanging.remove());
			const cache = await open(t, hanging.url, 200);
			await cache.set('a', 1, MINUTE_MS);
			process.kill(pid, 'SIGSTOP');
			await until('the server stands still', () => standsStill(pid));
			try {
				const asked_at = Date.now();
				t.is(await cache.get('a'), null);
				t.true(Date.now() - asked_at < 10_000);
				const again_at = Date.now();
				for (let n = 0; n < 50; n++) t.is(await cache.get('a'), null);
				// Fifty that each waited would take longer.
				t.true(Date.now() - again_at < 50 * 200);
				await t.throwsAsync(cache.check(), {message: /did not answer within/});
			} finally {
				process.kill(pid, 'SIGCONT');
			}
			t.is(await until('it answers again', () => cache.get('a')), 1);
		},
	);

	test('a server whose memory is full refuses values, which fails nobody, and says that it is not well', async t => {
		const full = await startServer(
			port => ({
				program: 'redis-server',
				args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--maxmemory', '1'],
				ready: printed => printed.includes('Ready to accept connections'),
			}),
			port => `redis://127.0.0.1:${port}`,
		);
		t.teardown(() => full.remove());
		const {log, lines} = aLog();
		const cache = await openRedisCache({url: full.url, log});
		t.teardown(() => cache.close());
		for (let n = 0; n < 10; n++) {
			await cache.set('a', 1, MINUTE_MS);
			t.is(await cache.get('a'), null);
		}
		t.true((await cache.consume('a', 10, MINUTE_MS)).allowed);
		await t.throwsAsync(cache.check(), {message: /OOM/});
		t.is(lines.filter(line => line.includes('refuses')).length, 1, 'once, not for each request');
	});

	test('a loss and a return are one line each in the log, without the password', async t => {
		const own = await startRedis({password: 'a secret'});
		t.teardown(() => own.remove());
		const {log, lines} = aLog();
		const cache = await openRedisCache({url: own.url, log});
		t.teardown(() => cache.close());
		await own.stop();
		await until('it is noticed', () => lines.length > 0);
		await cache.get('a');
		await new Promise(resolve => setTimeout(resolve, 500));
		await own.start();
		await until('it is back', () => lines.some(line => line.includes('is back')));
		t.is(lines.length, 2, lines.join('\n'));
		t.notRegex(lines.join('\n'), /secret/);
	});

	test('over TLS a server is believed by the certificate that the URL names, and by no other', async t => {
		const files = aCertificate(t);
		if (files === null) return t.pass();
		const {cert, key} = files;
		const tls = await startServer(
			port => ({
				program: 'redis-server',
				args: ['--port', '0', '--tls-port', String(port), '--bind', '127.0.0.1', '--save', ''].concat([
					'--tls-cert-file',
					cert,
					'--tls-key-file',
					key,
					'--tls-auth-clients',
					'no',
				]),
				ready: printed => printed.includes('Ready to accept connections'),
			}),
			port => `rediss://127.0.0.1:${port}`,
		);
		t.teardown(() => tls.remove());
		const cache = await open(t, `${tls.url}?ca=${cert}`);
		await cache.set('a', 1, MINUTE_MS);
		t.is(await cache.get('a'), 1);
		await tls.kill();
		await until('it is noticed', async () => (await cache.get('a')) === null);
		await tls.start();
		await until('values are kept again', async () => {
			await cache.set('again', true, MINUTE_MS);
			return cache.get('again');
		});
		const doubtful = await open(t, tls.url);
		await t.throwsAsync(doubtful.check());
	});
}
