import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {z} from 'zod';
import {platformSettings, withSecretKey} from '../platform-settings.js';
import {readSettings, SettingsError, setting} from '../settings.js';

const size = setting('HEARTH_SIZE', z.coerce.number({error: 'expected a number'}).int().default(5), 'Size');
const token = setting('HEARTH_TOKEN', z.string().min(8, 'expected at least 8 characters'), 'Token', {secret: true});

test('a default holds where nothing is given, also for an empty value', t => {
	t.is(readSettings([size], {}).get(size), 5);
	t.is(readSettings([size], {HEARTH_SIZE: ''}).get(size), 5);
	t.is(readSettings([size], {HEARTH_SIZE: '7'}).get(size), 7);
});

test('every wrong setting stands in one message with what was expected, and a secret is not printed', t => {
	const error = t.throws(() => readSettings([size, token], {HEARTH_SIZE: 'big', HEARTH_TOKEN: 'hush'}), {
		instanceOf: SettingsError,
	});
	t.regex(error.message, /HEARTH_SIZE is "big": expected a number/);
	t.regex(error.message, /HEARTH_TOKEN .*expected at least 8 characters/);
	t.notRegex(error.message, /hush/);
});

test('a value may lie in a file, but not in both places', t => {
	const file = path.join(mkdtempSync(path.join(tmpdir(), 'hearth-settings-')), 'token');
	writeFileSync(file, 'long enough\n');
	t.is(readSettings([token], {HEARTH_TOKEN_FILE: file}).get(token), 'long enough');
	t.throws(() => readSettings([token], {HEARTH_TOKEN_FILE: file, HEARTH_TOKEN: 'other one'}), {message: /keep one/});
	t.throws(() => readSettings([token], {HEARTH_TOKEN_FILE: `${file}-gone`}), {message: /cannot be read \(ENOENT\)/});
});

test('the secret key is made once and is the same at the next start', t => {
	const folder = mkdtempSync(path.join(tmpdir(), 'hearth-settings-'));
	const first = withSecretKey({HEARTH_DATA: folder});
	t.regex(first.HEARTH_SECRET_KEY ?? '', /^[0-9a-f]{64}$/);
	t.is(withSecretKey({HEARTH_DATA: folder}).HEARTH_SECRET_KEY, first.HEARTH_SECRET_KEY);
});

test('a data folder that cannot be written is a sentence that says what to do', t => {
	const file = path.join(mkdtempSync(path.join(tmpdir(), 'hearth-settings-')), 'file');
	writeFileSync(file, '');
	// The kernel's file systems take no folder and say that there is none.
	const folders = [path.join(file, 'data'), ...(process.platform === 'linux' ? ['/proc/house/data'] : [])];
	for (const folder of folders) {
		t.throws(() => withSecretKey({HEARTH_DATA: folder}), {message: /cannot be written .*set HEARTH_DATA/});
	}
});

for (const [name, value] of Object.entries({
	HEARTH_PORT: 'http',
	HEARTH_RATE_LIMITS: 'maybe',
	HEARTH_CORS_ORIGINS: 'example',
	HEARTH_TRUSTED_PROXIES: 'everyone',
	HEARTH_SECRET_KEY: 'short',
	HEARTH_LOG_LEVEL: 'loud',
	HEARTH_DRAIN_SECONDS: '-1',
})) {
	test(`${name} refuses ${value}`, t => {
		t.throws(() => readSettings(platformSettings, {[name]: value}), {message: new RegExp(name)});
	});
}
