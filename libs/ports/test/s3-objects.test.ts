import {copyFile, mkdir} from 'node:fs/promises';
import {connect} from 'node:net';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {findServer} from '@hearth/servers/find.js';
import {startServer} from '@hearth/servers/server-process.js';
import {makeSmallDisk, whyNoSmallDisk} from '@hearth/servers/small-disk.js';
import {type ObjectStore, startMinio} from '@hearth/servers/start.js';
import test, {type ExecutionContext} from 'ava';
import {leftOut} from '../contract/left-out.js';
import {until} from '../contract/until.js';
import {openS3Objects} from '../drivers/s3-objects.js';
import {StartupError} from '../startup-error.js';
import {aCertificate} from './a-certificate.js';
import {s3Contract, s3Url} from './s3-contract.js';

const log = {info() {}, warn() {}, error() {}};

if (findServer('minio') === null) leftOut(test, 'the S3 driver', 'there is no minio');
else {
	await s3Contract(test, startMinio);

	const started = async (t: ExecutionContext, starting: Promise<ObjectStore>) => {
		const store = await starting;
		t.teardown(() => store.remove());
		return store;
	};
	const opened = async (t: ExecutionContext, url: string) => {
		const objects = await openS3Objects({url, log, patience_ms: 20_000});
		t.teardown(() => objects.close());
		return objects;
	};

	const noDisk = whyNoSmallDisk();
	if (noDisk !== null) leftOut(test, 'a full disk', noDisk);
	else
		test('a full disk fails what is put and harms nothing that was kept; with room again it takes more', async t => {
			const disk = await makeSmallDisk(96 * 2 ** 20);
			t.teardown(() => disk.remove());
			const store = await started(t, startMinio({disk}));
			const objects = await opened(t, s3Url(store));
			await objects.put('kept', Buffer.from('before'));
			await disk.full();
			// MinIO says that its storage is full where it saw it coming, and else only that it failed.
			const refused = {message: /storage|500/i};
			for (const key of ['new', 'kept']) await t.throwsAsync(objects.put(key, Buffer.alloc(500_000)), refused);
			const large = Readable.from(Array.from({length: 20}, () => Buffer.alloc(2 ** 20)));
			await t.throwsAsync(objects.put('large', large), refused);
			t.is((await objects.read('kept', 10)).toString(), 'before');
			const listed: string[] = [];
			for await (const {key} of objects.list('')) listed.push(key);
			t.deepEqual(listed, ['kept']);
			await disk.freed();
			await until('there is room again', () =>
				objects.put('new', Buffer.from('after')).then(
					() => true,
					() => false,
				),
			);
			await store.kill();
			await store.start();
			t.is((await objects.read('new', 10)).toString(), 'after');
			t.is((await objects.read('kept', 10)).toString(), 'before');
		});

	test('a store that hangs fails the check within seconds, and serves again when it goes on', async t => {
		const store = await started(t, startMinio());
		const objects = await opened(t, s3Url(store));
		await objects.put('kept', Buffer.from('x'));
		await store.pause();
		await t.throwsAsync(objects.check(), {message: /did not answer within/});
		await t.throwsAsync(objects.put('new', Buffer.from('y')), {message: /silent/});
		store.resume();
		await until('the store is well again', () =>
			objects.check().then(
				() => true,
				() => false,
			),
		);
		t.is((await objects.read('kept', 10)).toString(), 'x');
	});

	test('over TLS a store is believed by the certificate that the URL names, and by no other', async t => {
		const files = aCertificate(t);
		if (files === null) return t.pass();
		const tls = await startServer(
			async (port, folder) => {
				const certificates = join(folder, 'certificates');
				await mkdir(certificates);
				await copyFile(files.cert, join(certificates, 'public.crt'));
				await copyFile(files.key, join(certificates, 'private.key'));
				return {
					program: 'minio',
					args: ['server', '--address', `127.0.0.1:${port}`, '--certs-dir', certificates, join(folder, 'objects')],
					env: {MINIO_ROOT_USER: 'anna', MINIO_ROOT_PASSWORD: 'a secret', MINIO_UPDATE: 'off', MINIO_BROWSER: 'off'},
					ready: () => canConnect(port),
				};
			},
			port => `s3://anna:a%20secret@localhost:${port}/bucket`,
		);
		t.teardown(() => tls.remove());
		const objects = await opened(t, `${tls.url}?ca=${files.cert}`);
		await objects.put('a', Buffer.from('x'));
		t.is((await objects.read('a', 10)).toString(), 'x');
		await t.throwsAsync(openS3Objects({url: tls.url, log, patience_ms: 0}), {
			instanceOf: StartupError,
			message: /self-signed/,
		});
	});
}

const canConnect = (port: number) =>
	new Promise<boolean>(resolve => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => resolve(false));
	});
