import {randomUUID} from 'node:crypto';
import {definePlugin} from '@hearth/host/plugin.js';
import {aHouse, type HouseOptions, type Person, type TestAnswer, type TestHouse} from '@hearth/host/testing.js';
import {collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import type {Mutation} from '@hearth/records/mutation.js';
import type {ExecutionContext} from 'ava';
import {z} from 'zod';
import sync from '../plugin.js';

/** One of every rule. */
export const notes = collection('notes', {
	summary: 'Notes of a test',
	schema: z.object({
		title: z.string().max(2_000_000).optional(),
		text: z.string().optional(),
		date: z.string().optional(),
		count: z.number().optional(),
		items: z.array(z.unknown()).optional(),
		decided: z.unknown().optional(),
	}),
	merge: {items: 'union', decided: 'manual', text: 'combine'},
	indexes: ['date', 'count'],
});
export const weighings = collection('weighings_of_dogs', {
	summary: 'Weighings of a test',
	schema: z.object({weight_kg: z.number().positive(), date: z.string(), dog: z.string().optional()}),
	indexes: ['date'],
});
export const keepers = collection('keepers', {
	summary: 'Things whose edits win over deletes',
	schema: z.object({title: z.string().optional()}),
	deleted_and_edited: 'edit',
});

export const collections = definePlugin({
	name: 'notes',
	summary: 'Collections of a test',
	collections: [notes, weighings, keepers],
});

export const aSyncHouse = (t: ExecutionContext, options: Partial<HouseOptions> = {}) =>
	aHouse(t, {plugins: [sync, collections], ...options});

export type Sent = Partial<Mutation> & {record_id: string};

let made = 0;
/** Made whole where something is left out. */
export const aMutation = (given: Sent): Record<string, unknown> => {
	made += 1;
	return {
		id: `m${made}-${randomUUID()}`,
		collection: 'notes',
		op: 'upsert',
		client_timestamp: new Date().toISOString(),
		...given,
	};
};

/** A device of a person, over HTTP. */
export function aDevice(house: TestHouse, person: Person, device_id: string = randomUUID()) {
	const send = (mutations: unknown[], more: object = {}): Promise<TestAnswer> =>
		house.post('/api/v1/sync/push', {device_id, mutations, ...more}, person);
	return {
		id: device_id,
		send,
		/** Each as `aMutation` completes it. */
		push: (...mutations: Sent[]) => send(mutations.map(aMutation)),
		async set(record_id: string, data: Data, more: Partial<Mutation> = {}) {
			const {data: answer} = await send([aMutation({record_id, data, ...more})]);
			return {...answer.results[0], rejected: answer.rejected[0], conflict: answer.conflicts[0]};
		},
		async drop(record_id: string, more: Partial<Mutation> = {}) {
			const {data: answer} = await send([aMutation({record_id, op: 'delete', ...more})]);
			return {...answer.results[0], rejected: answer.rejected[0], conflict: answer.conflicts[0]};
		},
		pull: (since = 0, more: object = {}): Promise<TestAnswer> =>
			house.post('/api/v1/sync/pull', {since, ...more}, person),
		/** Every live record, as a fresh device would come to know it, page by page. */
		async all(limit = 1000): Promise<Record<string, Data>> {
			const known: Record<string, Data> = {};
			for (let since = 0; ; ) {
				const {data} = await house.post('/api/v1/sync/pull', {since, limit}, person);
				for (const {collection, record_id, op, data: fields} of data.changes) {
					if (op === 'delete') delete known[`${collection}/${record_id}`];
					else known[`${collection}/${record_id}`] = fields;
				}
				since = data.next_since;
				if (!data.has_more) return known;
			}
		},
	};
}

export interface HeardEvent {
	id: string | undefined;
	event: string;
	// biome-ignore lint/suspicious/noExplicitAny: data of every shape
	data: any;
}

/** Listens to the live stream as a browser would. */
export async function listen(
	house: TestHouse,
	person: Person | null,
	{headers = {}, query = ''}: {headers?: Record<string, string>; query?: string} = {},
) {
	const stop = new AbortController();
	const response = await fetch(`${house.url}/api/v1/sync/live${query}`, {
		headers: {...(person === null ? {} : {authorization: `Bearer ${person.token}`}), ...headers},
		signal: stop.signal,
	});
	const events: HeardEvent[] = [];
	let text = '';
	let isEnded = false;
	const reading = (async () => {
		for await (const chunk of response.body ?? []) {
			text += Buffer.from(chunk).toString('utf8');
			const parts = text.split('\n\n');
			text = parts.pop() ?? '';
			for (const part of parts) {
				const fields = new Map(part.split('\n').map(line => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]));
				if (fields.has('event')) {
					events.push({
						id: fields.get('id'),
						event: fields.get('event') ?? '',
						data: JSON.parse(fields.get('data') ?? 'null'),
					});
				}
			}
		}
	})()
		.catch(() => {})
		.finally(() => {
			isEnded = true;
		});
	return {
		status: response.status,
		headers: response.headers,
		events,
		isEnded: () => isEnded,
		/** Waits for an event of this name that is so. */
		hear: (event: string, isMeant: (data: HeardEvent['data']) => boolean = () => true): Promise<HeardEvent> =>
			house.until(async () => events.find(one => one.event === event && isMeant(one.data)) ?? null),
		ended: () => house.until(async () => isEnded),
		async close() {
			stop.abort();
			await reading;
		},
	};
}
