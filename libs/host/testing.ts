import {generateKeyPairSync, randomUUID} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {freshDatabase} from '@hearth/ports/test-database.js';
import type {ExecutionContext} from 'ava';
import {z} from 'zod';
import {signAccessToken} from './access-token.js';
import {listRevocations, publicKey, redeemTicket, verificationKeys} from './identity.js';
import {migrateAll} from './platform.js';
import {definePlugin, type Plugin, respond, type User} from './plugin.js';
import {type FailedPlugin, type House, serve} from './serve.js';

/** Somebody who can ask. */
export interface Person {
	id: string;
	household_id: string;
	token: string;
}

export interface TestAnswer {
	status: number;
	headers: Headers;
	/** Of the envelope. */
	// biome-ignore lint/suspicious/noExplicitAny: a test looks at answers of every shape
	data: any;
	meta: {next_cursor?: string | null; [key: string]: unknown} | undefined;
	error: {code: string; message: string; details?: unknown} | undefined;
	body: Buffer;
}

export interface AskOptions {
	as?: Person | undefined;
	/** Sent as JSON; a FormData as multipart; a string or Buffer as it is. */
	body?: unknown;
	headers?: Record<string, string>;
}

export interface TestHouse {
	house: House;
	url: string;
	data_folder: string;
	ask(method: string, path: string, options?: AskOptions): Promise<TestAnswer>;
	get(path: string, as?: Person): Promise<TestAnswer>;
	post(path: string, body: unknown, as?: Person): Promise<TestAnswer>;
	put(path: string, body: unknown, as?: Person): Promise<TestAnswer>;
	delete(path: string, as?: Person): Promise<TestAnswer>;
	/** A new person with an account, in a household of their own or another's. */
	person(role?: User['role'], options?: {household_of?: Person}): Promise<Person>;
	/** Stops the process's half and starts it again on the same data. */
	restart(): Promise<void>;
	/** Waits until `condition` gives something, and answers it; fails after ten seconds. */
	until<T>(condition: () => Promise<T | null | undefined | false>, timeout_ms?: number): Promise<T>;
}

export interface HouseOptions {
	plugins: readonly Plugin[];
	settings?: Record<string, string>;
	only?: readonly string[];
	outside?: readonly string[];
	failed?: FailedPlugin[];
	now?: () => number;
}

/**
 * The real host with HTTP, on a database and a data folder of its own, closed at the end of the test. With `auth` among the
 * plugins people are real accounts; without it a stand-in signs their tokens.
 */
export async function aHouse(t: ExecutionContext<unknown>, options: HouseOptions): Promise<TestHouse> {
	const withAuth = options.plugins.some(({name}) => name === 'auth');
	const accounts = signedPeople();
	const plugins = withAuth ? options.plugins : [...options.plugins, accounts.plugin];
	const database = await freshDatabase({
		template: {
			key: plugins.map(({name}) => name).join(' '),
			prepare: prepared => migrateAll(plugins, prepared),
		},
	});
	const data_folder = await mkdtemp(path.join(tmpdir(), 'hearth-house-'));
	const start = () =>
		serve({
			plugins,
			...(options.only === undefined ? {} : {only: withAuth ? options.only : [...options.only, 'auth']}),
			outside: options.outside ?? [],
			failed: options.failed ?? [],
			checkAnswers: true,
			...(options.now === undefined ? {} : {now: options.now}),
			environment: {
				DATABASE_URL: database.url,
				HEARTH_DATA: data_folder,
				HEARTH_PORT: '0',
				HEARTH_LOG_LEVEL: process.env.HEARTH_LOG_LEVEL ?? 'silent',
				HEARTH_RATE_LIMITS: 'off',
				HEARTH_DRAIN_SECONDS: '2',
				...(withAuth ? {HEARTH_REGISTRATION: 'open'} : {}),
				...options.settings,
			},
		});
	let house = await start();
	t.teardown(async () => {
		await house.stop();
		await database.close();
		await rm(data_folder, {recursive: true, force: true});
	});
	const ask: TestHouse['ask'] = (method, at, {as, body, headers = {}} = {}) =>
		request(house.url, method, at, {as, body, headers});
	const real = realPeople(ask);
	return {
		get house() {
			return house;
		},
		get url() {
			return house.url;
		},
		data_folder,
		ask,
		get: (at, as) => ask('GET', at, {as}),
		post: (at, body, as) => ask('POST', at, {as, body}),
		put: (at, body, as) => ask('PUT', at, {as, body}),
		delete: (at, as) => ask('DELETE', at, {as}),
		person: (role = 'member', {household_of} = {}) =>
			withAuth
				? real(role, household_of)
				: Promise.resolve(accounts.person(role, household_of, options.now ?? Date.now)),
		async restart() {
			await house.stop();
			house = await start();
		},
		until,
	};
}

