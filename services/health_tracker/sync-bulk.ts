import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {type Context, route, type Transaction, type User} from '@hearth/host/plugin.js';
import {lastPullOf, noteDevice} from '@hearth/records/devices.js';
import {readHead} from '@hearth/records/read.js';
import {z} from 'zod';
import {readSince, timeOf, tokenOf} from './cursor.js';
import {deviceOf, readerOf} from './device.js';
import {type Entity, entities} from './entities.js';
import {succeeded, success} from './envelope.js';
import {type Row, readRowsSince} from './read-rows.js';
import {MAX_PUSH_BYTES} from './sync-entity.js';
import {collectionOf, listIn, type Outcome, outcome, type Taken, takeRecords} from './take-records.js';
import {toWire} from './wire.js';

const given = z.unknown().optional();

export const syncBulk = route('POST', '/compat/health/api/sync/bulk', {
	summary: 'Health tracker: hand over what changed of every kind, and be told what changed here',
	role: 'member',
	max_body_bytes: MAX_PUSH_BYTES,
	as_sent: true,
	body: z.looseObject({
		...Object.fromEntries(entities.map(({collection}) => [collection, given])),
		/** The `sync_timestamp` or `next_sync_token` of the last time, or that time by the device's clock; nothing at first. */
		last_sync_at: given,
	}),
	data: success(
		z.object({
			...Object.fromEntries(entities.map(({collection}) => [collection, outcome])),
			sync_timestamp: z.string(),
			next_sync_token: z.string(),
			full_sync: z.boolean(),
		}),
	),
	handle: async ({body, user}, context) => {
		const lists = entities.map(entity => ({entity, list: listIn(body, entity.collection)}));
		await refuseWhereSyncIsOff(context, user.id);
		const {last_sync_at} = body;
		return succeeded(await context.db.as(user.id, tx => sync(tx, context, user, {lists, last_sync_at})));
	},
});

const READER = 'bulk';

/** All under the space's lock, so that the answer is of one moment. */
async function sync(
	tx: Transaction,
	context: Context,
	user: User,
	{lists, last_sync_at}: {lists: {entity: Entity; list: unknown[]}[]; last_sync_at: unknown},
) {
	const {now, records} = context;
	await records.applyIn(tx, {space_id: user.id, actor_id: user.id, device_id: deviceOf(user), mutations: []});
	const at = new Date(now());
	const since = await readSince(tx, user.id, last_sync_at, {
		head: await readHead(tx, user.id),
		now_ms: at.getTime(),
		last_pull_ms: await lastPullOf(tx, user.id, readerOf(user, READER)),
	});
	const last_sync_ms = timeOf(last_sync_at);
	const taken: {entity: Entity; one: Taken}[] = [];
	for (const {entity, list} of lists) {
		const one = await takeRecords(tx, context, user, {
			entity,
			list,
			last_sync_ms: Number.isNaN(last_sync_ms) ? null : last_sync_ms,
		});
		taken.push({entity, one});
	}
	const head = await readHead(tx, user.id);
	const told: Record<string, Outcome> = {};
	// Where somebody has too much for one answer, the next goes on from the first cut.
	let end = {version: head.version, at_ms: Math.max(head.at_ms, at.getTime())};
	for (const {entity, one} of taken) {
		const {answer, cut} = await withUpdates(tx, context, user, {entity, one, since: since.version});
		told[entity.collection] = answer;
		if (cut !== null && cut.version < end.version) end = {version: cut.version, at_ms: cut.updated_at.getTime()};
	}
	await noteDevice(tx, user.id, readerOf(user, READER), {
		at,
		pulled_at: new Date(Math.min(at.getTime(), end.at_ms)),
		acked_version: since.is_full ? 0 : (since.version ?? 0),
	});
	return {
		...told,
		sync_timestamp: new Date(end.at_ms).toISOString(),
		next_sync_token: tokenOf(end.version, head),
		full_sync: since.is_full,
	};
}

/** With what else changed here: all but what the app has just sent and has as it is. */
async function withUpdates(
	tx: Transaction,
	{records}: Context,
	user: User,
	{entity, one: {settled, ...one}, since}: {entity: Entity; one: Taken; since: number | null},
): Promise<{answer: Outcome; cut: Row | null}> {
	const collection = collectionOf(records.collections, entity);
	const {rows, has_more} = await readRowsSince(tx, user.id, entity.collection, {since, limit: null});
	const told = new Set([...one.server_updates.map(({id}) => id), ...one.server_deletes, ...settled]);
	const news = rows.filter(({id}) => !told.has(id));
	const answer = {
		...one,
		server_updates: [
			...one.server_updates,
			...news.filter(({is_deleted}) => !is_deleted).map(row => toWire(entity, collection, row, user.id)),
		],
		server_deletes: [...one.server_deletes, ...news.filter(({is_deleted}) => is_deleted).map(({id}) => id)],
	};
	return {answer, cut: has_more ? (rows.at(-1) ?? null) : null};
}
