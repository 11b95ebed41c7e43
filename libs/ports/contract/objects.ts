import {createHash, randomBytes} from 'node:crypto';
import {Readable} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import type {ExecutionContext, TestFn} from 'ava';
import {NoSuchObject, type Objects, ObjectsAway, ObjectTooLarge} from '../objects.js';
import {until} from './until.js';

export interface ObjectsUnderTest {
	name: string;
	/** An empty store of its own. */
	make: (t: ExecutionContext) => Promise<Objects>;
	/** Only of a driver with a server. */
	stopServer?: () => Promise<void>;
	startServer?: () => Promise<void>;
}

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function keysOf(objects: Objects, prefix: string): Promise<string[]> {
	const keys: string[] = [];
	for await (const {key} of objects.list(prefix)) keys.push(key);
	return keys;
}

/** What every driver of the objects port must do. */
export function objectsContract(test: TestFn, {name, make, stopServer, startServer}: ObjectsUnderTest): void {
	const it = (title: string, body: (t: ExecutionContext, objects: Objects) => Promise<void>) =>
		test(`${name}: ${title}`, async t => body(t, await make(t)));

	it('an object comes back with its bytes, size and type', async (t, objects) => {
		const bytes = randomBytes(100_000);
		t.deepEqual(await objects.put('images/1/original', bytes, {content_type: 'image/jpeg'}), {size_bytes: 100_000});
		const {body, size_bytes, content_type} = await objects.get('images/1/original');
		t.is(sha(await buffer(body)), sha(bytes));
		t.deepEqual({size_bytes, content_type}, {size_bytes: 100_000, content_type: 'image/jpeg'});
		t.is(sha(await objects.read('images/1/original', 100_000)), sha(bytes));
	});

	it('a stream is kept like a buffer, however large and however cut', async (t, objects) => {
		const piece = randomBytes(1_000_003);
		const pieces = Array.from({length: 12}, () => piece);
		await objects.put('big', Readable.from(pieces), {content_type: 'application/zip'});
		const {body, size_bytes} = await objects.get('big');
		t.is(size_bytes, 12 * piece.length);
		t.is(sha(await buffer(body)), sha(Buffer.concat(pieces)));
	});

	it('an empty object is an object', async (t, objects) => {
		await objects.put('empty', Buffer.alloc(0));
		const {body, size_bytes, content_type} = await objects.get('empty');
		t.is((await buffer(body)).length, 0);
		t.deepEqual({size_bytes, content_type}, {size_bytes: 0, content_type: 'application/octet-stream'});
		t.is((await objects.read('empty', 0)).length, 0);
		t.true(await objects.exists('empty'));
	});

	it('what is not there throws when it is asked for, and may be deleted', async (t, objects) => {
		await objects.put('a/b', Buffer.from('x'));
		for (const key of ['none', 'a', 'a/b/c', 'a/none']) {
			await t.throwsAsync(objects.get(key), {instanceOf: NoSuchObject}, key);
			await t.throwsAsync(objects.read(key, 10), {instanceOf: NoSuchObject}, key);
			t.false(await objects.exists(key), key);
			await objects.delete(key);
		}
		t.true(await objects.exists('a/b'));
	});

	it('reading stops at the limit it was given', async (t, objects) => {
		await objects.put('ten', Buffer.alloc(10));
		t.is((await objects.read('ten', 10)).length, 10);
		await t.throwsAsync(objects.read('ten', 9), {instanceOf: ObjectTooLarge});
	});

	it('a key that could lead elsewhere is refused by every call', async (t, objects) => {
		const long = `${'a'.repeat(200)}/`.repeat(3);
		for (const key of [
			'',
			'/',
			'/a',
			'a/',
			'a//b',
			'.',
			'..',
			'../a',
			'a/../b',
			'a/./b',
			'a b',
			'ä',
			'a\\b',
			'a\0',
			'a+',
			'~a',
			'a'.repeat(201),
			long,
		]) {
			const refused = {instanceOf: RangeError};
			await t.throwsAsync(objects.put(key, Buffer.from('x')), refused, key);
			await t.throwsAsync(objects.get(key), refused, key);
			await t.throwsAsync(objects.read(key, 1), refused, key);
			await t.throwsAsync(objects.exists(key), refused, key);
			await t.throwsAsync(objects.delete(key), refused, key);
		}
		await t.throwsAsync(objects.put('a', Buffer.from('x'), {content_type: 'text/html\r\nX: y'}), {
			instanceOf: RangeError,
		});
		t.deepEqual(await keysOf(objects, ''), []);
	});

	it('a key may be as long and odd as the rules allow, and another key may go on from it', async (t, objects) => {
		const keys = [
			'a',
			'a/b',
			'a/b/c',
			'.hidden',
			'..a',
			'a..',
			'-',
			`${'k'.repeat(200)}/${'k'.repeat(200)}/${'k'.repeat(110)}`,
		];
		for (const key of keys) await objects.put(key, Buffer.from(key));
		for (const key of keys) t.is((await objects.read(key, 1000)).toString(), key);
		t.deepEqual(await keysOf(objects, ''), [...keys].sort());
	});

	it('keys are listed by prefix in byte order, with their sizes and times', async (t, objects) => {
		const keys = ['p/a', 'p/a-b', 'p/a.b', 'p/a/b', 'p/a0', 'p/B', 'p/_', 'p0', 'q/a', 'p/a/c/d', 'p-'];
		for (const key of keys) await objects.put(key, Buffer.alloc(key.length));
		const byBytes = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
		for (const prefix of ['', 'p', 'p/', 'p/a', 'p/a/', 'p/a/c', 'none', 'q/a', 'q/a/']) {
			t.deepEqual(
				await keysOf(objects, prefix),
				byBytes.filter(key => key.startsWith(prefix)),
				prefix,
			);
		}
		for await (const {key, size_bytes, modified_at} of objects.list('')) {
			t.is(size_bytes, key.length);
			t.true(Math.abs(modified_at.getTime() - Date.now()) < 120_000);
		}
	});

	it('more keys than one page of a server holds are listed, each once', async (t, objects) => {
		const keys = Array.from({length: 1_100}, (_, n) => `many/${String(n).padStart(5, '0')}`);
		for (let at = 0; at < keys.length; at += 20) {
			await Promise.all(keys.slice(at, at + 20).map(key => objects.put(key, Buffer.from('x'))));
		}
		t.deepEqual(await keysOf(objects, 'many/'), keys);
		await objects.delete(...keys);
		t.deepEqual(await keysOf(objects, ''), []);
	});

	it('an upload that fails in the middle leaves what was there before', async (t, objects) => {
		await objects.put('kept', Buffer.from('before'));
		const breaking = () =>
			Readable.from(
				(async function* () {
					yield Buffer.alloc(200_000);
					throw new Error('the phone went away');
				})(),
			);
		await t.throwsAsync(objects.put('kept', breaking()), {message: /the phone went away/});
		await t.throwsAsync(objects.put('new', breaking()), {message: /the phone went away/});
		t.is((await objects.read('kept', 100)).toString(), 'before');
		t.deepEqual(await keysOf(objects, ''), ['kept']);
	});

	it('while an object is overwritten, a reader gets one whole version', async (t, objects) => {
		const version = (n: number) => Buffer.alloc(300_000, n);
		await objects.put('changing', version(0));
		let writing = true;
		const writer = (async () => {
			for (let n = 1; n <= 12; n++) await objects.put('changing', version(n), {content_type: `x/v${n}`});
			writing = false;
		})();
		let reads = 0;
		while (writing) {
			const bytes = await buffer((await objects.get('changing')).body);
			t.is(bytes.length, 300_000);
			t.true(bytes.every(byte => byte === bytes[0]));
			reads++;
		}
		await writer;
		t.true(reads > 0);
		const last = await objects.get('changing');
		last.body.destroy();
		t.is(last.content_type, 'x/v12');
	});

	it('putting and deleting beside each other loses nothing that was put', async (t, objects) => {
		await Promise.all(
			Array.from({length: 40}, async (_, n) => {
				await objects.put(`shared/folder/${n}`, Buffer.from(`${n}`));
				if (n % 2) await objects.delete(`shared/folder/${n}`);
			}),
		);
		t.is((await keysOf(objects, 'shared/')).length, 20);
	});

	it('it says that it is well', async (t, objects) => {
		await t.notThrowsAsync(objects.check());
	});

	if (stopServer && startServer) {
		test.serial(`${name}: a lost server fails what needs it, and serves again when it is back`, async t => {
			const objects = await make(t);
			await objects.put('kept', Buffer.from('x'));
			await stopServer();
			await t.throwsAsync(objects.check());
			await t.throwsAsync(objects.read('kept', 10), {instanceOf: ObjectsAway});
			await t.throwsAsync(objects.put('new', Buffer.from('y')), {instanceOf: ObjectsAway});
			await startServer();
			await until('the store is well again', () =>
				objects.check().then(
					() => true,
					() => false,
				),
			);
			t.is((await objects.read('kept', 10)).toString(), 'x');
		});
	}
}
