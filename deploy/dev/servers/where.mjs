import {accessSync, constants, readFileSync, statSync} from 'node:fs';
import {homedir} from 'node:os';
import {delimiter, join, resolve} from 'node:path';

// In plain JavaScript, because get.mjs runs before anything is installed or built; find.ts is the door for TypeScript.

/** What there is to get, by the name of its program. */
export const programs = JSON.parse(readFileSync(new URL('programs.json', import.meta.url), 'utf8'));

/** Where built programs are kept: outside the checkout, so that every clone on a machine shares them. */
export function cacheFolder() {
	const {HEARTH_SERVERS, XDG_CACHE_HOME} = process.env;
	if (HEARTH_SERVERS) return resolve(HEARTH_SERVERS);
	return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'hearth', 'servers');
}

/** The path of a program, or null: built by get.mjs, else on the PATH, else where Debian puts it. */
export function whereIs(name) {
	const {folders = [], anywhere = true} = programs[name];
	// `anywhere: false`: another major version may be on the PATH, and that would be another test.
	const onPath = anywhere ? (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '') : [];
	const paths = [cacheFolder(), ...onPath, ...folders].map(folder => resolve(folder, name));
	return paths.find(isProgram) ?? null;
}

function isProgram(path) {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile();
	} catch {
		return false; // not there, or not to be run by us
	}
}
