import {mkdirSync, statSync} from 'node:fs';
import {dirname} from 'node:path';

/**
 * Makes a folder and those that lead to it, for their owner alone; one that is there stays as it is. Throws what the system says. Node's own
 * `recursive` goes on for ever where a file system that takes no folders says that the way to them is missing, as /proc does.
 */
export function makeFolder(path: string): void {
	if (statSync(path, {throwIfNoEntry: false})?.isDirectory()) return;
	if (dirname(path) !== path) makeFolder(dirname(path));
	try {
		mkdirSync(path, {mode: 0o700});
	} catch (error) {
		// Another process may have made it meanwhile.
		if (!statSync(path, {throwIfNoEntry: false})?.isDirectory()) throw error;
	}
}
