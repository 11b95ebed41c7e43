import {randomUUID} from 'node:crypto';
import {PublicError} from '@hearth/host/errors.js';
import type {Context, Transaction, User} from '@hearth/host/plugin.js';
import type {MutationResult} from '@hearth/records/apply.js';
import {sameValue} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {isRecordId, type Mutation} from '@hearth/records/mutation.js';
import {stampOf} from '@hearth/records/stamps.js';
import {z} from 'zod';
import {timeOf} from './cursor.js';
import {deviceOf} from './device.js';
import type {Entity} from './entities.js';
import {findRows, type Row} from './read-rows.js';
import {inward} from './translate.js';
import {toWire, type WireRecord, wireRecord} from './wire.js';

const MAX_RECORDS = 10_000;

export const outcome = z.object({
	/** Records that are here now as they were sent, or merged. */
	synced: z.number().int(),
	conflicts: z.number().int(),
	errors: z.array(
		z.object({index: z.number().int(), id: z.string().nullable(), code: z.string(), message: z.string()}),
	),
	conflict_details: z.array(
		z.object({
			entity_id: z.string(),
			entity_type: z.string(),
			client_version: z.unknown(),
			/** null: deleted here. */
			server_version: z.unknown(),
			resolution: z.enum(['server_wins', 'client_wins', 'merged']),
		}),
	),
	/** What the app is to take over: of its own push what was decided otherwise. */
	server_updates: z.array(wireRecord),
	server_deletes: z.array(z.string()),
});
export type Outcome = z.output<typeof outcome>;

/** A record of a body, once, however often it is in it. */
interface Sent {
	index: number;
	id: string;
	data: Data;
	client_ms: number;
	is_deleted: boolean;
}

/** What came of a push, and which of its records the app has just as they are here. */
export interface Taken extends Outcome {
	settled: Set<string>;
}

const isObject = (value: unknown): value is Data =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws VALIDATION_ERROR for what is no list, and TOO_LARGE. */
export function listIn(body: Data, key: string): unknown[] {
	const list = body[key] ?? [];
	if (!Array.isArray(list)) {
		throw new PublicError('VALIDATION_ERROR', `${key} must be a list of {id, data, updated_at}.`, {
			details: [{path: key, message: 'must be a list'}],
		});
	}
	if (list.length > MAX_RECORDS) {
		throw new PublicError('TOO_LARGE', `${key}: at most ${MAX_RECORDS} records are taken at once; send them in parts.`);
	}
	return list;
}

function readSent(list: readonly unknown[], now_ms: number): {sent: Sent[]; errors: Outcome['errors']} {
	const byId = new Map<string, Sent>();
	const errors: Outcome['errors'] = [];
	for (const [index, given] of list.entries()) {
		const id = isObject(given) && typeof given.id === 'number' ? String(given.id) : isObject(given) ? given.id : null;
		if (!isObject(given) || typeof id !== 'string' || !isRecordId(id)) {
			const message = 'must have an id of 1–256 characters without control characters';
			errors.push({index, id: null, code: 'VALIDATION_ERROR', message});
			continue;
		}
		const deleted = given.deleted_at ?? (given.deleted === true || given.is_deleted === true ? true : null);
		if (deleted === null && !isObject(given.data)) {
			errors.push({index, id, code: 'VALIDATION_ERROR', message: 'must have data, an object'});
			continue;
		}
		const [deleted_ms, updated_ms] = [timeOf(deleted), timeOf(given.updated_at)];
		const client_ms = [deleted_ms, updated_ms].find(ms => !Number.isNaN(ms)) ?? now_ms;
		const one = {index, id, data: isObject(given.data) ? given.data : {}, client_ms, is_deleted: deleted !== null};
		const other = byId.get(id);
		byId.set(id, other === undefined ? one : later(other, one));
	}
	return {sent: [...byId.values()], errors};
}

function later(one: Sent, other: Sent): Sent {
	const [first, last] = one.client_ms > other.client_ms ? [other, one] : [one, other];
	return first.is_deleted || last.is_deleted ? last : {...last, data: {...first.data, ...last.data}};
}

/**
 * Writes what an app sends of one kind. The later clock wins field by field, at a tie what is here; the collection's rules merge the rest.
 * The transaction is the space's, which is locked from here on. `last_sync_ms`: when the app last had everything, if it said so.
 */
