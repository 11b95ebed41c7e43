import {createHash} from 'node:crypto';
import {accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {cacheFolder, programs} from '../where.mjs';
import * as cargo from './cargo.mjs';
import * as go from './go.mjs';
import {ending, run} from './run.mjs';
import * as wheel from './wheel.mjs';

const kinds = {
	go: {...go, missing: 'it is built with Go, and there is no go on the PATH'},
	cargo: {...cargo, missing: "it is built with Rust's cargo, and there is no cargo on the PATH"},
	wheel: {...wheel, missing: 'it is in a Python package, and there is no python3 on the PATH'},
};
const kindOf = name => (programs[name].wheel ? kinds.wheel : programs[name].crate ? kinds.cargo : kinds.go);

/** Whether it comes from its source or a package of another language, in place of being installed. */
export const isBuilt = name => ['module', 'crate', 'wheel'].some(kind => kind in programs[name]);

/** As the program itself says it; a commit that was pinned by its time has a name of its own there. */
export const pinnedVersion = name => programs[name].says ?? kindOf(name).pin(name).replace(/^v/, '');

/** Builds the program unless that was done before from the same source; answers why it could not, or null. */
export async function build(name, say) {
	const path = join(cacheFolder(), name);
	const stamp = `${path}.stamp`;
	const hash = hashOf(name);
	if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return null;
	try {
		mkdirSync(cacheFolder(), {recursive: true});
		accessSync(cacheFolder(), constants.W_OK);
	} catch (error) {
		return `${cacheFolder()} cannot be written (${error.code}); set HEARTH_SERVERS to a folder of yours`;
	}
	// Moved into place whole: another run may be starting the old one, or building the same.
	const fresh = join(cacheFolder(), `.${name}-${process.pid}`);
	try {
		say(`Building ${name} ${pinnedVersion(name)} …`);
		const started = Date.now();
		const why = (await compile(name, fresh)) ?? (await doubt(name, fresh));
		if (why !== null) return why;
		renameSync(fresh, path);
		writeFileSync(stamp, hash);
		say(`Built ${name} in ${((Date.now() - started) / 60_000).toFixed(1)} min.`);
		return null;
	} finally {
		rmSync(fresh, {force: true});
	}
}

async function compile(name, target) {
	const kind = kindOf(name);
	const {code, output} = await kind.compile(name, target, pinnedVersion(name));
	if (code === 127) return kind.missing;
	return code === 0 ? null : `${COMMANDS.get(kind)} failed:\n${ending(output)}`;
}

const COMMANDS = new Map([
	[kinds.go, 'go build'],
	[kinds.cargo, 'cargo install'],
	[kinds.wheel, 'pip download'],
]);

/** What was built must run and be what was asked for. */
async function doubt(name, path) {
	const {output} = await run(path, [programs[name].ask ?? '--version'], {longest_ms: 30_000});
	const wanted = pinnedVersion(name);
	return output.includes(wanted) ? null : `what was built does not say that it is ${wanted}:\n${ending(output)}`;
}

function hashOf(name) {
	const hash = createHash('sha256').update(JSON.stringify([programs[name], process.platform, process.arch]));
	for (const file of kindOf(name).inputs(name)) hash.update(readFileSync(file));
	return hash.digest('hex');
}
