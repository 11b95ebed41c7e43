import {type ChildProcess, execFileSync, fork, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {chmod, chown, mkdir, mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {until} from '../contract/until.js';
import type {Database} from '../database.js';
import {isRunning, nameOf, readPostmaster, urlOfRunning} from '../drivers/embedded-postgres/cluster.js';
import {processesOf, signal} from '../drivers/embedded-postgres/processes.js';
import {programsIn} from '../drivers/embedded-postgres/programs.js';
import {openEmbeddedPostgres} from '../drivers/embedded-postgres.js';
import {openInProcessBus} from '../drivers/in-process-bus.js';
import {asOwner} from '../drivers/postgres.js';
import {StartupError} from '../startup-error.js';

const log = {info() {}, warn() {}, error: console.error};
const root = process.getuid?.() === 0;
const NOBODY = 65_534;

/** A data folder, and at the end nothing that runs in it. One after another: each has a server of its own. */
async function aHouse(t: ExecutionContext, {name = 'hearth house-'} = {}) {
	const data_folder = await mkdtemp(join(tmpdir(), name));
	const postgres = join(data_folder, 'postgres');
	const said: string[] = [];
	const children: ChildProcess[] = [];
	const opened: Database[] = [];
	t.teardown(async () => {
		for (const database of opened) await database.close();
		for (const child of children) child.kill('SIGKILL');
		const running = existsSync(join(postgres, 'data')) ? processesOf(nameOf(postgres)) : [];
		for (const pid of running) signal(pid, 'SIGKILL');
		await until('nothing runs', () => processesOf(nameOf(postgres)).length === 0);
		await rm(data_folder, {recursive: true, force: true});
	});

	return {
		data_folder,
		postgres,
		said,
		pid: () => readPostmaster(postgres)?.pid as number,
		async open({guest = false, ...special}: Parameters<typeof openEmbeddedPostgres>[1] & {guest?: boolean} = {}) {
			const say = (line: string) => said.push(line);
			const database = await openEmbeddedPostgres({data_folder, guest, say, log}, special);
			opened.push(database);
			return database;
		},
		/** Another process, as far as it says that it is ready; or why it failed. */
		async process(what: string, {prefix = [] as string[], more = [] as string[]} = {}) {
			const [execPath = process.execPath, ...execArgv] = [...prefix, process.execPath];
			const child = fork(new URL('./house-process.js', import.meta.url), [what, data_folder, ...more], {
				execPath,
				execArgv,
			});
			children.push(child);
			const [message] = (await once(child, 'message')) as [{ready?: true; failed?: string; name?: string}];
			return {child, ...message};
		},
	};
}

async function killed(child: ChildProcess): Promise<void> {
	child.kill('SIGKILL');
	if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

const answering = (database: Database) =>
	until('the database answers', () =>
		database.check().then(
			() => true,
			() => false,
		),
	);

const groups = async (database: Database) =>
	(await database.many<{group_name: string}>('select group_name from bus.groups order by 1')).map(
		row => row.group_name,
	);

test.serial('a new data folder gets a database for its owner alone, which is there at the next start', async t => {
	const house = await aHouse(t);
	const first = await house.open();
	t.deepEqual(house.said, ['Making a new database …']);
	t.like(
		await first.one(`select current_setting('server_version_num')::int / 10000 as major, current_user::text as who`),
		{
			major: 18,
			who: 'hearth_app',
		},
	);
	t.deepEqual(
		await first.one(
			`select current_setting('data_checksums') as checksums, current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
			current_setting('listen_addresses') as addresses, current_setting('server_encoding') as encoding`,
		),
		{checksums: 'on', fsync: 'on', commit: 'on', addresses: '', encoding: 'UTF8'},
	);
	await first.migrate('bus', new URL('../../../migrations/bus/', import.meta.url));
	await first.run(`insert into bus.groups values ('a', 'kept')`);
	t.is(statSync(house.postgres).mode & 0o777, 0o700);
	t.is(statSync(join(house.postgres, 'password')).mode & 0o777, 0o600);
	await first.close();
	t.deepEqual(processesOf(nameOf(house.postgres)), []);
	t.false(existsSync(join(house.postgres, 'owner.json')));

	const second = await house.open();
	t.deepEqual(await groups(second), ['kept']);
	t.deepEqual(house.said.length, 1);
	await second.close();
});

test.serial('a second owner is refused by a sentence that names the process and the folder', async t => {
	const house = await aHouse(t);
	const database = await house.open();
	const second = await house.process('serve');
	t.is(second.name, 'StartupError');
	t.regex(
		second.failed ?? '',
		new RegExp(`^Process ${process.pid} already runs Hearth on .*hearth house-.*: stop it first, or set HEARTH_DATA`),
	);
	await database.check();
	await database.close();
});

test.serial(
	'a command beside a running server shares it and leaves it running; alone it starts one and stops it',
	async t => {
		const house = await aHouse(t);
		const alone = await house.open({guest: true});
		await alone.migrate('bus', new URL('../../../migrations/bus/', import.meta.url));
		await alone.close();
		t.false(isRunning(house.postgres));

		const {child} = await house.process('serve');
		const pid = house.pid();
		const guest = await house.open({guest: true});
		await guest.run(`insert into bus.groups values ('a', 'by the guest')`);
		await guest.close();
		t.is(house.pid(), pid);
		t.true(isRunning(house.postgres));
		child.send('close');
		await once(child, 'exit');
		t.false(isRunning(house.postgres));
	},
);

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
	t.true(Date.now() - began_at < 20_000);
	t.deepEqual(await database.many('select * from zoo.first'), [{id: 1}]);
	t.deepEqual(await database.many('select * from zoo.second'), [{id: 2}]);
	await database.close();
});

test.serial('a server that hangs is noticed within 2.5 s, and used again when it goes on', async t => {
	const house = await aHouse(t);
	const database = await house.open();
	await database.check();
	const processes = processesOf(nameOf(house.postgres));
	for (const pid of processes) signal(pid, 'SIGSTOP');
	const asked_at = Date.now();
	await t.throwsAsync(database.check(), {message: /did not answer within 2000 ms/});
	t.true(Date.now() - asked_at < 2_500);
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
	t.true(Date.now() - began_at < 15_000);
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

test.serial('of several who start at once on a new folder one wins, and the others are told which', async t => {
	const house = await aHouse(t);
	const started = await Promise.all([1, 2, 3].map(() => house.process('serve')));
	const winners = started.filter(({ready}) => ready);
	t.is(winners.length, 1);
	for (const {failed} of started.filter(({ready}) => !ready)) {
		t.regex(failed ?? '', new RegExp(`^Process ${winners[0]?.child.pid} already runs`));
	}
	winners[0]?.child.send('close');
	await once(winners[0]?.child as ChildProcess, 'exit');
});

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

test.serial('data of another PostgreSQL is left alone, by a sentence that says what to do', async t => {
	const house = await aHouse(t);
	await (await house.open()).close();
	writeFileSync(join(house.postgres, 'data', 'PG_VERSION'), '17\n');
	await t.throwsAsync(house.open(), {
		instanceOf: StartupError,
		message: /was made by PostgreSQL 17, and this Hearth brings 18: .*restore the backup/,
	});
	t.false(existsSync(join(house.postgres, 'owner.json')));
	t.is(readFileSync(join(house.postgres, 'data', 'PG_VERSION'), 'utf8'), '17\n');
});

test.serial(
	'a data folder whose path is too long for a socket has it elsewhere, for its owner alone, and only as long as it runs',
	async t => {
		const house = await aHouse(t, {name: `hearth ${'long '.repeat(20)}-`});
		const database = await house.open();
		const {socket_folder} = readPostmaster(house.postgres) ?? {socket_folder: ''};
		t.false(socket_folder.startsWith(house.data_folder));
		t.is(statSync(socket_folder).mode & 0o777, 0o700);
		const pid = house.pid();
		process.kill(pid, 'SIGKILL');
		await until('another one runs', () => house.pid() !== pid && isRunning(house.postgres));
		await answering(database);
		await database.close();
		t.false(existsSync(socket_folder));
	},
);

test.serial('where there are no sockets it listens on the loopback address only, and asks for a password', async t => {
	const house = await aHouse(t);
	const database = await house.open({transport: 'tcp'});
	t.like(
		await database.one(`select current_setting('listen_addresses') as addresses, inet_client_addr()::text as from`),
		{
			addresses: '127.0.0.1',
			from: '127.0.0.1/32',
		},
	);
	t.regex(
		readFileSync(join(house.postgres, 'data', 'pg_hba.conf'), 'utf8'),
		/^host\s+all\s+all\s+127\.0\.0\.1\/32\s+scram-sha-256$/m,
	);
	const pid = house.pid();
	process.kill(pid, 'SIGKILL');
	await until('another one runs', () => house.pid() !== pid && isRunning(house.postgres));
	await answering(database);
	await database.close();
});

test.serial('a data folder that cannot be written is a sentence that says what to do', async t => {
	const house = await aHouse(t);
	writeFileSync(join(house.data_folder, 'postgres'), 'a file');
	await t.throwsAsync(house.open(), {
		instanceOf: StartupError,
		message:
			/postgres cannot be written \(EEXIST|ENOTDIR\): make it writable for user \d+, or set HEARTH_DATA to another folder/,
	});
	await rm(join(house.data_folder, 'postgres'));
});

test.serial('an installation without its libraries is a sentence that says what to do', async t => {
	const house = await aHouse(t);
	t.throws(() => programsIn(house.data_folder), {
		instanceOf: StartupError,
		message: /incomplete .*install the dependencies again/,
	});
});

// What only root meets. Run by an ordinary user, the tests above are that user's.
const asRoot = root ? test.serial : test.serial.skip;

asRoot('root (left out for others): an ordinary user runs it as themselves', async t => {
	const house = await aHouse(t);
	await chown(house.data_folder, NOBODY, NOBODY);
	const user = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
	const {child, failed} = await house.process('serve', {prefix: user});
	t.is(failed, undefined);
	t.is(statSync(join(house.postgres, 'data')).uid, NOBODY);
	child.send('close');
	await once(child, 'exit');

	// Root on that user's data leaves them theirs.
	const database = await house.open();
	await database.check();
	await database.close();
	for (const name of ['data', 'data/base', 'password', 'server.log'])
		t.is(statSync(join(house.postgres, name)).uid, NOBODY, name);
	const again = await house.process('serve', {prefix: user});
	t.is(again.failed, undefined);
	again.child.send('close');
	await once(again.child, 'exit');

	await chown(house.postgres, 0, 0);
	const refused = await house.process('serve', {prefix: user});
	t.regex(refused.failed ?? '', /cannot be written \(EACCES\): make it writable for user 65534/);
});

asRoot(
	'root (left out for others): in a folder that only root can enter the files stay root’s, where they are',
	async t => {
		const house = await aHouse(t);
		await chmod(house.data_folder, 0o700);
		const database = await house.open();
		t.is(statSync(join(house.postgres, 'data')).uid, 0);
		t.deepEqual(house.said, ['Making a new database …']);
		await database.close();
	},
);

asRoot('root (left out for others): without user namespaces the server runs as nobody, and says so', async t => {
	const house = await aHouse(t);
	await chmod(house.data_folder, 0o755);
	for (let start = 1; start <= 2; start++) {
		const database = await house.open({namespaces: false});
		t.is(statSync(`/proc/${house.pid()}`).uid, NOBODY);
		await database.close();
	}
	t.regex(house.said.join('\n'), /it runs as the account nobody/);
	// Namespaces that are allowed again change nothing.
	const database = await house.open();
	t.is(statSync(`/proc/${house.pid()}`).uid, NOBODY);
	await database.close();
});

asRoot(
	'root (left out for others): without namespaces in a folder that only root can enter the files go elsewhere, said aloud',
	async t => {
		const house = await aHouse(t);
		const elsewhere = await mkdtemp(join(tmpdir(), 'hearth-elsewhere-'));
		t.teardown(() => rm(elsewhere, {recursive: true}));
		await chmod(elsewhere, 0o755);
		const special = {namespaces: false, elsewhere};
		const database = await house.open(special);
		const moved = readFileSync(join(house.postgres, 'moved-to'), 'utf8').trim();
		t.true(moved.startsWith(elsewhere));
		t.true(existsSync(join(moved, 'data', 'PG_VERSION')));
		t.regex(house.said.join('\n'), /No other account can enter .*, so the database's files are in .*hearth-elsewhere/);
		const guest = await house.open({...special, guest: true});
		await guest.check();
		await guest.close();
		await database.close();
		// However it is started from now on, it finds them.
		await (await house.open({elsewhere})).close();
		t.false(existsSync(join(house.postgres, 'data')));
	},
);

asRoot('root (left out for others): a full disk is a sentence, and a start with room again works', async t => {
	const house = await aHouse(t);
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', house.data_folder], {stdio: 'ignore'});
	} catch {
		t.log('Left out: this machine lets nobody mount');
		return t.pass();
	}
	t.teardown(() => execFileSync('umount', ['-l', house.data_folder]));
	await t.throwsAsync(house.open(), {
		instanceOf: StartupError,
		message: /The disk that holds .* is full: free at least 200 MB/,
	});
	execFileSync('mount', ['-o', 'remount,size=300m', house.data_folder]);
	const database = await house.open();
	await database.check();
	await database.close();
});
