import {randomUUID} from 'node:crypto';
import auth from '@hearth/auth/plugin.js';
import body from '@hearth/body/plugin.js';
import food from '@hearth/food/plugin.js';
import {aHouse, type HouseOptions, type Person, type TestHouse} from '@hearth/host/testing.js';
import planner from '@hearth/planner/plugin.js';
import sync from '@hearth/sync/plugin.js';
import training from '@hearth/training/plugin.js';
import type {ExecutionContext} from 'ava';
import weekday from '../plugin.js';

export const aWeekdayHouse = (t: ExecutionContext, options: Partial<HouseOptions> = {}) =>
	aHouse(t, {plugins: [sync, body, food, planner, training, weekday], ...options});

export const aWeekdayHouseWithAccounts = (t: ExecutionContext, options: Partial<HouseOptions> = {}) =>
	aWeekdayHouse(t, {plugins: [auth, sync, body, food, planner, training, weekday], ...options});

/** Asks as the app does; answers the status and the bare body. */
export async function ask(house: TestHouse, person: Person | undefined, method: string, path: string, body?: unknown) {
	const headers = {'content-type': 'application/json'};
	const answer = await house.ask(method, `/compat/weekday/${path}`, {
		...(person === undefined ? {} : {as: person}),
		...(body === undefined ? {} : {body, headers}),
	});
	return {status: answer.status, ...JSON.parse(answer.body.toString('utf8'))};
}

type Data = Record<string, unknown>;
export interface SentMutation {
	id: string;
	entity: string;
	entityId: string;
	op: 'upsert' | 'delete';
	payload?: unknown;
	clientTimestamp: string;
}

/** The app as its page describes it: whole payloads in a queue, push, then pull from the last version. */
export class App {
	readonly deviceId = randomUUID();
	readonly state = new Map<string, Data>();
	queue: SentMutation[] = [];
	version = 0;
	readonly #house: TestHouse;
	readonly #as: Person;
	readonly #clock: () => number;

	constructor(house: TestHouse, as: Person, {clock = Date.now}: {clock?: () => number} = {}) {
		this.#house = house;
		this.#as = as;
		this.#clock = clock;
	}

	edit(entity: string, entityId: string, fields: Data): void {
		const key = `${entity}/${entityId}`;
		const payload = {...this.state.get(key), ...fields};
		this.state.set(key, payload);
		this.#add({entity, entityId, op: 'upsert', payload});
	}

	remove(entity: string, entityId: string): void {
		this.state.delete(`${entity}/${entityId}`);
		this.#add({entity, entityId, op: 'delete'});
	}

	#add(one: Omit<SentMutation, 'id' | 'clientTimestamp'>): void {
		this.queue.push({...one, id: randomUUID(), clientTimestamp: new Date(this.#clock()).toISOString()});
	}

	/** `interrupted`: the answer is lost. */
	async push({interrupted = false} = {}) {
		const {deviceId, version: clientVersion, queue: mutations} = this;
		const answer = await ask(this.#house, this.#as, 'POST', 'sync/push', {deviceId, clientVersion, mutations});
		if (answer.status !== 200) throw new Error(JSON.stringify(answer));
		if (!interrupted) this.queue = [];
		return answer;
	}

	async pull() {
		const {deviceId, version: clientVersion} = this;
		const answer = await ask(this.#house, this.#as, 'POST', 'sync/pull', {deviceId, clientVersion});
		if (answer.status !== 200) throw new Error(JSON.stringify(answer));
		if (answer.reset) this.state.clear();
		for (const {entity, entityId, op, payload} of answer.changes) {
			if (op === 'delete') this.state.delete(`${entity}/${entityId}`);
			else this.state.set(`${entity}/${entityId}`, payload);
		}
		this.version = answer.latestVersion;
		return answer;
	}

	/** What the person sees. */
	shown = () => Object.fromEntries(this.state);

	async sync() {
		const answer = await this.push();
		await this.pull();
		return answer;
	}
}

export const mutation = (fields: Partial<SentMutation>): SentMutation => ({
	id: randomUUID(),
	entity: 'schedule_blocks',
	entityId: 'a',
	op: 'upsert',
	payload: {title: 'Walk'},
	clientTimestamp: new Date().toISOString(),
	...fields,
});
