import {setTimeout as sleep} from 'node:timers/promises';
import pg from 'pg';
import {type Database, type Query, RowCountError, type Sql, type Transaction} from '../database.js';
import {type Log, withoutPassword} from '../driver.js';
import {StartupError} from '../startup-error.js';
import {applyMigrations, sqlBuilder} from './knex.js';
import {openListener} from './postgres-listener.js';
import {APP_ROLE, prepareRole} from './postgres-role.js';
import {typeParsersOver} from './postgres-types.js';

// How long a start waits for a server that refuses connections: in a compose file both start at once.
const START_PATIENCE_MS = 10_000;
// Longer than a connection over a slow network takes, shorter than a person waits.
const CONNECT_TIMEOUT_MS = 5_000;
// No statement of the app is meant to take a tenth of this; one that does must not hold its locks for ever.
const STATEMENT_TIMEOUT_MS = 30_000;
// A transaction whose process hangs lets go of its locks after this.
const IDLE_IN_TRANSACTION_MS = 60_000;
// Connections at the same time. PostgreSQL on a small machine serves few at once well; the rest wait their turn here.
const POOL_SIZE = 10;
// A backend keeps some MB; a house at rest keeps none.
const IDLE_CONNECTION_MS = 15_000;
// A connection that only listens must hear, too, that the other machine is gone.
const KEEP_ALIVE_MS = 60_000;
// Transactions that still run at the end get this long; then the server rolls them back.
const CLOSE_PATIENCE_MS = 5_000;
const CHECK_TIMEOUT_MS = 2_000;
// While the server is away it is asked for, ever more seldom, so that whoever waits for it hears of its return.
const FIRST_PROBE_MS = 250;
const LONGEST_PROBE_MS = 15_000;
// Of a query; what is smaller takes the server less than the waking of it.
const LARGE_BYTES = 16 * 1024;
// PostgreSQL, appendix A.
const IN_FAILED_TRANSACTION = '25P02';

export interface PostgresOptions {
	/** `postgres://user:password@host:port/database?sslmode=…`; `?host=/folder` for a Unix socket. */
	url: string;
	log: Log;
	/** Milliseconds to wait for a server that is not up yet. */
	patience_ms?: number;
	/** Called whenever a connection fails, before the server is asked for again. */
	onLost?: () => void;
}

/** Connects, and makes the app's role where it is missing. Throws `StartupError` when that cannot be done. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
	const {url, log} = options;
	await prepareServer(options);
	const asApp = connectionSettings(url, {
		role: APP_ROLE,
		statement_timeout: String(STATEMENT_TIMEOUT_MS),
		idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_MS),
	});
	const pool = new pg.Pool({
		...asApp,
		max: POOL_SIZE,
		idleTimeoutMillis: IDLE_CONNECTION_MS,
		// A network may swallow an answer; the server's own limit has long fired by then.
		query_timeout: STATEMENT_TIMEOUT_MS + 5_000,
		// What is asked at once is sent at once, and answered in its order: a transaction waits only for answers that it needs.
		pipeline: true,
	});
	const presence = watchPresence(pool, options);
	const listener = openListener({newClient: () => new pg.Client(asApp), lost: presence.lost});
	presence.onReturn(listener.resume);
	const outside = sqlOver(async (text, values) => {
		try {
			return await pool.query(text, values);
		} catch (error) {
			if (isConnectionFailure(error)) presence.lost(error);
			throw error;
		}
	});

	async function transact<T>(begin: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
		const session = await checkOut(pool, presence.lost);
		const afterCommit: (() => void | Promise<void>)[] = [];
		let result: T;
		try {
			// The first statement goes with it: where beginning fails, so does the connection that both are on.
			const begun = session.query(begin);
			begun.catch(() => {}); // asked below
			result = await work({...sqlOver(session.query), afterCommit: callback => void afterCommit.push(callback)});
			const [, {command}] = await Promise.all([begun, session.query('commit')]);
			// What PostgreSQL answers to the commit of a transaction in which a statement failed.
			if (command === 'ROLLBACK') {
				throw new Error(
					'Nothing was committed: a statement of this transaction failed, and its error was caught inside or not awaited',
					{cause: session.failure()},
				);
			}
		} catch (error) {
			await session.giveBack({rollback: true});
			// Of a transaction that was failed already; what failed it is the reason.
			throw (error as {code?: string}).code === IN_FAILED_TRANSACTION ? (session.failure() ?? error) : error;
		}
		// Before the callbacks: one that asks the pool for a connection must not wait for ours.
		await session.giveBack({rollback: false});
		for (const callback of afterCommit) {
			try {
				await callback();
			} catch (error) {
				log.error({err: error}, 'What was to run after a commit failed; the commit stands');
			}
		}
		return result;
	}

	let closed: Promise<void> | undefined;
	return {
		...outside,
		build: sqlBuilder(),
		transaction: work => transact('begin', work),
		as: async (userId, work) => transact(`begin; ${asUser(userId)}`, work),
		snapshot: async (work, userId) =>
			transact(
				`begin isolation level repeatable read read only${userId === undefined ? '' : `; ${asUser(userId)}`}`,
				work,
			),
		async check() {
			let timer: NodeJS.Timeout | undefined;
			const late = new Promise<never>((_, reject) => {
				timer = setTimeout(
					() => reject(new Error(`PostgreSQL did not answer within ${CHECK_TIMEOUT_MS} ms`)),
					CHECK_TIMEOUT_MS,
				);
			});
			try {
				await Promise.race([outside.one('select 1'), late]);
			} finally {
				clearTimeout(timer);
			}
		},
		migrate: (schema, folder) =>
			applyMigrations({connection: connectionSettings(url, {}), schema, folder, app_role: APP_ROLE}),
		listen: listener.listen,
		onReconnect: presence.onReturn,
		close() {
			presence.stop();
			closed ??= Promise.race([
				Promise.all([listener.close(), pool.end()]),
				sleep(CLOSE_PATIENCE_MS, undefined, {ref: false}),
			]).then(() => {});
			return closed;
		},
	};
}

/** One connection as the URL's own user, for what only the owner may do. Throws as `pg` does. */
export async function asOwner<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
	const client = new pg.Client(connectionSettings(url, {}));
	// Between queries a lost connection has nobody else to tell; the next query fails with it.
	client.on('error', () => {});
	try {
		await client.connect();
		return await work(sqlOver((text, values) => client.query(text, values)));
	} finally {
		await client.end();
	}
}

