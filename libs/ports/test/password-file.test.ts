import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openPorts} from '../open.js';
import {withPasswordOfFile} from '../password-file.js';
import {StartupError} from '../startup-error.js';
import {freshDatabase} from '../test-database.js';

function aFile(t: ExecutionContext, text: string): string {
	const folder = mkdtempSync(join(tmpdir(), 'hearth password&-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	writeFileSync(join(folder, 'password'), text);
	return encodeURIComponent(join(folder, 'password'));
}

test('a password file stands for the password of a URL, wherever in the query it is named', t => {
	const file = aFile(t, 'p@ss/word\n');
	const cases = [
		['postgres://me@host:5432/db?password_file=FILE', 'postgres://me:p%40ss%2Fword@host:5432/db'],
		['s3://me@host/b?tls=off&password_file=FILE', 's3://me:p%40ss%2Fword@host/b?tls=off'],
		['s3://me@host/b?password_file=FILE&tls=off', 's3://me:p%40ss%2Fword@host/b?tls=off'],
		['s3://me@host/b?a=1&password_file=FILE&tls=off', 's3://me:p%40ss%2Fword@host/b?a=1&tls=off'],
		['redis://@host:6379?password_file=FILE', 'redis://:p%40ss%2Fword@host:6379'],
		['nats://host:4222/house', 'nats://host:4222/house'],
	];
	for (const [given = '', meant = ''] of cases) t.is(withPasswordOfFile('X_URL', given.replace('FILE', file)), meant);
});

test('a password file that cannot be used is named, with what to do', t => {
	const refused = (url: string) =>
		t.throws(() => withPasswordOfFile('DATABASE_URL', url), {instanceOf: StartupError}).message;
	t.regex(refused('postgres://me@host/db?password_file=/no/such/file'), /DATABASE_URL .*\/no\/such\/file.*ENOENT/);
	t.regex(refused(`postgres://me@host/db?password_file=${aFile(t, '\n')}`), /is empty/);
	const twice = refused('postgres://me:hidden@host/db?password_file=/a/file');
	t.regex(twice, /a user and no password/);
	t.notRegex(twice, /hidden/);
	refused('postgres://host/db?password_file=/a/file');
});

test('a house opens its database with the password of a file', async t => {
	const {url, close} = await freshDatabase();
	t.teardown(close);
	const data_folder = mkdtempSync(join(tmpdir(), 'hearth-password-'));
	t.teardown(() => rmSync(data_folder, {recursive: true}));
	const {password} = new URL(url);
	const database_url = `${url.replace(`:${password}@`, '@')}${url.includes('?') ? '&' : '?'}password_file=${aFile(t, decodeURIComponent(password))}`;
	const ports = await openPorts({
		database_url,
		data_folder,
		say() {},
		log: {info() {}, warn() {}, error: console.error},
	});
	t.teardown(() => ports.close());
	await t.notThrowsAsync(() => ports.database.check());
});