export async function takeRecords(
	tx: Transaction,
	{records, now}: Context,
	user: User,
	{entity, list, last_sync_ms}: {entity: Entity; list: readonly unknown[]; last_sync_ms: number | null},
): Promise<Taken> {
	const collection = collectionOf(records.collections, entity);
	const {sent, errors} = readSent(list, now());
	const push = {space_id: user.id, actor_id: user.id, device_id: deviceOf(user)};
	const taken: Taken = {
		synced: 0,
		conflicts: 0,
		errors,
		conflict_details: [],
		server_updates: [],
		server_deletes: [],
		settled: new Set(),
	};
	if (sent.length === 0) return taken;
	await records.applyIn(tx, {...push, mutations: []});
	const ids = sent.map(({id}) => id);
	const before = await findRows(tx, user.id, entity.collection, ids);
	const wanted = sent.map(one => wantedOf(one, entity, collection, before.get(one.id) ?? null, push.device_id));
	const {results} = await records.applyIn(tx, {
		...push,
		mutations: wanted.map(({mutation}) => mutation),
	});
	const after = await findRows(tx, user.id, entity.collection, ids);
	for (const [index, {one, data}] of wanted.entries()) {
		const result = results[index];
		if (result?.status === 'rejected') refuse(taken, one, result);
		else {
			const [old, stored] = [before.get(one.id) ?? null, after.get(one.id) ?? null];
			const resolution = resolutionOf({one, data, old, stored}, {device_id: push.device_id, last_sync_ms});
			const server = stored === null || stored.is_deleted ? null : toWire(entity, collection, stored, user.id);
			tell(taken, entity, one, {resolution, server});
		}
	}
	taken.conflicts = taken.conflict_details.length;
	return taken;
}

export function collectionOf(collections: ReadonlyMap<string, Collection>, entity: Entity): Collection {
	const collection = collections.get(entity.collection);
	if (collection === undefined) {
		throw new PublicError('UNAVAILABLE', `The part of Hearth that keeps ${entity.collection} is not installed here.`);
	}
	return collection;
}

interface Wanted {
	one: Sent;
	/** All that was sent, as the collection keeps it. */
	data: Data;
	mutation: Mutation;
}

function wantedOf(one: Sent, entity: Entity, collection: Collection, stored: Row | null, device_id: string): Wanted {
	const data = one.is_deleted ? {} : inward(entity, collection, one.data, stored?.data ?? {});
	// To the records a device has seen what it wrote itself; but a push of this app may be older than what it sent before.
	const isStale = (field: string) => {
		const stamp = stored === null || stored.is_deleted ? null : stampOf(stored.stamps, stored.data, field);
		return stamp !== null && stamp[1] === device_id && stamp[2] >= one.client_ms;
	};
	return {
		one,
		data,
		mutation: {
			id: randomUUID(),
			collection: entity.collection,
			record_id: one.id,
			op: one.is_deleted ? 'delete' : 'upsert',
			...(one.is_deleted ? {} : {data: Object.fromEntries(Object.entries(data).filter(([field]) => !isStale(field)))}),
			client_timestamp: new Date(one.client_ms).toISOString(),
		},
	};
}

type Resolution = Outcome['conflict_details'][number]['resolution'];

/** Null where nothing stood against it. */
function resolutionOf(
	{one, data, old, stored}: {one: Sent; data: Data; old: Row | null; stored: Row | null},
	{device_id, last_sync_ms}: {device_id: string; last_sync_ms: number | null},
): Resolution | null {
	if (one.is_deleted) return stored === null || stored.is_deleted ? null : 'server_wins';
	if (stored === null || stored.is_deleted) return 'server_wins';
	const lost = Object.keys(data).filter(field => !sameValue(stored.data[field] ?? null, data[field] ?? null));
	if (lost.length > 0) return old !== null && stored.version === old.version ? 'server_wins' : 'merged';
	const isUnseen =
		old !== null && last_sync_ms !== null && old.device_id !== device_id && old.updated_at.getTime() > last_sync_ms;
	return isUnseen && old.version !== stored.version ? 'client_wins' : null;
}

function refuse(taken: Taken, {index, id}: Sent, result: MutationResult & {status: 'rejected'}): void {
	taken.errors.push({index, id, code: result.code, message: result.message});
}

function tell(
	taken: Taken,
	{collection: entity_type}: Entity,
	one: Sent,
	{resolution, server}: {resolution: Resolution | null; server: WireRecord | null},
): void {
	const {id} = one;
	if (resolution !== 'server_wins') taken.synced += 1;
	if (resolution === null) {
		taken.settled.add(id);
		return;
	}
	taken.conflict_details.push({
		entity_id: id,
		entity_type,
		client_version: one.is_deleted ? null : one.data,
		server_version: server?.data ?? null,
		resolution,
	});
	if (resolution === 'client_wins') taken.settled.add(id);
	else if (server === null) taken.server_deletes.push(id);
	else taken.server_updates.push(server);
}
