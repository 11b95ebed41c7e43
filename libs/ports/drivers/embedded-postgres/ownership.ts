import {randomUUID} from 'node:crypto';
import {linkSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {processIdentity, processSpace} from './processes.js';

// One process owns a folder's server: it starts it, restarts it and stops it. A file says who. PostgreSQL's own postmaster.pid still
// guards the data, should two ever believe that they own it.

export interface Owner {
	pid: number;
	/** Tells it from a later process of the same number. */
	identity: string;
	/** Process numbers of another container mean nothing here. */
	space: string;
	token: string;
}

const fileOf = (folder: string) => join(folder, 'owner.json');

/**
 * Makes this process the owner, unless another one lives. `answers` is asked only where the owner is of another container, so that
 * its server is the only sign of life. Throws as the file system does.
 */
export async function claim(folder: string, answers: () => Promise<boolean>): Promise<{mine: Owner} | {theirs: Owner}> {
	const mine: Owner = {
		pid: process.pid,
		identity: processIdentity(process.pid) ?? 'unknown',
		space: processSpace(),
		token: randomUUID(),
	};
	for (;;) {
		if (createWhole(fileOf(folder), JSON.stringify(mine))) return {mine};
		const found = readOwner(fileOf(folder));
		if (found === 'nobody') continue;
		if (found !== 'unreadable' && (await isAlive(found, answers))) return {theirs: found};
		setAside(folder, found);
	}
}

/** Lets go of the folder, if it is still ours. */
export function release(folder: string, mine: Owner): void {
	const found = readOwner(fileOf(folder));
	if (typeof found === 'object' && found.token === mine.token) rmSync(fileOf(folder), {force: true});
}

/** False where the file is there already. Nobody ever reads half of it. */
function createWhole(path: string, text: string): boolean {
	const draft = `${path}.${randomUUID()}`;
	writeFileSync(draft, text, {flag: 'wx', mode: 0o600});
	try {
		linkSync(draft, path);
		return true;
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		if (code === 'EEXIST') return false;
		if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) throw error;
	} finally {
		rmSync(draft, {force: true});
	}
	// A file system without links, such as a memory stick's: written in one go, which is as good as it gets.
	try {
		writeFileSync(path, text, {flag: 'wx', mode: 0o600});
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	}
}

type Found = Owner | 'nobody' | 'unreadable';

function readOwner(path: string): Found {
	try {
		return JSON.parse(readFileSync(path, 'utf8')) as Owner;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'nobody';
		// Cut off by a crash.
		if (error instanceof SyntaxError) return 'unreadable';
		throw error;
	}
}

async function isAlive(owner: Owner, answers: () => Promise<boolean>): Promise<boolean> {
	if (owner.space !== processSpace()) return answers();
	return processIdentity(owner.pid) === owner.identity;
}

/** Takes a dead owner's file away, and only that: another starter may have put its own there meanwhile. */
function setAside(folder: string, dead: Found): void {
	const aside = join(folder, `owner.json.${randomUUID()}`);
	try {
		renameSync(fileOf(folder), aside);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
		throw error;
	}
	const taken = readOwner(aside);
	const tokenOf = (found: Found) => (typeof found === 'object' ? found.token : found);
	if (tokenOf(taken) === tokenOf(dead)) rmSync(aside, {force: true});
	else renameSync(aside, fileOf(folder));
}
