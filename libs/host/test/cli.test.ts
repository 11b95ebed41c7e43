import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {type AddressInfo, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {freshDatabase} from '@hearth/ports/test-database.js';
import test, {type ExecutionContext} from 'ava';

const hearth = fileURLToPath(new URL('../hearth.js', import.meta.url));

async function aFolder(t: ExecutionContext, files: Record<string, string> = {}) {
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-cli-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	for (const [name, text] of Object.entries(files)) {
		await mkdir(path.dirname(path.join(folder, name)), {recursive: true});
		await writeFile(path.join(folder, name), text);
	}
	return folder;
}

interface Options {
	env?: Record<string, string>;
	input?: string;
}

// One after the other: each starts processes of its own, and a small machine has few cores.

/** Starts `hearth` with an environment of its own; nothing of ours leaks in. */
async function start(t: ExecutionContext, args: string[], {env = {}}: Options = {}) {
	const data = env.HEARTH_DATA ?? (await aFolder(t));
	const child = spawn(process.execPath, [hearth, ...args], {
		cwd: data,
		env: {PATH: process.env.PATH, HEARTH_DATA: data, HEARTH_PORT: '0', HEARTH_LOG_LEVEL: 'silent', ...env},
	});
	t.teardown(async () => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		child.kill('SIGKILL');
		await once(child, 'exit');
	});
	const said = {stdout: '', stderr: ''};
	for (const name of ['stdout', 'stderr'] as const) {
		child[name].setEncoding('utf8').on('data', text => {
			said[name] += text;
		});
	}
	return {child, said, data};
}

async function run(t: ExecutionContext, args: string[], options: Options = {}) {
	const {child, said} = await start(t, args, options);
	child.stdin.end(options.input ?? '');
	const [code] = await once(child, 'close');
	return {code, ...said};
}

async function heard(child: ChildProcess, said: {stdout: string; stderr: string}, what: RegExp): Promise<string> {
	const end = Date.now() + 30_000;
	for (;;) {
		const match = what.exec(said.stdout);
		if (match) return match[1] ?? match[0];
		if (child.exitCode !== null || Date.now() > end)
			throw new Error(`not heard: ${what}\n${said.stdout}${said.stderr}`);
		await new Promise(resolve => setTimeout(resolve, 25));
	}
}

/** A database for a process of its own; dropped after it has ended. */
async function aDatabase(t: ExecutionContext): Promise<string> {
	const database = await freshDatabase();
	t.teardown(() => database.close());
	return database.url;
}

test.serial('serve prints where the house is once it is ready, and a signal closes it', async t => {
	const {child, said} = await start(t, ['serve'], {env: {DATABASE_URL: await aDatabase(t)}});
	const url = await heard(child, said, /Hearth is open at (\S+)/);
	t.is((await fetch(`${url}/ready`)).status, 200);
	child.kill('SIGTERM');
	const [code] = await once(child, 'close');
	t.is(code, 0, said.stderr);
	await t.throwsAsync(fetch(`${url}/health`));
});

test.serial(
	'serve runs the plugins that are named, a plugin from outside among them, and tells which one failed',
	async t => {
		const folder = await aFolder(t, {
			'water/plugin.js': `
			import {definePlugin, route} from '@hearth/host/plugin.js';
			import {z} from 'zod';
			export default definePlugin({name: 'water', summary: 'Water', routes: [route('GET', '/api/v1/water', {
				summary: 'Water', role: 'public', query: z.object({n: z.coerce.number().default(1)}), handle: async ({query}) => ({n: query.n})})]});`,
			'sour/plugin.js': `throw new Error('it has gone off');`,
		});
		const env = {DATABASE_URL: await aDatabase(t), HEARTH_PLUGINS: `${folder}/water, ${folder}/sour`};
		const all = await start(t, ['serve'], {env});
		const url = await heard(all.child, all.said, /Hearth is open at (\S+)/);
		t.deepEqual(await (await fetch(`${url}/api/v1/water?n=2`)).json(), {data: {n: 2}});
		const {plugins} = (await (await fetch(`${url}/ready`)).json()) as {
			plugins: Record<string, {status: string; reason?: string}>;
		};
		t.is(plugins.water?.status, 'up');
		t.like(plugins.sour, {status: 'down'});
		t.regex(plugins.sour?.reason ?? '', /it has gone off/);
		all.child.kill('SIGINT');
		t.is((await once(all.child, 'close'))[0], 0);
		const one = await start(t, ['serve', 'water'], {env});
		const alone = await heard(one.child, one.said, /Hearth is open at (\S+)/);
		t.is((await fetch(`${alone}/api/v1/water`)).status, 200);
		t.is((await fetch(`${alone}/api/v1/foods/search?q=a`)).status, 404);
		one.child.kill('SIGTERM');
		await once(one.child, 'close');
		const sour = await run(t, ['serve', 'sour'], {env});
		t.is(sour.code, 1);
		t.regex(sour.stderr, /^The plugin sour cannot run: .*it has gone off\n$/);
	},
);

