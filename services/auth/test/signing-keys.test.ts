import {randomBytes} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {type House, serve} from '@hearth/host/serve.js';
import {freshDatabase} from '@hearth/ports/test-database.js';
import test, {type ExecutionContext} from 'ava';
import auth from '../plugin.js';
import {renewKeys} from '../signing-keys.js';
import {anAuthHouse, DAY, PASSWORD, type SignedIn} from './fixtures.js';

/** Starts houses on one database, each as a process of its own would be, with the secret it is given. */
async function oneDatabase(t: ExecutionContext) {
	const {url, database, close} = await freshDatabase();
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-keys-'));
	const houses: House[] = [];
	t.teardown(async () => {
		await Promise.all(houses.map(house => house.stop()));
		await close();
		await rm(folder, {recursive: true, force: true});
	});
	const start = async (secret: Buffer) => {
		const house = await serve({
			plugins: [auth],
			environment: {
				DATABASE_URL: url,
				HEARTH_DATA: folder,
				HEARTH_PORT: '0',
				HEARTH_SECRET_KEY: secret.toString('hex'),
				HEARTH_LOG_LEVEL: 'silent',
				HEARTH_REGISTRATION: 'open',
			},
		});
		houses.push(house);
		return house;
	};
	return {start, database};
}

/** The keys of what these routes answer that the tests look at. */
interface Body {
	data: SignedIn;
	keys: {kid: string}[];
	plugins: {auth: {status: string; reason?: string}};
}

const ask = async (house: House, at: string, init: {body?: unknown; token?: string} = {}) => {
	const response = await fetch(house.url + at, {
		method: init.body === undefined ? 'GET' : 'POST',
		headers: {
			'content-type': 'application/json',
			...(init.token === undefined ? {} : {authorization: `Bearer ${init.token}`}),
		},
		...(init.body === undefined ? {} : {body: JSON.stringify(init.body)}),
	});
	return {status: response.status, body: (await response.json()) as Body};
};

const kidsOf = async (house: House) => (await ask(house, '/api/v1/auth/jwks.json')).body.keys.map(({kid}) => kid);

test('processes that start at once make one key, and take each other’s tokens', async t => {
	const {start} = await oneDatabase(t);
	const secret = randomBytes(32);
	const houses = await Promise.all([start(secret), start(secret), start(secret)]);
	const [one, two] = houses as [House, House, House];
	const kids = await Promise.all(houses.map(kidsOf));
	t.is(kids.flat().length, 3);
	t.is(new Set(kids.flat()).size, 1);
	const {body} = await ask(one, '/api/v1/auth/register', {body: {email: 'ada@example.org', password: PASSWORD}});
	t.is((await ask(two, '/api/v1/users/me', {token: body.data.access_token})).status, 200);
});

test('the private key lies sealed in the database', async t => {
	const {start, database} = await oneDatabase(t);
	await start(randomBytes(32));
	const {sealed_key} = await database.one<{sealed_key: Buffer}>('select sealed_key from auth.signing_keys');
	// PKCS #8 of a P-256 key begins and ends so; sealed, neither is to be seen.
	t.false(sealed_key.includes(Buffer.from('2a8648ce3d', 'hex')));
	t.true(sealed_key.length > 100);
});

test('with another secret auth is down with a sentence that says what to do; the former secret opens again', async t => {
	const {start} = await oneDatabase(t);
	const secret = randomBytes(32);
	const first = await start(secret);
	const {body} = await ask(first, '/api/v1/auth/register', {body: {email: 'ada@example.org', password: PASSWORD}});
	await first.stop();

	const wrong = await start(randomBytes(32));
	const ready = await ask(wrong, '/ready');
	t.is(ready.status, 503);
	t.is(ready.body.plugins.auth.status, 'down');
	t.regex(ready.body.plugins.auth.reason ?? '', /sealed with another secret.*HEARTH_SECRET_KEY.*hearth keys renew/s);
	const signIn = {body: {email: 'ada@example.org', password: PASSWORD}};
	t.is((await ask(wrong, '/api/v1/auth/login', signIn)).status, 503);
	await wrong.stop();

	const right = await start(secret);
	t.is((await ask(right, '/api/v1/users/me', {token: body.data.access_token})).status, 200);
});

test('where the former secret is lost, a new key lets everybody go on with their sessions', async t => {
	const {start} = await oneDatabase(t);
	const first = await start(randomBytes(32));
	const {body} = await ask(first, '/api/v1/auth/register', {body: {email: 'ada@example.org', password: PASSWORD}});
	await first.stop();
	const secret = randomBytes(32);
	const down = await start(secret);
	const lines: string[] = [];
	const terminal = {print: (line: string) => lines.push(line), secret: async () => ''};
	await renewKeys.run({arguments: [], options: {}}, down.contextOf('auth'), terminal);
	t.is(lines.length, 1);
	await down.stop();

	const up = await start(secret);
	t.is((await ask(up, '/ready')).status, 200);
	const {refresh_token} = body.data;
	t.is((await ask(up, '/api/v1/auth/refresh', {body: {refresh_token}})).status, 200);
	// The former key still verifies for a day, so no device stumbles over the change.
	t.is((await ask(up, '/api/v1/users/me', {token: body.data.access_token})).status, 200);
});

test('a key signs for 90 days, and verifies a day longer', async t => {
	const house = await anAuthHouse(t);
	const kids = async () =>
		JSON.parse((await house.get('/api/v1/auth/jwks.json')).body.toString('utf8')).keys.map(
			({kid}: {kid: string}) => kid,
		);
	const ada = await house.signUp('ada@example.org');
	const [old] = await kids();
	house.pass(89 * DAY);
	await house.signIn('ada@example.org');
	t.deepEqual(await kids(), [old]);
	house.pass(2 * DAY);
	const answers = await Promise.all([1, 2, 3].map(() => house.signIn('ada@example.org')));
	for (const {access_token} of answers) t.is(await house.statusOf(access_token), 200);
	const both = await kids();
	t.is(both.length, 2);
	t.is(both[1], old);
	house.pass(2 * DAY);
	t.deepEqual(await kids(), [both[0]]);
	t.is(await house.statusOf(ada.access_token), 401);
});
