import {fork, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import test from 'ava';
import {until} from '../contract/until.js';
import {isRunning, nameOf, urlOfRunning} from '../drivers/embedded-postgres/cluster.js';
import {processesOf, signal} from '../drivers/embedded-postgres/processes.js';
import {openInProcessBus} from '../drivers/in-process-bus.js';
import {asOwner} from '../drivers/postgres.js';
import {aHouse, answering, groups, killed, log} from './a-house.js';
import {standsStill} from './stands-still.js';

// One after another: each has a server of its own, and kills it.

test.serial(
	'a server whose owner was killed in mid-transaction is taken over: what was committed is there, the rest is not',
	async t => {
		const house = await aHouse(t);
		const {child} = await house.process('transaction');
		const pid = house.pid();
		await killed(child);
		t.true(isRunning(house.postgres));
		const database = await house.open();
		t.is(house.pid(), pid);
		t.deepEqual(await groups(database), ['committed']);
		await database.close();
		t.false(isRunning(house.postgres));
	},
);

test.serial(
	'a message whose process was killed while it was handled is delivered to the next one, in its order',
	async t => {
		const house = await aHouse(t);
		const {child} = await house.process('delivery');
		await killed(child);
		const database = await house.open();
		const bus = await openInProcessBus({database, log});
		const got: unknown[] = [];
		await bus.subscribe('label.read', {
			group: 'food',
			backoff_ms: () => 10,
			handle: async ({payload, attempt}) => void got.push([payload, attempt]),
		});
		await until('both came', () => got.length >= 2);
		await bus.drain(1_000);
		t.deepEqual(got, [
			['second', 2],
			['third', 1],
		]);
		await bus.close();
		await database.close();
	},
);

test.serial('a migration whose process was killed in the middle is applied whole by the next start', async t => {
	const house = await aHouse(t);
	const migrations = await mkdtemp(join(tmpdir(), 'hearth-migrations-'));
	t.teardown(() => rm(migrations, {recursive: true}));
	const second = join(migrations, '0002-second.sql');
	writeFileSync(
		join(migrations, '0001-first.sql'),
		`create table zoo.first (id int); insert into zoo.first values (1)`,
	);
	writeFileSync(second, 'create table zoo.second (id int); insert into zoo.second values (1); select pg_sleep(60)');
	const {child} = await house.process('migration', {more: [migrations]});
	const url = (await urlOfRunning(house.postgres)) as string;
	await until('the second file is being applied', () =>
		asOwner(url, sql =>
			sql.find(`select from pg_stat_activity where wait_event = 'PgSleep' and query like '%zoo.second%'`),
		),
	);
	await killed(child);
	const database = await house.open();
	t.deepEqual(await database.one(`select to_regclass('zoo.second') as second`), {second: null});
	writeFileSync(second, 'create table zoo.second (id int); insert into zoo.second values (2)');
	const began_at = Date.now();
	await database.migrate('zoo', pathToFileURL(`${migrations}/`));
	t.true(Date.now() - began_at < 60_000);
	t.deepEqual(await database.many('select * from zoo.first'), [{id: 1}]);
	t.deepEqual(await database.many('select * from zoo.second'), [{id: 2}]);
	await database.close();
});

test.serial('a server that hangs is noticed, and used again when it goes on', async t => {
	const house = await aHouse(t);
	const database = await house.open();
	await database.check();
	const processes = processesOf(nameOf(house.postgres));
	for (const pid of processes) signal(pid, 'SIGSTOP');
	await until('the server stands still', () => processes.every(standsStill));
	const asked_at = Date.now();
	await t.throwsAsync(database.check(), {message: /did not answer within 2000 ms/});
	t.true(Date.now() - asked_at < 30_000);
	for (const pid of processes) signal(pid, 'SIGCONT');
	await answering(database);
	await database.close();
});

test.serial('closing does not wait for ever for a transaction that does not end', async t => {
	const house = await aHouse(t);
	const database = await house.open();
	let begun = () => {};
	const inside = new Promise<void>(resolve => {
		begun = resolve;
	});
	void database.transaction(async tx => {
		await tx.one('select 1');
		begun();
		await new Promise(() => {});
	});
	await inside;
	const began_at = Date.now();
	await database.close();
	t.true(Date.now() - began_at < 60_000);
	t.false(isRunning(house.postgres));
});

test.serial(
	'a server that is killed is started again, and those who use it find it without opening it anew',
	async t => {
		const house = await aHouse(t);
		const database = await house.open();
		for (let n = 1; n <= 2; n++) {
			const pid = house.pid();
			process.kill(pid, 'SIGKILL');
			await until('another one runs', () => house.pid() !== pid && isRunning(house.postgres));
			await until('the database answers', () =>
				database.one('select 1').then(
					() => true,
					() => false,
				),
			);
		}
		await database.close();
		t.deepEqual(processesOf(nameOf(house.postgres)), []);
	},
);

test.serial('a server that was taken over and then killed is started again too', async t => {
	const house = await aHouse(t);
	const {child} = await house.process('serve');
	await killed(child);
	const database = await house.open();
	const pid = house.pid();
	let returned = 0;
	database.onReconnect(() => returned++);
	await database.check();
	process.kill(pid, 'SIGKILL');
	await database.check().catch(() => {});
	await until('it is back', () => returned > 0);
	t.not(house.pid(), pid);
	await database.check();
	await database.close();
});

test.serial(
	'a machine that lost everything at once starts again, also when the old numbers belong to other processes now',
	async t => {
		const house = await aHouse(t);
		const {child} = await house.process('transaction');
		const processes = processesOf(nameOf(house.postgres));
		t.true(processes.length > 3);
		await killed(child);
		for (const pid of processes) signal(pid, 'SIGKILL');
		await until('nothing runs', () => processesOf(nameOf(house.postgres)).length === 0);

		const another = spawn('sleep', ['600']);
		t.teardown(() => another.kill());
		const pidFile = join(house.postgres, 'data', 'postmaster.pid');
		writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(another.pid)));
		const ownerFile = join(house.postgres, 'owner.json');
		writeFileSync(ownerFile, JSON.stringify({...JSON.parse(readFileSync(ownerFile, 'utf8')), pid: another.pid}));

		const database = await house.open();
		t.deepEqual(await groups(database), ['committed']);
		t.is(another.exitCode, null);
		await database.close();
		t.deepEqual(
			(await readdir(house.postgres)).filter(name => name.startsWith('owner')),
			[],
		);
	},
);