const typeParsers = typeParsersOver(pg.types);

function connectionSettings(url: string, parameters: Record<string, string>) {
	// `pg` lets the URL's own `options` replace ours, so both are made one.
	const [address, query = ''] = url.split('?', 2);
	const search = new URLSearchParams(query);
	const own = search.get('options');
	search.delete('options');
	return {
		connectionString: search.size > 0 ? `${address}?${search}` : address,
		options: [
			...(own === null ? [] : [own]),
			...Object.entries(parameters).map(([name, value]) => `-c ${name}=${value}`),
		].join(' '),
		fallback_application_name: 'hearth',
		connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
		keepAlive: true,
		keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
		types: typeParsers,
	};
}

async function prepareServer({url, patience_ms = START_PATIENCE_MS}: PostgresOptions): Promise<void> {
	const deadline = Date.now() + patience_ms;
	for (;;) {
		try {
			await asOwner(url, prepareRole);
			return;
		} catch (error) {
			if (error instanceof StartupError) throw error;
			const {code = '', message} = error as NodeJS.ErrnoException;
			// Refused, name not known yet, socket not there yet, still starting; a role made by two at once.
			const passing = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT', '57P03'].includes(code);
			if (passing && Date.now() < deadline) {
				await sleep(Math.min(500, Math.max(0, deadline - Date.now())));
				continue;
			}
			throw new StartupError(
				`PostgreSQL at ${withoutPassword(url)} cannot be used: ${message || code}. Check DATABASE_URL and that the server is up.`,
				{cause: error},
			);
		}
	}
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function asUser(userId: string): string {
	// Written into the text so that beginning a user's transaction is one round trip; hence nothing but a UUID.
	if (!UUID.test(userId)) throw new TypeError(`Not the id of a user: ${JSON.stringify(userId)}`);
	return `select set_config('hearth.user_id', '${userId}', true)`;
}

/** One connection of the pool; its queries run one after another, also when they are asked at once. `failure` is the first one's. */
async function checkOut(pool: pg.Pool, lost: (error: unknown) => void) {
	let client: pg.PoolClient;
	try {
		client = await pool.connect();
	} catch (error) {
		if (isConnectionFailure(error)) lost(error);
		throw error;
	}
	let broken: Error | undefined;
	const onError = (error: Error) => {
		broken ??= error;
	};
	// The pool listens only while the connection is idle.
	client.on('error', onError);
	let last: Promise<unknown> = Promise.resolve();
	let failure: unknown;
	let ended = false;
	const {stream} = client.connection;
	let isHeld = false;

	/** What is asked in the same turn goes out as one packet: each would wake the server, and cost as much as a small query does. */
	function hold() {
		if (isHeld) return;
		isHeld = true;
		stream.cork();
		process.nextTick(letGo);
	}
	function letGo() {
		if (!isHeld) return;
		isHeld = false;
		stream.uncork();
	}

	const query = async (text: string, values?: unknown[]): Promise<pg.QueryResult> => {
		if (ended) throw new Error('This transaction has ended: await every query inside it');
		hold();
		const asked = client.query(text, values);
		// The server begins on what is large while more is made.
		if (stream.writableLength > LARGE_BYTES) letGo();
		// Whoever asked is told; the end only waits for it. They are answered in the order in which they were asked.
		last = asked.catch(() => {});
		try {
			return await asked;
		} catch (error) {
			failure ??= error;
			if (isConnectionFailure(error)) onError(error as Error);
			throw error;
		}
	};

	async function giveBack({rollback}: {rollback: boolean}) {
		// Whatever `work` left unawaited comes to its end first.
		await last;
		ended = true;
		if (rollback && !broken) {
			try {
				await client.query('rollback');
			} catch (error) {
				onError(error as Error);
			}
		}
		client.off('error', onError);
		client.release(broken);
		if (broken) lost(broken);
	}

	return {query, giveBack, failure: () => failure};
}

/** Notices that the server went away and tells when it is back. */
function watchPresence(pool: pg.Pool, {log, onLost}: PostgresOptions) {
	const returned: (() => void)[] = [];
	let away = false;
	let timer: NodeJS.Timeout | undefined;
	let stopped = false;

	function lost(error: unknown) {
		if (stopped) return;
		onLost?.();
		if (away) return;
		away = true;
		log.warn({err: error}, 'The database connection was lost');
		probeIn(FIRST_PROBE_MS);
	}

	function probeIn(delay_ms: number) {
		timer = setTimeout(async () => {
			try {
				await pool.query('select 1');
			} catch {
				// Told when it went away; the next probe asks again.
				if (stopped) return;
				onLost?.();
				probeIn(Math.min(delay_ms * 2, LONGEST_PROBE_MS));
				return;
			}
			if (stopped) return;
			away = false;
			log.info({}, 'The database answers again');
			for (const callback of returned) callback();
		}, delay_ms).unref();
	}

	// An idle connection that the server ended. The pool hangs the whole client on the error, which is not for the log.
	pool.on('error', error => {
		delete (error as {client?: unknown}).client;
		lost(error);
	});
	return {
		lost,
		onReturn: (callback: () => void) => void returned.push(callback),
		stop() {
			stopped = true;
			clearTimeout(timer);
		},
	};
}

type Execute = (text: string, values?: unknown[]) => Promise<pg.QueryResult>;

function sqlOver(execute: Execute): Sql {
	async function ask(query: Query, given: readonly unknown[] = []) {
		const {text, values} = written(query, given);
		try {
			// Without values a text may hold several statements, and answers with as many results; the last one counts.
			const results: pg.QueryResult | pg.QueryResult[] = await execute(text, values);
			return Array.isArray(results) ? (results.at(-1) as pg.QueryResult) : results;
		} catch (error) {
			throw withHint(error, text);
		}
	}
	return {
		async many<Row>(query: Query, values?: readonly unknown[]) {
			return (await ask(query, values)).rows as Row[];
		},
		async one<Row>(query: Query, values?: readonly unknown[]) {
			const {rows} = await ask(query, values);
			if (rows.length !== 1) throw new RowCountError(rows.length, hintOf(written(query, []).text));
			return rows[0] as Row;
		},
		async find<Row>(query: Query, values?: readonly unknown[]) {
			const {rows} = await ask(query, values);
			if (rows.length > 1) throw new RowCountError(rows.length, hintOf(written(query, []).text));
			return (rows[0] as Row | undefined) ?? null;
		},
		async run(query, values) {
			return (await ask(query, values)).rowCount ?? 0;
		},
	};
}

function written(query: Query, values: readonly unknown[]): {text: string; values: unknown[]} {
	if (typeof query === 'string') return {text: query, values: [...values]};
	const {sql, bindings} = query.toSQL().toNative();
	return {text: sql, values: [...bindings]};
}

const hintOf = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 200);

/** Gives the error the query's beginning as `query`, and hides `detail`, which quotes rows: they belong to people, not into logs. */
function withHint(error: unknown, text: string): unknown {
	if (!(error instanceof Error)) return error;
	const detail = (error as {detail?: string}).detail;
	if (detail !== undefined) Object.defineProperty(error, 'detail', {value: detail, enumerable: false});
	return Object.assign(error, {query: hintOf(text)});
}

function isConnectionFailure(error: unknown): boolean {
	// Connection exceptions, and a server that shuts down, crashed or is starting.
	if (error instanceof pg.DatabaseError) return /^(08|57P0)/.test(error.code ?? '');
	if (!(error instanceof Error)) return false;
	if ((error as NodeJS.ErrnoException).syscall !== undefined) return true;
	return /^(Connection terminated|Client has encountered|Query read timeout|timeout expired)/.test(error.message);
}
