import {randomUUID} from 'node:crypto';
import {aHouse, type HouseOptions, type Person, type TestHouse} from '@hearth/host/testing.js';
import planner from '@hearth/planner/plugin.js';
import sync from '@hearth/sync/plugin.js';
import type {ExecutionContext} from 'ava';
import {createRxDatabase, type RxConflictHandler, type RxJsonSchema, type RxStorage} from 'rxdb/plugins/core';
import {replicateRxCollection} from 'rxdb/plugins/replication';
import {getRxStorageMemory} from 'rxdb/plugins/storage-memory';
import {Subject} from 'rxjs';
import rxdb from '../plugin.js';

export const anRxHouse = (t: ExecutionContext, options: Partial<HouseOptions> = {}) =>
	aHouse(t, {plugins: [sync, planner, rxdb], ...options});

export interface Item {
	id: string;
	name?: string;
	quantity?: number;
	packed?: boolean;
	notes?: string;
	/** Of `workouts`. */
	title?: string;
	order?: number;
}
type Master = Item & {_deleted: boolean};
interface Checkpoint {
	seq: number;
	epoch: string;
}

const schema: RxJsonSchema<Item> = {
	version: 0,
	primaryKey: 'id',
	type: 'object',
	properties: {
		id: {type: 'string', maxLength: 128},
		name: {type: 'string'},
		quantity: {type: 'number'},
		packed: {type: 'boolean'},
		notes: {type: 'string'},
		title: {type: 'string'},
		order: {type: 'number'},
	},
	required: ['id'],
};

export interface DeviceOptions {
	/** Of the house; `items` where it is left out. */
	collection?: string;
	required?: (keyof Item)[];
	batchSize?: number;
	/** Sent with each call, such as `fields=name`. */
	query?: string;
	storage?: RxStorage<unknown, unknown>;
	conflictHandler?: RxConflictHandler<Item>;
	live?: {ticket: () => Promise<string>};
	/** Called with each answer before the client sees it; may throw, as if it had been lost. */
	onAnswer?: (method: string, answer: unknown) => void;
	/** The client's own copy of a checkpoint, in place of the last. */
	initialCheckpoint?: Checkpoint;
}

/** A phone with the real RxDB, in memory, and the three handlers that docs/dialects/rxdb.md shows. */
export async function aPhone(t: ExecutionContext, house: TestHouse, person: Person, options: DeviceOptions = {}) {
	const database = await createRxDatabase({
		name: `phone${randomUUID().replaceAll('-', '')}`,
		storage: options.storage ?? getRxStorageMemory(),
		multiInstance: false,
	});
	const {items} = await database.addCollections({
		items: {
			schema: {...schema, required: ['id', ...(options.required ?? [])]},
			...(options.conflictHandler === undefined ? {} : {conflictHandler: options.conflictHandler}),
		},
	});
	if (items === undefined) throw new Error('RxDB made no collection');
	t.teardown(() => database.close());
	let isOnline = true;
	const errors: unknown[] = [];
	const checkpoints: unknown[] = [];
	const pulled$ = new Subject<{documents: Master[]; checkpoint: Checkpoint} | 'RESYNC'>();
	// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
	const call = async (method: string, path: string, body?: unknown): Promise<any> => {
		if (!isOnline) throw new Error('This phone is offline');
		const response = await fetch(`${house.url}/compat/rxdb/${options.collection ?? 'items'}/${path}`, {
			method,
			headers: {authorization: `Bearer ${person.token}`, 'content-type': 'application/json'},
			...(body === undefined ? {} : {body: JSON.stringify(body)}),
		});
		if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
		const answer = await response.json();
		options.onAnswer?.(method, answer);
		return answer;
	};
	const {batchSize = 100, query = ''} = options;
	const start = (live: boolean) => {
		const replication = replicateRxCollection<Item, Checkpoint>({
			collection: items,
			replicationIdentifier: 'hearth',
			live,
			retryTime: 50,
			waitForLeadership: false,
			pull: {
				batchSize,
				...(options.initialCheckpoint === undefined ? {} : {initialCheckpoint: options.initialCheckpoint}),
				async handler(checkpoint, limit) {
					const at = checkpoint === undefined ? '' : `seq=${checkpoint.seq}&epoch=${checkpoint.epoch}&`;
					const answer = await call('GET', `pull?${at}limit=${limit}&${query}`);
					checkpoints.push(answer.checkpoint);
					return answer;
				},
				stream$: pulled$.asObservable(),
			},
			push: {batchSize, handler: rows => call('POST', `push?${query}`, rows)},
		});
		replication.error$.subscribe(error => errors.push(error));
		return replication;
	};
	const phone = {
		items,
		database,
		errors,
		checkpoints,
		pulled$,
		start,
		online(is: boolean) {
			isOnline = is;
		},
		/** Once there and back; false where it did not come through. */
		async sync() {
			const replication = start(false);
			await replication.awaitInitialReplication();
			await replication.awaitInSync();
			await replication.cancel();
		},
		async all(): Promise<Item[]> {
			const found = await items.find({sort: [{id: 'asc'}]}).exec();
			return found.map(document => JSON.parse(JSON.stringify(document.toJSON())));
		},
		get: async (id: string): Promise<Item | null> => {
			const found = await items.findOne(id).exec();
			return found === null ? null : JSON.parse(JSON.stringify(found.toJSON()));
		},
		set: async (id: string, fields: Partial<Item>) => {
			const found = await items.findOne(id).exec();
			if (found === null) await items.insert({id, ...fields});
			else await found.incrementalPatch(fields);
		},
		drop: async (id: string) => {
			await (await items.findOne(id).exec())?.remove();
		},
	};
	return phone;
}

