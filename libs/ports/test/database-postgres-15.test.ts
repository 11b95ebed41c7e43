import test from 'ava';
import {databaseContract} from '../contract/database.js';
import {leftOut} from '../contract/left-out.js';
import {asOwner, openPostgres} from '../drivers/postgres.js';
import {StartupError} from '../startup-error.js';
import {freshDatabase} from '../test-database.js';
import {debianPostgresIsHere, startDebianPostgres} from './debian-postgres.js';

const log = {info() {}, warn() {}, error: console.error};

if (!debianPostgresIsHere()) {
	leftOut(test, 'PostgreSQL 15', "Debian's postgresql-15 is not installed");
} else {
	const server = await startDebianPostgres();
	test.after.always(() => server.remove());
	const admin = (sql: string) => asOwner(server.url(), db => db.run(sql));

	databaseContract(test, {
		name: 'PostgreSQL 15',
		async make(t, log) {
			const made = await freshDatabase({server: server.url(), ...(log && {log})});
			t.teardown(made.close);
			return made;
		},
		stopServer: async () => void (await server.stop()),
		startServer: async () => void (await server.start()),
	});

	// The rest is about users of the server, who are everybody's.
	test.serial('a database user who may make roles needs no administrator', async t => {
		await admin('create role maker login createrole');
		await admin('create database made owner maker');
		await admin('drop role if exists hearth_app');
		const database = await openPostgres({url: server.url('maker', 'made'), log});
		t.deepEqual(await database.one('select current_user::text as who'), {who: 'hearth_app'});
		await database.close();
		await admin('drop database made');
		await admin('drop role hearth_app; drop role maker');
	});

	test.serial('a database user who may not make roles is told what an administrator runs, and then starts', async t => {
		await admin('create role plain login');
		await admin('create database plain owner plain');
		await admin('drop role if exists hearth_app');
		const open = () => openPostgres({url: server.url('plain', 'plain'), log});
		const error = await t.throwsAsync(open(), {instanceOf: StartupError});
		const [, sql = ''] = /"(.*?;)" and start again/.exec(error?.message ?? '') ?? [];
		t.is(sql, 'create role hearth_app nologin; grant hearth_app to plain;');
		await admin(sql);
		await (await open()).close();

		await admin('alter role hearth_app bypassrls');
		await t.throwsAsync(open(), {instanceOf: StartupError, message: /row-level security/});
		await admin('drop database plain');
		await admin('drop role hearth_app; drop role plain');
	});

	test.serial('a database user who may not make schemas is told so at the start', async t => {
		await admin('create role guest login');
		await admin('create database other');
		await admin('create role hearth_app nologin; grant hearth_app to guest');
		await t.throwsAsync(openPostgres({url: server.url('guest', 'other'), log}), {
			instanceOf: StartupError,
			message: /may not make schemas: .*grant create on database/,
		});
		await admin('drop database other');
		await admin('drop role hearth_app; drop role guest');
	});

	test.serial(
		'a server that has no connection left refuses some, and the others and those after them are served',
		async t => {
			await admin('create role narrow login createrole connection limit 3');
			await admin('create database narrow owner narrow');
			await admin('drop role if exists hearth_app');
			const database = await openPostgres({url: server.url('narrow', 'narrow'), log: {...log, error() {}}});
			const asked = await Promise.allSettled(Array.from({length: 10}, () => database.one('select pg_sleep(0.5)')));
			const refusals = asked.flatMap(one => (one.status === 'rejected' ? [one.reason as {code?: string}] : []));
			t.true(refusals.length > 0 && refusals.length < 10, `${refusals.length} of 10`);
			t.true(refusals.every(({code}) => code === '53300'));
			t.deepEqual(await database.one('select 1 as one'), {one: 1});
			await database.close();
			await admin('drop database narrow');
			await admin('drop role hearth_app; drop role narrow');
		},
	);

	test.serial('a server that is not there is a sentence without the password', async t => {
		const error = await t.throwsAsync(
			openPostgres({url: 'postgres://anna:secret@127.0.0.1:1/hearth?password=secret', log, patience_ms: 0}),
			{instanceOf: StartupError, message: /ECONNREFUSED.*Check DATABASE_URL/},
		);
		t.notRegex(error?.message ?? '', /secret/);
	});

	test.serial('a start waits for a server that comes up a moment later', async t => {
		await server.stop();
		const opening = openPostgres({url: server.url(), log, patience_ms: 20_000});
		await server.start();
		await (await opening).close();
		t.pass();
	});
}
