import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import {until} from '@hearth/ports/contract/until.js';
import {findServer} from '@hearth/servers/find.js';
import {freePort} from '@hearth/servers/free-port.js';
import test, {type ExecutionContext} from 'ava';
import {aFront, aPart, aPlugin, type Part, type Seen, seen} from './nginx-front.js';

// Several processes of one plugin: behind one name, as containers are, or by their addresses.

const program = findServer('nginx');
if (program === null) leftOut(test, 'several processes behind nginx', 'there is no nginx');
const withNginx = program === null ? test.skip : test;
const mainline = findServer('nginx-mainline');
if (mainline === null) leftOut(test, 'connections that stay open to parts known by name', 'there is no nginx-mainline');
const withMainline = program === null || mainline === null ? test.skip : test;

const food = aPlugin('food', '/api/v1/foods');

/** A name server that knows every name by these addresses, and none where there is none; silent where told. */
async function aNameServer(t: ExecutionContext) {
	const known = {addresses: [] as string[], silent: false, asked: 0};
	const server = createSocket('udp4');
	server.on('message', (question, from) => {
		known.asked += 1;
		if (known.silent) return;
		let end = 12;
		while (question[end] !== 0) end += (question[end] ?? 0) + 1;
		const header = Buffer.from(question.subarray(0, 12));
		// An answer, by one who asked others; NXDOMAIN where nothing is known.
		header.writeUInt16BE(known.addresses.length > 0 ? 0x8180 : 0x8183, 2);
		header.writeUInt16BE(known.addresses.length, 6);
		header.fill(0, 8);
		const records = known.addresses.map(address =>
			// Of the name at byte 12: an address, for a second.
			Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]),
		);
		server.send(Buffer.concat([header, question.subarray(12, end + 5), ...records]), from.port, from.address);
	});
	server.bind(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	return {address: `127.0.0.1:${server.address().port}`, known};
}

/** Two processes that differ in their address alone, as two containers do. */
async function twoParts(t: ExecutionContext) {
	const port = await freePort();
	const answers = ['127.0.0.2', '127.0.0.3'];
	return {port, parts: await Promise.all(answers.map(at => aPart(t, at, {at, port})))};
}

type Reached = (t: ExecutionContext) => Promise<{url: string; parts: [Part, Part]}>;

const byName =
	(name: 'nginx' | 'nginx-mainline'): Reached =>
	async t => {
		const {port, parts} = await twoParts(t);
		const {address, known} = await aNameServer(t);
		known.addresses = ['127.0.0.2', '127.0.0.3'];
		const front = await aFront(t, [food], {
			program: name,
			resolver: address,
			addressOf: part => `${part}.test:${port}`,
		});
		// With upstreams the names are asked for at the start; before there is an answer nobody is there.
		await until('a part is found', async () => (await fetch(`${front.url}/api/v1/foods`)).status === 200);
		return {url: front.url, parts: parts as [Part, Part]};
	};
const byAddress: Reached = async t => {
	const {parts} = await twoParts(t);
	const {url} = await aFront(t, [food], {addressOf: () => parts.map(({address}) => address)});
	return {url, parts: parts as [Part, Part]};
};

for (const [how, reach, withIt] of [
	['behind one name', byName('nginx'), withNginx],
	['behind one name, with nginx/upstreams,', byName('nginx-mainline'), withMainline],
	['known by their addresses', byAddress, withNginx],
] as const) {
	withIt(`two processes ${how} are asked in turn`, async t => {
		const {url, parts} = await reach(t);
		const before = parts[0].asked() + parts[1].asked();
		for (let count = 0; count < 40; count++) t.is((await fetch(`${url}/api/v1/foods`)).status, 200);
		t.true(Math.min(parts[0].asked(), parts[1].asked()) >= 5, `${parts[0].asked()} and ${parts[1].asked()}`);
		t.is(parts[0].asked() + parts[1].asked() - before, 40);
	});

	withIt(`of two processes ${how} a dead one is not noticed`, async t => {
		const {url, parts} = await reach(t);
		t.is((await fetch(`${url}/api/v1/foods`)).status, 200);
		parts[0].stop();
		for (let count = 0; count < 30; count++) {
			t.is((await seen(`${url}/api/v1/foods`)).part, '127.0.0.3');
			// It was not reached, so nothing can have been done twice.
			const posted = await fetch(`${url}/api/v1/foods`, {method: 'POST', body: 'a body'});
			t.like((await posted.json()) as Seen, {part: '127.0.0.3', method: 'POST'});
		}
	});
}

