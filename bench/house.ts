import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {stripVTControlCharacters} from 'node:util';

/** A Hearth started as a person starts it, by `npm start`. */
export interface StartedHouse {
	url: string;
	/** From the command until /ready answered 200. */
	ready_ms: number;
	/** What was printed until then. */
	output: string;
	/** npm's; the process that is the house is its child. */
	pid: number;
	/** Sends SIGTERM to npm and waits until it has ended. */
	stop(): Promise<void>;
}

/** Starts the checkout in `folder`; throws with what it printed when it ends before it is ready. */
export async function startHouse(folder: string, environment: Record<string, string>): Promise<StartedHouse> {
	const started = performance.now();
	const child = spawn('npm', ['start'], {
		cwd: folder,
		env: withoutOurs(environment),
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (text: string) => {
			output += stripVTControlCharacters(text);
		});
	}
	const ended = once(child, 'exit');
	const url = await Promise.race([printedUrl(child, () => output), ended.then(() => null)]);
	if (url === null) throw new Error(`npm start ended before it was ready:\n${output}`);
	const ready = await fetch(new URL('/ready', url));
	if (!ready.ok) throw new Error(`/ready answered ${ready.status}: ${await ready.text()}`);
	return {
		url,
		ready_ms: performance.now() - started,
		output,
		pid: child.pid ?? 0,
		async stop() {
			child.kill('SIGTERM');
			await ended;
		},
	};
}

async function printedUrl({stdout}: ChildProcess, output: () => string): Promise<string> {
	for (;;) {
		const found = /Hearth is open at (\S+)/.exec(output());
		if (found?.[1]) return found[1];
		if (stdout === null) throw new Error('The output of npm is not piped');
		await once(stdout, 'data');
	}
}

/** The environment without what npm told this bench of itself, and without settings of the person who runs it. */
function withoutOurs(environment: Record<string, string>): Record<string, string | undefined> {
	const kept = Object.entries(process.env).filter(
		([name]) => !/^(?:HEARTH_|npm_|DATABASE_URL|NODE_OPTIONS)/.test(name),
	);
	return {...Object.fromEntries(kept), ...environment};
}
