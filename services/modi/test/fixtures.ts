import auth from '@hearth/auth/plugin.js';
import body from '@hearth/body/plugin.js';
import food from '@hearth/food/plugin.js';
import {aHouse, type HouseOptions, type Person, type TestHouse} from '@hearth/host/testing.js';
import sync from '@hearth/sync/plugin.js';
import training from '@hearth/training/plugin.js';
import type {ExecutionContext} from 'ava';
import modi from '../plugin.js';

export const API = '/compat/modi/api/v1';
export const PASSWORD = 'correct horse battery staple';

export const aModiHouse = (t: ExecutionContext, options: Partial<HouseOptions> = {}) =>
	aHouse(t, {plugins: [sync, body, training, food, modi], ...options});

export const aModiHouseWithAccounts = (t: ExecutionContext, options: Partial<HouseOptions> = {}) =>
	aModiHouse(t, {plugins: [auth, sync, body, training, food, modi], ...options});

/** The same person on one more device: signed in once more. */
export async function signIn(house: TestHouse, email: string): Promise<Person & {refresh_token: string}> {
	const {data} = await house.post(`${API}/auth/login`, {email, password: PASSWORD});
	return {id: data.user.id, household_id: '', token: data.access_token, refresh_token: data.refresh_token};
}

/** Two devices of one person. */
export async function twoDevices(t: ExecutionContext, options: Partial<HouseOptions> = {}) {
	const house = await aModiHouseWithAccounts(t, options);
	await house.person('admin');
	await house.post(`${API}/auth/register`, {email: 'ann@example.org', password: PASSWORD});
	return {house, phone: await signIn(house, 'ann@example.org'), tablet: await signIn(house, 'ann@example.org')};
}

type Data = Record<string, unknown>;
export type Stored = Data & {id: string; sync_version: number};

/**
 * An app as the modi page describes its sync: whole records with their `sync_version`, a queue of what changed, one request that hands
 * it over and answers what changed here.
 */
export class App {
	readonly records = new Map<string, Stored>();
	readonly #house: TestHouse;
	readonly #as: Person;
	readonly #path: string;
	readonly #clock: () => number;
	#changed = new Set<string>();
	#deleted = new Set<string>();
	cursor: string | null = null;

	constructor(
		house: TestHouse,
		as: Person,
		{path = 'workouts', clock = Date.now}: {path?: string; clock?: () => number} = {},
	) {
		this.#house = house;
		this.#as = as;
		this.#path = path;
		this.#clock = clock;
	}

	edit(id: string, fields: Data): void {
		const before = this.records.get(id) ?? {id, sync_version: 1};
		this.records.set(id, {...before, ...fields, id, updated_at: new Date(this.#clock()).toISOString()});
		this.#changed.add(id);
	}

	remove(id: string): void {
		this.records.delete(id);
		this.#changed.delete(id);
		this.#deleted.add(id);
	}

	/** `interrupted`: the answer is lost. */
	async sync({interrupted = false} = {}) {
		const body = {
			last_sync_timestamp: this.cursor,
			modified: [...this.#changed].map(id => this.records.get(id)),
			deleted: [...this.#deleted],
		};
		const {status, data, body: text} = await this.#house.post(`${API}/${this.#path}/sync`, body, this.#as);
		if (status !== 200) throw new Error(text.toString());
		if (interrupted) return data;
		if (data.full_sync) this.records.clear();
		for (const record of data.modified) this.records.set(record.id, record);
		for (const id of data.deleted) this.records.delete(id);
		this.#changed = new Set();
		this.#deleted = new Set();
		this.cursor = data.server_timestamp;
		return data;
	}

	/** What the person sees. */
	shown(...fields: string[]) {
		return Object.fromEntries(
			[...this.records]
				.sort()
				.map(([id, record]) => [id, Object.fromEntries(fields.map(field => [field, record[field]]))]),
		);
	}
}
