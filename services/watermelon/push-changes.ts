import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, route, type Transaction, type User} from '@hearth/host/plugin.js';
import type {Applied, Push} from '@hearth/records/apply.js';
import {noteDevice} from '@hearth/records/devices.js';
import {readHead} from '@hearth/records/read.js';
import {z} from 'zod';
import {readCursor, versionSeen} from './cursor.js';
import {deviceOf} from './device.js';
import {type PushedRecord, type ReadPush, readPush} from './read-push.js';
import {sendBack} from './send-back.js';

const MAX_PUSH_BYTES = 32 * 1024 * 1024;

export const pushChanges = route('POST', '/compat/watermelon/api/sync/push-changes', {
	summary:
		'Hand over what a device changed, for pushChanges of WatermelonDB’s synchronize(); all of it or, with 409, nothing',
	role: 'member',
	max_body_bytes: MAX_PUSH_BYTES,
	as_sent: true,
	body: z.looseObject({
		/** The timestamp that the pull just before gave. */
		lastPulledAt: z.unknown().optional(),
		/** By table `{created, updated, deleted}`. */
		changes: z.unknown(),
	}),
	data: z.object({
		/** By table what cannot be kept at all; it stays changed on the device where the client hands this on. */
		experimentalRejectedIds: z.record(z.string(), z.array(z.string())).optional(),
	}),
	handle: async ({body, user}, context) => {
		const cursor = readCursor(body.lastPulledAt);
		const {records, now} = context;
		const read = readPush(body.changes, {collections: records.collections, cursor, now_ms: now()});
		await refuseWhereSyncIsOff(context, user.id);
		return take(read, cursor, user, context);
	},
});

/** Somebody else has changed what is pushed. */
class Stale extends Error {
	override readonly name = 'Stale';
}

async function take(
	{records: pushed, refused}: ReadPush,
	cursor: number | null,
	user: User,
	context: Context,
): Promise<{experimentalRejectedIds?: Record<string, string[]>}> {
	const {db, records, now} = context;
	try {
		const applied = await db.as(user.id, async tx => {
			const done = await applyAll(tx, pushed, cursor, user, push => records.applyIn(tx, push));
			const at = new Date(now());
			await noteDevice(tx, user.id, deviceOf(user), {at, pushed_at: at});
			return done;
		});
		const rejected = {...refused};
		for (const [index, result] of applied.results.entries()) {
			// Its id is of all that it says: there it was, whenever.
			if (result.status !== 'rejected' || result.code === 'MUTATION_REUSED') continue;
			const {collection, record_id} = pushed[index]?.mutation ?? {};
			if (collection !== undefined && record_id !== undefined)
				rejected[collection] = [...(rejected[collection] ?? []), record_id];
		}
		return Object.keys(rejected).length === 0 ? {} : {experimentalRejectedIds: rejected};
	} catch (error) {
		if (!(error instanceof Stale)) throw error;
		// The answer was lost, and something on the way asked again by itself.
		if (await wasTaken(pushed, user, context)) return {};
		throw new PublicError(
			'CONFLICT',
			'Something in this push was changed elsewhere since your last pull, so none of it was taken. Synchronize once more: pull, then push.',
			{cause: error},
		);
	}
}

async function applyAll(
	tx: Transaction,
	pushed: readonly PushedRecord[],
	cursor: number | null,
	user: User,
	apply: (push: Omit<Push, 'now'>) => Promise<Applied>,
): Promise<Applied> {
	const before = await readHead(tx, user.id);
	const seen = await versionSeen(tx, user.id, cursor, before);
	if (seen === null) throw new Stale();
	const of = {space_id: user.id, actor_id: user.id, device_id: deviceOf(user)};
	const byMutation = new Map(pushed.map(one => [one.mutation, one]));
	const revived = new Set<PushedRecord>();
	const applied = await apply({
		...of,
		mutations: pushed.map(({mutation}) => mutation),
		check: (mutation, stored, head) => {
			// Deletes were forgotten meanwhile that this client may not know of.
			if (cursor !== null && seen < head.floor) throw new Stale();
			// What this push wrote itself is newer than the head it came upon.
			if (stored === null || stored.version > head.version) return;
			if (stored.is_deleted && mutation.op === 'delete') return;
			if (stored.version > seen) throw new Stale();
			const one = byMutation.get(mutation);
			if (stored.is_deleted && one !== undefined && !one.isNew) revived.add(one);
		},
	});
	await sendBack(tx, {pushed, applied, before, revived, of, apply});
	return applied;
}

/** Whether every part of this push was taken already, from this device. */
async function wasTaken(pushed: readonly PushedRecord[], user: User, {db}: Context): Promise<boolean> {
	const ids = [...new Set(pushed.map(({mutation}) => mutation.id))];
	if (ids.length === 0) return false;
	const {known} = await db.as(user.id, tx =>
		tx.one<{known: number}>(
			`select count(*)::integer as known from records.mutations
			where space_id = $1 and device_id = $2 and id = any($3)`,
			[user.id, deviceOf(user), ids],
		),
	);
	return known === ids.length;
}
