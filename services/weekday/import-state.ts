import {randomUUID} from 'node:crypto';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, route, type Transaction, type User} from '@hearth/host/plugin.js';
import type {Data} from '@hearth/records/merge.js';
import type {Mutation} from '@hearth/records/mutation.js';
import {z} from 'zod';
import {collectionOf, entities} from './entities.js';
import {exported, readState} from './export-state.js';
import {fieldsOf, inward} from './payload.js';
import {type Dumped, readDump} from './read-dump.js';
import {keyOf, readStored} from './read-stored.js';

// Browsers keep at most 10 MB for an app, each quote of it escaped once more on its way here.
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MAX_RECORDS = 50_000;
const BATCH = 500;
/** A device of its own in the eyes of merging, the same each time: a later import goes on from an earlier one. */
const IMPORT_DEVICE = 'weekday-import';

const counts = z.object({
	created: z.number().int(),
	updated: z.number().int(),
	deleted: z.number().int(),
	unchanged: z.number().int(),
	/** What cannot be kept, and why. */
	rejected: z.array(z.object({entity: z.string(), id: z.string(), message: z.string()})),
	latestVersion: z.number().int(),
	/** With `replace`: an export of what was there before, to import again. */
	previous: exported.optional(),
});

export const importState = route('POST', '/compat/weekday/import', {
	summary: 'Weekday: take in an export, or a dump of the app’s own storage; merge it with what is there, or replace it',
	role: 'member',
	max_body_bytes: MAX_BODY_BYTES,
	limit: {per_minute: 10, by: 'user', bucket: 'snapshots'},
	as_sent: true,
	body: z.looseObject({
		mode: z.enum(['merge', 'replace'], 'must be merge or replace').default('merge'),
		/** Of an export all of it; of a dump the text under `andi_weekday_os_v1`, all of the storage, or the state. */
		snapshot: z.unknown().optional(),
	}),
	data: counts,
	handle: async ({body: {mode, snapshot, ...others}, user}, context) => {
		const dumped = readDump(snapshot ?? others);
		if (dumped.length > MAX_RECORDS) {
			throw new PublicError(
				'TOO_LARGE',
				`At most ${MAX_RECORDS} records are taken at once; import it in parts, with mode merge.`,
			);
		}
		return new Reply(await context.db.as(user.id, tx => take(tx, dumped, mode, user, context)));
	},
});

async function take(
	tx: Transaction,
	dumped: readonly Dumped[],
	mode: 'merge' | 'replace',
	user: User,
	context: Context,
): Promise<z.output<typeof counts>> {
	const write = (mutations: Mutation[]) =>
		context.records.applyIn(tx, {space_id: user.id, actor_id: user.id, device_id: IMPORT_DEVICE, mutations});
	// The lock, held to the end: what is counted, kept and deleted is what was there.
	let {head} = await write([]);
	const previous = mode === 'replace' ? await readState(tx, user, context) : undefined;
	const told: z.output<typeof counts> = {
		created: 0,
		updated: 0,
		deleted: 0,
		unchanged: 0,
		rejected: [],
		latestVersion: head.version,
		...(previous === undefined ? {} : {previous}),
	};
	for (let from = 0; from < dumped.length; from += BATCH) {
		const part = dumped.slice(from, from + BATCH).map(one => ({...one, record_id: one.id}));
		const stored = await readStored(tx, user.id, part);
		const mutations = part.map(one => {
			const record = stored.get(keyOf(one));
			const isThere = record !== undefined && !record.is_deleted;
			return mutationFor(one, isThere ? record.data : null, mode, context);
		});
		const applied = await write(mutations);
		head = applied.head;
		const written = new Set(applied.changes.map(({collection, record_id}) => `${collection}\n${record_id}`));
		for (const [index, result] of applied.results.entries()) {
			const one = part[index];
			if (one === undefined) continue;
			const record = stored.get(keyOf(one));
			if (result.status === 'rejected') {
				told.rejected.push({entity: one.entity.name, id: one.id, message: result.message});
			} else if (!written.has(keyOf(one))) told.unchanged += 1;
			else if (record === undefined || record.is_deleted) told.created += 1;
			else told.updated += 1;
		}
	}
	if (previous !== undefined) {
		const kept = new Set(dumped.map(({entity, id}) => keyOf({entity, record_id: id})));
		const gone = entities.flatMap(entity =>
			(previous.snapshot[entity.name] ?? [])
				.filter(({id}) => !kept.has(keyOf({entity, record_id: id})))
				.map(({id}) => ({entity, id})),
		);
		// By tombstone, so that every device learns of it.
		for (let from = 0; from < gone.length; from += BATCH) {
			const applied = await write(
				gone.slice(from, from + BATCH).map(({entity, id}) => deletion(entity.name, id, context)),
			);
			head = applied.head;
			told.deleted += applied.changes.length;
		}
	}
	await tx.audit({
		action: 'weekday.imported',
		actor_id: user.id,
		detail: {mode, created: told.created, updated: told.updated, deleted: told.deleted},
	});
	return {...told, latestVersion: head.version};
}

function mutationFor(one: Dumped, stored: Data | null, mode: 'merge' | 'replace', context: Context): Mutation {
	const {entity, id: record_id, payload, client_ms} = one;
	const collection = collectionOf(context, entity);
	const data = inward(collection, fieldsOf(entity, collection, {record_id, payload}, stored ?? {}), stored ?? {});
	// What the dump lacks of a record is erased when it replaces; a merge leaves it.
	const erased = mode === 'replace' ? Object.keys(stored ?? {}).filter(field => !Object.hasOwn(data, field)) : [];
	const whole = {...data, ...Object.fromEntries(erased.map(field => [field, null]))};
	return {
		id: randomUUID(),
		collection: entity.name,
		record_id,
		op: 'upsert',
		data: stored === null ? Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null)) : whole,
		// Merged as if another device had made it at the time it bears; what was deleted comes back.
		...(mode === 'replace' || stored === null ? {base_version: 'current' as const} : {}),
		client_timestamp: new Date(mode === 'replace' ? context.now() : Math.min(client_ms, context.now())).toISOString(),
	};
}

const deletion = (collection: string, record_id: string, {now}: Context): Mutation => ({
	id: randomUUID(),
	collection,
	record_id,
	op: 'delete',
	base_version: 'current',
	client_timestamp: new Date(now()).toISOString(),
});
