import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync, readFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {until} from '../../../libs/ports/contract/until.js';
import {freePort} from '../../dev/servers/free-port.js';
import {checkout} from '../running.js';

/** The whole house as one process, `hearth serve`, with a data folder of its own. */
export interface OneProcess {
	readonly url: string;
	readonly pid: number;
	setup_code(): string;
	/** SIGKILL. */
	kill(): Promise<void>;
	/** Returns once it is ready. */
	start(): Promise<void>;
	/** Ends it as a person does, and removes its folder. */
	remove(): Promise<void>;
}

// A first start makes a database, perhaps on a machine that does more at the same time.
const PATIENCE_MS = 120_000;

// What a test forgets ends with its process.
const running = new Set<ChildProcess>();
process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

/** Starts it with these settings, and none of whoever runs this. */
export async function startOneProcess(settings: Record<string, string>): Promise<OneProcess> {
	const folder = await mkdtemp(join(tmpdir(), 'hearth-one-'));
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	const log = join(folder, 'log');
	let child: ChildProcess | undefined;

	async function start() {
		const output = openSync(log, 'a');
		const started = spawn(process.execPath, [join(checkout, 'libs/host/hearth.js'), 'serve'], {
			cwd: folder,
			env: {
				PATH: process.env.PATH ?? '',
				HOME: folder,
				HEARTH_DATA: join(folder, 'data'),
				HEARTH_PORT: String(port),
				...settings,
			},
			stdio: ['ignore', output, output],
		});
		closeSync(output);
		child = started;
		running.add(started);
		started.once('exit', () => running.delete(started));
		await until(
			'the house is ready',
			async () => {
				if (started.exitCode !== null || started.signalCode !== null)
					throw new Error(`The house ended at its start:\n${readFileSync(log, 'utf8')}`);
				return (await fetch(`${url}/ready`).catch(() => null))?.status === 200;
			},
			PATIENCE_MS,
		);
	}
	async function end(signal: NodeJS.Signals) {
		if (child === undefined || !running.has(child)) return;
		const ended = once(child, 'exit');
		child.kill(signal);
		await ended;
	}

	await start();
	return {
		url,
		get pid() {
			return child?.pid ?? 0;
		},
		setup_code: () => readFileSync(join(folder, 'data/setup-code'), 'utf8').trim(),
		kill: () => end('SIGKILL'),
		start,
		async remove() {
			await end('SIGTERM');
			await rm(folder, {recursive: true, force: true, maxRetries: 5});
		},
	};
}
