import {createHash} from 'node:crypto';
import {accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {cacheFolder, programs} from '../where.mjs';
import {ending, run} from './run.mjs';

// Programs in Go are built from a small module of our own each, `go/<name>`: its go.mod pins the program and everything it is made
// of, with the exclusions and replacements that hold only in a main module, and its go.sum holds what each file must hash to.

const moduleFolder = name => fileURLToPath(new URL(`../go/${name}/`, import.meta.url));

/** As `v1.8.0`, from the line that pins it. */
export function pinnedVersion(name) {
	const {module} = programs[name];
	const pin = readFileSync(join(moduleFolder(name), 'go.mod'), 'utf8')
		.split('\n')
		.map(line =>
			line
				.replace(/^require\s/, '')
				.trim()
				.split(/\s+/),
		)
		.find(([path]) => path === module);
	return pin[1];
}

/** Builds the program unless that was done before from the same module; answers why it could not, or null. */
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
	const {module, command, stamp} = programs[name];
	const ldflags = ['-s', '-w', ...(stamp ? [`-X=${stamp}=${pinnedVersion(name).replace(/^v/, '')}`] : [])].join(' ');
	const {code, output} = await run(
		'go',
		['build', '-mod=readonly', '-trimpath', '-buildvcs=false', `-ldflags=${ldflags}`, '-o', target, module + command],
		{cwd: moduleFolder(name), env: environment()},
	);
	if (code === 127) return 'it is built with Go, and there is no go on the PATH';
	return code === 0 ? null : `go build failed:\n${ending(output)}`;
}

/** What was built must run and be what was asked for. */
async function doubt(name, path) {
	const {output} = await run(path, ['--version'], {longest_ms: 30_000});
	const wanted = pinnedVersion(name).replace(/^v/, '');
	return output.includes(wanted) ? null : `what was built does not say that it is ${wanted}:\n${ending(output)}`;
}

/** The module alone decides what is built: no workspace around it, no C compiler, for this machine. */
function environment() {
	const {GOOS, GOARCH, ...rest} = process.env;
	return {GOTOOLCHAIN: 'local', ...rest, GOWORK: 'off', CGO_ENABLED: '0'};
}

function hashOf(name) {
	const hash = createHash('sha256').update(JSON.stringify([programs[name], process.platform, process.arch]));
	for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleFolder(name), file)));
	return hash.digest('hex');
}
