import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {createServer, type IncomingMessage, request} from 'node:http';
import {type AddressInfo, connect, createServer as createTcpServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {discoverPlugins} from '../discover.js';
import {nginxConf} from '../nginx-conf.js';
import {locationsOf} from '../nginx-routes.js';
import {definePlugin, type Plugin, route} from '../plugin.js';

const nginx = ['nginx', '/usr/sbin/nginx'].find(program => spawnSync(program, ['-v']).status === 0);

/** Passes where there is no nginx to run, and says so by name; fails where the real thing is required. */
function withoutNginx(t: ExecutionContext): boolean {
	if (nginx !== undefined) return false;
	t.log('left out: nginx: it is not on this machine');
	t.not(process.env.HEARTH_REQUIRE_REAL, '1', 'nginx is required and is not on this machine');
	t.pass();
	return true;
}

const aPlugin = (name: string, ...paths: `/${string}`[]): Plugin =>
	definePlugin({
		name,
		summary: name,
		routes: paths.map(at =>
			route('GET', at, {summary: at, role: 'public', stream: at.endsWith('/live'), handle: async () => name}),
		),
	});

const leads = test.macro((t, plugins: Plugin[], expected: Record<string, string>) => {
	t.deepEqual(Object.fromEntries(locationsOf(plugins).map(({match, plugin}) => [match, plugin])), expected);
});

test(
	'a path that one plugin alone uses is one prefix',
	leads,
	[aPlugin('food', '/api/v1/foods/:id', '/api/v1/foods/search')],
	{
		'/api/v1/foods': 'food',
	},
);
test(
	'of a shared path the one with most routes gets the prefix and the other what is theirs',
	leads,
	[aPlugin('food', '/api/v1/images/:id/food'), aPlugin('vision', '/api/v1/images/upload', '/api/v1/images/:id')],
	{
		'~ ^/api/v1/images/upload(?:/|$)': 'vision',
		'~ ^/api/v1/images/[^/]+/food(?:/|$)': 'food',
		'/api/v1/images': 'vision',
	},
);
test(
	'a word is not taken for the parameter that another plugin has in its place',
	leads,
	[aPlugin('a', '/x/:id', '/x/:id/y', '/x/:id/z'), aPlugin('b', '/x/word')],
	{'/x/word': 'b', '/x': 'a'},
);

test('the committed nginx/hearth.conf is what the plugins of the house make', async t => {
	const root = new URL('../../../', import.meta.url);
	const run = spawnSync(process.execPath, ['libs/host/hearth.js', 'nginx', '--check'], {cwd: root, encoding: 'utf8'});
	t.is(run.status, 0, run.stderr);
});

/** A process of one plugin: answers what it saw. */
async function aPart(t: ExecutionContext, name: string) {
	const server = createServer((incoming, response) => {
		incoming.resume();
		response.setHeader('x-frame-options', 'DENY');
		if (incoming.url?.endsWith('/live')) {
			response.writeHead(200, {'content-type': 'text/event-stream'}).write('id: 1\n\n');
			t.teardown(() => response.end());
			return;
		}
		response.setHeader('content-type', 'application/json');
		incoming.on('end', () => response.end(JSON.stringify({part: name, headers: incoming.headers, url: incoming.url})));
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const stop = () => {
		server.closeAllConnections();
		server.close();
	};
	t.teardown(stop);
	return {address: `127.0.0.1:${(server.address() as AddressInfo).port}`, stop};
}

async function freePort(): Promise<number> {
	const server = createTcpServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

/** The real nginx with the generated file before a process a plugin. */
async function aFront(t: ExecutionContext, plugins: Plugin[]) {
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-nginx-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	const parts = new Map<string, Awaited<ReturnType<typeof aPart>>>();
	for (const name of [...plugins.map(plugin => plugin.name), 'rest']) parts.set(name, await aPart(t, name));
	const [port, tunnel_port] = [await freePort(), await freePort()];
	const file = path.join(folder, 'nginx.conf');
	await writeFile(
		file,
		nginxConf(plugins, {
			addressOf: name => parts.get(name)?.address ?? '127.0.0.1:1',
			fallback: 'rest',
			port,
			tunnel_port,
			folder,
		}),
	);
	const child = spawn(nginx as string, ['-c', file, '-p', folder, '-g', 'daemon off;'], {
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let said = '';
	child.stderr.setEncoding('utf8').on('data', text => {
		said += text;
	});
	t.teardown(async () => {
		if (child.exitCode !== null) return;
		child.kill('SIGTERM');
		await once(child, 'exit');
	});
	for (let tries = 0; ; tries++) {
		const open = await new Promise<boolean>(resolve => {
			const socket = connect(tunnel_port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
			socket.on('connect', () => socket.destroy());
		});
		if (open) break;
		if (tries > 200 || child.exitCode !== null) throw new Error(`nginx did not start: ${said}`);
		await new Promise(resolve => setTimeout(resolve, 25));
	}
	return {url: `http://127.0.0.1:${port}`, tunnel: `http://127.0.0.1:${tunnel_port}`, parts};
}

interface Seen {
	part: string;
	url: string;
	headers: Record<string, string>;
}
const seen = async (url: string, headers: Record<string, string> = {}) =>
	(await (await fetch(url, {headers})).json()) as Seen;

test('nginx accepts the file of the house, and starts before any part can be found', async t => {
	if (withoutNginx(t)) return;
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-nginx-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	const {plugins} = await discoverPlugins({root: new URL('../../../', import.meta.url), outside: []});
	const file = path.join(folder, 'nginx.conf');
	await writeFile(file, nginxConf(plugins, {folder}));
	const {status, stderr} = spawnSync(nginx as string, ['-t', '-c', file, '-p', folder], {encoding: 'utf8'});
	t.is(status, 0, stderr);
	t.notRegex(stderr, /\[(?:warn|error|emerg)\]/);
});

test('every route of the house reaches its plugin through nginx, and any other path the fallback', async t => {
	if (withoutNginx(t)) return;
	const {plugins} = await discoverPlugins({root: new URL('../../../', import.meta.url), outside: []});
	const {url} = await aFront(t, plugins);
	for (const {name, routes = []} of plugins) {
		for (const {path: at} of routes) {
			const asked = at.replaceAll(/:[^/]+/g, '0190f2b0-0000-7000-8000-000000000000');
			t.like(await seen(`${url}${asked}?a=b%2Fc`), {part: name, url: `${asked}?a=b%2Fc`});
		}
	}
	for (const at of ['/', '/foods/new', '/api/v1/water/glasses', '/api/v1/openapi.json'])
		t.is((await seen(url + at)).part, 'rest', at);
});

test('the tunnel alone says who the client is', async t => {
	if (withoutNginx(t)) return;
	const {url, tunnel} = await aFront(t, [aPlugin('food', '/api/v1/foods')]);
	const pretence = {
		'cf-connecting-ip': '203.0.113.7',
		'x-forwarded-for': '203.0.113.8',
		'x-real-ip': '203.0.113.9',
		forwarded: 'for=203.0.113.10',
	};
	const direct = (await seen(`${url}/api/v1/foods`, pretence)).headers;
	t.is(direct['x-forwarded-for'], '127.0.0.1');
	t.is(direct['x-forwarded-proto'], 'http');
	t.deepEqual([direct['cf-connecting-ip'], direct['x-real-ip'], direct.forwarded], [undefined, undefined, undefined]);
	const through = await fetch(`${tunnel}/api/v1/foods`, {headers: pretence});
	const {headers} = (await through.json()) as Seen;
	t.is(headers['x-forwarded-for'], '203.0.113.7');
	t.is(headers['x-forwarded-proto'], 'https');
	t.regex(through.headers.get('strict-transport-security') ?? '', /max-age/);
	t.is(through.headers.get('x-frame-options'), 'DENY', 'said once');
	t.is((await seen(`${tunnel}/api/v1/foods`, {'cf-connecting-ip': 'x, y'})).headers['x-forwarded-for'], '127.0.0.1');
});

test('what is not for the outside is not there', async t => {
	if (withoutNginx(t)) return;
	const {url, tunnel} = await aFront(t, [aPlugin('food', '/api/v1/foods')]);
	for (const at of [`${url}/ready`, `${tunnel}/metrics`, `${url}/docs`, `${url}/docs/start.js`]) {
		const answer = await fetch(at);
		t.is(answer.status, 404, at);
		t.like(await answer.json(), {error: {code: 'NOT_FOUND'}}, at);
	}
});

test('a part that is down is named in JSON with the request id, and the others answer', async t => {
	if (withoutNginx(t)) return;
	const {url, parts} = await aFront(t, [aPlugin('food', '/api/v1/foods'), aPlugin('auth', '/api/v1/auth')]);
	parts.get('food')?.stop();
	const answer = await fetch(`${url}/api/v1/foods`, {headers: {'x-request-id': 'mine-1'}});
	t.is(answer.status, 503);
	t.is(answer.headers.get('x-request-id'), 'mine-1');
	t.regex(answer.headers.get('content-type') ?? '', /^application\/json/);
	const {error} = (await answer.json()) as {error: {code: string; message: string; details: {request_id: string}}};
	t.like(error, {code: 'UNAVAILABLE', details: {request_id: 'mine-1'}});
	t.regex(error.message, /The food part of Hearth is down/);
	t.is((await seen(`${url}/api/v1/auth`)).part, 'auth');
});

test('a request id that is not a plain word is replaced', async t => {
	if (withoutNginx(t)) return;
	const {url} = await aFront(t, [aPlugin('food', '/api/v1/foods')]);
	const {headers} = await seen(`${url}/api/v1/foods`, {'x-request-id': 'a"}{ b'});
	t.regex(headers['x-request-id'] ?? '', /^[0-9a-f]{32}$/);
});

test('a body above the limit is refused in JSON before it is read', async t => {
	if (withoutNginx(t)) return;
	const {url} = await aFront(t, [aPlugin('food', '/api/v1/foods')]);
	const asked = request(`${url}/api/v1/foods`, {method: 'POST', headers: {'content-length': String(100_000_000)}});
	asked.flushHeaders();
	const [answer] = (await once(asked, 'response')) as [IncomingMessage];
	let text = '';
	for await (const part of answer) text += part;
	asked.destroy();
	t.is(answer.statusCode, 413);
	t.like(JSON.parse(text), {error: {code: 'TOO_LARGE'}});
});

test('an event arrives while its stream goes on', async t => {
	if (withoutNginx(t)) return;
	const {url} = await aFront(t, [aPlugin('sync', '/api/v1/sync/live', '/api/v1/sync/pull')]);
	const stop = new AbortController();
	const stream = await fetch(`${url}/api/v1/sync/live`, {signal: stop.signal, headers: {'accept-encoding': 'gzip'}});
	t.is(stream.headers.get('content-encoding'), null);
	const first = await stream.body?.getReader().read();
	t.is(Buffer.from(first?.value ?? []).toString(), 'id: 1\n\n');
	stop.abort();
});
