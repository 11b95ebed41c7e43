import {setTimeout as wait} from 'node:timers/promises';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import {until} from '@hearth/ports/contract/until.js';
import {findServer, type ServerName} from '@hearth/servers/find.js';
import {labelJpeg} from '@hearth/vision/test/label-picture.js';
import test from 'ava';
import {type Stack, type StackOptions, startStack} from '../stack.js';

// What compose.yaml describes, started as processes with its own commands, environment, users, secrets and health checks.

const needed: ServerName[] = ['docker-compose', 'postgres', 'redis-server', 'nats-server', 'minio', 'nginx'];
const missing = needed.filter(name => findServer(name) === null);
if (process.platform !== 'linux') missing.push('docker-compose');
const IN_PARTS = ['auth', 'food', 'minio', 'nats', 'nginx', 'postgres', 'redis', 'sync', 'vision', 'web'];
const PASSWORD = 'a horse that staples batteries';

if (missing.length > 0) leftOut(test, 'the house in parts', `there is no ${missing.join(' and no ')}`);
else {
	for (const {title, options, parts} of [
		{
			title: 'compose.yaml describes a house in parts that reads a label, without any setting',
			options: {},
			parts: IN_PARTS,
		},
		{
			title: 'deploy/compose.small.yaml describes the same house in one container, here as TrueNAS runs it',
			options: {files: ['deploy/compose.small.yaml'], environment: {HEARTH_USER: '568:568'}},
			parts: ['hearth'],
		},
		{
			title: 'deploy/compose.garage.yaml describes the house in parts with Garage for its pictures',
			options: {files: ['compose.yaml', 'deploy/compose.garage.yaml']},
			parts: IN_PARTS,
		},
	] satisfies {title: string; options: StackOptions; parts: string[]}[]) {
		if (title.includes('garage') && findServer('garage') === null) {
			leftOut(test, title, 'there is no garage', {onRequest: true});
			continue;
		}
		test.serial(title, async t => {
			t.timeout(300_000);
			const stack = await startStack(options);
			t.teardown(stack.remove);
			if (!stack.confined) t.log('left out: accounts and read-only files: this system allows no user namespaces');
			t.deepEqual(Object.keys(stack.parts).sort(), parts);

			t.is((await fetch(`${stack.url}/health`)).status, 200);
			const refused = await register(stack, 'XXXX-XXXX-XXXX-XXXX');
			t.is(refused.status, 403, 'a stranger without the setup code makes no account');
			const {status, text, token} = await register(stack, await stack.setup_code());
			t.is(status, 201, text);
			t.is(await readLabel(stack, token), 'done');

			// Each in its own time, the servers last: a part drains while what it drains into is there.
			const servers = ['postgres', 'redis', 'nats', 'minio'];
			for (const name of Object.keys(stack.parts).sort((a, b) => servers.indexOf(a) - servers.indexOf(b))) {
				await t.notThrowsAsync(async () => stack.parts[name]?.stop(), `${name} ends within its grace period`);
			}
		});
	}
}

async function register(stack: Stack, setup_code: string) {
	const response = await fetch(`${stack.url}/api/v1/auth/register`, {
		method: 'POST',
		// A container is never asked from its own loopback, where nobody wants a code.
		headers: {'content-type': 'application/json', 'x-forwarded-for': '203.0.113.7'},
		body: JSON.stringify({email: 'ada@example.org', password: PASSWORD, name: 'Ada', setup_code}),
	});
	const text = await response.text();
	const token: unknown = response.ok ? JSON.parse(text).data.access_token : null;
	return {status: response.status, text, token: String(token)};
}

/** What has become of an uploaded label once the reader is through with it. */
async function readLabel(stack: Stack, token: string): Promise<string> {
	const headers = {authorization: `Bearer ${token}`};
	const form = new FormData();
	form.append('image', new Blob([new Uint8Array(await labelJpeg())], {type: 'image/jpeg'}), 'label.jpg');
	const upload = await fetch(`${stack.url}/api/v1/images/upload`, {method: 'POST', headers, body: form});
	if (upload.status !== 202) throw new Error(`${upload.status} ${await upload.text()}`);
	const {id} = JSON.parse(await upload.text()).data;
	return until(
		'the label is read',
		async () => {
			// As often as the app asks, or a slow machine would be told to ask less.
			await wait(500);
			const answer = await fetch(`${stack.url}/api/v1/images/${id}/status`, {headers});
			const text = await answer.text();
			if (!answer.ok) throw new Error(`${answer.status} ${text}`);
			const {status} = JSON.parse(text).data;
			return ['done', 'failed'].includes(status) && status;
		},
		180_000,
	);
}
