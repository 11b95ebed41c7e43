import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, route} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {type Head, ResyncRequired} from '@hearth/records/apply.js';
import {noteDevice} from '@hearth/records/devices.js';
import type {Data} from '@hearth/records/merge.js';
import {type PulledRow, pull} from '@hearth/records/read.js';
import {z} from 'zod';
import {deviceOf} from './device.js';
import {collectionOf, entityNames, findEntity} from './entities.js';
import {outward} from './payload.js';

const PAGE = 10_000;

const change = z.looseObject({
	entity: z.string(),
	entity_id: z.string(),
	entityId: z.string(),
	op: z.enum(['upsert', 'delete']),
	/** The whole record; null of one that was deleted. */
	payload: z.record(z.string(), z.unknown()).nullable(),
	version: z.number().int(),
});

export const pullChanges = route('POST', '/compat/weekday/sync/pull', {
	summary: 'Weekday: what changed since clientVersion, each record once, as it is now',
	role: 'member',
	body: z.looseObject({
		/** The `latestVersion` of the last answer; nothing at first. */
		clientVersion: z.unknown().optional(),
		/** As the last answer gave it: a backup that was restored is noticed by it. */
		epoch: z.string().max(100).nullish(),
		deviceId: z.unknown().optional(),
		/** Without one everything comes at once. */
		limit: z.int().min(1).max(PAGE).nullish(),
	}),
	data: z.object({
		changes: z.array(change),
		/** The next `clientVersion`. */
		latestVersion: z.number().int(),
		epoch: z.string(),
		/** All there is was told: what the device has and this does not name is gone, but for what it has not pushed. */
		reset: z.boolean(),
		/** A `limit` cut it: pull again. */
		hasMore: z.boolean(),
	}),
	handle: async ({body, user}, context) => {
		const since = sinceOf(body.clientVersion ?? body.client_version);
		await refuseWhereSyncIsOff(context, user.id);
		const asked = {since, epoch: body.epoch ?? undefined, limit: body.limit ?? null};
		const pulled = await context.db.snapshot(sql => readOrReset(sql, user.id, asked), user.id);
		const device_id = deviceOf(body.deviceId ?? body.device_id, user);
		const at = new Date(context.now());
		const acked_version = pulled.reset ? 0 : since;
		// Afterwards, and by itself: reading waits for nobody.
		await context.db.as(user.id, tx => noteDevice(tx, user.id, device_id, {at, pulled_at: at, acked_version}));
		const {rows, head, reset, next, has_more} = pulled;
		return new Reply({
			changes: rows.map(row => toWire(row, context)),
			latestVersion: next,
			epoch: head.epoch,
			reset,
			hasMore: has_more,
		});
	},
});

/** What a device never had, it may send as nothing, as null or as a text. */
function sinceOf(given: unknown): number {
	if (given === undefined || given === null || given === '') return 0;
	const since = typeof given === 'string' ? Number(given) : given;
	if (typeof since === 'number' && since >= 0) return since;
	const message = 'must be the latestVersion of the last answer, or left out';
	throw new PublicError('VALIDATION_ERROR', `clientVersion ${message}.`, {details: [{path: 'clientVersion', message}]});
}

interface Asked {
	since: number;
	epoch: string | undefined;
	limit: number | null;
}
interface Pulled {
	rows: PulledRow[];
	head: Head;
	next: number;
	has_more: boolean;
	reset: boolean;
}

async function readOrReset(sql: Sql, space_id: string, asked: Asked): Promise<Pulled> {
	try {
		return {...(await readRows(sql, space_id, asked)), reset: false};
	} catch (error) {
		if (!(error instanceof ResyncRequired)) throw error;
		const all = await readRows(sql, space_id, {since: 0, epoch: undefined, limit: null});
		// Deletes that are still known, for an app that does not look at `reset`.
		const {floor, version} = all.head;
		const known =
			version > 1
				? await readRows(sql, space_id, {...asked, since: Math.max(floor, 1), epoch: undefined, limit: null})
				: null;
		const deletes = known?.rows.filter(({op}) => op === 'delete') ?? [];
		return {...all, rows: [...all.rows, ...deletes], reset: true};
	}
}

async function readRows(sql: Sql, space_id: string, {since, epoch, limit}: Asked): Promise<Omit<Pulled, 'reset'>> {
	if (!Number.isSafeInteger(since)) throw new ResyncRequired('No version is like this.');
	const collections = [...entityNames];
	const rows: PulledRow[] = [];
	let page = await pull(sql, space_id, {since, epoch, limit: limit ?? PAGE, collections});
	for (;;) {
		rows.push(...page.rows);
		if (!page.has_more || limit !== null) {
			return {rows, head: page.head, next: page.next_since, has_more: page.has_more};
		}
		// A first page holds all from before the floor.
		const next = Math.max(page.next_since, page.head.floor);
		page = await pull(sql, space_id, {since: next, limit: PAGE, collections});
	}
}

function toWire(row: PulledRow, context: Context): z.output<typeof change> {
	const {collection: entity, record_id, op, version, device_id, updated_at} = row;
	const server_timestamp = updated_at.toISOString();
	const found = findEntity(entity);
	const payload =
		op === 'delete' || found === undefined
			? null
			: outward(collectionOf(context, found), record_id, JSON.parse(row.data) as Data);
	return {
		id: String(version),
		entity,
		entity_id: record_id,
		entityId: record_id,
		op,
		payload,
		version,
		device_id,
		deviceId: device_id,
		server_timestamp,
		serverTimestamp: server_timestamp,
	};
}
