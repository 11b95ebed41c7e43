import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import {until} from '@hearth/ports/contract/until.js';
import {findServer, type ServerName} from '@hearth/servers/find.js';
import test from 'ava';
import {composeFile} from '../compose-file.js';
import {startStack} from '../stack.js';

// What a test may do with a stack: several of a part, parts that are killed, ways that are bad.

const PATIENCE_MS = 60_000;
const needed: ServerName[] = [
	'docker-compose',
	'postgres',
	'redis-server',
	'nats-server',
	'minio',
	'nginx',
	'toxiproxy-server',
];
const missing = needed.filter(name => findServer(name) === null);
if (process.platform !== 'linux') missing.push('docker-compose');

if (missing.length > 0) leftOut(test, 'the parts of a stack', `there is no ${missing.join(' and no ')}`);
else {
	test.serial('nginx leads to every copy of a part, past one that was killed and to one that is back', async t => {
		t.timeout(300_000);
		const stack = await startStack({only: ['food', 'web', 'nginx'], copies: {food: 2}});
		t.teardown(stack.remove);
		const {food} = stack.parts;
		// Nobody is signed in: 401 is food's answer, 503 nginx's.
		const ask = async () => (await fetch(`${stack.url}/api/v1/foods/search?q=oats`)).status;
		t.is(await ask(), 401);
		t.true(((await food?.memory_bytes()) ?? 0) > 50e6, 'two processes of Node');
		const served = async (copy: number) => {
			const metrics = await (await fetch(`${food?.processes[copy]?.url}/metrics`)).text();
			return [...metrics.matchAll(/^hearth_http\w*_count\{.*search.*\} (\d+)/gm)].reduce(
				(sum, [, count]) => sum + Number(count),
				0,
			);
		};
		await until(
			'both have answered',
			async () => (await ask()) === 401 && (await served(0)) > 0 && (await served(1)) > 0,
			PATIENCE_MS,
		);

		await food?.kill(0);
		t.deepEqual(
			food?.processes.map(({pid}) => pid > 0),
			[false, true],
		);
		await until(
			'the other answers every time',
			async () => (await Promise.all(Array.from({length: 10}, ask))).every(status => status === 401),
			PATIENCE_MS,
		);
		await food?.kill();
		t.is(await food?.memory_bytes(), 0);
		await until('nobody answers', async () => (await ask()) === 503, PATIENCE_MS);
		await food?.start(1);
		await until('it is found again', async () => (await ask()) === 401, PATIENCE_MS);
	});

	test.serial('the way to each server can be cut and restored', async t => {
		t.timeout(300_000);
		const stack = await startStack({only: ['food'], faulty: true});
		t.teardown(stack.remove);
		const {toxics} = stack;
		if (toxics === undefined) return t.fail('there are no ways');
		const dependencies = {postgres: 'database', redis: 'cache', nats: 'bus', minio: 'objects'} as const;
		const down = async () => {
			const answer = await fetch(`${stack.parts.food?.processes[0]?.url}/ready`);
			const {dependencies: found} = JSON.parse(await answer.text());
			return Object.keys(found).filter(name => found[name].status === 'down');
		};
		for (const [server, dependency] of Object.entries(dependencies)) {
			const link = toxics[server as keyof typeof dependencies];
			await link.cut();
			await until(`${dependency} alone is down`, async () => `${await down()}` === dependency, PATIENCE_MS);
			await link.restore();
			await until('all is well', async () => (await down()).length === 0, PATIENCE_MS);
		}
		await toxics.redis.hang();
		await until('a cache that hangs is down', async () => `${await down()}` === 'cache', PATIENCE_MS);
		await toxics.redis.restore();
		await until('all is well', async () => (await down()).length === 0, PATIENCE_MS);
		t.pass();
	});

	test.serial('nothing of a stack outlives its process, though that is killed', async t => {
		t.timeout(300_000);
		const code = `
			import {startStack} from ${JSON.stringify(new URL('../stack.js', import.meta.url).href)};
			const {parts} = await startStack({only: ['redis', 'nats']});
			console.log(JSON.stringify(Object.values(parts).flatMap(({processes}) => processes)));
			setInterval(() => {}, 1000);`;
		const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
			cwd: dirname(fileURLToPath(import.meta.url)),
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const [printed] = await once(child.stdout.setEncoding('utf8'), 'data');
		const started: {pid: number; log: string}[] = JSON.parse(printed);
		t.is(started.length, 2);
		for (const {log} of started) t.true(existsSync(log));
		child.kill('SIGKILL');
		await until(
			'all of it is gone',
			() => started.every(({pid, log}) => !existsSync(`/proc/${pid}`) && !existsSync(dirname(dirname(dirname(log))))),
			PATIENCE_MS,
		);
	});
}

test('a key that nothing here is made of is an error, and not passed over', t => {
	const web = {image: 'hearth:latest', command: ['serve'], networks: {}};
	const read = (more: object, top: object = {}) =>
		composeFile({name: 'x', services: {web: {...web, ...more}}, ...top}, 'a file');
	t.notThrows(() => read({}));
	t.throws(() => read({sysctls: {}}), {message: /^a file: .*"sysctls".*\n.*services\.web/});
	t.throws(() => read({privileged: true}), {message: /"privileged"/});
	t.throws(() => read({healthcheck: {test: ['CMD-SHELL', 'true']}}), {message: /services\.web\.healthcheck/});
	t.throws(() => read({}, {secrets: {}}), {message: /secrets is not known/});
});