/** As any HTTP client would push; answers the conflicts. */
export const pusher = (house: TestHouse, person: Person) => async (rows: unknown) => {
	const answer = await house.ask('POST', '/compat/rxdb/items/push', {as: person, body: rows});
	return {status: answer.status, answer: JSON.parse(answer.body.toString('utf8'))};
};

export const puller = (house: TestHouse, person: Person) => async (query: string) => {
	const answer = await house.get(`/compat/rxdb/items/pull?${query}`, person);
	return {status: answer.status, ...JSON.parse(answer.body.toString('utf8'))};
};

export interface Heard {
	id: string | undefined;
	documents: Master[];
	checkpoint: Checkpoint;
}

/** Listens as an EventSource does. */
export async function listen(
	house: TestHouse,
	person: Person | null,
	{query = '', headers = {}}: {query?: string; headers?: Record<string, string>} = {},
) {
	const stop = new AbortController();
	const response = await fetch(`${house.url}/compat/rxdb/items/stream?${query}`, {
		headers: {...(person === null ? {} : {authorization: `Bearer ${person.token}`}), ...headers},
		signal: stop.signal,
	});
	const heard: Heard[] = [];
	const listeners: ((one: Heard) => void)[] = [];
	let isEnded = false;
	let text = '';
	const reading = (async () => {
		for await (const chunk of response.body ?? []) {
			text += Buffer.from(chunk).toString('utf8');
			const parts = text.split('\n\n');
			text = parts.pop() ?? '';
			for (const part of parts) {
				const data = /^data: (.*)$/m.exec(part)?.[1];
				if (data === undefined) continue;
				const one: Heard = {id: /^id: (.*)$/m.exec(part)?.[1], ...JSON.parse(data)};
				heard.push(one);
				for (const listener of listeners) listener(one);
			}
		}
	})()
		// It was closed, here or there.
		.catch(() => {})
		.finally(() => {
			isEnded = true;
		});
	return {
		status: response.status,
		headers: response.headers,
		heard,
		onEvent: (listener: (one: Heard) => void) => listeners.push(listener),
		ids: () => heard.flatMap(({documents}) => documents.map(({id}) => id)),
		ended: () => house.until(async () => isEnded),
		async close() {
			stop.abort();
			await reading;
		},
	};
}
