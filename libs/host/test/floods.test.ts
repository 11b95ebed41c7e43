import {once} from 'node:events';
import {Agent, type IncomingMessage, request} from 'node:http';
import {connect, type Socket} from 'node:net';
import {text} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {z} from 'zod';
import {definePlugin, route} from '../plugin.js';
import {aHouse, type TestHouse} from '../testing.js';

// Many connections and large bodies: one after the other.

const MIB = 1024 * 1024;
const TWO_MINUTES_MS = 120_000;

/** Holds every request until it is let go, or the test ends. */
function aHold(t: ExecutionContext) {
	let held = 0;
	let letGo = () => {};
	const until = new Promise<void>(resolve => {
		letGo = resolve;
	});
	const handle = async () => {
		held += 1;
		await until;
		return {};
	};
	const common = {summary: 'Holds on', role: 'public' as const, handle};
	t.teardown(() => letGo());
	return {
		plugin: definePlugin({
			name: 'hold',
			summary: 'Holds requests',
			routes: [
				route('GET', '/api/v1/hold', common),
				route('POST', '/api/v1/hold', {...common, body: z.object({text: z.string()}), max_body_bytes: 16 * MIB}),
				route('POST', '/api/v1/hold/file', {...common, upload: {field: 'image', max_bytes: MIB}}),
			],
		}),
		held: () => held,
		letGo: () => letGo(),
	};
}

/** A house that takes an address from X-Forwarded-For, so that a test has as many as it likes. */
const aHouseBehindAProxy = (t: ExecutionContext, plugin: ReturnType<typeof definePlugin>) =>
	aHouse(t, {
		plugins: [plugin],
		settings: {
			HEARTH_TRUSTED_PROXIES: '127.0.0.0/8',
			HEARTH_RATE_LIMITS: 'on',
			HEARTH_API_LIMIT: '100000',
			HEARTH_ADDRESS_LIMIT: '100000',
		},
	});

interface Answer {
	status: number | undefined;
	retry_after: string | undefined;
	body: string;
}

function aClient(t: ExecutionContext, {url}: TestHouse) {
	const agent = new Agent({keepAlive: true});
	t.teardown(() => agent.destroy());
	return async (from: string, method = 'GET', path = '/api/v1/hold', body?: string): Promise<Answer> => {
		const headers = {'x-forwarded-for': from, ...(body === undefined ? {} : {'content-type': 'application/json'})};
		const asking = request(new URL(path, url.replace('localhost', '127.0.0.1')), {agent, method, headers});
		asking.end(body);
		const [response] = (await once(asking, 'response')) as [IncomingMessage];
		return {
			status: response.statusCode,
			retry_after: response.headers['retry-after'],
			body: await text(response),
		};
	};
}

function aSocket(t: ExecutionContext, {url}: TestHouse, localAddress = '127.0.0.1'): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = connect({port: Number(new URL(url).port), host: '127.0.0.1', localAddress});
		t.teardown(() => socket.destroy());
		socket.once('connect', () => resolve(socket)).once('error', reject);
	});
}

test.serial(
	'more requests at once than a process can work on are 503 at once, and one address leaves room for others',
	async t => {
		const {plugin, held, letGo} = aHold(t);
		const house = await aHouseBehindAProxy(t, plugin);
		const ask = aClient(t, house);
		const flood = (from: string, count: number) => Array.from({length: count}, () => ask(from));
		const first = flood('192.0.2.1', 500);
		await house.until(async () => held() === 500, TWO_MINUTES_MS);
		const refused = await Promise.all(flood('192.0.2.1', 50));
		t.true(refused.every(({status}) => status === 503));
		t.true(refused.every(({retry_after}) => Number(retry_after) > 0));
		t.regex(refused[0]?.body ?? '', /"code":"UNAVAILABLE"/);
		const second = flood('192.0.2.2', 500);
		await house.until(async () => held() === 1000, TWO_MINUTES_MS);
		t.is((await ask('192.0.2.3')).status, 503, 'the process is full');
		t.is((await house.get('/health')).status, 200, 'and is known to be up');
		letGo();
		t.true((await Promise.all([...first, ...second])).every(({status}) => status === 200));
		t.is((await ask('192.0.2.1')).status, 200);
	},
);

