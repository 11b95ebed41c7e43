// Ends what a stack has started once the stack's own process is gone, however that came: its end of our standard input is then closed.
// A line names a process group that runs, or with a minus in front one that has ended; the only argument is the folder to remove.
import {rmSync} from 'node:fs';
import {createInterface} from 'node:readline';

const groups = new Set();
for await (const line of createInterface({input: process.stdin})) {
	if (line.startsWith('-')) groups.delete(Number(line.slice(1)));
	else groups.add(Number(line));
}
for (const group of groups) {
	try {
		process.kill(-group, 'SIGKILL');
	} catch (error) {
		if (error.code !== 'ESRCH') throw error; // it has ended by itself
	}
}
rmSync(process.argv[2], {recursive: true, force: true, maxRetries: 10, retryDelay: 200});
