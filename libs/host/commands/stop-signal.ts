// npm passes on the Ctrl-C that the terminal has sent to us as well; a person who means it twice takes longer than this.
const SAME_SIGNAL_MS = 1000;

/** What a command that was stopped ends with; it has closed what it opened. */
export class Interrupted extends Error {
	override readonly name = 'Interrupted';
	readonly exitCode: number;
	constructor(signal: NodeJS.Signals) {
		super(`Stopped by ${signal}`);
		// As a shell reports a process that a signal ended.
		this.exitCode = signal === 'SIGINT' ? 130 : 143;
	}
}

/**
 * From now on a first SIGTERM or SIGINT settles `asked` and aborts `stopping`, so that what is open can be closed in order; a
 * second one, once it cannot be the same, ends the process as it is.
 */
export function stopSignal(): {asked: Promise<NodeJS.Signals>; stopping: AbortSignal} {
	const controller = new AbortController();
	const asked = new Promise<NodeJS.Signals>(resolve => {
		let first: number | undefined;
		const hear = (signal: NodeJS.Signals) => {
			const now = performance.now();
			if (first === undefined) {
				first = now;
				controller.abort();
				resolve(signal);
			} else if (now - first > SAME_SIGNAL_MS) {
				process.exit(new Interrupted(signal).exitCode);
			}
		};
		process.on('SIGTERM', hear).on('SIGINT', hear);
	});
	return {asked, stopping: controller.signal};
}
