import {mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {root, Stop, say} from './say.mjs';

const cache = join(root, '.cache');
const lock = join(cache, 'turn');

/** Waits until no other run installs or builds in this checkout; answers the function that lets the next one. */
export async function takeTurn() {
	const mine = JSON.stringify({pid: process.pid, born: bornAt(process.pid)});
	let told = false;
	for (;;) {
		if (claim(mine)) return () => rmSync(lock, {force: true});
		const holder = readHolder();
		if (holder.gone) takeAway(holder.text);
		else {
			if (!told) say('Another run is installing or building here; waiting for it …');
			told = true;
			await wait(200);
		}
	}
}

function claim(mine) {
	try {
		mkdirSync(cache, {recursive: true});
		writeFileSync(lock, mine, {flag: 'wx'});
		return true;
	} catch (error) {
		if (error.code === 'EEXIST') return false;
		if (['EACCES', 'EPERM', 'EROFS'].includes(error.code)) {
			throw new Stop(
				`Hearth has to install or build something, and this user may not write in ${root}. Run it as the owner of that folder, or clone it to a place of your own.`,
			);
		}
		throw error;
	}
}

function readHolder() {
	try {
		const text = readFileSync(lock, 'utf8');
		// Made, but not written yet; five seconds later its maker must have died in between.
		if (text === '') return {text, gone: Date.now() - statSync(lock).mtimeMs > 5000};
		const {pid, born} = JSON.parse(text);
		return {text, gone: bornAt(pid) !== born};
	} catch (error) {
		if (error.code === 'ENOENT') return {text: null, gone: false};
		throw error;
	}
}

/** By renaming, so that of two who found the same dead holder only one removes it, and never the lock of the other. */
function takeAway(text) {
	const aside = `${lock}.${process.pid}`;
	try {
		renameSync(lock, aside);
		if (readFileSync(aside, 'utf8') !== text) renameSync(aside, lock);
		else rmSync(aside);
	} catch (error) {
		if (error.code !== 'ENOENT') throw error;
	}
}

/** Tells a process from a later one that got its number; null when there is none. */
function bornAt(pid) {
	try {
		process.kill(pid, 0);
	} catch (error) {
		if (error.code === 'ESRCH') return null;
	}
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		// Field 22, counted from after the name, which may hold spaces and brackets.
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
	} catch {
		return 'unknown'; // no /proc, as on macOS: the number alone has to do
	}
}
