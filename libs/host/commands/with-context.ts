import type {Shell} from './shell.js';
import {Interrupted, stopSignal} from './stop-signal.js';

type Opened = Awaited<ReturnType<typeof import('../serve.js').openContext>>;

/**
 * Runs `work` on an up-to-date database, a running house's where there is one, and closes what was opened, also at Ctrl-C: a
 * database of our own would be left running. Throws what `work` throws, or `Interrupted`.
 */
export async function withContext<T>(shell: Shell, work: (opened: Opened) => Promise<T>): Promise<T> {
	const {asked} = stopSignal();
	// What a command stands on is loaded when one runs, not to list them.
	const {openContext} = await import('../serve.js');
	const opened = await openContext({
		plugins: shell.discovered.plugins,
		environment: shell.environment,
		guest: true,
		say: shell.say,
	});
	try {
		const interrupted = asked.then((signal): never => {
			throw new Interrupted(signal);
		});
		return await Promise.race([work(opened), interrupted]);
	} finally {
		await opened.close();
	}
}
