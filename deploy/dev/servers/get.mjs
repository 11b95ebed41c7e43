import {build, isBuilt, pinnedVersion} from './get/build.mjs';
import {install} from './get/debian.mjs';
import {ending, run} from './get/run.mjs';
import {programs, whereIs} from './where.mjs';

// node deploy/dev/servers/get.mjs [name…]: puts the real programs on this machine, and says which it could not get and why. Without a name
// it is all of them but those that take longer to build than all the others together.

const say = line => process.stderr.write(`${line}\n`);

const names =
	process.argv.length > 2 ? process.argv.slice(2) : Object.keys(programs).filter(name => !programs[name].on_request);
const unknown = names.filter(name => !Object.hasOwn(programs, name));
if (unknown.length > 0) {
	say(`There is no ${unknown.join(', ')} to get; there is ${Object.keys(programs).join(', ')}.`);
	process.exit(2);
}

const reasons = await install(
	names.filter(name => programs[name].package && whereIs(name) === null),
	say,
);
for (const name of names.filter(isBuilt)) {
	const why = await build(name, say);
	if (why !== null) reasons.set(name, why);
}
const rows = await Promise.all(names.map(look));
const missing = rows.filter(({why}) => why !== undefined);

console.log(
	table([['name', 'version', 'path'], ...rows.filter(({path}) => path).map(row => [row.name, row.version, row.path])]),
);
if (missing.length > 0) {
	console.log('\nCould not be got:');
	for (const {name, why} of missing) console.log(`${name}: ${why}`);
}
if (missing.length > 0 && process.env.HEARTH_REQUIRE_REAL === '1') process.exitCode = 1;

/** Where a program is and its version, asked of the program itself; or why it is not there. */
async function look(name) {
	const {version, ask = '--version'} = programs[name];
	// One built of an older module may still lie there; that is not what was asked for.
	if (reasons.has(name)) return {name, why: reasons.get(name)};
	const path = whereIs(name);
	if (path === null) return {name, why: 'it was installed, and yet is in none of the places where it is looked for'};
	if (isBuilt(name)) return {name, path, version: pinnedVersion(name)};
	const {output} = await run(path, [ask], {longest_ms: 30_000});
	const found = new RegExp(version).exec(output);
	return found
		? {name, path, version: found[0]}
		: {name, why: `${path} does not say a version that is wanted:\n${ending(output)}`};
}

function table(lines) {
	const widths = [0, 1].map(column => Math.max(...lines.map(line => line[column].length)) + 2);
	return lines.map(([name, version, path]) => name.padEnd(widths[0]) + version.padEnd(widths[1]) + path).join('\n');
}
