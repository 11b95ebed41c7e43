import {randomUUID} from 'node:crypto';
import {readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
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

// A claim is written in one go; a file that stays unreadable for longer was cut off by a crash.
const WRITING_MS = 5_000;

const fileOf = (folder: string) => join(folder, 'owner.json');

/**
 * Makes this process the owner, unless another one lives. `answers` is asked only where the owner is of another container, so that
 * its server is the only sign of life.
 */
export async function claim(
	folder: string,
	answers: () => Promise<boolean>,
): Promise<{mine: Owner} | {theirs: Pick<Owner, 'pid'>}> {
	const mine: Owner = {
		pid: process.pid,
		identity: processIdentity(process.pid) ?? 'unknown',
		space: processSpace(),
		token: randomUUID(),
	};
	for (;;) {
		try {
			writeFileSync(fileOf(folder), JSON.stringify(mine), {flag: 'wx', mode: 0o600});
			return {mine};
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		}
		const found = readOwner(folder);
		if (found === null) continue;
		if (await isAlive(found, answers)) return {theirs: found};
		setAside(folder, found.token);
	}
}

/** Lets go of the folder, if it is still ours. */
export function release(folder: string, mine: Owner): void {
	if (readOwner(folder)?.token === mine.token) rmSync(fileOf(folder), {force: true});
}

/** Null when nobody is. */
function readOwner(folder: string): Owner | null {
	try {
		return JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Owner;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
		if (!(error instanceof SyntaxError)) throw error;
		const age_ms = Date.now() - (statSync(fileOf(folder), {throwIfNoEntry: false})?.mtimeMs ?? Date.now());
		const writing = age_ms < WRITING_MS;
		return {
			pid: writing ? process.pid : 0,
			identity: writing ? (processIdentity(process.pid) ?? '') : '',
			space: processSpace(),
			token: '',
		};
	}
}

async function isAlive(owner: Owner, answers: () => Promise<boolean>): Promise<boolean> {
	if (owner.space !== processSpace()) return answers();
	return processIdentity(owner.pid) === owner.identity;
}

/** Takes a dead owner's file away, and only that: another starter may have put its own there meanwhile. */
function setAside(folder: string, token: string): void {
	const aside = join(folder, `owner.${randomUUID()}.json`);
	try {
		renameSync(fileOf(folder), aside);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
		throw error;
	}
	let taken: Partial<Owner> = {};
	try {
		taken = JSON.parse(readFileSync(aside, 'utf8'));
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
	}
	if ((taken.token ?? '') === token) rmSync(aside);
	else renameSync(aside, fileOf(folder));
}
