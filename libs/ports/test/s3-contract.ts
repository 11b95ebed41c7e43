import {randomBytes} from 'node:crypto';
import {createServer} from 'node:net';
import {Readable} from 'node:stream';
import type {ObjectStore} from '@hearth/servers/start.js';
import type {ExecutionContext, TestFn} from 'ava';
import {Client} from 'minio';
import {objectsContract} from '../contract/objects.js';
import {until} from '../contract/until.js';
import {openS3Objects} from '../drivers/s3-objects.js';
import {StartupError} from '../startup-error.js';

const log = {info() {}, warn() {}, error() {}};

export const aBucket = () => `t${randomBytes(6).toString('hex')}`;

/** As OBJECTS_URL. */
export const s3Url = (
	{access_key, secret_key, region, port: usual}: ObjectStore,
	{port = usual, bucket = aBucket(), secret = secret_key} = {},
) => `s3://${access_key}:${secret}@127.0.0.1:${port}/${bucket}?region=${region}&tls=off`;

/** What the S3 driver does with a real store, whichever it is: the contract, and what only a store with a server of its own can do. */
export async function s3Contract(test: TestFn, start: () => Promise<ObjectStore>): Promise<void> {
	const server = await start();
	test.after.always(() => server.remove());
	const {access_key, secret_key, region} = server;
	const urlOf = (rest: Parameters<typeof s3Url>[1] = {}) => s3Url(server, rest);
	const open = async (t: ExecutionContext, url = urlOf(), patience_ms = 20_000) => {
		const objects = await openS3Objects({url, log, patience_ms});
		t.teardown(() => objects.close());
		return objects;
	};

	objectsContract(test, {
		name: server.program,
		make: t => open(t),
		stopServer: server.stop,
		startServer: server.start,
	});

	test('processes share a bucket, whichever of them makes it', async t => {
		const url = urlOf();
		const several = await Promise.all(Array.from({length: 4}, () => open(t, url)));
		await Promise.all(several.map((objects, n) => objects.put(`${n}`, Buffer.from('x'))));
		for (const objects of several) {
			const keys: string[] = [];
			for await (const {key} of objects.list('')) keys.push(key);
			t.deepEqual(keys, ['0', '1', '2', '3']);
		}
	});

	test.serial('a stream of any length takes bounded memory, and one that breaks leaves no upload behind', async t => {
		const bucket = aBucket();
		const objects = await open(t, urlOf({bucket}));
		const piece = randomBytes(1024 * 1024);
		const before = process.memoryUsage();
		let most = 0;
		const large = Readable.from(
			(async function* () {
				for (let n = 0; n < 240; n++) {
					const {external, arrayBuffers} = process.memoryUsage();
					most = Math.max(most, external + arrayBuffers - before.external - before.arrayBuffers);
					yield piece;
				}
			})(),
		);
		t.deepEqual(await objects.put('large', large), {size_bytes: 240 * piece.length});
		t.log(`240 MB went through at most ${Math.round(most / 2 ** 20)} MB of buffers`);
		t.true(most < 150 * 2 ** 20);

		const breaking = Readable.from(
			(async function* () {
				for (let n = 0; n < 20; n++) yield piece;
				throw new Error('the phone went away');
			})(),
		);
		await t.throwsAsync(objects.put('broken', breaking), {message: /the phone went away/});
		t.false(await objects.exists('broken'));
		const client = new Client({
			endPoint: '127.0.0.1',
			port: server.port,
			useSSL: false,
			accessKey: access_key,
			secretKey: secret_key,
			region,
		});
		const left: unknown[] = [];
		for await (const upload of client.listIncompleteUploads(bucket, '', true)) left.push(upload);
		t.deepEqual(left, []);
	});

	test('two who write one object at the same time leave one of the two, whole', async t => {
		const objects = await open(t);
		const version = (n: number) => Readable.from(Array.from({length: 18}, () => Buffer.alloc(1024 * 1024, n)));
		await Promise.all([objects.put('same', version(1)), objects.put('same', version(2))]);
		const bytes = await objects.read('same', 2 ** 30);
		t.is(bytes.length, 18 * 1024 * 1024);
		t.true(bytes.every(byte => byte === bytes[0]));
	});

	test('what others keep in the bucket is not listed', async t => {
		const bucket = aBucket();
		const objects = await open(t, urlOf({bucket}));
		const client = new Client({
			endPoint: '127.0.0.1',
			port: server.port,
			useSSL: false,
			accessKey: access_key,
			secretKey: secret_key,
			region,
		});
		await client.putObject(bucket, 'others/file.txt', 'x');
		await objects.put('ours', Buffer.from('x'));
		const keys: string[] = [];
		for await (const {key} of objects.list('')) keys.push(key);
		t.deepEqual(keys, ['ours']);
	});

	test('the house starts without the store, which serves when it comes, with its bucket made', async t => {
		const late = await start();
		t.teardown(() => late.remove());
		await late.stop();
		const objects = await open(t, urlOf({port: late.port, secret: late.secret_key}), 300);
		const asked_at = Date.now();
		await t.throwsAsync(objects.put('a', Buffer.from('x')), {message: /ECONNREFUSED/});
		await t.throwsAsync(objects.check());
		t.true(Date.now() - asked_at < 30_000);
		await late.start();
		await objects.put('a', Buffer.from('x'));
		t.is((await objects.read('a', 10)).toString(), 'x');
	});

	test.serial('a store that is killed in the middle of uploads keeps what it acknowledged', async t => {
		const killed = await start();
		t.teardown(() => killed.remove());
		const objects = await open(t, urlOf({port: killed.port, secret: killed.secret_key}));
		const kept: string[] = [];
		let stopping = false;
		let failed = 0;
		const uploading = Promise.all(
			Array.from({length: 4}, async (_, client) => {
				for (let n = 0; !stopping; n++) {
					const key = `up/${client}-${n}`;
					try {
						await objects.put(key, Buffer.alloc(100_000, n));
						kept.push(key);
					} catch {
						// Told that it failed, the house would say so; here it is counted.
						failed++;
					}
				}
			}),
		);
		await until('some are kept', () => kept.length > 20);
		await killed.kill();
		await until('uploads fail', () => failed > 0);
		await killed.start();
		const before = kept.length;
		await until('uploads work again', () => kept.length > before + 10);
		stopping = true;
		await uploading;
		for (const key of kept) t.is((await objects.read(key, 100_000)).length, 100_000);
		t.log(`${kept.length} kept, ${failed} told that they failed`);
	});

	test('a store that takes a connection and says nothing fails the check, and is not waited for', async t => {
		const silent = createServer(socket => socket.on('error', () => {}));
		await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
		t.teardown(() => silent.close());
		const address = silent.address();
		const port = typeof address === 'object' && address !== null ? address.port : 0;
		const objects = await openS3Objects({url: urlOf({port}), log, patience_ms: 0});
		const asked_at = Date.now();
		await t.throwsAsync(objects.check(), {message: /did not answer within/});
		t.true(Date.now() - asked_at < 30_000);
		await objects.close();
	});

	test('wrong keys, a wrong URL and a server without TLS are sentences without the secret', async t => {
		for (const [url, expected] of [
			[urlOf({secret: 'hush'}), /SignatureDoesNotMatch|AccessDenied/],
			[`s3://${access_key}:hush@127.0.0.1:${server.port}/bucket`, /tls=off/],
			['s3://key:hush@host:9000/Not_a_bucket', /not the name of a bucket/],
			['s3://127.0.0.1:9000/bucket', /lacks a key/],
			['s3://key:hush@host/bucket?tls=perhaps', /tls is on or off/],
		] as const) {
			const error = await t.throwsAsync(openS3Objects({url, log, patience_ms: 300}), {instanceOf: StartupError}, url);
			t.regex(error?.message ?? '', expected, url);
			t.regex(error?.message ?? '', /OBJECTS_URL/);
			t.notRegex(error?.message ?? '', /hush/);
		}
	});
}
