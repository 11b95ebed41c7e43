import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {programs} from '../where.mjs';
import {run} from './run.mjs';

// Programs in Go are built from a small module of our own each, `go/<name>`: its go.mod pins the program and everything it is made
// of, with the exclusions and replacements that hold only in a main module, and its go.sum holds what each file must hash to.

const moduleFolder = name => fileURLToPath(new URL(`../go/${name}/`, import.meta.url));

export const inputs = name => ['go.mod', 'go.sum'].map(file => join(moduleFolder(name), file));

/** As `v1.8.0`, from the line that pins it. */
export function pin(name) {
	const {module} = programs[name];
	const line = readFileSync(join(moduleFolder(name), 'go.mod'), 'utf8')
		.split('\n')
		.map(one =>
			one
				.replace(/^require\s/, '')
				.trim()
				.split(/\s+/),
		)
		.find(([path]) => path === module);
	return line[1];
}

export async function compile(name, target, version) {
	const {module, command, stamps = {}} = programs[name];
	const set = Object.entries(stamps).map(
		([variable, value]) => `-X=${variable}=${value.replace('{version}', version)}`,
	);
	return run(
		'go',
		['build', '-mod=readonly', '-trimpath', '-buildvcs=false', `-ldflags=${['-s', '-w', ...set].join(' ')}`].concat([
			'-o',
			target,
			module + command,
		]),
		{cwd: moduleFolder(name), env: environment()},
	);
}

/** The module alone decides what is built: no workspace around it, no C compiler, for this machine. */
function environment() {
	const {GOOS, GOARCH, ...rest} = process.env;
	return {GOTOOLCHAIN: 'local', ...rest, GOWORK: 'off', CGO_ENABLED: '0'};
}