test.serial(
	'a note of its owner that was cut off by a crash, or comes from a container that is gone, keeps nobody out',
	async t => {
		const house = await aHouse(t);
		await mkdir(house.postgres, {mode: 0o700});
		for (const left of [
			'',
			'{"pid":',
			JSON.stringify({pid: process.pid, identity: 'x', space: 'pid:[1]', token: 'x'}),
		]) {
			writeFileSync(join(house.postgres, 'owner.json'), left);
			await (await house.open()).close();
		}
		t.pass();
	},
);

test.serial('a first start killed in the middle leaves nothing that the next one trips over', async t => {
	const house = await aHouse(t);
	const child = fork(new URL('./house-process.js', import.meta.url), ['serve', house.data_folder]);
	await until(
		'the database is being made',
		() => existsSync(house.postgres) && readdirSync(house.postgres).some(name => name.startsWith('unfinished-')),
	);
	await killed(child);
	t.false(existsSync(join(house.postgres, 'data')));
	const database = await house.open();
	await database.check();
	await database.close();
	t.deepEqual(
		(await readdir(house.postgres)).filter(name => name.startsWith('unfinished-')),
		[],
	);
});

test.serial('a process that ends without closing takes its server with it', async t => {
	const house = await aHouse(t);
	const {child} = await house.process('serve');
	child.send('exit');
	await once(child, 'exit');
	await until('the server ended', () => processesOf(nameOf(house.postgres)).length === 0);
	t.false(existsSync(join(house.postgres, 'data', 'postmaster.pid')));
});
