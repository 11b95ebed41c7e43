import {realpathSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Log} from '../../driver.js';
import {StartupError} from '../../startup-error.js';
import {
	adopt,
	ensureDatabase,
	initialise,
	isRunning,
	kill,
	readPostmaster,
	START_LIMIT_MS,
	start,
	stop,
	urlOf,
	urlOfRunning,
} from './cluster.js';
import {findGround, type GroundOptions, homeOf, makeOwnFolder, notWritable} from './ground.js';
import {claim, type Owner, release} from './ownership.js';
import {signal} from './processes.js';
import {chooseTransport, transportOf} from './transport.js';

export interface ServerOptions extends GroundOptions {
	/** True: use a running server and never stop it; where none runs, start one and stop it at the end. */
	guest: boolean;
	log: Log;
	/** Server settings over those of `server-settings.ts`. */
	settings?: Record<string, string>;
	/** For tests that want the other one. */
	transport?: 'socket' | 'tcp';
}

export interface EmbeddedServer {
	url: string;
	/** False where another process started it and will stop it. */
	owned: boolean;
	/** The postmaster's process number; null while none runs. */
	pid(): number | null;
	/** Starts the server again where it died; a guest leaves that to the owner. */
	ensureRunning(): Promise<void>;
	/** Stops what this process owns; a guest only leaves. */
	stop(): Promise<void>;
}

// Restarts of a server that keeps dying, by their number; after a quiet minute it counts as mended.
const RESTART_BACKOFF_MS = [0, 500, 2_000, 10_000, 30_000];
const MENDED_AFTER_MS = 60_000;

/**
 * Starts, adopts or joins the server of a folder; all of the server (data, password, socket, log) is below it. Throws `StartupError`
 * where it cannot.
 */
export async function openServer(options: ServerOptions): Promise<EmbeddedServer> {
	makeOwnFolder(options.folder);
	const folder = realpathSync(options.folder);
	for (const deadline = Date.now() + START_LIMIT_MS; ; await sleep(100)) {
		const claimed = await claimFolder(folder);
		if ('mine' in claimed) {
			try {
				return await own(folder, claimed.mine, options);
			} catch (error) {
				release(folder, claimed.mine);
				throw error;
			}
		}
		const {pid} = claimed.theirs;
		if (!options.guest) {
			throw new StartupError(
				`Process ${pid} already runs Hearth on ${folder}: stop it first, or set HEARTH_DATA to another folder.`,
			);
		}
		const url = await urlOfRunning(homeOf(folder));
		if (url !== null) return asGuest(url, homeOf(folder));
		// Its owner is starting or stopping it.
		if (Date.now() > deadline) {
			throw new StartupError(
				`Process ${pid} runs Hearth on ${folder}, but its database does not answer: stop that process and try again.`,
			);
		}
	}
}

/** Ends the server of a folder that nobody needs any more, unless its owner lives: answers whether nothing runs there now. */
export async function killAbandoned(folder: string, log: Log): Promise<boolean> {
	const claimed = await claimFolder(folder);
	if ('theirs' in claimed) return false;
	await kill(homeOf(folder), log);
	release(folder, claimed.mine);
	return true;
}

async function claimFolder(folder: string) {
	try {
		return await claim(folder, async () => (await urlOfRunning(homeOf(folder))) !== null);
	} catch (error) {
		throw notWritable(folder, error);
	}
}

const asGuest = (url: string, home: string): EmbeddedServer => ({
	url,
	owned: false,
	pid: () => readPostmaster(home)?.pid ?? null,
	async ensureRunning() {},
	async stop() {},
});

async function own(claimed: string, mine: Owner, options: ServerOptions): Promise<EmbeddedServer> {
	const {log} = options;
	const ground = findGround({...options, folder: claimed});
	const home = ground.folder;
	await initialise(ground, options.say);

	let stopping = false;
	let restarting: Promise<void> | undefined;
	let restarts = 0;
	// It has logged how it failed; whoever misses the server next asks again.
	const onExit = () => void ensureRunning().catch(() => {});

	const left = await adopt(home);
	const transport = left === null ? await chooseTransport(ground, options.transport) : transportOf(left);
	if (left === null) await start(ground, transport, {...options, onExit});
	else log.info({folder: home}, 'Took over the database server of a process that died');
	const url = left ?? urlOf(home, transport);
	try {
		await ensureDatabase(url);
	} catch (error) {
		await stop(home, log);
		throw error;
	}

	function ensureRunning(): Promise<void> {
		if (stopping) return Promise.resolve();
		if (restarting) return restarting;
		if (isRunning(home)) return Promise.resolve();
		restarting = restart()
			.catch(error => {
				log.error({err: error}, 'The database server cannot be started again');
				throw error;
			})
			.finally(() => {
				restarting = undefined;
			});
		return restarting;
	}

	async function restart() {
		const wait_ms = RESTART_BACKOFF_MS[Math.min(restarts, RESTART_BACKOFF_MS.length - 1)] as number;
		restarts++;
		log.warn({wait_ms}, 'The database server died and is started again');
		await sleep(wait_ms);
		// At the same address, because those who use it know no other.
		if (stopping || (await adopt(home)) !== null) return;
		await start(ground, transport, {...options, onExit});
		setTimeout(() => {
			restarts = 0;
		}, MENDED_AFTER_MS).unref();
	}

	// Best effort where the process ends without closing; after SIGKILL the next start adopts the server instead.
	const onProcessExit = () => {
		const pid = readPostmaster(home)?.pid;
		if (pid !== undefined && isRunning(home)) signal(pid, 'SIGINT');
	};
	process.once('exit', onProcessExit);

	return {
		url,
		owned: true,
		pid: () => readPostmaster(home)?.pid ?? null,
		ensureRunning,
		async stop() {
			stopping = true;
			process.off('exit', onProcessExit);
			// A start in progress comes to its end first, or two would change the same files; it has logged how it failed.
			await restarting?.catch(() => {});
			await stop(home, log);
			transport.remove();
			release(claimed, mine);
		},
	};
}
