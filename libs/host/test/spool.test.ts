import {readdir, readFile} from 'node:fs/promises';
import {connect} from 'node:net';
import path from 'node:path';
import {brotliCompressSync, gzipSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {z} from 'zod';
import {definePlugin, route} from '../plugin.js';
import {aHouse} from '../testing.js';

const MOST_BYTES = 100_000;

async function aStore(t: ExecutionContext) {
	const house = await aHouse(t, {
		plugins: [
			definePlugin({
				name: 'store',
				summary: 'Takes large bodies',
				routes: [
					route('POST', '/api/v1/store', {
						summary: 'Say how long a body is',
						role: 'public',
						spool_bytes: MOST_BYTES,
						body: z.object({text: z.string()}),
						data: z.object({chars: z.number(), size_bytes: z.number()}),
						handle: async ({file}) => ({
							chars: (await readFile(file?.path ?? '', 'utf8')).length,
							size_bytes: file?.size_bytes ?? 0,
						}),
					}),
				],
			}),
		],
	});
	const uploads = () => readdir(path.join(house.data_folder, 'uploads'));
	return {
		...house,
		uploads,
		send: (body: string | Buffer, headers: Record<string, string> = {}) =>
			house.ask('POST', '/api/v1/store', {body, headers: {'content-type': 'application/json', ...headers}}),
	};
}

test('a body is put on the disk as it comes, inflated, and is gone with the answer', async t => {
	const {send, uploads} = await aStore(t);
	const body = JSON.stringify({text: 'ž'.repeat(1000)});
	const expected = {status: 200, data: {chars: body.length, size_bytes: Buffer.byteLength(body)}};
	t.like(await send(body), expected);
	t.like(await send(gzipSync(body), {'content-encoding': 'gzip'}), expected);
	t.deepEqual(await uploads(), []);
});

test('too large a body is a 413, also one that is small until it is inflated, and leaves nothing on the disk', async t => {
	const {send, uploads, until} = await aStore(t);
	const body = JSON.stringify({text: 'x'.repeat(40 * MOST_BYTES)});
	t.like(await send(body), {status: 413, error: {code: 'TOO_LARGE'}});
	t.like(await send(gzipSync(body), {'content-encoding': 'gzip'}), {status: 413, error: {code: 'TOO_LARGE'}});
	await until(async () => (await uploads()).length === 0);
	t.like(await send('{}'), {status: 200});
});

test('what is not what it says is refused', async t => {
	const {send, uploads, until} = await aStore(t);
	t.like(await send(brotliCompressSync('{}'), {'content-encoding': 'br'}), {status: 415});
	t.like(await send('{}', {'content-type': 'text/csv'}), {status: 415});
	t.like(await send('{}', {'content-type': 'application/json; charset=latin1'}), {status: 415});
	t.like(await send('no gzip', {'content-encoding': 'gzip'}), {status: 400, error: {code: 'VALIDATION_ERROR'}});
	t.like(await send(gzipSync('{"text":"cut"}').subarray(0, 20), {'content-encoding': 'gzip'}), {status: 400});
	await until(async () => (await uploads()).length === 0);
});

test('a client that goes away in the middle leaves nothing on the disk', async t => {
	const {url, uploads, until, send} = await aStore(t);
	const {hostname, port} = new URL(url);
	const socket = connect(Number(port), hostname);
	socket.write(
		`POST /api/v1/store HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n{"text":"`,
	);
	await until(async () => (await uploads()).length === 1);
	socket.destroy();
	await until(async () => (await uploads()).length === 0);
	t.like(await send('{}'), {status: 200});
});
