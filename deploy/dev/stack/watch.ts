import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

/** Sees to it that nothing of a stack outlives this process, even one that is killed. */
export interface Watch {
	started(group: number): void;
	ended(group: number): void;
	/** Ends what still runs and removes the folder. */
	close(): Promise<void>;
}

export function startWatch(folder: string): Watch {
	const child = spawn(process.execPath, [fileURLToPath(new URL('end-with.mjs', import.meta.url)), folder], {
		cwd: '/',
		// A group of its own, which Ctrl-C in a terminal does not reach.
		detached: true,
		stdio: ['pipe', 'ignore', 'inherit'],
	});
	child.unref();
	// It is killed only by who kills everything.
	child.stdin.on('error', () => {});
	if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
	return {
		started: group => void child.stdin.write(`${group}\n`),
		ended: group => void child.stdin.write(`-${group}\n`),
		async close() {
			const ended = once(child, 'exit');
			child.ref();
			child.stdin.end();
			await ended;
		},
	};
}
