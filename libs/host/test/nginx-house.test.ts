import {once} from 'node:events';
import {mkdir, mkdtemp, rm, stat, writeFile} from 'node:fs/promises';
import {request as httpRequest, type IncomingMessage} from 'node:http';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {Readable} from 'node:stream';
import {pathToFileURL} from 'node:url';
import {brotliDecompressSync, gunzipSync} from 'node:zlib';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import {findServer} from '@hearth/servers/find.js';
import test, {type ExecutionContext} from 'ava';
import type {NginxOptions} from '../nginx-conf.js';
import {definePlugin, type Plugin, Reply, route} from '../plugin.js';
import {aHouse} from '../testing.js';
import {aFront, raw} from './nginx-front.js';

// The real nginx before a real house: what both do to one answer.

const program = findServer('nginx');
if (program === null) leftOut(test, 'a house behind nginx', 'there is no nginx');
const withNginx = program === null ? test.skip : test;

const words = 'a few words, again and again; '.repeat(200);

function aRadio() {
	const listeners = new Set<Readable>();
	const plugin = definePlugin({
		name: 'radio',
		summary: 'Answers in every way there is',
		routes: [
			route('GET', '/api/v1/radio/live', {
				summary: 'What is said, as it is said',
				role: 'public',
				stream: true,
				handle: async () => {
					const body = new Readable({read() {}});
					listeners.add(body);
					body.once('close', () => listeners.delete(body));
					return new Reply(undefined, {body});
				},
			}),
			route('GET', '/api/v1/radio/words', {summary: 'Many', role: 'public', handle: async () => ({words})}),
			route('GET', '/api/v1/radio/word', {summary: 'Few', role: 'public', handle: async () => ({word: 'one'})}),
			route('GET', '/api/v1/radio/picture', {
				summary: 'Is small enough already',
				role: 'public',
				handle: async () => new Reply(undefined, {body: Buffer.alloc(5000), headers: {'Content-Type': 'image/jpeg'}}),
			}),
			route('GET', '/api/v1/radio/drawing', {
				summary: 'Is text',
				role: 'public',
				handle: async () =>
					new Reply(undefined, {body: Buffer.from(words), headers: {'Content-Type': 'image/svg+xml'}}),
			}),
			route('GET', '/api/v1/radio/caller', {
				summary: 'Who asks',
				role: 'public',
				handle: async ({request}) => ({ip: request.ip, local: request.local, origin: request.origin}),
			}),
			route('GET', '/api/v1/radio/twice', {
				summary: 'May be asked twice a minute',
				role: 'public',
				limit: {per_minute: 2, by: 'address'},
				handle: async () => ({}),
			}),
			route('POST', '/api/v1/radio/recording', {
				summary: 'Takes a recording',
				role: 'public',
				upload: {field: 'sound', max_bytes: 5_000_000},
				handle: async ({file}) => ({size_bytes: file === undefined ? 0 : (await stat(file.path)).size}),
			}),
		],
	});
	return {
		plugin,
		listeners,
		say(text: string) {
			for (const body of listeners) body.push(text);
		},
	};
}

async function aHouseBehindNginx(
	t: ExecutionContext,
	plugins: Plugin[],
	{settings = {}, ...options}: Partial<NginxOptions> & {settings?: Record<string, string>; known?: Plugin[]} = {},
) {
	const house = await aHouse(t, {plugins, settings: {HEARTH_TRUSTED_PROXIES: '127.0.0.1', ...settings}});
	const address = house.url.replace('http://localhost', '127.0.0.1');
	const front = await aFront(t, options.known ?? plugins, {addressOf: () => address, ...options});
	return {house, front};
}

const listen = async (url: string): Promise<IncomingMessage> => {
	const asked = httpRequest(url, {headers: {'accept-encoding': 'gzip, br'}}).end();
	const [answer] = await once(asked, 'response');
	return answer;
};

