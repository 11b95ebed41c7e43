import {randomUUID} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {createClient, ErrorReply, ReconnectStrategyError} from 'redis';
import type {Cache} from '../cache.js';
import {type Log, withoutPassword} from '../driver.js';
import {StartupError} from '../startup-error.js';
import {openMemoryCache} from './memory-cache.js';
import {count, redisLimiters, wholeMilliseconds} from './rate-limiters.js';
import {LATE, within} from './within.js';

// The port promises an answer within 250 ms; the rest is for our own event loop.
const ANSWER_MS = 200;
const CHECK_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 5_000;
// A start waits this long for a first connection, then goes on without: losing the cache loses speed only.
const START_PATIENCE_MS = 2_000;
const LONGEST_RECONNECT_MS = 2_000;
// A server that is silent for so long, though pinged, is connected to anew.
const PING_MS = 10_000;
const SILENCE_MS = 25_000;
// Commands that wait for an answer. A house has a hundred; more would only wait longer than they may.
const MOST_COMMANDS = 10_000;
// A lock that is held is asked for again after this time, at first and at most.
const LOCK_POLL_MS = {first: 5, most: 50};
// One line a minute says that a server that is there refuses, because its memory or its disk is full perhaps.
const REFUSAL_LOG_MS = 60_000;
// While the server is away each process counts alone, and there may be several: so half of a limit.
const SHARE_WHEN_ALONE = 0.5;

const KEY = {value: 'hearth:value:', limit: 'hearth:limit', lock: 'hearth:lock:', check: 'hearth:check'};

const UNLOCK = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;

/** What a call stands in for when the server is away or too slow. */
const LOST = Symbol('lost');

export interface RedisOptions {
	/** `redis://user:password@host:port/number`, `rediss://…` for TLS; `?ca=/file.pem` where the certificate is our own. */
	url: string;
	log: Log;
	/** Milliseconds to wait for an answer; 200 keeps the port's promise. A test on a busy machine waits longer. */
	answer_ms?: number;
}

/**
 * A cache on Redis or Valkey, shared by all processes. Opens without the server, too, and uses it when it comes. Throws `StartupError`
 * where the URL or the password is wrong.
 */
export async function openRedisCache({url, log, answer_ms = ANSWER_MS}: RedisOptions): Promise<Cache> {
	let beenReady = false;
	const client = createClient({
		...connectionOf(url, () => beenReady),
		name: 'hearth',
		// What is asked while the server is away is answered at once, not when it is back.
		disableOfflineQueue: true,
		commandsQueueMaxLength: MOST_COMMANDS,
		pingInterval: PING_MS,
		// Ours is shorter and also ends the wait for an answer, which the library's does not.
		commandOptions: {timeout: 0},
	});
	const local = openMemoryCache();
	const limiterFor = redisLimiters(client, KEY.limit);
	let refusal_logged_at = 0;
	// True from an answer that did not come in time until one comes: meanwhile nobody waits.
	let silent = false;
	let away = false;
	client.on('error', (error: unknown) => {
		if (!away) log.warn({err: error}, 'The cache is away: the house goes on more slowly without it');
		away = true;
	});
	client.on('ready', () => {
		if (away) log.info({}, 'The cache is back');
		away = false;
		silent = false;
		beenReady = true;
	});
	await firstConnection(client.connect(), url, log);

	/** Asks the server; `LOST` when it is away, refuses, or does not answer within `answer_ms`. Never throws. */
	async function ask<T>(command: () => Promise<T>): Promise<T | typeof LOST> {
		if (!client.isReady || silent) return LOST;
		const answer = command().then(
			value => {
				silent = false;
				return value;
			},
			(error: unknown) => {
				if (error instanceof ErrorReply) refused(error);
				return LOST;
			},
		);
		const answered = await within(answer_ms, answer);
		if (answered !== LATE) return answered as T | typeof LOST;
		silent = true;
		return LOST;
	}

	function refused(error: Error) {
		if (Date.now() < refusal_logged_at + REFUSAL_LOG_MS) return;
		refusal_logged_at = Date.now();
		log.warn({err: error}, 'The cache refuses commands: the house goes on more slowly without it');
	}

	const set = (key: string, value: unknown, ttl_ms: number, condition?: 'NX') =>
		client.set(KEY.value + key, JSON.stringify(value) ?? 'null', {
			expiration: {type: 'PX', value: ttl_ms},
			...(condition === undefined ? {} : {condition}),
		});

	/** Returns when the lock is ours, when nobody can say, and when it did not come free in time. */
	async function waitForLock(name: string, token: string, ttl_ms: number, deadline: number): Promise<void> {
		for (let wait_ms = LOCK_POLL_MS.first; ; wait_ms = Math.min(wait_ms * 2, LOCK_POLL_MS.most)) {
			const taken = await ask(() =>
				client.set(name, token, {condition: 'NX', expiration: {type: 'PX', value: ttl_ms}}),
			);
			if (taken !== null || Date.now() >= deadline) return;
			// A little by chance, so that those who wait do not ask in step.
			await sleep(Math.min(wait_ms * (0.5 + Math.random()), deadline - Date.now()));
		}
	}

	return {
		async get<T>(key: string) {
			return parsed<T>(await ask(() => client.get(KEY.value + key)));
		},
		async set(key, value, ttl_ms) {
			wholeMilliseconds(ttl_ms);
			await ask(() => set(key, value, ttl_ms));
		},
		async add(key, value, ttl_ms) {
			wholeMilliseconds(ttl_ms);
			return (await ask(() => set(key, value, ttl_ms, 'NX'))) === 'OK';
		},
		async take<T>(key: string) {
			return parsed<T>(await ask(() => client.getDel(KEY.value + key)));
		},
		async delete(...keys) {
			if (keys.length > 0) await ask(() => client.del(keys.map(key => KEY.value + key)));
		},
		async consume(key, limit, window_ms) {
			const limiter = limiterFor(limit, wholeMilliseconds(window_ms));
			const counted = await ask(() => count(limiter, `${limit}/${window_ms}:${key}`, limit));
			if (counted !== LOST) return counted;
			return local.consume(key, Math.max(1, Math.floor(limit * SHARE_WHEN_ALONE)), window_ms);
		},
		async lock(key, {ttl_ms, wait_ms}, work) {
			wholeMilliseconds(ttl_ms);
			const deadline = Date.now() + wait_ms;
			// First among those of this process, so that only one of them asks the server, and so that it holds without one.
			return local.lock(key, {ttl_ms, wait_ms}, async () => {
				const [name, token] = [KEY.lock + key, randomUUID()];
				await waitForLock(name, token, ttl_ms, deadline);
				try {
					return await work();
				} finally {
					await ask(() => client.eval(UNLOCK, {keys: [name], arguments: [token]}));
				}
			});
		},
		async check() {
			if (!client.isReady) throw new Error('Redis is away');
			// A server whose memory or disk is full answers a ping, but takes nothing.
			const written = await within(
				CHECK_TIMEOUT_MS,
				client.set(KEY.check, '', {expiration: {type: 'PX', value: 1_000}}),
			);
			if (written === LATE) throw new Error(`Redis did not answer within ${CHECK_TIMEOUT_MS} ms`);
			silent = false;
		},
		async close() {
			await local.close();
			if (client.isOpen) client.destroy();
		},
	};
}

