import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {installHash, seconds} from './install.mjs';
import {filesBelow, hashOf, manifest, packageFolders} from './packages.mjs';
import {quiet} from './quiet.mjs';
import {root, Stop, say} from './say.mjs';

const emitted = ['libs', 'services', 'bench', 'deploy'];
// What runs in browsers alone is bundled from its source; see `exclude` in tsconfig.json.
const isBundled = path => path.startsWith('services/web/app/') || path.startsWith('libs/client/browser/');
const isSource = path => path.endsWith('.ts') && !path.endsWith('.d.ts') && !isBundled(path);

/** With `check`: whether everything built is current. Otherwise builds what is not. */
export async function build({check, strict}) {
	const due = steps().filter(step => !step.current());
	if (check) return due.length === 0;
	if (due.length === 0) return true;
	say('Building …');
	const started = Date.now();
	for (const step of due) {
		step.forget();
		const {code, output} = await step.run();
		if (code === 0) step.remember();
		else if (strict) throw new Stop(`${output.trimEnd()}\n\n${step.name} failed; the lines above say where.`);
		else say(`${output.trimEnd()}\n\n${step.name} failed. Starting with what there is.`);
	}
	say(`Built in ${seconds(started)}.`);
	return true;
}

function steps() {
	const installed = installHash();
	return [
		typescript(installed),
		...packageFolders()
			.filter(folder => manifest(folder).scripts?.build)
			.map(ownBuild(installed)),
	];
}

/** All TypeScript of the house in one go; JavaScript is written beside each file. */
function typescript(installed) {
	const sources = emitted.flatMap(folder => [...filesBelow(folder, path => path.endsWith('.ts'))]);
	const hash = hashOf([...sources, 'tsconfig.json'], installed);
	const missing = () => sources.filter(isSource).some(path => !existsSync(join(root, path.replace(/ts$/, 'js'))));
	const memory = stamped('typescript', hash);
	return {
		name: 'Compiling TypeScript',
		...memory,
		current: () => memory.current() && !missing(),
		run: async () => {
			removeOrphans(new Set(sources));
			// tsc's own memory of what it wrote does not notice that it is gone.
			if (missing()) rmSync(join(root, '.cache/tsbuildinfo'), {force: true});
			return quiet(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--pretty', 'false']);
		},
	};
}

/** JavaScript whose TypeScript is gone would still be found and run. Only what tsc wrote is removed: it ends in its source map. */
function removeOrphans(sources) {
	const isOrphan = path => path.endsWith('.js') && !sources.has(path.replace(/js$/, 'ts'));
	for (const folder of emitted) {
		for (const path of filesBelow(folder, isOrphan)) {
			const text = readFileSync(join(root, path), 'utf8');
			if (text.includes('\n//# sourceMappingURL=data:application/json')) rmSync(join(root, path));
		}
	}
}

/** A package's own `build` script, which writes to its `public/`; made anew when it, or a package it uses, has changed. */
function ownBuild(installed) {
	return folder => {
		const used = withDependencies(folder);
		const files = used.flatMap(one => [...filesBelow(one, path => !path.endsWith('.js') && !path.includes('/test/'))]);
		const memory = stamped(folder.replaceAll('/', '-'), hashOf(files, installed));
		return {
			name: `Building ${folder}`,
			...memory,
			current: () => memory.current() && existsSync(join(root, folder, 'public')),
			run: () => quiet('npm', ['run', '--silent', 'build'], {cwd: join(root, folder)}),
		};
	};
}

function withDependencies(folder) {
	const byName = new Map(packageFolders().map(one => [manifest(one).name, one]));
	const found = new Set([folder]);
	for (const one of found) {
		const {dependencies = {}, devDependencies = {}} = manifest(one);
		for (const name of Object.keys({...dependencies, ...devDependencies})) {
			if (byName.has(name)) found.add(byName.get(name));
		}
	}
	return [...found];
}

function stamped(name, hash) {
	const stamp = join(root, '.cache', `built-${name}`);
	return {
		current: () => existsSync(stamp) && readFileSync(stamp, 'utf8') === hash,
		forget: () => rmSync(stamp, {force: true}),
		remember: () => {
			mkdirSync(dirname(stamp), {recursive: true});
			writeFileSync(stamp, hash);
		},
	};
}
