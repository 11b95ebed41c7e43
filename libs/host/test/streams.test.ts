import {request as httpRequest, type IncomingMessage} from 'node:http';
import {Readable} from 'node:stream';
import test from 'ava';
import {definePlugin, Reply, route} from '../plugin.js';
import {aHouse} from '../testing.js';

/** Says nothing until told, and knows who still listens. */
function aRadio() {
	const listeners = new Set<Readable>();
	const plugin = definePlugin({
		name: 'radio',
		summary: 'Tells what it is told',
		routes: [
			route('GET', '/api/v1/radio/live', {
				summary: 'What is told, as it is told',
				role: 'public',
				stream: true,
				handle: async () => {
					const body = new Readable({read() {}});
					listeners.add(body);
					body.once('close', () => listeners.delete(body));
					return new Reply(undefined, {body});
				},
			}),
			route('GET', '/api/v1/radio/record', {
				summary: 'Many lines, as JSON, for as long as you listen',
				role: 'public',
				stream: true,
				handle: async () => {
					const body = new Readable({read() {}});
					body.push(`"${'a line '.repeat(1000)}"\n`);
					return new Reply(undefined, {body, headers: {'Content-Type': 'application/json'}});
				},
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

const listen = (url: string) =>
	new Promise<IncomingMessage>((resolve, reject) => {
		httpRequest(url, {headers: {'accept-encoding': 'gzip, br'}}, resolve)
			.on('error', reject)
			.end();
	});

test('a stream is answered before its first event, and each event arrives as it is said', async t => {
	const radio = aRadio();
	const {url} = await aHouse(t, {plugins: [radio.plugin]});
	const answer = await listen(`${url}/api/v1/radio/live`);
	t.like(answer.headers, {
		'content-type': 'text/event-stream; charset=utf-8',
		'cache-control': 'no-store',
		'x-accel-buffering': 'no',
		'content-encoding': undefined,
	});
	const events = answer.setEncoding('utf8')[Symbol.asyncIterator]();
	for (const event of ['id: 1\n\n', 'id: 2\n\n']) {
		radio.say(event);
		t.is((await events.next()).value, event);
	}
	answer.destroy();
});

test('a stream is not compressed, whatever is in it', async t => {
	const {url} = await aHouse(t, {plugins: [aRadio().plugin]});
	const answer = await listen(`${url}/api/v1/radio/record`);
	t.is(answer.headers['content-encoding'], undefined);
	const [first] = await answer.setEncoding('utf8').take(1).toArray();
	t.true((first as string).startsWith('"a line'));
	answer.destroy();
});

test('a plugin learns that a listener has left, or only looked', async t => {
	const radio = aRadio();
	const {url, until} = await aHouse(t, {plugins: [radio.plugin]});
	const answer = await listen(`${url}/api/v1/radio/live`);
	t.is(radio.listeners.size, 1);
	answer.destroy();
	await until(async () => radio.listeners.size === 0);
	t.is((await fetch(`${url}/api/v1/radio/live`, {method: 'HEAD'})).status, 200);
	await until(async () => radio.listeners.size === 0);
	t.pass();
});

test('a house that stops ends its streams in whole instead of waiting for them', async t => {
	const radio = aRadio();
	const {url, house} = await aHouse(t, {plugins: [radio.plugin], settings: {HEARTH_DRAIN_SECONDS: '120'}});
	const answer = await listen(`${url}/api/v1/radio/live`);
	radio.say('id: 1\n\n');
	const stopped = house.stop();
	let text = '';
	for await (const part of answer.setEncoding('utf8')) text += part;
	t.is(text, 'id: 1\n\n');
	t.true(answer.complete);
	await stopped;
	t.is(radio.listeners.size, 0);
});
