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
		return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${rest[18]}`;
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

/** How a server is called in the title of each of its processes: `postgres: <name>: checkpointer`. */
export interface ServerName {
	data: string;
	cluster_name: string;
}

/** Whether the process belongs to this server. Where the system does not say what a process runs, one that lives is believed. */
export function isProcessOf({data, cluster_name}: ServerName, pid: number): boolean {
	if (processIdentity(pid) === null) return false;
	if (!linux) return true;
	// Readable by everyone, unlike the folder a process is in.
	const words = readText(`/proc/${pid}/cmdline`).split('\0');
	return words.includes(data) || words[0]?.startsWith(`postgres: ${cluster_name}: `) === true;
}

/** All processes of a server; empty where the system does not say. */
export function processesOf(server: ServerName): number[] {
	if (!linux) return [];
	return readdirSync('/proc')
		.filter(name => /^\d+$/.test(name))
		.map(Number)
		.filter(pid => readText(`/proc/${pid}/comm`) === 'postgres\n' && isProcessOf(server, pid));
}

/** Sends a signal; a process that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
	try {
		process.kill(pid, name);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

/** Whether a process has this number, a zombie too. */
export function isThere(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

function statOf(pid: number): string[] | null {
	const stat = readText(`/proc/${pid}/stat`);
	// The second field is a name in brackets that may hold spaces and brackets.
	return stat === '' ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Empty for a process that ended meanwhile. */
function readText(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}