test.serial('bodies wait for room in memory, and who waits in vain is told to come back', async t => {
	const {plugin, held, letGo} = aHold(t);
	const house = await aHouseBehindAProxy(t, plugin);
	const ask = aClient(t, house);
	const large = JSON.stringify({text: 'x'.repeat(15.9 * MIB)});
	const send = (from: string) => ask(from, 'POST', '/api/v1/hold', large);
	const first = [send('192.0.2.1'), send('192.0.2.1')];
	await house.until(async () => held() === 2, TWO_MINUTES_MS);
	const vain = await send('192.0.2.1');
	t.is(vain.status, 503);
	t.true(Number(vain.retry_after) > 0);
	const small = ask('192.0.2.2', 'POST', '/api/v1/hold', '{"text":"small"}');
	await house.until(async () => held() === 3, TWO_MINUTES_MS);
	const patient = send('192.0.2.1');
	letGo();
	t.deepEqual(
		(await Promise.all([...first, small, patient])).map(({status}) => status),
		[200, 200, 200, 200],
	);
});

const halfAnUpload = (from: string) =>
	`POST /api/v1/hold/file HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${from}\r\n` +
	`Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 500000\r\n\r\n` +
	`--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\nhalf`;

test.serial(
	'uploads on their way are few, and one of which nothing more comes is ended and gives up its place',
	async t => {
		const {plugin, letGo} = aHold(t);
		letGo();
		const house = await aHouseBehindAProxy(t, plugin);
		const upload = () => {
			const form = new FormData();
			form.append('image', new Blob([Buffer.alloc(1000)]), 'a.jpg');
			return form;
		};
		const send = (from: string) =>
			house.ask('POST', '/api/v1/hold/file', {body: upload(), headers: {'x-forwarded-for': from}});
		const slow = await Promise.all(
			Array.from({length: 16}, async () => {
				const socket = await aSocket(t, house);
				socket.write(halfAnUpload('192.0.2.1'));
				return {socket, answer: text(socket)};
			}),
		);
		const {readdir} = await import('node:fs/promises');
		const waiting = async () => (await readdir(`${house.data_folder}/uploads`)).length;
		await house.until(async () => (await waiting()) === 16, TWO_MINUTES_MS);
		t.is((await send('192.0.2.1')).status, 503);
		t.is((await send('192.0.2.2')).status, 200);
		for (const {answer} of slow) t.regex(await answer, /^HTTP\/1\.1 400 .*did not arrive in time/s);
		t.is((await send('192.0.2.1')).status, 200);
		await house.until(async () => (await waiting()) === 0);
	},
);

test.serial('a silent JSON body is ended, and one that comes in pieces is not', async t => {
	const {plugin, letGo} = aHold(t);
	letGo();
	const house = await aHouseBehindAProxy(t, plugin);
	const [silent, slow] = [await aSocket(t, house), await aSocket(t, house)];
	const head =
		'POST /api/v1/hold HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"';
	for (const socket of [silent, slow]) socket.write(head);
	const ended = text(silent);
	const answered = once(slow, 'data') as Promise<[Buffer]>;
	// Longer in all than the silence that is allowed.
	for (const piece of ['te', 'xt', '":']) {
		await new Promise(resolve => setTimeout(resolve, 6_000));
		slow.write(piece);
	}
	slow.write('""}');
	t.regex(await ended, /^HTTP\/1\.1 400 .*VALIDATION_ERROR.*did not arrive in time/s);
	t.regex(String((await answered)[0]), /^HTTP\/1\.1 200 /);
	// The connection is good for another request, however long its person thinks.
	const again = once(slow, 'data') as Promise<[Buffer]>;
	slow.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
	t.regex(String((await again)[0]), /^HTTP\/1\.1 200 /);
});

test.serial('one address cannot take all connections', async t => {
	const house = await aHouse(t, {plugins: [aHold(t).plugin]});
	const sockets: Socket[] = [];
	/** Whether the house answers on a connection of its own from here, which stays open. */
	const isAnswered = async (from: string) => {
		const socket = await aSocket(t, house, from);
		sockets.push(socket);
		socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
		return Promise.race([
			once(socket, 'data').then(
				() => true,
				() => false,
			),
			once(socket, 'close').then(
				() => false,
				() => false,
			),
		]);
	};
	let answered = 0;
	// Fewer at a time than a machine lets wait to be accepted.
	for (let batch = 0; batch < 21; batch++) {
		const answers = await Promise.all(Array.from({length: 100}, () => isAnswered('127.0.0.2')));
		answered += answers.filter(Boolean).length;
	}
	t.is(answered, 2000);
	t.true(await isAnswered('127.0.0.1'));
	for (const socket of sockets) socket.destroy();
	await house.until(() => isAnswered('127.0.0.2'));
});
