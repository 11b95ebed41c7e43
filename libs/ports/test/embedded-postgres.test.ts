import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {until} from '../contract/until.js';
import {isRunning, nameOf, readPostmaster} from '../drivers/embedded-postgres/cluster.js';
import {processesOf} from '../drivers/embedded-postgres/processes.js';
import {programsIn} from '../drivers/embedded-postgres/programs.js';
import {StartupError} from '../startup-error.js';
import {aHouse, answering, groups} from './a-house.js';

// One after another: each has a server of its own.

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