for (const [whose, known] of [
	['a stream of the house', undefined],
	['a stream of a plugin that nginx does not know', []],
] as const) {
	withNginx(`${whose} is passed on as it is said, and its end in both directions`, async t => {
		const radio = aRadio();
		// A stream may be silent for longer than an answer may take.
		const {house, front} = await aHouseBehindNginx(t, [radio.plugin], {
			...(known === undefined ? {timeouts_s: {headers: 1, body: 1, answer: 1}} : {known: [...known]}),
		});
		const answer = await listen(`${front.url}/api/v1/radio/live`);
		t.is(answer.headers['content-type'], 'text/event-stream; charset=utf-8');
		t.is(answer.headers['content-encoding'], undefined);
		const events = answer.setEncoding('utf8')[Symbol.asyncIterator]();
		radio.say('id: 1\n\n');
		t.is((await events.next()).value, 'id: 1\n\n');
		await new Promise(resolve => setTimeout(resolve, 2500));
		radio.say('id: 2\n\n');
		t.is((await events.next()).value, 'id: 2\n\n');

		const other = await listen(`${front.url}/api/v1/radio/live`);
		t.is(radio.listeners.size, 2);
		other.destroy();
		await house.until(async () => radio.listeners.size === 1);

		await house.house.stop();
		t.true((await events.next()).done);
		t.true(answer.complete, 'ended, not cut');
	});
}

const fetched = async (url: string, headers: Record<string, string> = {}) => {
	const asked = httpRequest(url, {headers}).end();
	const [answer] = (await once(asked, 'response')) as [IncomingMessage];
	const parts: Buffer[] = [];
	for await (const part of answer) parts.push(part as Buffer);
	return {answer, body: Buffer.concat(parts)};
};

withNginx('text is compressed for who takes it, and nothing that would not gain by it', async t => {
	const {front} = await aHouseBehindNginx(t, [aRadio().plugin]);
	const at = (name: string) => `${front.url}/api/v1/radio/${name}`;
	const gzip = await fetched(at('words'), {'accept-encoding': 'gzip'});
	t.is(gzip.answer.headers['content-encoding'], 'gzip');
	t.deepEqual(JSON.parse(gunzipSync(gzip.body).toString()), {data: {words}});
	const br = await fetched(at('words'), {'accept-encoding': 'gzip, br'});
	t.is(br.answer.headers['content-encoding'], 'br');
	t.deepEqual(JSON.parse(brotliDecompressSync(br.body).toString()), {data: {words}});
	t.is((await fetched(at('drawing'), {'accept-encoding': 'gzip'})).answer.headers['content-encoding'], 'gzip');
	const plain = await fetched(at('words'));
	t.is(plain.answer.headers['content-encoding'], undefined);
	t.is(plain.answer.headers.vary, gzip.answer.headers.vary, 'a cache in between keeps both');
	t.is(plain.answer.headers.vary, 'Accept-Encoding');
	for (const name of ['word', 'picture'])
		t.is((await fetched(at(name), {'accept-encoding': 'gzip'})).answer.headers['content-encoding'], undefined, name);
});

withNginx('what protects a browser is said once, with every answer', async t => {
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-files-'));
	t.teardown(() => rm(folder, {recursive: true}));
	await mkdir(path.join(folder, 'assets'));
	await writeFile(path.join(folder, 'index.html'), '<title>page</title>');
	await writeFile(path.join(folder, 'assets', 'app-a1b2c3d4.js'), words);
	const web = definePlugin({
		name: 'web',
		summary: 'A web page',
		files: {at: '/', folder: pathToFileURL(`${folder}/`), fallback: 'index.html'},
	});
	const {front} = await aHouseBehindNginx(t, [web, aRadio().plugin]);
	const policies: Record<string, RegExp> = {
		'/': /^default-src 'self'; .*frame-ancestors 'none'$/,
		'/assets/app-a1b2c3d4.js': /^default-src 'self'/,
		'/api/v1/radio/word': /^default-src 'none'/,
		'/api/v1/none': /^default-src 'none'/,
		'/metrics': /^default-src 'none'/,
	};
	const cached: Record<string, string> = {
		'/': 'no-cache',
		'/assets/app-a1b2c3d4.js': 'public, max-age=31536000, immutable',
		'/api/v1/radio/word': 'no-store',
		'/metrics': 'no-store',
	};
	for (const [at, policy] of Object.entries(policies)) {
		const {answer} = await fetched(front.url + at, {accept: 'text/html'});
		const once = ['x-content-type-options', 'x-frame-options', 'referrer-policy', 'permissions-policy'];
		for (const name of [...once, 'content-security-policy', 'x-request-id', 'x-timestamp', 'cache-control', 'server'])
			t.is(answer.headersDistinct[name]?.length ?? 0, 1, `${at}: ${name}`);
		t.regex(String(answer.headers['content-security-policy']), policy, at);
		t.is(answer.headers.server, 'nginx');
		t.is(answer.headers['x-powered-by'], undefined);
		if (cached[at] !== undefined) t.is(answer.headers['cache-control'], cached[at], at);
	}
});

