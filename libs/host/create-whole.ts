import {linkSync, rmSync, writeFileSync} from 'node:fs';

/**
 * Makes the file (0600) with all of its text, or leaves the one that is there: a second process never reads half of it, and what a
 * kill leaves is a draft beside it. True where it was made now.
 */
export function createWhole(file: string, text: string): boolean {
	const draft = `${file}.${process.pid}.new`;
	writeFileSync(draft, text, {mode: 0o600});
	try {
		linkSync(draft, file);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		return false;
	} finally {
		rmSync(draft);
	}
}
