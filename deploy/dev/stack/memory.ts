import {readdirSync, readFileSync} from 'node:fs';

/** Bytes that a process and all below it would free by ending: their own and their share of what is common (PSS). Linux only. */
export function memoryOfTree(pid: number): number {
	const children = new Map<number, number[]>();
	for (const name of readdirSync('/proc')) {
		const parent = /^\d+$/.test(name) ? parentOf(name) : null;
		if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
	}
	const sum = (one: number): number =>
		(children.get(one) ?? []).reduce((bytes, child) => bytes + sum(child), memoryOf(one));
	return sum(pid);
}

function parentOf(pid: string): number | null {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		// After the name, which may hold anything, come its state and its parent.
		return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
	} catch {
		return null; // gone since it was listed
	}
}

function memoryOf(pid: number): number {
	try {
		const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
		return Number(kilobytes ?? 0) * 1024;
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		if (code === 'ESRCH' || code === 'ENOENT') return 0; // it has just ended
		throw error;
	}
}
