import {execFile} from 'node:child_process';
import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {secretKey} from '../platform-settings.js';

const hearth = fileURLToPath(new URL('../hearth.js', import.meta.url));
const secrets = (...files: string[]) =>
	promisify(execFile)(process.execPath, [hearth, 'secrets', ...files], {env: {PATH: process.env.PATH ?? ''}});

function aFolder(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'hearth-secrets-'));
	t.teardown(() => {
		chmodSync(folder, 0o700);
		rmSync(folder, {recursive: true});
	});
	return folder;
}

test('a missing secret is made for this account alone, one that is there stays', async t => {
	const folder = aFolder(t);
	const [key, password] = [join(folder, 'house/key'), join(folder, 'database/password')];
	t.is((await secrets(key)).stdout, `${key}: made\n`);
	const made = readFileSync(key, 'utf8');
	t.true(secretKey.schema.safeParse(made.trim()).success, 'it may be a HEARTH_SECRET_KEY');
	t.is(statSync(key).mode & 0o777, 0o600);

	t.is((await secrets(key, password)).stdout, `${key}: is there\n${password}: made\n`);
	t.is(readFileSync(key, 'utf8'), made);
	t.not(readFileSync(password, 'utf8'), made);
});

test('two that start at once agree on one secret, and nothing is left beside it', async t => {
	const folder = aFolder(t);
	const key = join(folder, 'key');
	const said = await Promise.all([secrets(key), secrets(key), secrets(key)]);
	t.is(said.filter(({stdout}) => stdout.endsWith('made\n')).length, 1);
	t.deepEqual(readdirSync(folder), ['key']);
});

test('where a secret cannot be written, the file and the account are named', async t => {
	const refused = await t.throwsAsync<Error & {stderr: string}>(() => secrets('/proc/house/key'));
	t.regex(refused.stderr, /^\/proc\/house\/key cannot be written \(\w+\)\. .* account \d+:\d+/);
});