async function request(url: string, method: string, at: string, {as, body, headers}: AskOptions): Promise<TestAnswer> {
	const plain = body === undefined || body instanceof FormData || typeof body === 'string' || Buffer.isBuffer(body);
	const response = await fetch(url + at, {
		method,
		headers: {
			...(as === undefined ? {} : {authorization: `Bearer ${as.token}`}),
			...(plain ? {} : {'content-type': 'application/json'}),
			...headers,
		},
		redirect: 'manual',
		...(body === undefined ? {} : {body: plain ? (body as FormData) : JSON.stringify(body)}),
	});
	const bytes = Buffer.from(await response.arrayBuffer());
	const json = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(bytes.toString('utf8')) : {};
	return {
		status: response.status,
		headers: response.headers,
		data: json.data,
		meta: json.meta,
		error: json.error,
		body: bytes,
	};
}

/** Keeps no accounts: signs tokens for whoever a test wants, by a key of its own. */
function signedPeople() {
	const kid = randomUUID();
	const {privateKey, publicKey: publicKeyOf} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
	const jwk = publicKeyOf.export({format: 'jwk'});
	const keys = [publicKey.parse({...jwk, kid, use: 'sig', alg: 'ES256'})];
	const plugin = definePlugin({
		name: 'auth',
		summary: 'Signs tokens for the people of a test',
		calls: [
			respond(verificationKeys, async () => ({keys})),
			respond(listRevocations, async () => ({revoked: []})),
			respond(redeemTicket, async () => ({user: null})),
		],
	});
	return {
		plugin,
		person(role: User['role'], household_of: Person | undefined, now: () => number): Person {
			const user: User = {
				id: randomUUID(),
				session_id: randomUUID(),
				role,
				household_id: household_of?.household_id ?? randomUUID(),
			};
			return {
				id: user.id,
				household_id: user.household_id,
				token: signAccessToken(user, {kid, private_key: privateKey}, Math.floor(now() / 1000)),
			};
		},
	};
}

const signedIn = z.object({user: z.object({id: z.string(), household_id: z.string()}), access_token: z.string()});

/** Makes accounts through the front door; the first is the admin, who then gives the roles. */
function realPeople(ask: TestHouse['ask']) {
	const password = 'correct horse battery staple';
	let count = 0;
	let admin: Promise<Person> | undefined;
	const must = (answer: TestAnswer) => {
		if (answer.status >= 300) throw new Error(`The test house refused: ${answer.body.toString('utf8')}`);
		const {user, access_token} = signedIn.parse(answer.data);
		return {id: user.id, household_id: user.household_id, token: access_token};
	};
	const register = async (extra: object) => {
		count += 1;
		const email = `person${count}@example.org`;
		const person = must(
			await ask('POST', '/api/v1/auth/register', {body: {email, password, name: `Person ${count}`, ...extra}}),
		);
		return {email, person};
	};
	return async (role: User['role'], household_of?: Person): Promise<Person> => {
		admin ??= register({}).then(({person}) => person);
		const first = await admin;
		if (role === 'admin' && household_of === undefined) return first;
		const invite =
			household_of === undefined
				? {}
				: {
						invite: (await ask('POST', '/api/v1/households/me/invites', {as: household_of, body: {role: 'member'}}))
							.data.code,
					};
		const {email, person} = await register(invite);
		if (role === 'member') return person;
		const promoted = await ask('PUT', `/api/v1/admin/users/${person.id}`, {as: first, body: {role}});
		if (promoted.status !== 200) throw new Error(`The test house refused: ${promoted.body.toString('utf8')}`);
		return must(await ask('POST', '/api/v1/auth/login', {body: {email, password}}));
	};
}

async function until<T>(condition: () => Promise<T | null | undefined | false>, timeout_ms = 10_000): Promise<T> {
	const end = Date.now() + timeout_ms;
	for (;;) {
		const met = await condition();
		if (met !== null && met !== undefined && met !== false) return met;
		if (Date.now() > end) throw new Error(`Not met within ${timeout_ms} ms: ${condition}`);
		await new Promise(resolve => setTimeout(resolve, 25));
	}
}
