import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync, readlinkSync} from 'node:fs';

// What can be learnt of other processes. A number alone says little: it is given to another process after the first has died.

const linux = process.platform === 'linux';

/**
 * A text that tells this process from a later one of the same number; null when there is no such process. A zombie counts as none.
 * Where the system does not say when a process began, its number is all there is.
 */
export function processIdentity(pid: number): string | null {
	if (!Number.isInteger(pid) || pid <= 0) return null;
	if (linux) {
		const [state, ...rest] = statOf(pid) ?? [];
		if (state === undefined || state === 'Z' || state === 'X') return null;
		// Field 22 of proc(5), in clock ticks since boot; `state` is field 3.
		return `${bootId()} ${rest[18]}`;
	}
	if (process.platform === 'win32') return isThere(pid) ? 'unknown' : null;
	try {
		return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {encoding: 'utf8'}).trim() || null;
	} catch {
		// `ps` fails where there is no such process.
		return null;
	}
}

/** Which process numbers mean the same here and there; containers differ. */
export function processSpace(): string {
	return linux ? readlinkSync('/proc/self/ns/pid') : process.platform;
}

/** The processes of PostgreSQL that work in this folder (each of them enters it at its start); empty where the system does not say. */
export function serverProcessesIn(folder: string): number[] {
	if (!linux) return [];
	return readdirSync('/proc')
		.filter(name => /^\d+$/.test(name))
		.map(Number)
		.filter(pid => {
			try {
				return (
					readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres' && readlinkSync(`/proc/${pid}/cwd`) === folder
				);
			} catch {
				// Gone meanwhile, or another person's: not ours in either case.
				return false;
			}
		});
}

/** True where `serverProcessesIn` finds them. */
export const canSeeServers = linux;

/** Sends a signal; a process that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
	try {
		process.kill(pid, name);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

function isThere(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

function statOf(pid: number): string[] | null {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		// The second field is a name in brackets that may hold spaces and brackets.
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	} catch {
		return null;
	}
}

const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
