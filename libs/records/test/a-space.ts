import {randomUUID} from 'node:crypto';
import type {Database} from '@hearth/ports/database.js';
import {freshDatabase} from '@hearth/ports/test-database.js';
import type {ExecutionContext} from 'ava';
import {z} from 'zod';
import {type Applied, applyIn, type Push} from '../apply.js';
import {type Collection, collection} from '../collection.js';
import type {Data} from '../merge.js';
import type {Mutation} from '../mutation.js';
import {type Pulled, pull} from '../read.js';

/** One of every rule. */
export const things = collection('things', {
	summary: 'Things of a test',
	schema: z.object({
		title: z.string().max(1000).optional(),
		count: z.number().optional(),
		most: z.number().optional(),
		least: z.number().optional(),
		total: z.number().optional(),
		items: z.array(z.unknown()).optional(),
		notes: z.string().optional(),
		decided: z.unknown().optional(),
		date: z.string().optional(),
	}),
	merge: {most: 'max', least: 'min', total: 'sum', items: 'union', notes: 'combine', decided: 'manual'},
	indexes: ['date'],
	split_on: 'date',
});
export const keepers = collection('keepers', {
	summary: 'Things whose edits win over deletes',
	schema: z.object({title: z.string().optional()}),
	deleted_and_edited: 'edit',
});
export const named = collection('named', {
	summary: 'Things that must have a name',
	schema: z.object({name: z.string(), size: z.number().nonnegative().optional()}),
	max_records: 5,
});

export const collections: ReadonlyMap<string, Collection> = new Map(
	[things, keepers, named].map(one => [one.name, one]),
);

export const MIGRATIONS = new URL('../../../migrations/records/', import.meta.url);
export const START_MS = Date.parse('2026-03-01T12:00:00Z');

export interface ADevice {
	push(...mutations: (Partial<Mutation> & {record_id: string})[]): Promise<Applied>;
	/** One upsert; answers its result. */
	set(record_id: string, data: Data, more?: Partial<Mutation>): Promise<Applied['results'][number] | undefined>;
	drop(record_id: string, more?: Partial<Mutation>): Promise<Applied['results'][number] | undefined>;
}

/** A person's space on a database of its own, with a clock that stands still until it is moved. */
export async function aSpace(t: ExecutionContext<unknown>) {
	const fresh = await freshDatabase({
		template: {key: 'records', prepare: prepared => prepared.migrate('records', MIGRATIONS)},
	});
	t.teardown(() => fresh.close());
	return openSpace(fresh.database, randomUUID());
}

export function openSpace(database: Database, space_id: string) {
	const clock = {now: START_MS};
	const apply = (push: Omit<Push, 'now' | 'space_id' | 'actor_id'>) =>
		database.as(space_id, tx => applyIn(tx, collections, {actor_id: space_id, space_id, now: clock.now, ...push}));
	const device = (device_id: string): ADevice => {
		const push: ADevice['push'] = (...mutations) =>
			apply({
				device_id,
				mutations: mutations.map(mutation => ({
					id: randomUUID(),
					collection: 'things',
					op: 'upsert',
					client_timestamp: new Date(clock.now).toISOString(),
					...mutation,
				})),
			});
		return {
			push,
			set: async (record_id, data, more) => (await push({record_id, data, ...more})).results[0],
			drop: async (record_id, more) => (await push({record_id, op: 'delete', ...more})).results[0],
		};
	};
	return {
		database,
		space_id,
		clock,
		apply,
		device,
		pull: (since = 0, more: {limit?: number; collections?: string[]; epoch?: string} = {}): Promise<Pulled> =>
			database.snapshot(sql => pull(sql, space_id, {since, limit: 1000, ...more}), space_id),
		/** A record's data as a fresh device sees it. */
		async data(record_id: string, name = 'things'): Promise<Data | null> {
			const rows = await database.as(space_id, tx =>
				tx.many<{data: Data}>(
					'select data from records.records where collection = $1 and id = $2 and deleted_at is null',
					[name, record_id],
				),
			);
			return rows[0]?.data ?? null;
		},
		rows: <Row = Record<string, unknown>>(query: string): Promise<Row[]> =>
			database.as(space_id, tx => tx.many<Row>(query)),
	};
}
