import {randomUUID} from 'node:crypto';
import type {Context, Transaction, User} from '@hearth/host/plugin.js';
import type {Head, MutationResult} from '@hearth/records/apply.js';
import {sameValue} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import {type PastChange, readHistories, valuesSeen} from '@hearth/records/history.js';
import type {Mutation} from '@hearth/records/mutation.js';
import {repair} from '@hearth/records/repair.js';
import {lastVersionBy} from '@hearth/records/stamps.js';
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
		const isThere = stored !== null && !stored.is_deleted;
		const history = histories.get(one.id);
		const since = wanted.get(one.id)?.since ?? 0;
		const seen = !isThere
			? null
			: history === undefined
				? stored.data
				: valuesSeen(stored.data, history, since, device_id);
		const changed = byOurNames(kind, changedFields(kind, one.data, seen));
		const data = isThere ? changed : withoutNulls(changed);
		const whole =
			kind.inward?.(data, {now_ms: one.client_ms, time_zone, stored: isThere ? stored.data : null, mends: true}) ??
			data;
		return {
			one,
			mutation: {
				id: randomUUID(),
				collection: kind.collection,
				record_id: one.id,
				op: one.op,
				...(one.op === 'delete' ? {} : {data: repair(collection, whole)}),
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
	for (const [index, {one, mutation}] of mutations.entries()) {
		const result = applied.results[index];
		if (result === undefined) continue;
		if (result.status === 'rejected') refused.push(refusalOf(kind, one, result));
		else {
			const told = conflictOf(kind, one, mutation, {
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

/** The version up to which the app knew the record. One that there is not yet is of another state of the house, and tells nothing. */
function baseOf(
	{sync_version}: Sent,
	stored: Row | null,
	{head, known, device_id}: {head: Head; known: number | null; device_id: string},
): number | undefined {
	// Who deleted a record itself knows of that, whatever it was told last.
	if (stored?.is_deleted === true && stored.stamps.all[1] === device_id) return undefined;
	// 1 is what an app gives a record that it makes.
	const isFirst = sync_version !== undefined && sync_version <= 1 && stored === null;
	if (sync_version !== undefined && sync_version <= head.version && !isFirst) return sync_version;
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
	one: Sent,
	{data}: Mutation,
	{old, stored, isAsked, user_id}: {old: Row | null; stored: Row | null; isAsked: boolean; user_id: string},
): Conflict | null {
	const server_version = stored === null || stored.is_deleted ? null : toWire(kind, stored, user_id);
	const isSame = old?.version === stored?.version;
	if (one.op === 'delete') {
		if (!isAsked && server_version === null) return null;
		const resolution = server_version === null ? 'client_wins' : 'server_wins';
		return {id: one.id, client_version: null, server_version, fields: [], resolution};
	}
	const here = server_version === null ? {} : (stored?.data ?? {});
	const lost = Object.keys(data ?? {}).filter(field => !sameValue(here[field] ?? null, data?.[field] ?? null));
	if (lost.length === 0 && !isAsked && server_version !== null) return null;
	const fields = Object.keys(
		fieldsOutward({...kind, columns: {}}, Object.fromEntries(lost.map(field => [field, null]))),
	);
	const resolution = lost.length === 0 && server_version !== null ? 'client_wins' : isSame ? 'server_wins' : 'merged';
	return {id: one.id, client_version: one.data, server_version, fields, resolution};
}
