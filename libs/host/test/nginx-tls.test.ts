import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFile, rm} from 'node:fs/promises';
import {request as httpRequest} from 'node:http';
import {connect as connectHttp2} from 'node:http2';
import {request as httpsRequest} from 'node:https';
import path from 'node:path';
import {text} from 'node:stream/consumers';
import {connect as connectTls, type SecureVersion, type TLSSocket} from 'node:tls';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import {findServer} from '@hearth/servers/find.js';
import test, {type ExecutionContext} from 'ava';
import {aFrontWithParts, aPlugin, type Front, raw, type Seen, seen} from './nginx-front.js';

// The house's own network by https, with a certificate of its own, as a household makes one.

const missing =
	findServer('nginx') === null ? 'nginx' : spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl';
if (missing !== undefined) leftOut(test, 'https of the house', `there is no ${missing}`);
const withTls = missing === undefined ? test : test.skip;

const food = aPlugin('food', '/api/v1/foods');

/** Puts a certificate for `name` where nginx looks, and answers it. */
async function aCertificate({folder}: Front, name: string): Promise<Buffer> {
	const file = path.join(folder, 'fullchain.pem');
	const made = spawnSync('openssl', [
		...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
		...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-addext', 'extendedKeyUsage=serverAuth'],
		...['-keyout', path.join(folder, 'privkey.pem'), '-out', file],
	]);
	if (made.status !== 0) throw new Error(String(made.stderr));
	spawnSync('chmod', ['644', path.join(folder, 'privkey.pem')]);
	return readFile(file);
}

/** Node's own client, which refuses a certificate that it does not trust or that is another's. */
async function get({tls_port: port}: Front, ca: Buffer, servername: string, options: {host?: string} = {}) {
	const asked = httpsRequest({
		port,
		host: '127.0.0.1',
		ca,
		servername,
		agent: false,
		path: '/api/v1/foods',
		headers: {host: options.host ?? servername},
	}).end();
	const [answer] = await once(asked, 'response');
	return {headers: answer.headers, body: JSON.parse(await text(answer)) as Seen};
}

withTls('https is spoken with the certificate that lies there, and the part is told so', async t => {
	const front = await aFrontWithParts(t, [food]);
	const ca = await aCertificate(front, 'nas.home');
	const {body} = await get(front, ca, 'nas.home', {host: 'nas.home:8443'});
	t.like(body, {
		part: 'food',
		headers: {'x-forwarded-proto': 'https', 'x-forwarded-host': 'nas.home:8443', 'x-forwarded-for': '127.0.0.1'},
	});
});

withTls('a certificate that is renewed is used at once, without a restart', async t => {
	const front = await aFrontWithParts(t, [food]);
	const first = await aCertificate(front, 'old.home');
	t.is((await get(front, first, 'old.home')).body.part, 'food');
	const second = await aCertificate(front, 'new.home');
	t.is((await get(front, second, 'new.home')).body.part, 'food');
	await t.throwsAsync(get(front, first, 'old.home'));
});

withTls('without a certificate https is not there, and everything else is', async t => {
	const front = await aFrontWithParts(t, [food]);
	await t.throwsAsync(get(front, Buffer.from(''), 'nas.home'));
	t.is((await seen(`${front.url}/api/v1/foods`)).part, 'food');
	const ca = await aCertificate(front, 'nas.home');
	t.is((await get(front, ca, 'nas.home')).body.part, 'food', 'once there is one it is');
	await rm(path.join(front.folder, 'privkey.pem'));
	t.is((await seen(`${front.url}/api/v1/foods`)).part, 'food');
});

const greets = async (t: ExecutionContext, front: Front, ca: Buffer, version: SecureVersion) => {
	const socket: TLSSocket = connectTls({
		port: front.tls_port,
		host: '127.0.0.1',
		ca,
		servername: 'nas.home',
		minVersion: version,
		maxVersion: version,
		// What this machine's OpenSSL would not offer by itself any more.
		ciphers: 'DEFAULT@SECLEVEL=0',
	});
	t.teardown(() => socket.destroy());
	await once(socket, 'secureConnect');
	return socket.getProtocol();
};
withTls('TLS 1.2 and 1.3 are spoken, and nothing older', async t => {
	const front = await aFrontWithParts(t, [food]);
	const ca = await aCertificate(front, 'nas.home');
	for (const version of ['TLSv1.2', 'TLSv1.3'] as const) t.is(await greets(t, front, ca, version), version);
	for (const version of ['TLSv1', 'TLSv1.1'] as const) await t.throwsAsync(greets(t, front, ca, version));
});

withTls('HTTP/2 is spoken, and a refusal there has the form of all others', async t => {
	const front = await aFrontWithParts(t, [food]);
	const ca = await aCertificate(front, 'nas.home');
	const session = connectHttp2(`https://127.0.0.1:${front.tls_port}`, {ca, servername: 'nas.home'});
	t.teardown(() => session.destroy());
	const ask = async (at: string) => {
		const stream = session.request({':path': at, ':authority': 'nas.home'});
		const [headers] = await once(stream, 'response');
		return {headers, body: JSON.parse(await text(stream))};
	};
	const answer = await ask('/api/v1/foods');
	t.is(answer.headers[':status'], 200);
	t.like(answer.body, {part: 'food', headers: {host: 'nas.home', 'x-forwarded-proto': 'https'}});
	const refused = await ask('/metrics');
	t.is(refused.headers[':status'], 404);
	t.like(refused.body, {error: {code: 'NOT_FOUND'}});
	t.regex(refused.headers['x-timestamp'], /Z$/);
});

withTls('plain http at the port of https is told to speak https', async t => {
	const front = await aFrontWithParts(t, [food]);
	await aCertificate(front, 'nas.home');
	const answer = await raw(front.tls_port, 'GET / HTTP/1.1\r\nHost: nas.home\r\nConnection: close\r\n\r\n');
	t.is(answer.status, 400);
	t.like(JSON.parse(answer.body), {error: {code: 'VALIDATION_ERROR'}});
	t.regex(answer.body, /https:\/\//);
	t.truthy(answer.headers.get('x-request-id'));
});

withTls('a browser is bound to https only by https, and only where https is the one thing behind the name', async t => {
	const front = await aFrontWithParts(t, [food]);
	const ca = await aCertificate(front, 'nas.home');
	const bound = async (url: string, host: string) => {
		const [{headers}] = await once(httpRequest(`${url}/api/v1/foods`, {headers: {host}}).end(), 'response');
		return headers['strict-transport-security'] as string | undefined;
	};
	t.regex((await get(front, ca, 'nas.home')).headers['strict-transport-security'] ?? '', /^max-age=\d{7,}$/);
	t.regex((await bound(front.tunnel, 'hearth.example')) ?? '', /^max-age=\d{7,}$/);
	t.is((await get(front, ca, 'nas.home', {host: 'nas.home:8443'})).headers['strict-transport-security'], undefined);
	t.is(await bound(front.url, 'nas.home'), undefined);
	t.is(await bound(front.url, 'nas.home:8080'), undefined);
});