function connectionOf(given: string, hasBeenReady: () => boolean) {
	try {
		const url = new URL(given);
		if (!/^\/?\d*$/.test(url.pathname)) throw new Error('what follows the / is the number of a database');
		const ca = url.searchParams.get('ca');
		url.search = '';
		const socket = {
			connectTimeout: CONNECT_TIMEOUT_MS,
			socketTimeout: SILENCE_MS,
			reconnectStrategy(retries: number, cause: Error) {
				// A wrong password at the start is for a person to mend; later it may be a server that is being set up anew.
				if (!hasBeenReady() && cause instanceof ErrorReply && /^(WRONGPASS|NOAUTH|NOPERM)/.test(cause.message))
					return cause;
				// A little by chance, so that the processes of a house do not all come back at once.
				return Math.min(50 * 2 ** retries, LONGEST_RECONNECT_MS) * (0.75 + Math.random() / 2);
			},
		};
		if (ca === null) return {url: url.href, socket};
		return {url: url.href, socket: {...socket, tls: true as const, ca: readFileSync(ca)}};
	} catch (error) {
		throw new StartupError(
			`CACHE_URL is ${withoutPassword(given)}: expected redis://user:password@host:6379, or rediss:// for TLS with ?ca= naming a file that can be read (${(error as Error).message}).`,
			{cause: error},
		);
	}
}

/** Waits a little for the server. One that is not there yet is no reason not to start; a wrong password is. */
async function firstConnection(connecting: Promise<unknown>, url: string, log: Log): Promise<void> {
	let failure: unknown;
	const settled = connecting.catch((error: unknown) => {
		failure = error instanceof ReconnectStrategyError ? error.originalError : error;
	});
	if ((await within(START_PATIENCE_MS, settled)) === LATE) {
		log.warn({}, `Redis at ${withoutPassword(url)} is not there yet: the house starts without a cache`);
	}
	if (failure !== undefined) {
		throw new StartupError(
			`Redis at ${withoutPassword(url)} cannot be used: ${(failure as Error).message}. Check CACHE_URL and its password.`,
			{cause: failure},
		);
	}
}

function parsed<T>(json: string | null | typeof LOST): T | null {
	return json === null || json === LOST ? null : (JSON.parse(json) as T);
}
