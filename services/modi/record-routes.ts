import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {type ErrorCode, notFound, PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, type Route, route, type Transaction, type User} from '@hearth/host/plugin.js';
import {sameValue} from '@hearth/records/canonical.js';
import {lastPullOf} from '@hearth/records/devices.js';
import type {Data, StoredRecord} from '@hearth/records/merge.js';
import {isRecordId, type RejectionCode} from '@hearth/records/mutation.js';
import {readHead} from '@hearth/records/read.js';
import {v7 as uuidv7} from 'uuid';
import {z} from 'zod';
import {collectionOf} from './collection-of.js';
import {readSince} from './cursor.js';
import {deviceOf, readerOf} from './device.js';
import {succeeded, success} from './envelope.js';
import {type Kind, weights, workouts} from './kinds.js';
import {timeZoneOf} from './person.js';
import {versionOf} from './read-body.js';
import {findRows, readRowsSince} from './read-rows.js';
import {noteDelta, readDelta, replyOf} from './sync-records.js';
import {wireRecord} from './take-changes.js';
import {byOurNames, changedFields, inAppsWords, toWire, type WireRecord, withoutNulls} from './translate.js';

// Of JSON that holds a record of the largest size.
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const recordId = z.string().refine(isRecordId, 'must be 1–256 characters without control characters');
const params = z.object({id: recordId});
const body = z.looseObject({id: recordId.optional()});

export const recordRoutes: Route[] = [workouts, weights].flatMap(kind => [listRecords(kind), ...changeRoutes(kind)]);

/** All of them, or with `last_sync_timestamp` what changed since. */
function listRecords(kind: Kind): Route {
	return route('GET', `/compat/modi/api/v1/${kind.path}`, {
		summary: `Modi: list ${kind.path}, or what changed of them since a time`,
		role: 'member',
		query: z.looseObject({
			last_sync_timestamp: z.string().max(100).optional(),
			epoch: z.string().max(100).optional(),
		}),
		handle: async ({query, user}, context) => {
			const {db, now} = context;
			if (query.last_sync_timestamp === undefined) {
				const all = await db.snapshot(sql => readAll(sql, user, kind), user.id);
				return succeeded(all);
			}
			await refuseWhereSyncIsOff(context, user.id);
			const at = new Date(now());
			const {since, told} = await db.snapshot(async sql => {
				const head = await readHead(sql, user.id);
				const last_ms = await lastPullOf(sql, user.id, readerOf(user, kind));
				const since = await readSince(sql, user.id, query.last_sync_timestamp, {
					head,
					last_ms,
					epoch: query.epoch,
				});
				return {since, told: await readDelta(sql, user, kind, since)};
			}, user.id);
			// Afterwards, and by itself: reading waits for nobody.
			await db.as(user.id, tx => noteDelta(tx, user, kind, {at, told, since}));
			return replyOf(told);
		},
	});
}

export async function readAll(sql: Parameters<typeof readRowsSince>[0], user: User, kind: Kind): Promise<WireRecord[]> {
	const {rows, has_more} = await readRowsSince(sql, user.id, kind.collection, {since: 0, deleted: false});
	if (has_more) {
		throw new PublicError(
			'TOO_LARGE',
			`There are too many ${kind.path} for one answer. Ask with last_sync_timestamp=0, which answers in parts.`,
		);
	}
	return rows.map(row => toWire(kind, row, user.id));
}

/** One by one, as a person at a screen does. `prepare` completes what was sent by what only other parts of the house know. */
export function changeRoutes(
	kind: Kind,
	prepare: (sent: Data, user: User, context: Context) => Promise<Data> = async sent => sent,
): Route[] {
	const path = `/compat/modi/api/v1/${kind.path}` as const;
	return [
		route('POST', path, {
			summary: `Modi: make a ${kind.what}`,
			role: 'member',
			max_body_bytes: MAX_BODY_BYTES,
			body,
			data: success(wireRecord),
			status: 201,
			handle: async ({body, user}, context) => create(kind, await prepare(body, user, context), user, context),
		}),
		route('GET', `${path}/:id`, {
			summary: `Modi: one ${kind.what}`,
			role: 'member',
			params,
			data: success(wireRecord),
			handle: async ({params: {id}, user}, {db}) => {
				const rows = await db.snapshot(sql => findRows(sql, user.id, kind.collection, [id]), user.id);
				return succeeded(shown(kind, user, rows.get(id)));
			},
		}),
		route('PUT', `${path}/:id`, {
			summary: `Modi: change a ${kind.what}; what is left out stays, null erases`,
			role: 'member',
			max_body_bytes: MAX_BODY_BYTES,
			params,
			body,
			data: success(wireRecord),
			handle: async ({params: {id}, body, user}, context) =>
				update(kind, id, await prepare(body, user, context), user, context),
		}),
		route('DELETE', `${path}/:id`, {
			summary: `Modi: delete a ${kind.what}`,
			role: 'member',
			params,
			status: 204,
			handle: async ({params: {id}, user}, context) => {
				await context.db.as(user.id, tx =>
					write(tx, kind, {id, op: 'delete'}, user, context, stored => {
						if (stored === null || stored.is_deleted) throw notFound(kind.what);
					}),
				);
				return new Reply(undefined, {status: 204});
			},
		}),
	];
}