withNginx('what one process dropped is asked of the other, unless it may have been done', async t => {
	const [dropping, whole] = [
		await aPart(t, 'dropping', {answer: incoming => incoming.socket.destroy()}),
		await aPart(t, 'whole'),
	];
	const {url} = await aFront(t, [food], {addressOf: () => [dropping.address, whole.address]});
	for (let count = 0; count < 10; count++) t.is((await seen(`${url}/api/v1/foods`)).part, 'whole');
	t.true(dropping.asked() >= 1);
	const others = await aFront(t, [food], {addressOf: () => [dropping.address, dropping.address]});
	const before = dropping.asked();
	t.is((await fetch(`${others.url}/api/v1/foods`, {method: 'POST', body: 'a body'})).status, 503);
	t.is(dropping.asked(), before + 1);
});

for (const [how, name, withIt] of [
	['', 'nginx', withNginx],
	[', with nginx/upstreams', 'nginx-mainline', withMainline],
] as const) {
	withIt(`a part that has moved is found, and one that comes later too${how}`, async t => {
		const {port, parts} = await twoParts(t);
		const {address, known} = await aNameServer(t);
		const {url} = await aFront(t, [food], {program: name, resolver: address, addressOf: () => `food.test:${port}`});
		const unknown = await fetch(`${url}/api/v1/foods`);
		t.is(unknown.status, 503, 'nobody knows it yet');
		t.like(await unknown.json(), {error: {code: 'UNAVAILABLE', details: {part: 'food'}}});
		const partOf = async () => ((await (await fetch(`${url}/api/v1/foods`)).json()) as Partial<Seen>).part;
		for (const [index, at] of ['127.0.0.2', '127.0.0.3'].entries()) {
			known.addresses = [at];
			// A name is remembered for five seconds.
			await until(`${at} is asked`, async () => (await partOf()) === at, 30_000);
			t.true((parts[index]?.asked() ?? 0) > 0);
		}
	});

	withIt(`while the name server is silent a part is down, and said to be${how}`, async t => {
		const {port} = await twoParts(t);
		const {address, known} = await aNameServer(t);
		known.silent = true;
		const {url} = await aFront(t, [food], {program: name, resolver: address, addressOf: () => `food.test:${port}`});
		const answer = await fetch(`${url}/api/v1/foods`);
		t.is(answer.status, 503);
		t.like(await answer.json(), {error: {code: 'UNAVAILABLE', details: {part: 'food'}}});
		t.true(known.asked > 0);
	});
}

withMainline('connections to a part that is known by name are used again, with nginx/upstreams', async t => {
	const {url, parts} = await byName('nginx-mainline')(t);
	for (let count = 0; count < 50; count++) await seen(`${url}/api/v1/foods`);
	const [asked, connections] = [parts[0].asked() + parts[1].asked(), parts[0].connections() + parts[1].connections()];
	t.true(asked > 50);
	// Each worker of nginx has its own.
	t.true(connections <= 32, `${connections} connections`);
});

withNginx('connections to a part that is known by its address are used again', async t => {
	const {address, asked, connections} = await aPart(t, 'food');
	const {url} = await aFront(t, [food], {addressOf: () => address});
	for (let count = 0; count < 50; count++) await seen(`${url}/api/v1/foods`);
	t.is(asked(), 50);
	// Each worker of nginx has its own.
	t.true(connections() <= 16, `${connections()} connections`);
});
