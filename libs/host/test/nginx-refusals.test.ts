import {rm} from 'node:fs/promises';
import type {RequestListener} from 'node:http';
import {connect} from 'node:net';
import path from 'node:path';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import {until} from '@hearth/ports/contract/until.js';
import {findServer} from '@hearth/servers/find.js';
import test, {type ExecutionContext} from 'ava';
import {aFront, aFrontWithParts, aPart, aPlugin, type RawAnswer, raw, seen} from './nginx-front.js';

const program = findServer('nginx');
if (program === null) leftOut(test, 'what nginx refuses', 'there is no nginx');
const withNginx = program === null ? test.skip : test;

const food = aPlugin('food', '/api/v1/foods');
const aHead = (...lines: string[]) => `${[...lines, 'Host: hearth.example', 'Connection: close'].join('\r\n')}\r\n\r\n`;

interface Refused {
	error: {code: string; message: string; details?: unknown};
}

/** In the form of all others, with everything that every answer carries, each once. */
function isRefusal(t: ExecutionContext, {status, headers, body}: RawAnswer, expected: number, code: string): Refused {
	t.is(status, expected, body);
	t.regex(headers.get('content-type') ?? '', /^application\/json/);
	t.is(headers.get('x-content-type-options'), 'nosniff');
	t.is(headers.get('x-frame-options'), 'DENY');
	t.is(headers.get('cache-control'), 'no-store');
	t.regex(headers.get('content-security-policy') ?? '', /^default-src 'none'/);
	t.is(headers.get('server'), 'nginx');
	t.regex(headers.get('x-request-id') ?? '', /^[\w.:-]{1,128}$/);
	const now = headers.get('x-timestamp') ?? '';
	t.regex(now, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
	t.true(Math.abs(Date.parse(now) - Date.now()) < 60_000, now);
	const refused = JSON.parse(body) as Refused;
	t.deepEqual(Object.keys(refused), ['error']);
	t.is(refused.error.code, code);
	return refused;
}

// One for all that is refused before it reaches a part.
const endings: (() => unknown)[] = [];
const front = program === null ? undefined : await aFrontWithParts({teardown: end => void endings.push(end)}, [food]);
test.after.always('nginx is stopped', async () => {
	for (const end of endings.reverse()) await end();
});

const refuses = test.macro({
	async exec(t, request: string, status: number, code: string, message: RegExp) {
		const {port, parts} = front as NonNullable<typeof front>;
		const {error} = isRefusal(t, await raw(port, request), status, code);
		t.regex(error.message, message);
		const asked = [...parts.values()].reduce((sum, part) => sum + part.asked(), 0);
		t.is(asked, 0, 'no part is asked');
	},
	title: (what = '') => `${what} is refused in the form of all refusals`,
});
const broken = /not a valid HTTP request/;

withNginx('a first line that is no HTTP', refuses, 'hello there\r\n\r\n', 400, 'VALIDATION_ERROR', broken);
withNginx(
	'a request without a Host',
	refuses,
	'GET /api/v1/foods HTTP/1.1\r\nConnection: close\r\n\r\n',
	400,
	'VALIDATION_ERROR',
	broken,
);
withNginx(
	'a request with two Hosts',
	refuses,
	aHead('GET /api/v1/foods HTTP/1.1', 'Host: other.example'),
	400,
	'VALIDATION_ERROR',
	broken,
);
withNginx(
	'a header with a NUL',
	refuses,
	aHead('GET /api/v1/foods HTTP/1.1', 'X-A: a\0b'),
	400,
	'VALIDATION_ERROR',
	broken,
);
withNginx(
	'a path that leaves the house',
	refuses,
	aHead('GET /../../etc/passwd HTTP/1.1'),
	400,
	'VALIDATION_ERROR',
	broken,
);
withNginx('another version of HTTP', refuses, aHead('GET / HTTP/3.0'), 400, 'VALIDATION_ERROR', broken);
withNginx(
	'a length beside chunks, by which another request could be smuggled in',
	refuses,
	`${aHead('POST /api/v1/foods HTTP/1.1', 'Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\nG`,
	400,
	'VALIDATION_ERROR',
	broken,
);
withNginx(
	'a transfer encoding that nobody knows',
	refuses,
	`${aHead('POST /api/v1/foods HTTP/1.1', 'Transfer-Encoding: xchunked')}0\r\n\r\n`,
	400,
	'VALIDATION_ERROR',
	broken,
);
withNginx(
	'a length that is no number',
	refuses,
	aHead('POST /api/v1/foods HTTP/1.1', 'Content-Length: 1, 1'),
	400,
	'VALIDATION_ERROR',
	broken,
);
withNginx(
	'an address that is too long',
	refuses,
	aHead(`GET /api/v1/foods?q=${'a'.repeat(20_000)} HTTP/1.1`),
	414,
	'TOO_LARGE',
	/address of this request is too long/,
);
withNginx(
	'a header that is too large',
	refuses,
	aHead('GET /api/v1/foods HTTP/1.1', `Cookie: ${'a'.repeat(20_000)}`),
	431,
	'TOO_LARGE',
	/headers of this request are too large/,
);
withNginx(
	'a method that reads back what was sent',
	refuses,
	aHead('TRACE /api/v1/foods HTTP/1.1'),
	405,
	'METHOD_NOT_ALLOWED',
	/takes this method/,
);
for (const at of [
	'/ready',
	'/metrics',
	'/docs',
	'/docs/start.js',
	'//metrics',
	'/api/../metrics',
	'/%6Detrics',
	'/metrics?a',
]) {
	withNginx(
		`what is not for the outside, as ${at}`,
		refuses,
		aHead(`GET ${at} HTTP/1.1`),
		404,
		'NOT_FOUND',
		/nothing here for the outside/,
	);
}
withNginx(
	'a body that says it is too large',
	refuses,
	aHead('POST /api/v1/foods HTTP/1.1', 'Content-Length: 100000000'),
	413,
	'TOO_LARGE',
	/larger than the 95 MB/,
);
withNginx(
	'a body that asks first whether it is too large',
	refuses,
	aHead('POST /api/v1/foods HTTP/1.1', 'Content-Length: 100000000', 'Expect: 100-continue'),
	413,
	'TOO_LARGE',
	/larger than the 95 MB/,
);

withNginx('a body that turns out to be too large', async t => {
	const {port, parts} = await aFrontWithParts(t, [food]);
	const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1024 * 1024), Buffer.from('\r\n')]);
	const head = aHead('POST /api/v1/foods HTTP/1.1', 'Transfer-Encoding: chunked');
	isRefusal(t, await raw(port, head, ...Array.from({length: 100}, () => chunk)), 413, 'TOO_LARGE');
	t.is(parts.get('food')?.asked(), 0);
});

