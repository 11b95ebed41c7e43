import {readFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type {Readable} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import {setTimeout as sleep} from 'node:timers/promises';
import {Client, S3Error} from 'minio';
import {type Log, withoutPassword} from '../driver.js';
import {
	checkContentType,
	checkKey,
	NoSuchObject,
	type Objects,
	ObjectsAway,
	ObjectTooLarge,
	tellingFailures,
} from '../objects.js';
import {StartupError} from '../startup-error.js';
import {LATE, within} from './within.js';

// A start waits this long for a first answer, then goes on without: only what needs an object fails meanwhile.
const START_PATIENCE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 3_000;
// No byte either way until the answer begins: a slow disk takes a second to put a part away. Not tried again.
const ANSWER_SILENCE_MS = 10_000;
// No byte of a body that is being read: whoever reads it may be a phone on a bad line.
const BODY_SILENCE_MS = 60_000;
const CHECK_TIMEOUT_MS = 2_000;
// Waits before a call is made again after a broken connection or a server that says it is busy. All of it stays within seconds.
const RETRY_WAITS_MS = [100, 400];
const SILENT = 'ESILENT';
const BUSY = [408, 429, 499, 500, 502, 503, 504, 520];
// A stream of unknown length is sent in parts of this size, of which three are in memory at most. S3 takes no smaller and no more than
// 10 000 of them, which makes 80 GB.
const PART_BYTES = 8 * 1024 * 1024;
// At the same time, of one process.
const MOST_CONNECTIONS = 32;
// MinIO and other stores that keep files do not take both `a` and `a/b`. So each object's name ends in a sign that no key may hold; it
// comes before all that a key may hold, which keeps the order of the names that of the keys.
const OBJECT_SIGN = '!';

export interface S3Options {
	/**
	 * `s3://access_key:secret_key@host:port/bucket?region=us-east-1&tls=off`. TLS unless told otherwise; with `minio://` no TLS unless
	 * told otherwise. `ca=/file.pem` where the certificate is our own.
	 */
	url: string;
	log: Log;
	/** Milliseconds to wait for a server that is not up yet. */
	patience_ms?: number;
}

/**
 * Objects in a bucket of MinIO or any other S3, which is made where it is missing. Opens without the server, too. Throws `StartupError`
 * where the URL is wrong, or the server refuses the keys or the bucket.
 */
export async function openS3Objects({url, log, patience_ms = START_PATIENCE_MS}: S3Options): Promise<Objects> {
	const {bucket, region, tls, ca, ...connection} = connectionOf(url);
	const pool = {keepAlive: true, maxSockets: MOST_CONNECTIONS};
	const agent = tls ? new https.Agent({...pool, ...(ca && {ca})}) : new http.Agent(pool);
	const client = new Client({
		...connection,
		region,
		useSSL: tls,
		transport: impatient(tls ? https : http),
		transportAgent: agent,
		// Its own retries know no broken connection, and write to the console.
		retryOptions: {disableRetry: true},
	});
	await firstAnswer();

	async function ensureBucket() {
		if (await client.bucketExists(bucket)) return;
		await client.makeBucket(bucket, region).catch((error: unknown) => {
			// Another process was faster.
			if (codeOf(error) !== 'BucketAlreadyOwnedByYou') throw error;
		});
	}

	async function firstAnswer() {
		for (const deadline = Date.now() + patience_ms; ; await sleep(250)) {
			try {
				return await answeredWithin(Math.max(patience_ms, CHECK_TIMEOUT_MS), ensureBucket());
			} catch (error) {
				if (!isPassing(error)) {
					throw new StartupError(
						`The object store at ${withoutPassword(url)} cannot be used: ${messageOf(error)}. Check OBJECTS_URL: its keys, that they may make or use the bucket, and that the server speaks TLS or the URL ends in ?tls=off.`,
						{cause: error},
					);
				}
				if (Date.now() < deadline) continue;
				log.warn({err: error}, 'The object store is not there yet: pictures and exports fail until it is');
				return;
			}
		}
	}

	async function putWhole(name: string, body: Buffer, type: string) {
		const put = () => again(() => client.putObject(bucket, name, body, body.length, {'Content-Type': type}));
		await put().catch(async (error: unknown) => {
			// The server was not there at the start, or was set up anew since.
			if (codeOf(error) !== 'NoSuchBucket') throw error;
			await ensureBucket();
			await put();
		});
	}

	async function putParts(name: string, parts: AsyncIterable<Buffer>, type: string) {
		const uploadID = await again(() => client.initiateNewMultipartUpload(bucket, name, {'Content-Type': type}));
		try {
			const sent: {part: number; etag: string}[] = [];
			for await (const part of parts) {
				const partNumber = sent.length + 1;
				const headers = {'Content-Length': part.length};
				const {etag} = await again(() =>
					client.uploadPart({bucketName: bucket, objectName: name, uploadID, partNumber, headers}, part),
				);
				sent.push({part: partNumber, etag});
			}
			// Not tried again: when only the answer was lost, the upload is no longer there.
			await client.completeMultipartUpload(bucket, name, uploadID, sent);
		} catch (error) {
			// The server forgets it by itself, after a day or so, where it cannot be told.
			await client.abortMultipartUpload(bucket, name, uploadID).catch(() => {});
			throw error;
		}
	}

	async function open(key: string) {
		checkKey(key);
		let body: Readable;
		try {
			body = await again(() => client.getObject(bucket, key + OBJECT_SIGN));
		} catch (error) {
			throw isMissing(error) ? new NoSuchObject(key) : error;
		}
		// The library gives the answer itself, and with it the size and type of just these bytes.
		if (!(body instanceof http.IncomingMessage)) throw new TypeError('The object store’s answer has no headers');
		const size_bytes = Number(body.headers['content-length']);
		return {body, size_bytes, content_type: body.headers['content-type'] ?? 'application/octet-stream'};
	}

	const objects: Objects = {
		async put(key, body, {content_type = 'application/octet-stream'} = {}) {
			checkKey(key);
			const name = key + OBJECT_SIGN;
			const type = checkContentType(content_type);
			if (Buffer.isBuffer(body)) {
				await putWhole(name, body, type);
				return {size_bytes: body.length};
			}
			let size_bytes = 0;
			const parts = inParts(body, bytes => {
				size_bytes += bytes;
			});
			const {value: first = Buffer.alloc(0)} = await parts.next();
			const second = await parts.next();
			if (second.done) await putWhole(name, first, type);
			else {
				await putParts(
					name,
					(async function* () {
						yield first;
						yield second.value;
						yield* parts;
					})(),
					type,
				);
			}
			return {size_bytes};
		},
		get: open,
		async read(key, max_bytes) {
			const {body, size_bytes} = await open(key);
			if (size_bytes <= max_bytes) return buffer(body);
			body.destroy();
			throw new ObjectTooLarge(key, max_bytes);
		},
		async exists(key) {
			checkKey(key);
			try {
				await again(() => client.statObject(bucket, key + OBJECT_SIGN));
				return true;
			} catch (error) {
				if (isMissing(error)) return false;
				throw error;
			}
		},
		async delete(...keys) {
			for (const key of keys) checkKey(key);
			// The library sends a thousand at a time.
			const refused = await again(() =>
				client.removeObjects(
					bucket,
					keys.map(key => key + OBJECT_SIGN),
				),
			);
			for (const answer of refused) {
				const error = answer?.Error;
				if (error && error.Code !== 'NoSuchKey')
					throw new Error(`An object could not be deleted: ${error.Message ?? error.Code}`);
			}
		},
		async *list(prefix) {
			for await (const {name, size, lastModified} of client.listObjectsV2(bucket, prefix, true)) {
				// Others may keep things of their own in the bucket.
				if (!name?.endsWith(OBJECT_SIGN)) continue;
				yield {key: name.slice(0, -OBJECT_SIGN.length), size_bytes: size, modified_at: new Date(lastModified)};
			}
		},
		async check() {
			await answeredWithin(CHECK_TIMEOUT_MS, ensureBucket());
		},
		async close() {
			agent.destroy();
		},
	};
	return tellingFailures(objects, error => (isPassing(error) || isFull(error) ? new ObjectsAway(error) : error));
}

/** `http` or `https` whose requests fail when the server is silent, in place of waiting for it for ever. */
function impatient(protocol: typeof http | typeof https): Pick<typeof http, 'request'> {
	function request(options: https.RequestOptions, answered: (response: http.IncomingMessage) => void) {
		let silence_ms = ANSWER_SILENCE_MS;
		const sent = protocol.request(options, response => {
			silence_ms = BODY_SILENCE_MS;
			sent.setTimeout(silence_ms);
			// The library looks at the status of these and at nothing else, and would keep the connection for ever.
			if (BUSY.includes(response.statusCode ?? 0)) response.resume();
			answered(response);
		});
		const fail = (code: string, message: string) => sent.destroy(Object.assign(new Error(message), {code}));
		sent.setTimeout(silence_ms);
		sent.on('timeout', () => fail(SILENT, `The object store was silent for ${silence_ms} ms`));
		sent.on('socket', socket => {
			if (!socket.connecting) return;
			const late = setTimeout(fail, CONNECT_TIMEOUT_MS, 'ETIMEDOUT', 'The object store could not be reached');
			socket.once('connect', () => clearTimeout(late));
			sent.once('close', () => clearTimeout(late));
		});
		return sent;
	}
	return {request: request as typeof http.request};
}

/** Makes a call again after a broken connection or where the server is busy, a few times. Only for what may be repeated. */
async function again<T>(call: () => Promise<T>): Promise<T> {
	for (const wait_ms of RETRY_WAITS_MS) {
		try {
			return await call();
		} catch (error) {
			if (!isPassing(error) || codeOf(error) === SILENT) throw error;
			await sleep(wait_ms * (0.5 + Math.random()));
		}
	}
	return call();
}

/** The stream in buffers of `PART_BYTES`, but for the last; none of an empty stream. Tells of each piece how many bytes it had. */
async function* inParts(body: Readable, count: (bytes: number) => void): AsyncGenerator<Buffer, undefined> {
	let pieces: Buffer[] = [];
	let waiting = 0;
	for await (const piece of body) {
		let rest = Buffer.isBuffer(piece) ? piece : Buffer.from(piece);
		count(rest.length);
		while (waiting + rest.length >= PART_BYTES) {
			const fitting = PART_BYTES - waiting;
			yield Buffer.concat([...pieces, rest.subarray(0, fitting)]);
			rest = rest.subarray(fitting);
			pieces = [];
			waiting = 0;
		}
		if (rest.length > 0) pieces.push(rest);
		waiting += rest.length;
	}
	if (waiting > 0) yield Buffer.concat(pieces);
}

async function answeredWithin<T>(limit_ms: number, answer: Promise<T>): Promise<T> {
	const answered = await within(limit_ms, answer);
	if (answered !== LATE) return answered;
	throw Object.assign(new Error(`The object store did not answer within ${limit_ms} ms`), {code: SILENT});
}

const codeOf = (error: unknown): string => {
	const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
	return typeof code === 'string' ? code : '';
};

const isMissing = (error: unknown) => error instanceof S3Error && ['NoSuchKey', 'NotFound'].includes(codeOf(error));

/** What S3 itself does not know: each store has a name of its own for a disk without room. */
const isFull = (error: unknown) =>
	error instanceof S3Error &&
	/^(XMinioStorageFull|XMinioAdminBucketQuotaExceeded|QuotaExceeded|InsufficientStorage\w*)$/.test(codeOf(error));

/** True for what may be over in a moment: a server that is not there, breaks off, hangs or is busy. */
function isPassing(error: unknown): boolean {
	if (error instanceof S3Error) return ['SlowDown', 'ServiceUnavailable', 'InternalError'].includes(codeOf(error));
	if (error instanceof Error && /Retryable HTTP status/.test(error.message)) return true;
	return [
		'ECONNREFUSED',
		'ECONNRESET',
		'EPIPE',
		'ETIMEDOUT',
		SILENT,
		'ENOTFOUND',
		'EAI_AGAIN',
		'EHOSTUNREACH',
		'ENETUNREACH',
	].includes(codeOf(error));
}

const messageOf = (error: unknown) =>
	error instanceof Error ? [codeOf(error), error.message].filter(Boolean).join(': ') : String(error);

function connectionOf(given: string) {
	const wrong = (why: string) =>
		new StartupError(
			`OBJECTS_URL is ${withoutPassword(given)}: ${why}; expected s3://access_key:secret_key@host:9000/bucket?region=us-east-1&tls=off, with %-escapes for signs such as / in a key.`,
		);
	if (!URL.canParse(given)) throw wrong('it cannot be read');
	const {protocol, hostname, port, username, password, pathname, searchParams} = new URL(given);
	const bucket = pathname.slice(1);
	const byDefault = protocol === 'minio:' ? 'off' : 'on';
	const tls = searchParams.get('tls') ?? byDefault;
	if (hostname === '') throw wrong('it names no host');
	if (username === '' || password === '') throw wrong('it lacks a key');
	if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
		throw wrong('its path is not the name of a bucket (3–63 of a–z, 0–9, . and -)');
	if (!['on', 'off'].includes(tls)) throw wrong('tls is on or off');
	const file = searchParams.get('ca');
	let ca: Buffer | undefined;
	try {
		if (file !== null) ca = readFileSync(file);
	} catch (error) {
		throw wrong(`the file of ca cannot be read (${codeOf(error)})`);
	}
	return {
		endPoint: hostname,
		...(port === '' ? {} : {port: Number(port)}),
		accessKey: decodeURIComponent(username),
		secretKey: decodeURIComponent(password),
		bucket,
		region: searchParams.get('region') ?? 'us-east-1',
		tls: tls === 'on',
		ca,
	};
}
