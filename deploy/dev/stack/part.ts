import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {milliseconds} from './compose-file.js';
import {confined} from './confine.js';
import {type Container, makeFolders} from './container.js';
import {healthOf} from './health.js';
import {memoryOfTree} from './memory.js';
import {type Launch, launchOf} from './programs.js';
import type {Watch} from './watch.js';

/** One service of compose.yaml, with all its copies. Without a number each of these is about all copies. */
export interface Part {
	readonly name: string;
	/** One for each copy; `pid` is 0 while it does not run, `url` null where it does not speak HTTP, `log` the file it prints to. */
	readonly processes: readonly {readonly pid: number; readonly url: string | null; readonly log: string}[];
	/** SIGKILL to it and to all that it has started. */
	kill(copy?: number): Promise<void>;
	/** What the engine's `stop` does. Throws where it has not ended within its grace period, when the engine would have killed it. */
	stop(copy?: number): Promise<void>;
	/** Returns once it is healthy; at once where it runs already. */
	start(copy?: number): Promise<void>;
	/** PSS of its processes and their children. */
	memory_bytes(): Promise<number>;
}

/** What the stack needs of a part besides. */
export interface OwnPart extends Part {
	/** Waits until it has done what it does once; throws where that failed. */
	completed(): Promise<void>;
	/** Of the copies that run. */
	addresses(): string[];
	/** Everything printed by all copies. */
	printed(): string;
}

// Longer than the slowest start on a busy machine.
const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 100;

export function partOf(containers: readonly Container[], nameServer: string, watch: Watch): OwnPart {
	const copies = containers.map(container => copyOf(container, nameServer, watch));
	const of = (copy: number | undefined) => {
		if (copy === undefined) return copies;
		const one = copies[copy];
		if (one === undefined) throw new Error(`There is no copy ${copy} of ${containers[0]?.service}: they count from 0`);
		return [one];
	};
	return {
		name: containers[0]?.service ?? '',
		processes: copies,
		kill: async copy => void (await Promise.all(of(copy).map(one => one.kill()))),
		stop: async copy => void (await Promise.all(of(copy).map(one => one.stop()))),
		start: async copy => void (await Promise.all(of(copy).map(one => one.start()))),
		memory_bytes: async () => copies.reduce((sum, {pid}) => sum + (pid === 0 ? 0 : memoryOfTree(pid)), 0),
		completed: async () => void (await Promise.all(copies.map(one => one.completed()))),
		addresses: () => copies.filter(({pid}) => pid !== 0).map(({address}) => address),
		printed: () => copies.map(({printed}) => printed()).join(''),
	};
}

function copyOf(container: Container, nameServer: string, watch: Watch) {
	const {service, described, address, folder, port} = container;
	const log = join(folder, 'log');
	const http = /^(?:hearth|nginx):/.test(described.image);
	let child: ChildProcess | undefined;
	let launch: Launch | undefined;
	const running = () =>
		child !== undefined && child.exitCode === null && child.signalCode === null ? child : undefined;
	const printed = () => {
		try {
			return readFileSync(log, 'utf8');
		} catch {
			return ''; // it never ran
		}
	};

	async function start() {
		if (running() !== undefined) return;
		await makeFolders(container);
		launch = await launchOf(container, nameServer);
		const [program = '', ...args] = confined(container, launch.program, launch.args);
		const output = openSync(log, 'a', 0o600);
		const started = spawn(program, args, {
			cwd: launch.folder,
			// A group of its own, so that its children end with it as those of a container do.
			detached: true,
			env: {PATH: process.env.PATH ?? '', ...temporary(container), ...launch.environment},
			stdio: ['ignore', output, output],
		});
		closeSync(output);
		await once(started, 'spawn');
		const group = started.pid ?? 0;
		child = started;
		watch.started(group);
		started.once('exit', () => {
			// What it leaves behind, such as workers of a master that was killed.
			signal(-group, 'SIGKILL');
			watch.ended(group);
		});
		const healthy = healthOf(container, launch);
		// What runs once is waited for by who needs it.
		if (healthy === null) return;
		for (const deadline = Date.now() + PATIENCE_MS; ; await wait(LOOK_AGAIN_MS)) {
			const well = await healthy();
			if (running() !== started) throw new Error(`${service} ended at its start:\n${printed().slice(-4000)}`);
			if (well) return;
			if (Date.now() > deadline) {
				throw new Error(`${service} was not healthy after ${PATIENCE_MS / 1000} s:\n${printed().slice(-4000)}`);
			}
		}
	}

	async function end(how: NodeJS.Signals, grace_ms: number) {
		const ending = running();
		if (ending === undefined) return;
		const ended = once(ending, 'exit');
		// As an engine: only SIGKILL reaches more than the first process.
		signal(how === 'SIGKILL' ? -(ending.pid ?? 0) : (ending.pid ?? 0), how);
		const late = setTimeout(() => signal(-(ending.pid ?? 0), 'SIGKILL'), grace_ms);
		await ended;
		clearTimeout(late);
		if (how !== 'SIGKILL' && ending.signalCode === 'SIGKILL') {
			throw new Error(
				`${service} had not ended ${grace_ms / 1000} s after ${how}, and was killed:\n${printed().slice(-2000)}`,
			);
		}
	}

	return {
		address,
		log,
		get pid() {
			return running()?.pid ?? 0;
		},
		get url() {
			return http ? `http://${address}:${port(8080)}` : null;
		},
		printed,
		start,
		stop: () =>
			end(described.stop_signal ?? launch?.stopSignal ?? 'SIGTERM', milliseconds(described.stop_grace_period)),
		kill: () => end('SIGKILL', PATIENCE_MS),
		/** Of a service that does one thing and ends. */
		async completed() {
			if (running() !== undefined) await once(child as ChildProcess, 'exit');
			if (child?.exitCode !== 0) throw new Error(`${service} failed (${child?.exitCode}):\n${printed()}`);
		},
	};
}

/** Where `/tmp` of the container is, for programs that ask the system; one without gets none. */
const temporary = ({described, path}: Container): Record<string, string> =>
	described.tmpfs.some(tmpfs => tmpfs.split(':')[0] === '/tmp') ? {TMPDIR: path('/tmp')} : {};

function signal(pid: number, name: NodeJS.Signals): void {
	try {
		process.kill(pid, name);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended since
	}
}
