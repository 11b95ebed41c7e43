import {createHash, randomUUID} from 'node:crypto';
import {rmSync} from 'node:fs';
import {mkdtemp, readdir, realpath, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Database} from './database.js';
import type {Log} from './driver.js';
import {type EmbeddedServer, killAbandoned, openServer} from './drivers/embedded-postgres/server.js';
import {asOwner, openPostgres} from './drivers/postgres.js';

// Databases for tests: each test its own, copied from a template that was prepared once. Tests alone import this file.

const FOLDER = 'hearth-test-';
// A test that is about a crash starts a server of its own; these may lose all, and are faster for it.
const FAST = {
	fsync: 'off',
	synchronous_commit: 'off',
	full_page_writes: 'off',
	max_connections: '200',
	autovacuum: 'off',
};
const NEW_MS = 60_000;
const TEMPLATE_LOCK = 0x4ea47b02;

const quiet: Log = {info() {}, warn() {}, error() {}};

/** A server for a run of tests, in a temporary folder, without fsync. `HEARTH_TEST_DATABASE_URL` tells the tests of it. */
export async function startTestServer(): Promise<{url: string; stop(): Promise<void>}> {
	await removeLeftovers();
	const folder = await mkdtemp(join(await realpath(tmpdir()), FOLDER));
	let server: EmbeddedServer;
	try {
		server = await openServer({folder, guest: false, say() {}, log: quiet, settings: FAST});
	} catch (error) {
		await rm(folder, {recursive: true, force: true});
		throw error;
	}
	// AVA ends a worker without asking; then there is no time to stop cleanly, and no need.
	const onExit = () => {
		const pid = server.pid();
		if (pid !== null) process.kill(pid, 'SIGQUIT');
		rmSync(folder, {recursive: true, force: true, maxRetries: 5, retryDelay: 50});
	};
	process.once('exit', onExit);
	return {
		url: server.url,
		async stop() {
			process.off('exit', onExit);
			await server.stop();
			await rm(folder, {recursive: true, force: true});
		},
	};
}

export interface TestDatabase {
	url: string;
	database: Database;
	/** Closes it and drops it; with `HEARTH_TEST_KEEP=1` it stays, and its URL is printed. */
	close(): Promise<void>;
}

/**
 * A database of its own on the server of `HEARTH_TEST_DATABASE_URL`, or on one started for this process. With `template` it is a copy of
 * one that `prepare` filled, once for all who name the same key on that server.
 */
export async function freshDatabase({
	template,
	log = quiet,
	server: given,
}: {
	template?: {key: string; prepare: (database: Database) => Promise<void>};
	log?: Log;
	/** The URL of another server. */
	server?: string;
} = {}): Promise<TestDatabase> {
	const server = given ?? (await serverUrl());
	const source = template ? await templateFor(server, template) : 'template0';
	const name = `t_${randomUUID().replaceAll('-', '')}`;
	await asOwner(server, sql => sql.run(`create database ${name} template ${source}`));
	const url = withDatabase(server, name);
	const database = await openPostgres({url, log});
	return {
		url,
		database,
		async close() {
			await database.close();
			if (process.env.HEARTH_TEST_KEEP === '1') console.log(`Kept: ${url}`);
			else await asOwner(server, sql => sql.run(`drop database ${name} with (force)`));
		},
	};
}

let own: Promise<string> | undefined;

async function serverUrl(): Promise<string> {
	const given = process.env.HEARTH_TEST_DATABASE_URL;
	if (given) return given;
	own ??= startTestServer().then(({url}) => url);
	return own;
}

async function templateFor(
	server: string,
	{key, prepare}: {key: string; prepare: (database: Database) => Promise<void>},
): Promise<string> {
	const name = `template_${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
	await asOwner(server, async sql => {
		const exists = () => sql.find('select 1 from pg_database where datname = $1', [name]);
		if (await exists()) return;
		// Ends with the session, also when this process is killed.
		await sql.one('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
		if (await exists()) return;
		// It gets its name when it is finished; what a killed process left half-made goes.
		const unfinished = `${name}_unfinished`;
		await sql.run(`drop database if exists ${unfinished} with (force)`);
		await sql.run(`create database ${unfinished} template template0`);
		const database = await openPostgres({url: withDatabase(server, unfinished), log: quiet});
		try {
			await prepare(database);
		} finally {
			await database.close();
		}
		await sql.run(`alter database ${unfinished} rename to ${name}`);
	});
	return name;
}

function withDatabase(server: string, name: string): string {
	const url = new URL(server);
	url.pathname = `/${name}`;
	return url.href;
}

/** Servers whose test run was killed go on without it: ends them. */
async function removeLeftovers(): Promise<void> {
	const temporary = await realpath(tmpdir());
	for (const name of await readdir(temporary)) {
		if (!name.startsWith(FOLDER)) continue;
		const folder = join(temporary, name);
		const made = await stat(folder).catch(() => null);
		// Another run may have removed it since, or have made it just now and not claimed it yet; or it is another person's.
		if (made === null || Date.now() - made.mtimeMs < NEW_MS || made.uid !== process.getuid?.()) continue;
		if (await killAbandoned(folder, quiet)) await rm(folder, {recursive: true, force: true});
	}
}
