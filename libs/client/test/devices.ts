import {randomUUID} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import auth from '@hearth/auth/plugin.js';
import {migrateAll} from '@hearth/host/platform.js';
import {definePlugin, type Plugin} from '@hearth/host/plugin.js';
import {aHouse, type HouseOptions, type TestHouse} from '@hearth/host/testing.js';
import {asOwner} from '@hearth/ports/drivers/postgres.js';
import {freshDatabase} from '@hearth/ports/test-database.js';
import {collection} from '@hearth/records/collection.js';
import sync from '@hearth/sync/plugin.js';
import type {ExecutionContext} from 'ava';
import {z} from 'zod';
import {storedSession} from '../auth.js';
import {memoryStore} from '../memory-store.js';
import {type FieldsOf, type Hearth, type HearthOptions, openHearth} from '../open-hearth.js';
import type {Fetch} from '../requests.js';
import type {Store} from '../store.js';

export const weights = collection('weights', {
	summary: 'Weights of a test',
	schema: z.object({date: z.string(), weight_kg: z.number().positive(), note: z.string().optional()}),
	merge: {note: 'manual'},
	indexes: ['date'],
});

export const lists = collection('lists', {
	summary: 'Lists of a test',
	schema: z.object({title: z.string(), n: z.number().optional()}),
});

const declaring = definePlugin({
	name: 'things',
	summary: 'Collections of a test',
	collections: [weights, lists],
});

export type Collections = {weights: FieldsOf<typeof weights>; lists: FieldsOf<typeof lists>};

export interface SyncHouse {
	house: TestHouse;
	/** A statement that nobody may run through the house, as an admin with a backup would. */
	asAdmin(statement: string): Promise<void>;
	/** Somebody with an account, and a way to let a device of theirs in. */
	anAccount(): Promise<Account>;
}

export interface Account {
	email: string;
	id: string;
	/** A device that is signed in; without `store` it forgets everything when it is closed. */
	aDevice(options?: DeviceOptions): Promise<Device>;
}

export interface DeviceOptions extends Partial<Omit<HearthOptions<Collections>, 'url' | 'auth'>> {
	/** Stays between two openings. */
	store?: Store;
	/** Its process was killed, so nobody closes it. */
	isDead?: () => boolean;
}

export type Device = Hearth<Collections>;

export const password = 'correct horse battery staple';

export async function aSyncHouse(
	t: ExecutionContext,
	options: Partial<HouseOptions> = {},
	more: Plugin[] = [],
): Promise<SyncHouse> {
	const plugins = [auth, sync, declaring, ...more];
	const database = await freshDatabase({
		template: {key: 'client', prepare: prepared => migrateAll(plugins, prepared)},
	});
	t.teardown(() => database.close());
	const house = await aHouse(t, {plugins, ...options, settings: {DATABASE_URL: database.url, ...options.settings}});
	return {
		house,
		asAdmin: statement => asOwner(database.url, sql => sql.run(statement)).then(() => {}),
		async anAccount() {
			const email = `${randomUUID()}@example.org`;
			const answer = await house.post('/api/v1/auth/register', {email, password});
			if (answer.status !== 201) throw new Error(answer.body.toString());
			return {
				email,
				id: answer.data.user.id,
				aDevice: (device = {}) => openDevice(t, house.url, email, device),
			};
		},
	};
}

async function openDevice(t: ExecutionContext, url: string, email: string, options: DeviceOptions): Promise<Device> {
	const {store = memoryStore(), device_id = randomUUID(), fetch = globalThis.fetch as Fetch} = options;
	const session = storedSession({
		url,
		store,
		fetch,
		device: {id: device_id, name: 'A test'},
		...(options.now ? {now: options.now} : {}),
	});
	if (!(await session.isSignedIn())) await signedIn(session, email);
	const device = await openHearth<Collections>({
		collections: {weights: {indexes: ['date']}, lists: {}},
		live: false,
		...options,
		url,
		store,
		auth: session,
		device_id,
		fetch,
	});
	t.teardown(async () => {
		if (options.isDead?.() !== true) await device.close();
	});
	return device;
}

async function signedIn(session: ReturnType<typeof storedSession>, email: string): Promise<void> {
	await session.signIn({email, password});
}

export async function aFolder(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-client-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	return folder;
}

export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
	const end = Date.now() + 20_000;
	while (!(await condition())) {
		if (Date.now() > end) throw new Error(`Not within 20 s: ${what}`);
		await new Promise(resolve => setTimeout(resolve, 20));
	}
}