test.serial('a busy port is a sentence that says what to do', async t => {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	const {port} = server.address() as AddressInfo;
	const env = {DATABASE_URL: await aDatabase(t), HEARTH_PORT: String(port)};
	const {code, stderr} = await run(t, ['serve'], {env});
	t.is(code, 1);
	t.regex(stderr, new RegExp(`^Port ${port} is in use by another program\\. .*HEARTH_PORT.*\\n$`));
	const doctor = await run(t, ['doctor'], {env});
	t.is(doctor.code, 1);
	t.regex(doctor.stdout, new RegExp(`✘ Web server: port ${port} is in use by another program\\n  → .*HEARTH_PORT`));
});

test.serial('every wrong setting is told at once, without a stack', async t => {
	const {code, stderr} = await run(t, ['serve'], {env: {HEARTH_PORT: 'abc', HEARTH_RATE_LIMITS: 'maybe'}});
	t.is(code, 1);
	t.regex(stderr, /2 settings are wrong/);
	t.regex(stderr, /HEARTH_PORT is "abc"/);
	t.regex(stderr, /HEARTH_RATE_LIMITS is "maybe": expected on or off/);
	t.notRegex(stderr, /\n\s+at /);
});

test.serial('a plugin that there is not is told with those that there are', async t => {
	const {code, stderr} = await run(t, ['serve', 'nonsense'], {env: {DATABASE_URL: await aDatabase(t)}});
	t.is(code, 1);
	t.regex(stderr, /^There is no plugin nonsense\. There are: .*auth/);
});

test.serial('.env of the data folder is read, and what is set already stays', async t => {
	const data = await aFolder(t, {'.env': 'HEARTH_API_LIMIT=17\nHEARTH_LOG_LEVEL=debug\n'});
	const {stdout} = await run(t, ['settings'], {env: {HEARTH_DATA: data, HEARTH_LOG_LEVEL: 'error'}});
	t.regex(stdout, /^HEARTH_API_LIMIT +17 /m);
	t.regex(stdout, /^HEARTH_LOG_LEVEL +error /m);
});

test.serial('settings shows each with its default, and of a secret only that it is set', async t => {
	const {code, stdout} = await run(t, ['settings'], {
		env: {DATABASE_URL: 'postgres://ann:hidden@localhost/hearth', HEARTH_PORT: ''},
	});
	t.is(code, 0);
	t.regex(stdout, /^DATABASE_URL +set /m);
	t.notRegex(stdout, /hidden/);
	t.regex(stdout, /^HEARTH_PORT +8080 \(default\) +Port of the web server/m);
	const wrong = await run(t, ['settings'], {env: {HEARTH_PORT: 'abc'}});
	t.is(wrong.code, 1);
	t.regex(wrong.stdout, /^HEARTH_PORT +abc /m);
	t.regex(wrong.stderr, /HEARTH_PORT is "abc"/);
});

