import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {findServer, type ServerName} from './find.js';
import {freePort} from './free-port.js';

/** A real server of a test's own, on a port of the loopback interface that stays its own, with its data in a temporary folder. */
export interface RealServer {
	readonly url: string;
	readonly port: number;
	/** Starts it again after `stop` or `kill`, on the same port and data; returns once it answers. */
	start(): Promise<void>;
	/** Lets it end in its own way; returns once it has. The data stays. */
	stop(): Promise<void>;
	/** SIGKILL: it gets no chance to finish anything. The data stays as it was at that moment. */
	kill(): Promise<void>;
	/** SIGSTOP: it hangs with its connections open, until `resume`. Returns once it stands still. Linux; not what it has started. */
	pause(): Promise<void>;
	resume(): void;
	/** Ends it and removes its data. */
	remove(): Promise<void>;
}

/** How one program is run. */
export interface Recipe {
	program: ServerName;
	/** What goes before the program, such as `unshare`. */
	prefix?: readonly string[] | undefined;
	args: string[];
	env?: Record<string, string>;
	/** Whether it serves now, given all that it has printed since it was started. */
	ready: (printed: string) => boolean | Promise<boolean>;
	/** SIGTERM unless told otherwise. */
	stopSignal?: NodeJS.Signals;
}

// Longer than the slowest start, or stop, on a busy machine.
const PATIENCE_MS = 30_000;
// After a kill, what a server left may need a moment until the system has taken it back: shared memory, its children.
const AGAIN_MS = 10_000;

// What a test forgets ends with its process.
const running = new Set<ChildProcess>();
process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts a server as `recipe` says for its port and folder. Throws, with what the server printed, when it does not come up, and says
 * what to do when there is no such program.
 */
export async function startServer(
	recipe: (port: number, folder: string) => Recipe | Promise<Recipe>,
	url: (port: number) => string,
): Promise<RealServer> {
	const folder = await mkdtemp(join(tmpdir(), 'hearth-server-'));
	let child: ChildProcess | undefined;
	let port = 0;
	let how: Recipe;

	const end = async (signal: NodeJS.Signals) => {
		if (child === undefined) return;
		const ending = child;
		child = undefined;
		await endChild(ending, signal, how.program);
	};
	const handle = (): RealServer => ({
		url: url(port),
		port,
		async start() {
			if (child !== undefined && hasEnded(child)) child = undefined;
			child ??= await startUntil(how, Date.now() + AGAIN_MS);
		},
		stop: () => end(how.stopSignal ?? 'SIGTERM'),
		kill: () => end('SIGKILL'),
		async pause() {
			child?.kill('SIGSTOP');
			while (child !== undefined && !hasEnded(child) && !standsStill(child.pid ?? 0)) await wait(10);
		},
		resume: () => void child?.kill('SIGCONT'),
		async remove() {
			await end('SIGKILL');
			await rm(folder, {recursive: true, force: true, maxRetries: 5});
		},
	});
	try {
		// Another program may take the port between our look and the server's.
		for (let attempt = 1; ; attempt++) {
			port = await freePort();
			how = await recipe(port, folder);
			try {
				child = await startOnce(how);
				return handle();
			} catch (error) {
				if (attempt === 5 || !(error instanceof Error && /in use/i.test(error.message))) throw error;
			}
		}
	} catch (error) {
		await rm(folder, {recursive: true, force: true});
		throw error;
	}
}

async function startUntil(how: Recipe, deadline: number): Promise<ChildProcess> {
	for (;;) {
		try {
			return await startOnce(how);
		} catch (error) {
			if (!(error instanceof Error && /in use|still/i.test(error.message)) || Date.now() > deadline) throw error;
			await wait(100);
		}
	}
}

async function startOnce({program, prefix = [], args, env, ready}: Recipe): Promise<ChildProcess> {
	const path = findServer(program);
	if (path === null) {
		throw new Error(`There is no ${program} on this machine; get it with: node deploy/dev/servers/get.mjs ${program}`);
	}
	const [command = path, ...rest] = [...prefix, path, ...args];
	const child = spawn(command, rest, {cwd: '/', env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'pipe']});
	let printed = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (text: string) => {
			// Enough to see that it is ready and, later, why it fell; a server under load prints without end.
			printed = (printed + text).slice(-50_000);
		});
	}
	child.once('error', error => {
		printed += error.message;
	});
	running.add(child);
	child.once('close', () => running.delete(child));
	try {
		for (const deadline = Date.now() + PATIENCE_MS; ; await wait(20)) {
			// Asked before it is looked at whether it still runs, so that another's answer on its port is not taken for its own.
			const answers = await ready(printed);
			if (hasEnded(child))
				throw new Error(`${program} ended at its start (${child.exitCode ?? child.signalCode}):\n${printed}`);
			if (answers) return child;
			if (Date.now() > deadline) throw new Error(`${program} was not ready after ${PATIENCE_MS / 1000} s:\n${printed}`);
		}
	} catch (error) {
		child.kill('SIGKILL');
		throw error;
	}
}

/** Whether every thread of a process has stopped. */
const standsStill = (pid: number): boolean =>
	readdirSync(`/proc/${pid}/task`).every(thread =>
		// The state follows the name, which stands in brackets and may hold anything.
		/\) T [^)]*$/.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')),
	);

const hasEnded = (child: ChildProcess) =>
	child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

async function endChild(child: ChildProcess, signal: NodeJS.Signals, program: string): Promise<void> {
	if (hasEnded(child)) return;
	const ended = once(child, 'close');
	child.kill(signal);
	// One that is paused hears nothing before it goes on.
	child.kill('SIGCONT');
	const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
	await ended;
	clearTimeout(late);
	if (signal !== 'SIGKILL' && child.signalCode === 'SIGKILL') {
		throw new Error(`${program} did not stop within ${PATIENCE_MS / 1000} s of ${signal}, and was killed.`);
	}
}
