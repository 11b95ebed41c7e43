import {fork} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {utimes} from 'node:fs/promises';
import {dirname} from 'node:path';
import test from 'ava';
import {until} from '../contract/until.js';
import {isRunning} from '../drivers/embedded-postgres/cluster.js';
import {asOwner} from '../drivers/postgres.js';
import {freshDatabase, startTestServer} from '../test-database.js';

test('each test has a database of its own, copied from a template that is prepared once, and gone at its end', async t => {
	let prepared = 0;
	const template = {
		key: `test of the template ${process.pid}`,
		prepare: async () => void prepared++,
	};
	const [one, two] = await Promise.all([freshDatabase({template}), freshDatabase({template})]);
	t.is(prepared, 1);
	await asOwner(one.url, sql => sql.run('create table only_here (id int)'));
	t.deepEqual(await two.database.one(`select to_regclass('only_here') as found`), {found: null});
	await one.close();
	await t.throwsAsync(
		asOwner(one.url, sql => sql.one('select 1')),
		{message: /does not exist/},
	);
	await two.close();
});

test('a template whose preparation fails is prepared again', async t => {
	const key = `test of a failure ${process.pid}`;
	const failing = async () => {
		throw new Error('a bad migration');
	};
	await t.throwsAsync(freshDatabase({template: {key, prepare: failing}}), {message: 'a bad migration'});
	const {close} = await freshDatabase({template: {key, prepare: async () => void t.pass()}});
	await close();
});

test('a test server left by a killed run is ended by the next one', async t => {
	const run = fork(new URL('./test-server-process.js', import.meta.url));
	const [{url}] = (await once(run, 'message')) as [{url: string}];
	const folder = dirname(new URL(url).searchParams.get('host') as string);
	t.true(isRunning(folder));
	run.kill('SIGKILL');
	await once(run, 'exit');
	t.true(isRunning(folder));
	await utimes(folder, new Date(0), new Date(0));

	const server = await startTestServer();
	await until('it is gone', () => !existsSync(folder));
	await asOwner(server.url, sql => sql.one('select 1'));
	await server.stop();
	t.false(existsSync(dirname(new URL(server.url).searchParams.get('host') as string)));
});
