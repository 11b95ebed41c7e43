import {randomBytes, randomUUID} from 'node:crypto';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import {findServer} from '@hearth/servers/find.js';
import {startNats} from '@hearth/servers/start.js';
import test from 'ava';
import {startHouse} from './start-house.js';

if (findServer('nats-server') === null) leftOut(test, 'the live stream across processes', 'there is no nats-server');
else {
	test('who listens at one process hears what is written at another, and goes on hearing once that one was killed', async t => {
		t.timeout(90_000);
		const nats = await startNats();
		t.teardown(() => nats.stop());
		const env = {BUS_URL: nats.url, HEARTH_SECRET_KEY: randomBytes(32).toString('hex')};
		const one = await startHouse(t, {env});
		const other = await startHouse(t, {env, beside: one.shared});
		const token = await one.account('ada@example.org');
		const stop = new AbortController();
		t.teardown(() => stop.abort());
		const response = await fetch(`${other.url}/api/v1/sync/live`, {
			headers: {authorization: `Bearer ${token}`},
			signal: stop.signal,
		});
		t.is(response.status, 200);
		const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
		let heard = '';
		const hear = async (text: string) => {
			while (!heard.includes(text)) {
				const {value, done} = (await reader?.read()) ?? {done: true};
				if (done) throw new Error(`It ended after ${heard}`);
				heard += value;
			}
		};
		const push = (url: string) =>
			fetch(`${url}/api/v1/sync/push`, {
				method: 'POST',
				headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
				body: JSON.stringify({
					device_id: 'phone',
					mutations: [
						{
							id: randomUUID(),
							collection: 'notes',
							record_id: randomUUID(),
							op: 'upsert',
							data: {},
							client_timestamp: new Date().toISOString(),
						},
					],
				}),
			});
		await hear('"latest_version":0');
		t.is((await push(one.url)).status, 200);
		await hear('"latest_version":1');
		await one.kill();
		t.is((await push(other.url)).status, 200);
		await hear('"latest_version":2');
		await one.start();
		t.is((await push(one.url)).status, 200);
		await hear('"latest_version":3');
	});
}
