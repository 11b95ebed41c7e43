import auth from '@hearth/auth/plugin.js';
import body from '@hearth/body/plugin.js';
import food from '@hearth/food/plugin.js';
import type {Person, TestHouse} from '@hearth/host/testing.js';
import {aHouse, type HouseOptions} from '@hearth/host/testing.js';
import sync from '@hearth/sync/plugin.js';
import training from '@hearth/training/plugin.js';
import type {ExecutionContext} from 'ava';
import healthTracker from '../plugin.js';

export const HEALTH = '/compat/health/api';

export const aHealthHouse = (t: ExecutionContext, options: Partial<HouseOptions> = {}): Promise<TestHouse> =>
	aHouse(t, {plugins: [sync, body, food, training, healthTracker], ...options});

export const aHealthHouseWithAccounts = (t: ExecutionContext, options: Partial<HouseOptions> = {}) =>
	aHealthHouse(t, {plugins: [auth, sync, body, food, training, healthTracker], ...options});

/** The same person on another device: signed in once more. */
export async function signIn(house: TestHouse, email: string): Promise<Person & {refresh_token: string}> {
	const {data} = await house.post(`${HEALTH}/auth/login`, {email, password: PASSWORD});
	return {id: data.user.id, household_id: '', token: data.token, refresh_token: data.refresh_token};
}

export const PASSWORD = 'correct horse battery staple';

/** Two devices of one person, in a house with accounts. */
export async function twoDevices(t: ExecutionContext, options: Partial<HouseOptions> = {}) {
	const house = await aHealthHouseWithAccounts(t, options);
	await house.person('admin');
	await house.post(`${HEALTH}/auth/register`, {email: 'ann@example.org', password: PASSWORD, name: 'Ann'});
	return {house, phone: await signIn(house, 'ann@example.org'), tablet: await signIn(house, 'ann@example.org')};
}

export const metric = (id: string, data: Record<string, unknown>, updated_at: string) => ({id, data, updated_at});

/** The tracker as its sync service is written: it keeps its own clock as cursor, pushes first, and takes over what it is told. */
export class Tracker {
	readonly records = new Map<string, {data: Record<string, unknown>; updated_at: string}>();
	readonly #house: TestHouse;
	readonly #as: Person;
	readonly #clock: () => number;
	#changed = new Set<string>();
	#lastSync: string | null = null;

	constructor(house: TestHouse, as: Person, clock: () => number = Date.now) {
		this.#house = house;
		this.#as = as;
		this.#clock = clock;
	}

	edit(id: string, data: Record<string, unknown>): void {
		this.records.set(id, {
			data: {...this.records.get(id)?.data, ...data},
			updated_at: new Date(this.#clock()).toISOString(),
		});
		this.#changed.add(id);
	}

	/** `interrupted`: the connection ends after the push. */
	async sync({interrupted = false} = {}): Promise<void> {
		const metrics = [...this.#changed].map(id => ({id, ...this.records.get(id)}));
		const pushed = await this.#house.post(`${HEALTH}/health-metrics/sync`, {metrics}, this.#as);
		if (pushed.status !== 200) throw new Error(pushed.body.toString());
		if (interrupted) return;
		this.#changed = new Set();
		const query = this.#lastSync === null ? '' : `?since=${this.#lastSync}`;
		const {data} = await this.#house.get(`${HEALTH}/health-metrics${query}`, this.#as);
		for (const {id, data: fetched, updated_at} of data.metrics) this.records.set(id, {data: fetched, updated_at});
		for (const id of data.deleted) this.records.delete(id);
		this.#lastSync = new Date(this.#clock()).toISOString();
	}

	data = () => Object.fromEntries([...this.records].map(([id, {data}]) => [id, data]));
}
