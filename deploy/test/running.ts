import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {stripVTControlCharacters} from 'node:util';
import type {ExecutionContext} from 'ava';

// Longer than the slowest start on a busy machine; a test that waits this long has failed.
const PATIENCE_MS = 60_000;

/** The checkout that is being tested. */
export const checkout = fileURLToPath(new URL('../../', import.meta.url));

/** A folder that goes with the test. */
export function aFolder(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'hearth-run-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true, maxRetries: 5}));
	return folder;
}

export interface Running {
	child: ChildProcess;
	/** All that was printed so far, on both streams, without colours. */
	output(): string;
	/** Waits until it has been printed; answers what the first group of the pattern caught. Fails when the program ends before. */
	printed(pattern: RegExp): Promise<string>;
	/** The exit code, or the signal's name. */
	ended: Promise<number | NodeJS.Signals>;
}

/** Starts a program in a group of its own; whatever of it is left at the end of the test is ended. */
export function run(
	t: ExecutionContext,
	program: string,
	args: string[],
	{cwd = checkout, env = {}}: {cwd?: string; env?: Record<string, string>} = {},
): Running {
	const child = spawn(program, args, {
		cwd,
		detached: true,
		env: cleanEnvironment(env),
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (text: string) => {
			output += stripVTControlCharacters(text);
		});
	}
	t.teardown(() => {
		try {
			process.kill(-(child.pid ?? 0), 'SIGKILL');
		} catch (error) {
			// As it should be: all of it has ended.
			if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
		}
	});
	const printed = async (pattern: RegExp): Promise<string> => {
		const late = AbortSignal.timeout(PATIENCE_MS);
		for (;;) {
			const found = pattern.exec(output);
			if (found !== null) return found[1] ?? found[0];
			if (child.exitCode !== null || child.signalCode !== null)
				throw new Error(`It ended without ${pattern}:\n${output}`);
			if (late.aborted) throw new Error(`After ${PATIENCE_MS / 1000} s there was no ${pattern}:\n${output}`);
			await wait(20);
		}
	};
	return {child, output: () => output, printed, ended};
}

/** As on a machine that knows nothing of this run: no setting of Hearth's but those given, and nothing that npm told its script. */
function cleanEnvironment(given: Record<string, string>): Record<string, string | undefined> {
	const kept = Object.entries(process.env).filter(
		([name]) => !/^(?:HEARTH_(?!TEST_RUN)|npm_|DATABASE_URL|NODE_OPTIONS|FORCE_COLOR)/.test(name),
	);
	return {...Object.fromEntries(kept), ...given};
}

/** Processes whose command line or working folder lies in a folder, such as the database of a data folder. */
export function processesOf(folder: string): string[] {
	return readdirSync('/proc')
		.filter(name => /^\d+$/.test(name))
		.map(pid => {
			try {
				return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
			} catch {
				return ''; // gone since
			}
		})
		.filter(command => command.includes(folder));
}
