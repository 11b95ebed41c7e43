import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {aFolder, checkout, run} from './running.js';

// What `npm start` does before the host runs, on a checkout with one source file; the packages are those of the real one.

const HOST = 'libs/host/hearth.ts';
const ran = (message = 'ran') => `console.log('${message}', process.argv.slice(2).join(' '));\n`;

async function aCheckout(t: ExecutionContext) {
	const folder = join(aFolder(t), 'with a space');
	const inside = (...path: string[]) => join(folder, ...path);
	const write = (path: string, text: string) => {
		mkdirSync(dirname(inside(path)), {recursive: true});
		writeFileSync(inside(path), text);
	};
	const manifests = ['libs', 'services'].flatMap(group =>
		readdirSync(join(checkout, group)).map(name => `${group}/${name}/package.json`),
	);
	for (const file of [
		'package.json',
		'pnpm-lock.yaml',
		'pnpm-workspace.yaml',
		'tsconfig.json',
		'bench/package.json',
		...manifests,
	]) {
		if (!existsSync(join(checkout, file))) continue;
		const text = readFileSync(join(checkout, file), 'utf8');
		// Without the scripts that build an app: there is nothing of it here.
		write(file, file.startsWith('services/') ? text.replace('"build":', '"built":') : text);
	}
	for (const path of ['deploy/run.mjs', 'deploy/run']) cpSync(join(checkout, path), inside(path), {recursive: true});
	mkdirSync(inside('node_modules'));
	for (const name of ['typescript', '@types', '.pnpm'])
		symlinkSync(join(checkout, 'node_modules', name), inside('node_modules', name));
	write(HOST, ran());
	const {installHash} = (await import(pathToFileURL(inside('deploy/run/install.mjs')).href)) as {installHash(): string};
	write('node_modules/.hearth-installed', installHash());
	return {
		inside,
		write,
		async hearth(args: string[], {node = [], env = {}}: {node?: string[]; env?: Record<string, string>} = {}) {
			const running = run(t, process.execPath, [...node, 'deploy/run.mjs', ...args], {cwd: folder, env});
			return {code: await running.ended, output: running.output()};
		},
	};
}

test('the first start builds, and the next finds it done until a source changes', async t => {
	const {hearth, write} = await aCheckout(t);
	const first = await hearth(['start']);
	t.regex(first.output, /Building/);
	t.regex(first.output, /ran serve/);
	t.is((await hearth(['hearth', 'user', 'add'])).output, 'ran user add\n');
	write(HOST, ran('changed'));
	const changed = await hearth(['start']);
	t.regex(changed.output, /Building/);
	t.regex(changed.output, /changed serve/);
});

test('JavaScript whose TypeScript is gone goes with it, and what was written by hand stays', async t => {
	const {hearth, write, inside} = await aCheckout(t);
	write('services/water/plugin.ts', 'export const glasses = 8;\n');
	write('services/water/by-hand.js', 'export const glasses = 9;\n');
	await hearth(['build']);
	t.true(existsSync(inside('services/water/plugin.js')));
	rmSync(inside('services/water/plugin.ts'));
	await hearth(['start']);
	t.false(existsSync(inside('services/water/plugin.js')));
	t.true(existsSync(inside('services/water/by-hand.js')));
});

test('JavaScript that somebody deleted is made anew', async t => {
	const {hearth, inside} = await aCheckout(t);
	await hearth(['build']);
	rmSync(inside(HOST.replace(/ts$/, 'js')));
	t.regex((await hearth(['start'])).output, /ran serve/);
});

test('a wrong type is shown; it stops a build, and not a household that wants to start', async t => {
	const {hearth, write} = await aCheckout(t);
	write('services/water/plugin.ts', "export const glasses: number = 'eight';\n");
	const build = await hearth(['build']);
	t.is(build.code, 1);
	t.regex(build.output, /services\/water\/plugin\.ts\(1,14\)/);
	const start = await hearth(['start']);
	t.is(start.code, 0);
	t.regex(start.output, /services\/water\/plugin\.ts\(1,14\)/);
	t.regex(start.output, /ran serve/);
});

test('of two at once one builds, the other waits for it', async t => {
	const {hearth} = await aCheckout(t);
	const both = await Promise.all([hearth(['start']), hearth(['start'])]);
	t.is(both.filter(({output}) => output.includes('Building')).length, 1);
	for (const {output} of both) t.regex(output, /ran serve/);
});

test('a build that was killed does not keep the next one waiting', async t => {
	const {hearth, write} = await aCheckout(t);
	// Our own number with another's birth: the process that wrote this is gone and its number was given away.
	write('.cache/turn', JSON.stringify({pid: process.pid, born: '1'}));
	const {output} = await hearth(['start']);
	t.notRegex(output, /waiting/);
	t.regex(output, /ran serve/);
});

test('an old Node is told which one is needed', async t => {
	const {hearth} = await aCheckout(t);
	const old = "Object.defineProperty(process, 'versions', {value: {...process.versions, node: '18.20.0'}})";
	const {code, output} = await hearth(['start'], {
		node: ['--import', `data:text/javascript,${encodeURIComponent(old)}`],
	});
	t.is(code, 1);
	t.is(
		output,
		'Hearth needs Node.js 20.19 or newer (of the 22s, 22.12), and this is 18.20.0. Install it from https://nodejs.org and start again.\n',
	);
});

test('a first start without the network says which registry did not answer, and what to do', async t => {
	const {hearth, inside} = await aCheckout(t);
	rmSync(inside('node_modules/.hearth-installed'));
	const env = {
		npm_config_registry: 'http://127.0.0.1:9/',
		npm_config_cache: inside('cache'),
		npm_config_fetch_retries: '0',
	};
	const {code, output} = await hearth(['start'], {env});
	t.is(code, 1);
	t.regex(output, /http:\/\/127\.0\.0\.1:9\/ did not answer.*start again\.\n$/);
	t.false(existsSync(inside('node_modules/.hearth-installed')));
});
