import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';

// A browser needs a moment to end its helpers; what still runs after this was forgotten.
const PATIENCE_MS = 5000;

/**
 * Ends the processes that still carry `mark` in their environment and answers a line for each: a test that leaves one behind
 * would leave one on a person's machine too. Sees nothing where there is no /proc.
 */
export async function endLeftovers(mark) {
	const until = Date.now() + PATIENCE_MS;
	let left = marked(mark);
	while (left.length > 0 && Date.now() < until) {
		await wait(100);
		left = marked(mark);
	}
	return left.map(({pid, command}) => {
		try {
			process.kill(pid, 'SIGKILL');
		} catch (error) {
			if (error.code !== 'ESRCH') throw error;
		}
		return `a test left a process behind: ${command}`;
	});
}

function marked(mark) {
	return processIds().flatMap(pid => {
		try {
			const carries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
			const command = carries ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() : '';
			// No command line: it has ended and waits for its parent to notice.
			return command === '' ? [] : [{pid, command: command.slice(0, 200)}];
		} catch {
			return []; // gone since, or another user's
		}
	});
}

function processIds() {
	try {
		return readdirSync('/proc')
			.filter(name => /^\d+$/.test(name))
			.map(Number);
	} catch {
		return [];
	}
}
