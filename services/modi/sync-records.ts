import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {Reply, type Route, route, type Transaction, type User} from '@hearth/host/plugin.js';
import {lastPullOf, noteDevice} from '@hearth/records/devices.js';
import {readHead} from '@hearth/records/read.js';
import {z} from 'zod';
import {collectionOf} from './collection-of.js';
import {readSince, type Since, timestampOf} from './cursor.js';
import {deviceOf, readerOf} from './device.js';
import {succeeded, success} from './envelope.js';
import {type Kind, weights, workouts} from './kinds.js';
import {timeZoneOf} from './person.js';
import {readChanges} from './read-body.js';
import {readRowsSince} from './read-rows.js';
import {conflict, takeChanges, wireRecord} from './take-changes.js';
import {toWire} from './translate.js';

const MAX_PUSH_BYTES = 16 * 1024 * 1024;

const given = z.unknown().optional();

/** What changed here. */
const delta = z.object({
	/** Also what the app has just sent, with the `sync_version` it has now. */
	modified: z.array(wireRecord),
	deleted: z.array(z.string()),
	conflicts: z.array(conflict),
	/** The next `last_sync_timestamp`, as in X-Server-Timestamp. */
	server_timestamp: z.string(),
	/** To be sent along the next time: a backup that was restored is noticed by it. */
	epoch: z.string(),
	/** This is all there is: what the app has synced before and is not in it is gone. */
	full_sync: z.boolean(),
	/** There was more than fits an answer: sync again. */
	has_more: z.boolean(),
});
export type Delta = z.output<typeof delta>;

const synced = delta.extend({
	/** What cannot be kept, and why; the rest was taken. */
	rejected: z.array(z.object({id: z.string().nullable(), code: z.string(), message: z.string()})),
});

export const syncRecords: Route[] = [workouts, weights].map(kind =>
	route('POST', `/compat/modi/api/v1/${kind.path}/sync`, {
		summary: `Modi: hand over ${kind.path} that changed, and be told what changed here`,
		role: 'member',
		max_body_bytes: MAX_PUSH_BYTES,
		as_sent: true,
		body: z.looseObject({modified: given, deleted: given, last_sync_timestamp: given, epoch: given}),
		data: success(synced),
		handle: async ({body, user}, context) => {
			const collection = collectionOf(context, kind);
			const now_ms = context.now();
			const {sent, refused} = readChanges(body, {collection, now_ms});
			await refuseWhereSyncIsOff(context, user.id);
			const time_zone = await timeZoneOf(context, user, kind);
			return context.db.as(user.id, async tx => {
				const space = {space_id: user.id, actor_id: user.id, device_id: deviceOf(user)};
				// The lock first: what is decided on is what is written on.
				const {head} = await context.records.applyIn(tx, {...space, mutations: []});
				const last_ms = await lastPullOf(tx, user.id, readerOf(user, kind));
				const since = await readSince(tx, user.id, body.last_sync_timestamp, {head, last_ms, epoch: body.epoch});
				const known = since.is_full ? null : since.version;
				const taken = await takeChanges(tx, context, user, {kind, collection, sent, head, known, now_ms, time_zone});
				const {conflicts} = taken;
				const told = await readDelta(tx, user, kind, since);
				await noteDelta(tx, user, kind, {at: new Date(now_ms), told, since});
				return replyOf({...told, conflicts, rejected: [...refused, ...taken.refused]});
			});
		},
	}),
);

/** What changed above a version, of one moment: `tx` holds the lock, or is one snapshot. */
export async function readDelta(
	tx: Parameters<typeof readHead>[0],
	user: User,
	kind: Kind,
	since: Since,
): Promise<Delta> {
	const head = await readHead(tx, user.id);
	const {rows, has_more} = await readRowsSince(tx, user.id, kind.collection, {
		since: since.version,
		deleted: !since.is_full,
	});
	const cursor_ms = has_more ? (rows.at(-1)?.updated_at.getTime() ?? 0) : head.at_ms;
	return {
		modified: rows.filter(({is_deleted}) => !is_deleted).map(row => toWire(kind, row, user.id)),
		deleted: rows.filter(({is_deleted}) => is_deleted).map(({id}) => id),
		conflicts: [],
		server_timestamp: timestampOf(cursor_ms),
		epoch: head.epoch,
		full_sync: since.is_full,
		has_more,
	};
}

export const noteDelta = (
	tx: Transaction,
	user: User,
	kind: Kind,
	{at, told, since}: {at: Date; told: Delta; since: Since},
) =>
	noteDevice(tx, user.id, readerOf(user, kind), {
		at,
		pulled_at: new Date(told.server_timestamp),
		acked_version: since.is_full ? 0 : since.version,
	});

export const replyOf = <Told extends Delta>(told: Told) =>
	new Reply(succeeded(told), {headers: {'X-Server-Timestamp': told.server_timestamp}});
