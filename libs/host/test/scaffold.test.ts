import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {access, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {freshDatabase} from '@hearth/ports/test-database.js';
import test, {type ExecutionContext} from 'ava';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A copy of the house in a path with a space. Its packages are the real ones, linked. */
async function aCheckout(t: ExecutionContext): Promise<string> {
	const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'hearth copy ')));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
	for (const name of [
		'package.json',
		'tsconfig.json',
		'biome.json',
		'.gitignore',
		'libs',
		'migrations',
		'nginx',
		'services',
	]) {
		await cp(path.join(root, name), path.join(folder, name), {recursive: true, verbatimSymlinks: true});
	}
	return folder;
}

async function run(cwd: string, program: string, args: string[], env: Record<string, string> = {}) {
	const child = spawn(process.execPath, [program, ...args], {cwd, env: {PATH: process.env.PATH, ...env}});
	child.stdin.end();
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', text => {
			output += text;
		});
	}
	const [code] = await once(child, 'close');
	return {code, output};
}

const hearth = (folder: string, args: string[], env?: Record<string, string>) =>
	run(folder, 'libs/host/hearth.js', args, {HEARTH_DATA: path.join(folder, 'data'), ...env});

/** Links what its package.json names, as the package manager does, and compiles it. */
async function installAndBuild(folder: string, name: string) {
	const service = path.join(folder, 'services', name);
	await mkdir(path.join(service, 'node_modules/@hearth'), {recursive: true});
	const {dependencies} = JSON.parse(await readFile(path.join(service, 'package.json'), 'utf8')) as {
		dependencies: object;
	};
	for (const dependency of Object.keys(dependencies)) {
		const home = dependency.startsWith('@hearth/')
			? path.join(folder, 'libs', dependency.slice('@hearth/'.length))
			: path.join(folder, 'libs/host/node_modules', dependency);
		await symlink(home, path.join(service, 'node_modules', dependency));
	}
	await writeFile(
		path.join(folder, 'tsconfig.new.json'),
		JSON.stringify({
			extends: './tsconfig.json',
			compilerOptions: {incremental: false},
			include: [`services/${name}/**/*.ts`],
		}),
	);
	return run(folder, 'node_modules/typescript/bin/tsc', ['-p', 'tsconfig.new.json', '--pretty', 'false']);
}

const works = test.macro(
	async (t, args: string[], {name, files, route}: {name: string; files: string[]; route: string}) => {
		t.timeout(300_000);
		const folder = await aCheckout(t);
		const made = await hearth(folder, ['plugin', 'new', ...args]);
		t.is(made.code, 0, made.output);
		t.regex(made.output, /npm start/);
		for (const file of files) await t.notThrowsAsync(access(path.join(folder, file)), file);
		t.deepEqual(
			(await readdir(path.join(folder, 'services', name), {recursive: true})).filter(
				file => /glass|water/i.test(file) && name !== 'water',
			),
			[],
		);
		const checked = await run(folder, 'node_modules/@biomejs/biome/bin/biome', [
			'check',
			'--vcs-enabled=false',
			`services/${name}`,
		]);
		t.is(checked.code, 0, checked.output);
		const built = await installAndBuild(folder, name);
		t.is(built.code, 0, built.output);
		const listed = await hearth(folder, ['plugins', '--routes']);
		t.true(listed.output.includes(route), listed.output);
		t.notRegex(listed.output, /Cannot run/);
		// Its own tests run the real host with the new plugin and call its routes.
		const server = await freshDatabase();
		t.teardown(() => server.close());
		const tested = await run(folder, 'node_modules/ava/entrypoints/cli.mjs', [`services/${name}/test/*.test.js`], {
			HEARTH_TEST_DATABASE_URL: server.url,
			TMPDIR: tmpdir(),
		});
		t.is(tested.code, 0, tested.output);
		t.regex(tested.output, /5 tests passed/);
		const again = await hearth(folder, ['plugin', 'new', name]);
		t.like(again, {code: 1, output: `There is already something named ${name}: choose another name.\n`});
	},
);

test.serial(
	'plugin new makes a plugin that compiles, passes its tests and answers',
	works,
	['water', '--of', 'glass'],
	{
		name: 'water',
		files: ['services/water/add-glass.ts', 'services/water/README.md', 'migrations/water/0001-glasses.sql'],
		route: '/api/v1/water/glasses',
	},
);
test.serial('so it does under a name of two words, of something else', works, ['sleep_log'], {
	name: 'sleep_log',
	files: [
		'services/sleep_log/add-entry.ts',
		'services/sleep_log/test/entries.test.ts',
		'migrations/sleep_log/0001-entries.sql',
	],
	route: '/api/v1/sleep-log/entries',
});

test.serial('a name that is wrong or in use is refused in a sentence, and nothing is made', async t => {
	const folder = await aCheckout(t);
	const services = await readdir(path.join(folder, 'services'));
	const cases: [string[], RegExp][] = [
		[['Water'], /^A plugin cannot be named Water: take 1–31 of a–z/],
		[['../water'], /^A plugin cannot be named \.\.\/water/],
		[['public'], /^The name public belongs to the house or to PostgreSQL/],
		[['order'], /^The word order means something to PostgreSQL or TypeScript/],
		[['water', '--of', 'class'], /^The word class means something/],
		[['water', '--of', 'two words'], /^--of takes one word/],
		[['auth'], /^There is already something named auth/],
		[['host'], /^The name host belongs to the house/],
		[['nutrition'], /^There is already something named nutrition/],
	];
	for (const [args, sentence] of cases) {
		const {code, output} = await hearth(folder, ['plugin', 'new', ...args]);
		t.is(code, 1, args.join(' '));
		t.regex(output, sentence);
		t.notRegex(output, /\n\s+at /);
	}
	t.deepEqual(await readdir(path.join(folder, 'services')), services);
});
