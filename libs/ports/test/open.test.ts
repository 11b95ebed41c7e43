import {existsSync} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openPorts} from '../open.js';
import {StartupError} from '../startup-error.js';
import {freshDatabase} from '../test-database.js';

async function someOptions(t: ExecutionContext) {
	const data_folder = await mkdtemp(join(tmpdir(), 'hearth open-'));
	t.teardown(() => rm(data_folder, {recursive: true}));
	return {data_folder, say() {}, log: {info() {}, warn() {}, error: console.error}};
}

test('without URLs all four ports are our own, below the data folder', async t => {
	const options = await someOptions(t);
	const ports = await openPorts(options);
	t.deepEqual(ports.describe(), [
		{port: 'database', driver: 'PostgreSQL of our own'},
		{port: 'cache', driver: 'memory'},
		{port: 'objects', driver: 'folder'},
		{port: 'bus', driver: 'in process'},
	]);
	await Promise.all([ports.database.check(), ports.cache.check(), ports.bus.check(), ports.objects.check()]);
	await ports.objects.put('a', Buffer.from('x'));
	t.true(existsSync(join(options.data_folder, 'objects', 'a')));
	await ports.close();
	t.false(existsSync(join(options.data_folder, 'postgres', 'data', 'postmaster.pid')));
});

test('a database URL is used in place of our own', async t => {
	const options = await someOptions(t);
	const {url, close} = await freshDatabase();
	t.teardown(close);
	const ports = await openPorts({...options, database_url: url});
	t.is(ports.describe()[0]?.driver, 'PostgreSQL');
	t.false(existsSync(join(options.data_folder, 'postgres')));
	await ports.close();
});

test('a URL that no driver knows is refused before anything is opened, without its password', async t => {
	const options = await someOptions(t);
	const error = await t.throwsAsync(openPorts({...options, database_url: 'mysql://anna:secret@db/hearth'}), {
		instanceOf: StartupError,
		message:
			/^DATABASE_URL is mysql:\/\/anna:…@db\/hearth: expected a URL that begins with postgres:\/\/ or postgresql:\/\/, or nothing/,
	});
	t.notRegex(error?.message ?? '', /secret/);
	for (const setting of ['cache_url', 'bus_url', 'objects_url'] as const) {
		for (const url of ['gopher://host', 'embedded://', 'constructor://x', 'nonsense']) {
			await t.throwsAsync(openPorts({...options, [setting]: url}), {
				instanceOf: StartupError,
				message: new RegExp(`^${setting.toUpperCase()} is ${url}: expected`),
			});
		}
	}
	t.false(existsSync(join(options.data_folder, 'postgres')));
});

test('when one port cannot be opened, those before it are closed', async t => {
	const options = await someOptions(t);
	await writeFile(join(options.data_folder, 'objects'), 'a file');
	await t.throwsAsync(openPorts(options), {instanceOf: StartupError, message: /objects cannot be written/});
	t.true(existsSync(join(options.data_folder, 'postgres', 'data')));
	t.false(existsSync(join(options.data_folder, 'postgres', 'data', 'postmaster.pid')));
	t.false(existsSync(join(options.data_folder, 'postgres', 'owner.json')));
});
