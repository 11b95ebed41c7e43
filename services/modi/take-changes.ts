import {randomUUID} from 'node:crypto';
import type {Context, Transaction, User} from '@hearth/host/plugin.js';
import type {Head, MutationResult} from '@hearth/records/apply.js';
import {sameValue} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import {type PastChange, readHistories, valuesSeen} from '@hearth/records/history.js';
import type {Data} from '@hearth/records/merge.js';
import type {Mutation} from '@hearth/records/mutation.js';
import {repair} from '@hearth/records/repair.js';
import {lastVersionBy, stampOf} from '@hearth/records/stamps.js';
import {z} from 'zod';
import {deviceOf} from './device.js';
import type {Kind} from './kinds.js';
import type {Refused, Sent} from './read-body.js';
import {findRows, type Row} from './read-rows.js';
import {byOurNames, changedFields, fieldsOutward, inAppsWords, toWire, withoutNulls} from './translate.js';

export const wireRecord = z.looseObject({id: z.string(), sync_version: z.number().int()});

export const conflict = z.object({
	id: z.string(),
	/** What the app sent; null: it deleted the record. */
	client_version: z.record(z.string(), z.unknown()).nullable(),
	/** What is here now; null: it is deleted. */
	server_version: wireRecord.nullable(),
	/** By the app's names, those of which one value could not stay. */
	fields: z.array(z.string()),
	resolution: z.enum(['server_wins', 'client_wins', 'merged']),
});
export type Conflict = z.output<typeof conflict>;

interface Wanted {
	one: Sent;
	mutation: Mutation;
	/** What the app changed, by our names, also where that is older than what is here. */
	changed: Data;
	/** Fields of it that somebody has written since the version that the app had. */
	met: string[];
}

/**
 * Writes what an app sends. Of a whole record only what the app changed counts: different fields of two devices are both kept, the later
 * clock wins the same field, a delete wins over an edit that did not know of it. The transaction is the space's, which `head` is of and
 * which is locked. `known`: the version up to which the app has everything; null where nobody can tell.
 */
export async function takeChanges(
	tx: Transaction,
	{records}: Context,
	user: User,
	{
		kind,
		collection,
		sent,
		head,
		known,
		now_ms,
		time_zone,
	}: {
		kind: Kind;
		collection: Collection;
		sent: readonly Sent[];
		head: Head;
		known: number | null;
		now_ms: number;
		time_zone: string;
	},
): Promise<{conflicts: Conflict[]; refused: Refused[]}> {
	if (sent.length === 0) return {conflicts: [], refused: []};
	const device_id = deviceOf(user);
	const ids = sent.map(({id}) => id);
	const before = await findRows(tx, user.id, kind.collection, ids);
	const based = sent.map(one => {
		const stored = before.get(one.id) ?? null;
		return {one, stored, base: baseOf(one, stored, {head, known, device_id})};
	});
	const wanted = new Map(
		based.flatMap(({one, stored, base}) => {
			if (one.op === 'delete' || stored === null || stored.is_deleted) return [];
			const since = base ?? lastVersionBy(stored.stamps, device_id);
			return since < stored.version ? [[one.id, {version: stored.version, since}] as const] : [];
		}),
	);
	const histories = wanted.size === 0 ? new Map<string, PastChange[]>() : await readHistories(tx, user.id, wanted);
	const mutations = based.map(({one, stored, base}): Wanted => {
		const live = stored === null || stored.is_deleted ? null : stored;
		const since = wanted.get(one.id)?.since ?? Number.MAX_SAFE_INTEGER;
		const fields = changesOf(kind, one, live, {history: histories.get(one.id) ?? [], since, device_id});
		const given = {now_ms: one.client_ms, time_zone, stored: live?.data ?? null, mends: true};
		const changed = one.op === 'delete' ? {} : repair(collection, kind.inward?.(fields, given) ?? fields);
		const stampOn = (field: string) => (live === null ? null : stampOf(live.stamps, live.data, field));
		const met = Object.keys(changed).filter(field => (stampOn(field)?.[0] ?? 0) > since);
		// To the records a device has seen what it wrote itself; what it sends may be older than that all the same.
		const isStale = (field: string) => {
			const [, device, client_ms] = stampOn(field) ?? [];
			return met.includes(field) && device === device_id && client_ms !== undefined && client_ms >= one.client_ms;
		};
		const data = Object.fromEntries(Object.entries(changed).filter(([field]) => !isStale(field)));
		return {
			one,
			changed,
			met,
			mutation: {
				id: randomUUID(),
				collection: kind.collection,
				record_id: one.id,
				op: one.op,
				...(one.op === 'delete' ? {} : {data}),
				...(base === undefined ? {} : {base_version: base}),
				client_timestamp: new Date(Math.min(one.client_ms, now_ms)).toISOString(),
			},
		};
	});
	const applied = await records.applyIn(tx, {
		space_id: user.id,
		actor_id: user.id,
		device_id,
		mutations: mutations.map(({mutation}) => mutation),
	});
	const after = await findRows(tx, user.id, kind.collection, ids);
	const asked = new Set(applied.conflicts.map(({id}) => id));
	const conflicts: Conflict[] = [];
	const refused: Refused[] = [];
	for (const [index, wish] of mutations.entries()) {
		const {one, mutation} = wish;
		const result = applied.results[index];
		if (result === undefined) continue;
		if (result.status === 'rejected') refused.push(refusalOf(kind, one, result));
		else {
			const told = conflictOf(kind, wish, {
				old: before.get(one.id) ?? null,
				stored: after.get(one.id) ?? null,
				isAsked: asked.has(mutation.id),
				user_id: user.id,
			});
			if (told !== null) conflicts.push(told);
		}
	}
	return {conflicts, refused};
}