withNginx('a body that is allowed is asked for, and reaches its part whole', async t => {
	const {port} = await aFrontWithParts(t, [food]);
	const head = aHead('POST /api/v1/foods HTTP/1.1', 'Content-Length: 4', 'Expect: 100-continue');
	const {text} = await raw(port, `${head}`, 'body');
	t.regex(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
	t.regex(text, /"part":"food","method":"POST"/);
});

withNginx('the request id of the client is on a refusal too, and a strange one is replaced', async t => {
	const {url, port} = await aFrontWithParts(t, [food]);
	const refused = await raw(port, aHead('GET /ready HTTP/1.1', 'X-Request-ID: mine-1'));
	t.is(refused.headers.get('x-request-id'), 'mine-1');
	t.like(JSON.parse(refused.body), {error: {details: {request_id: 'mine-1'}}});
	t.regex(
		(await seen(`${url}/api/v1/foods`, {'x-request-id': 'a"}{ b'})).headers['x-request-id'] ?? '',
		/^[0-9a-f]{32}$/,
	);
});

withNginx('a request from before there were Hosts reaches its part', async t => {
	const {port} = await aFrontWithParts(t, [food]);
	const {status, body} = await raw(port, 'GET /api/v1/foods HTTP/1.0\r\n\r\n');
	t.is(status, 200);
	t.like(JSON.parse(body), {part: 'food', headers: {host: 'localhost'}});
});

withNginx('headers with an underscore or without a name reach no part', async t => {
	const {port} = await aFrontWithParts(t, [food]);
	const {body} = await raw(port, aHead('GET /api/v1/foods HTTP/1.1', 'X_Forwarded_For: 203.0.113.1', 'X-Kept: 1'));
	const {headers} = JSON.parse(body) as {headers: Record<string, string>};
	t.is(headers['x-kept'], '1');
	t.deepEqual(
		Object.keys(headers).filter(name => name.includes('_')),
		[],
	);
});

const stalls = test.macro(async (t, ...pieces: string[]) => {
	const {address, asked} = await aPart(t, 'food');
	const {port} = await aFront(t, [food], {addressOf: () => address, timeouts_s: {headers: 1, body: 1, answer: 10}});
	const {text} = await raw(port, ...pieces);
	t.is(text, '');
	t.is(asked(), 0);
});
withNginx('who does not finish the headers is cut off', stalls, 'GET /api/v1/foods HTTP/1.1\r\nHost: a\r\n');
withNginx(
	'who does not finish the body is cut off, and its part has not heard of it',
	stalls,
	`${aHead('POST /api/v1/foods HTTP/1.1', 'Content-Length: 10')}12345`,
);

withNginx('a part that is down is named within two seconds, and is asked again as soon as it is back', async t => {
	const [part, auth] = [await aPart(t, 'food'), await aPart(t, 'auth')];
	const {url, port} = await aFront(t, [food, aPlugin('auth', '/api/v1/auth')], {
		addressOf: name => (name === 'food' ? part.address : auth.address),
	});
	t.is((await seen(`${url}/api/v1/foods`)).part, 'food');
	part.stop();
	for (const method of ['GET', 'POST']) {
		const answer = await raw(port, aHead(`${method} /api/v1/foods HTTP/1.1`, 'Content-Length: 0'));
		const {error} = isRefusal(t, answer, 503, 'UNAVAILABLE');
		t.regex(error.message, /^The food part of Hearth is down\. Try again/);
		t.like(error.details, {part: 'food', request_id: answer.headers.get('x-request-id')});
		t.is(answer.headers.get('retry-after'), '2');
	}
	t.is((await seen(`${url}/api/v1/auth`)).part, 'auth');
	await aPart(t, 'food', {port: part.port});
	t.is((await seen(`${url}/api/v1/foods`)).part, 'food');
});

const fails = test.macro(async (t, answer: RequestListener, message: RegExp) => {
	const {address, asked} = await aPart(t, 'food', {answer});
	const {port} = await aFront(t, [food], {addressOf: () => address, timeouts_s: {headers: 5, body: 5, answer: 1}});
	const refused = isRefusal(
		t,
		await raw(port, aHead('POST /api/v1/foods HTTP/1.1', 'Content-Length: 0')),
		503,
		'UNAVAILABLE',
	);
	t.regex(refused.error.message, message);
	t.like(refused.error.details, {part: 'food'});
	t.is(asked(), 1, 'once');
});
withNginx(
	'a part that breaks off before it answers may have done what was asked, and is not asked again',
	fails,
	incoming => incoming.socket.destroy(),
	/The food part of Hearth broke off .* look before you send it again/,
);
withNginx(
	'a part that hangs',
	fails,
	() => {},
	/The food part of Hearth did not answer in time\. .* look before you send it again/,
);

withNginx('an answer that is cut does not look whole', async t => {
	const {address} = await aPart(t, 'food', {
		answer(_, response) {
			response.writeHead(200, {'content-length': '100'}).write('half');
			setTimeout(() => response.destroy(), 50);
		},
	});
	const {url} = await aFront(t, [food], {addressOf: () => address});
	const answer = await fetch(`${url}/api/v1/foods`);
	await t.throwsAsync(answer.text());
});

withNginx('a part whose name nobody knows, or whose name server is silent, is down', async t => {
	for (const resolver of ['127.0.0.1:9', '127.0.0.1:1']) {
		const {port} = await aFront(t, [food], {resolver});
		const answer = await raw(port, aHead('GET /api/v1/foods HTTP/1.1'));
		t.regex(isRefusal(t, answer, 503, 'UNAVAILABLE').error.message, /The food part of Hearth is down/);
	}
});

withNginx('a body for which nginx has no space is refused, to be sent again', async t => {
	const {address, asked} = await aPart(t, 'food');
	const front = await aFront(t, [food], {addressOf: () => address});
	await rm(path.join(front.folder, 'nginx_client_body'), {recursive: true});
	const body = 'a'.repeat(100_000);
	const head = aHead('POST /api/v1/foods HTTP/1.1', `Content-Length: ${body.length}`);
	const answer = await raw(front.port, head, body);
	const {error} = isRefusal(t, answer, 503, 'UNAVAILABLE');
	t.like(error, {details: {part: 'nginx'}});
	t.is(answer.headers.get('retry-after'), '2');
	t.is(asked(), 0);
});

withNginx('who has too many requests under way is told so', async t => {
	const {address, asked} = await aPart(t, 'food', {answer: () => {}});
	const {port} = await aFront(t, [food], {addressOf: () => address, max_requests: 10});
	const sockets = Array.from({length: 10}, () => connect(port, '127.0.0.1'));
	t.teardown(() => {
		for (const socket of sockets) socket.destroy();
	});
	for (const socket of sockets) socket.write(aHead('GET /api/v1/foods HTTP/1.1'));
	await until('all are under way', () => asked() === 10);
	const answer = await raw(port, aHead('GET /api/v1/foods HTTP/1.1'));
	t.regex(isRefusal(t, answer, 429, 'RATE_LIMITED').error.message, /under way/);
	t.is(answer.headers.get('retry-after'), '2');
});
