import {readdirSync, readFileSync} from 'node:fs';

/** Bytes a process would free by ending: its own and its share of what it has in common with others (PSS). Linux only. */
export function memoryOf(pid: number): number {
	const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
	if (kilobytes === undefined) throw new Error(`The kernel tells no Pss of process ${pid}`);
	return Number(kilobytes) * 1024;
}

/** Everything that a process started, and what those started, with their names. */
export function descendantsOf(pid: number): {pid: number; name: string}[] {
	const all = readdirSync('/proc')
		.filter(name => /^\d+$/.test(name))
		.flatMap(name => {
			try {
				const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
				const afterName = stat.lastIndexOf(')');
				const parent = Number(stat.slice(afterName + 2).split(' ')[1]);
				return [{pid: Number(name), parent, name: stat.slice(stat.indexOf('(') + 1, afterName)}];
			} catch {
				return []; // gone since it was listed
			}
		});
	const below = (parent: number): {pid: number; name: string}[] =>
		all.filter(one => one.parent === parent).flatMap(one => [{pid: one.pid, name: one.name}, ...below(one.pid)]);
	return below(pid);
}

// What Linux counts processor time in, on every platform that Node runs on.
const TICK_MS = 10;

/** Milliseconds of processor time that a process has used, all its threads together. Linux only. */
export function processorTimeOf(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
