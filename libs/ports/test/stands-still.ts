import {readdirSync, readFileSync} from 'node:fs';

/** Whether a process that was sent SIGSTOP has stopped, every thread of it. Linux. */
export const standsStill = (pid: number): boolean =>
	readdirSync(`/proc/${pid}/task`).every(thread => {
		// The state follows the name, which stands in brackets and may hold anything.
		const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
		return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'T';
	});