/** Whoever makes the same again, perhaps because an answer was lost, is answered with what there is. */
async function create(kind: Kind, sent: Data, user: User, context: Context): Promise<Reply> {
	const id = typeof sent.id === 'string' ? sent.id : uuidv7();
	const data = await inwardOf(kind, withoutNulls(changedFields(kind, sent, null)), {user, stored: null}, context);
	return context.db.as(user.id, async tx => {
		let isThere = false;
		await write(tx, kind, {id, op: 'upsert', data}, user, context, stored => {
			isThere = stored !== null && !stored.is_deleted;
			if (stored === null || stored.is_deleted) return;
			if (Object.entries(data).every(([field, value]) => sameValue(stored.data[field], value))) return;
			throw new PublicError('CONFLICT', `There is already a ${kind.what} with this id. Change it with PUT.`);
		});
		const rows = await findRows(tx, user.id, kind.collection, [id]);
		return new Reply(succeeded(shown(kind, user, rows.get(id))), {status: isThere ? 200 : 201});
	});
}

async function update(kind: Kind, id: string, sent: Data, user: User, context: Context): Promise<Reply> {
	if (sent.id !== undefined && sent.id !== id) {
		const message = 'must be the one of the path, or left out: a record keeps its id';
		throw new PublicError('VALIDATION_ERROR', `id ${message}.`, {details: [{path: 'id', message}]});
	}
	const sync_version = versionOf(sent.sync_version);
	const written = await context.db.as(user.id, async tx => {
		// The lock first: what is compared with is what is written on.
		await context.records.applyIn(tx, {space_id: user.id, actor_id: user.id, device_id: deviceOf(user), mutations: []});
		const before = (await findRows(tx, user.id, kind.collection, [id])).get(id);
		const current = shown(kind, user, before);
		if (sync_version !== undefined && sync_version < current.sync_version) {
			throw new PublicError(
				'CONFLICT',
				`This ${kind.what} was changed since sync_version ${sync_version}. Look at it, and send it again with its sync_version.`,
				{details: {current}},
			);
		}
		const changed = changedFields(kind, sent, before?.data ?? null);
		const data = await inwardOf(kind, changed, {user, stored: before?.data ?? null}, context);
		await write(tx, kind, {id, op: 'upsert', data}, user, context, () => {});
		return (await findRows(tx, user.id, kind.collection, [id])).get(id);
	});
	return new Reply(succeeded(shown(kind, user, written)));
}

async function inwardOf(
	kind: Kind,
	changed: Data,
	{user, stored}: {user: User; stored: Data | null},
	context: Context,
): Promise<Data> {
	const data = byOurNames(kind, changed);
	const time_zone = await timeZoneOf(context, user, kind);
	return kind.inward?.(data, {now_ms: context.now(), time_zone, stored, mends: false}) ?? data;
}

function shown(kind: Kind, user: User, row: Parameters<typeof toWire>[1] | undefined): WireRecord {
	if (row === undefined || row.is_deleted) throw notFound(kind.what);
	return toWire(kind, row, user.id);
}

const codeOf: Record<RejectionCode, ErrorCode> = {
	VALIDATION_ERROR: 'VALIDATION_ERROR',
	UNKNOWN_COLLECTION: 'UNPROCESSABLE',
	TOO_LARGE: 'TOO_LARGE',
	MUTATION_REUSED: 'CONFLICT',
	READ_ONLY: 'FORBIDDEN',
	SYNC_DISABLED: 'SYNC_DISABLED',
};

/** One write, made against what is stored now, which `check` may refuse. */
async function write(
	tx: Transaction,
	kind: Kind,
	{id, op, data}: {id: string; op: 'upsert' | 'delete'; data?: Data},
	user: User,
	context: Context,
	check: (stored: StoredRecord | null) => void,
): Promise<void> {
	collectionOf(context, kind);
	const {results} = await context.records.applyIn(tx, {
		space_id: user.id,
		actor_id: user.id,
		device_id: deviceOf(user),
		mutations: [
			{
				id: uuidv7(),
				collection: kind.collection,
				record_id: id,
				op,
				...(data === undefined ? {} : {data}),
				base_version: 'current',
				client_timestamp: new Date(context.now()).toISOString(),
			},
		],
		check: (_mutation, stored) => check(stored),
	});
	const [result] = results;
	if (result?.status !== 'rejected') return;
	const message = inAppsWords(kind, result.message);
	const [, path, reason] = /^([\w.]+): ([^;]*)/.exec(message) ?? [];
	throw new PublicError(codeOf[result.code], message, path === undefined ? {} : {details: [{path, message: reason}]});
}