withNginx('requests are counted by the address that the tunnel tells, and nobody else can choose theirs', async t => {
	const {front} = await aHouseBehindNginx(t, [aRadio().plugin], {settings: {HEARTH_RATE_LIMITS: 'on'}});
	const ask = async (url: string, headers: Record<string, string>) =>
		(await fetch(`${url}/api/v1/radio/twice`, {headers})).status;
	const through = (address: string) => ask(front.tunnel, {'cf-connecting-ip': address});
	t.deepEqual(
		[await through('203.0.113.7'), await through('203.0.113.7'), await through('203.0.113.7')],
		[200, 200, 429],
	);
	t.is(await through('198.51.100.9'), 200);
	const pretend = (address: string) =>
		ask(front.url, {'x-forwarded-for': address, 'cf-connecting-ip': address, forwarded: `for=${address}`});
	t.deepEqual([await pretend('192.0.2.1'), await pretend('192.0.2.2'), await pretend('192.0.2.3')], [200, 200, 429]);
	const caller = await (
		await fetch(`${front.tunnel}/api/v1/radio/caller`, {headers: {'cf-connecting-ip': '2001:db8::7'}})
	).json();
	t.like(caller, {data: {ip: '2001:db8::7', origin: front.tunnel.replace('http:', 'https:')}});
});

withNginx('nobody is at the machine itself who comes through nginx', async t => {
	for (const proxies of ['', '127.0.0.1']) {
		const {front, house} = await aHouseBehindNginx(t, [aRadio().plugin], {
			settings: {HEARTH_TRUSTED_PROXIES: proxies},
		});
		t.like(await house.get('/api/v1/radio/caller'), {data: {local: true}});
		for (const headers of [
			'Connection: close',
			// Names the header that gives nginx away as one that is not to be passed on.
			'Connection: close, X-Forwarded-For, X-Forwarded-Host',
			'X-Forwarded-For:\r\nConnection: close',
		]) {
			const {body} = await raw(
				front.port,
				`GET /api/v1/radio/caller HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n`,
			);
			t.like(JSON.parse(body), {data: {local: false}}, headers);
		}
	}
});

withNginx('an upload reaches its part whole, and its refusals are those of the house', async t => {
	const {front} = await aHouseBehindNginx(t, [aRadio().plugin]);
	const upload = async (bytes: number) => {
		const body = new FormData();
		body.set('sound', new Blob([Buffer.alloc(bytes, 1)]), 'sound.wav');
		return (await fetch(`${front.url}/api/v1/radio/recording`, {method: 'POST', body})).json();
	};
	t.like(await upload(4_000_000), {data: {size_bytes: 4_000_000}});
	t.like(await upload(6_000_000), {error: {code: 'TOO_LARGE'}});
});

withNginx('a HEAD has the headers alone, and headers too large for the part are refused in the same form', async t => {
	const {front} = await aHouseBehindNginx(t, [aRadio().plugin]);
	const head = await raw(front.port, 'HEAD /api/v1/radio/words HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
	t.is(head.status, 200);
	t.is(head.body, '');
	const lines = Array.from({length: 3}, (_, index) => `X-Large-${index}: ${'a'.repeat(8000)}\r\n`).join('');
	const large = await raw(
		front.port,
		`GET /api/v1/radio/word HTTP/1.1\r\nHost: a\r\n${lines}Connection: close\r\n\r\n`,
	);
	t.is(large.status, 431);
	t.like(JSON.parse(large.body), {error: {code: 'TOO_LARGE'}});
});