/** What the app changed, by our names: what is neither as it had it, nor as it sent it before. */
function changesOf(
	kind: Kind,
	{data}: Sent,
	live: Row | null,
	{history, since, device_id}: {history: readonly PastChange[]; since: number; device_id: string},
): Data {
	if (live === null) return withoutNulls(byOurNames(kind, changedFields(kind, data, null)));
	// Of nobody's device, so that nobody's later writes are among what it had.
	const had = valuesSeen(live.data, history, since, '');
	const sent = valuesSeen(live.data, history, since, device_id);
	return byOurNames(kind, changedFields(kind, changedFields(kind, data, had), sent));
}

/** The version up to which the app knew the record. One that there is not yet is of another state of the house, and tells nothing. */
function baseOf(
	{sync_version, client_ms}: Sent,
	stored: Row | null,
	{head, known, device_id}: {head: Head; known: number | null; device_id: string},
): number | undefined {
	const isOwnTombstone = stored?.is_deleted === true && stored.stamps.all[1] === device_id;
	// Who deleted a record may make it again, but not by what was sent before.
	if (isOwnTombstone && !sync_version && client_ms > stored.stamps.all[2]) return undefined;
	// 1 is what an app gives a record that it makes.
	const isFirst = sync_version !== undefined && sync_version <= 1 && stored === null;
	if (sync_version !== undefined && sync_version <= head.version && !isFirst) return sync_version;
	if (isOwnTombstone) return 0;
	return stored === null || known === null ? undefined : known;
}

const refusalOf = (kind: Kind, {id}: Sent, {code, message}: MutationResult & {status: 'rejected'}): Refused => ({
	id,
	code,
	message: inAppsWords(kind, message),
});

/** Null where nothing stood against it. */
function conflictOf(
	kind: Kind,
	{one, changed, met}: Wanted,
	{old, stored, isAsked, user_id}: {old: Row | null; stored: Row | null; isAsked: boolean; user_id: string},
): Conflict | null {
	const server_version = stored === null || stored.is_deleted ? null : toWire(kind, stored, user_id);
	if (one.op === 'delete') {
		if (!isAsked && server_version === null) return null;
		const resolution = server_version === null ? 'client_wins' : 'server_wins';
		return {id: one.id, client_version: null, server_version, fields: [], resolution};
	}
	const here = server_version === null ? {} : (stored?.data ?? {});
	const lost = Object.keys(changed).filter(field => !sameValue(here[field] ?? null, changed[field] ?? null));
	if (lost.length === 0 && met.length === 0 && !isAsked && server_version !== null) return null;
	const clashing = [...new Set([...met, ...lost])].map(field => [field, null] as const);
	const isUntouched = server_version === null || old?.version === stored?.version;
	return {
		id: one.id,
		client_version: one.data,
		server_version,
		fields: Object.keys(fieldsOutward({...kind, columns: {}}, Object.fromEntries(clashing))),
		resolution: isUntouched ? 'server_wins' : lost.length === 0 ? 'client_wins' : 'merged',
	};
}