test.serial('settings --example names every setting with its default and no secret', async t => {
	const {stdout} = await run(t, ['settings', '--example'], {env: {HEARTH_SECRET_KEY: 'ab'.repeat(32)}});
	t.regex(stdout, /^#HEARTH_PORT=8080$/m);
	t.regex(stdout, /^#HEARTH_DATA=\.\/data$/m);
	t.regex(stdout, /^#HEARTH_SECRET_KEY=$/m);
	t.notRegex(stdout, /abab/);
	t.deepEqual(
		stdout.split('\n').filter(line => line !== '' && !line.startsWith('#')),
		[],
	);
});

test.serial('plugins lists what there is and what cannot run', async t => {
	const {code, stdout} = await run(t, ['plugins', '--routes'], {env: {HEARTH_PLUGINS: './nowhere'}});
	t.is(code, 0);
	t.regex(stdout, /^auth +services\/auth +\d+/m);
	t.regex(stdout, /^auth +POST +\/api\/v1\/auth\/login +public/m);
	t.regex(stdout, /Cannot run:\n {2}nowhere \(\.\/nowhere\): nothing is there/);
});

test.serial('doctor looks at each part', async t => {
	const {code, stdout} = await run(t, ['doctor'], {env: {DATABASE_URL: await aDatabase(t)}});
	t.is(code, 0, stdout);
	for (const about of [
		'Node.js',
		'Settings',
		'Data folder',
		'Disk',
		'Web server',
		'database',
		'cache',
		'bus',
		'objects',
		'Plugins',
	]) {
		t.true(stdout.includes(`✔ ${about}: `), about);
	}
});

test.serial('doctor says what to do about a database that is away, without its password', async t => {
	const {code, stdout} = await run(t, ['doctor'], {env: {DATABASE_URL: 'postgres://ann:hidden@127.0.0.1:1/hearth'}});
	t.is(code, 1);
	t.regex(stdout, /✘ .*\n {2}→ /);
	t.notRegex(stdout, /hidden/);
});

test.serial('a command of a plugin runs on the database, and its mistake is a sentence', async t => {
	const folder = await aFolder(t, {
		'plugin.js': `
			import {definePlugin} from '@hearth/host/plugin.js';
			import {PublicError} from '@hearth/host/errors.js';
			export default definePlugin({name: 'water', summary: 'Water', commands: [{
				name: 'water count', summary: 'Counts', arguments: [{name: 'what', summary: 'What to count'}],
				options: [{name: 'dry-run', summary: 'Only says so'}, {name: 'most', summary: 'At most', value: 'n'}],
				async run({arguments: [what], options}, {db}, terminal) {
					if (what === 'air') throw new PublicError('VALIDATION_ERROR', 'Air cannot be counted.');
					if (what === 'bug') throw new TypeError('a mistake of ours');
					const first = await terminal.secret('Password:');
					const second = await terminal.secret('Again:');
					const {n} = await db.one('select 41 + 1 as n');
					terminal.print(JSON.stringify({what, options, n, same: first === second}));
				}}]});`,
	});
	const env = {DATABASE_URL: await aDatabase(t), HEARTH_PLUGINS: folder};
	const right = await run(t, ['water', 'count', 'glasses', '--dry-run', '--most', '3'], {env, input: 'pass\npass\n'});
	t.is(right.code, 0, right.stderr);
	t.deepEqual(JSON.parse(right.stdout), {what: 'glasses', options: {'dry-run': true, most: '3'}, n: 42, same: true});
	t.like(await run(t, ['water', 'count', 'air'], {env}), {code: 1, stderr: 'Air cannot be counted.\n'});
	const bug = await run(t, ['water', 'count', 'bug'], {env});
	t.is(bug.code, 70);
	t.regex(bug.stderr, /a mistake of ours\n\s+at /);
	t.regex((await run(t, ['water', 'count', 'glasses'], {env})).stderr, /Nothing was typed/);
	t.regex((await run(t, ['water', 'count'], {env})).stderr, /missing required argument 'what'/);
	t.regex((await run(t, ['water', 'count', '--help'], {env})).stdout, /--most <n> +At most/);
});

test.serial('a command that is stopped while it asks closes what it opened', async t => {
	const folder = await aFolder(t, {
		'plugin.js': `export default {name: 'water', summary: 'Water', commands: [{name: 'water ask', summary: 'Asks',
			run: async (_given, _context, terminal) => { terminal.print('asking'); await terminal.secret('Password:'); }}]};`,
	});
	const database = await freshDatabase();
	t.teardown(() => database.close());
	const {child, said} = await start(t, ['water', 'ask'], {env: {DATABASE_URL: database.url, HEARTH_PLUGINS: folder}});
	await heard(child, said, /asking/);
	child.kill('SIGINT');
	const [code] = await once(child, 'close');
	t.is(code, 130, said.stderr);
	t.is(said.stderr.trim(), 'Password:');
});

test.serial('each command has its help, and what is no command is told', async t => {
	for (const command of [['serve'], ['migrate'], ['settings'], ['plugins'], ['plugin', 'new'], ['nginx'], ['doctor']]) {
		const {code, stdout} = await run(t, [...command, '--help']);
		t.is(code, 0);
		t.regex(stdout, new RegExp(`^Usage: hearth ${command.join(' ')}`));
	}
	const {code, stderr} = await run(t, ['sreve']);
	t.is(code, 1);
	t.regex(stderr, /unknown command 'sreve'.*\n?.*serve/);
});
