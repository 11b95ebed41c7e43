import {notFound, PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, route, type Transaction, type User} from '@hearth/host/plugin.js';
import {sameValue} from '@hearth/records/canonical.js';
import type {Data, StoredRecord} from '@hearth/records/merge.js';
import {z} from 'zod';
import {serverTimestamp} from './sync-answer.js';
import {refusalOf} from './write-record.js';

const resolutions = ['keep_local', 'keep_server', 'merge'] as const;
type Resolution = (typeof resolutions)[number];

const resolved = z.object({
	id: z.uuid(),
	collection: z.string(),
	record_id: z.string(),
	resolution: z.enum(resolutions),
	resolved_at: z.date(),
	/** The record's, or the space's where there is no record, once it was resolved. */
	version: z.number().int(),
});

interface Conflict {
	collection: string;
	record_id: string;
	fields: string[];
	local: Data | null;
	server: Data | null;
	resolution: Resolution | null;
	resolved_at: Date | null;
}

export const resolveConflict = route('POST', '/api/v1/sync/conflicts/:id/resolve', {
	summary: 'Choose what becomes of a conflict: what the device sent, what was stored, or what you make of both',
	role: 'member',
	max_body_bytes: 4 * 1024 * 1024,
	params: z.object({id: z.uuid()}),
	body: z.object({
		resolution: z.enum(resolutions, 'must be keep_local, keep_server or merge'),
		/** With `merge`: the fields as they are to be. */
		data: z.record(z.string(), z.unknown()).optional(),
	}),
	data: resolved,
	handle: ({params, body, user}, context) =>
		context.db.as(user.id, async tx => {
			const {resolution, data} = body;
			if ((resolution === 'merge') !== (data !== undefined)) {
				const message =
					resolution === 'merge' ? 'is needed to merge: the fields as they are to be' : 'goes with merge alone';
				throw new PublicError('VALIDATION_ERROR', `data ${message}.`, {details: [{path: 'data', message}]});
			}
			const conflict = await lockConflict(tx, user.id, params.id);
			if (conflict.resolution !== null && conflict.resolution !== resolution) {
				throw new PublicError(
					'CONFLICT',
					`This was resolved already, by ${conflict.resolution}. Change the record itself to have it otherwise.`,
				);
			}
			const resolved_at = conflict.resolved_at ?? new Date(context.now());
			const version =
				conflict.resolution === null
					? await resolve(tx, params.id, conflict, {resolution, data, at: resolved_at}, user, context)
					: await currentVersion(tx, user.id, conflict);
			const {collection, record_id} = conflict;
			return new Reply(
				{id: params.id, collection, record_id, resolution, resolved_at, version},
				{headers: serverTimestamp(context)},
			);
		}),
});

/** Held, so that of two who choose at once the second learns of the first. */
async function lockConflict(tx: Transaction, space_id: string, id: string): Promise<Conflict> {
	const conflict = await tx.find<Conflict>(
		`select collection, record_id, fields, local, server, resolution, resolved_at
		from records.conflicts where space_id = $1 and id = $2 for update`,
		[space_id, id],
	);
	if (conflict === null) throw notFound('conflict');
	return conflict;
}

async function resolve(
	tx: Transaction,
	id: string,
	conflict: Conflict,
	{resolution, data, at}: {resolution: Resolution; data: Data | undefined; at: Date},
	user: User,
	{records}: Context,
): Promise<number> {
	const {collection, record_id} = conflict;
	// The lock first: what is decided on is what is written on.
	await records.applyIn(tx, {
		space_id: user.id,
		actor_id: user.id,
		device_id: `rest:${user.session_id}`,
		mutations: [],
	});
	const edit = editFor(conflict, await readStored(tx, user.id, conflict), resolution, data);
	if (edit !== null) {
		const {results} = await records.applyIn(tx, {
			space_id: user.id,
			actor_id: user.id,
			device_id: `rest:${user.session_id}`,
			mutations: [
				{
					...edit,
					id: `resolve:${id}`,
					collection,
					record_id,
					base_version: 'current',
					client_timestamp: at.toISOString(),
				},
			],
		});
		const [result] = results;
		if (result?.status === 'rejected') {
			if (resolution === 'merge') throw refusalOf(result);
			throw new PublicError(
				'UNPROCESSABLE',
				`That value cannot be stored as it is: ${result.message} Choose merge, and send the record as it is to be.`,
			);
		}
	}
	await tx.run(
		'update records.conflicts set resolution = $3, resolved_at = $4, resolved_by = $5 where space_id = $1 and id = $2',
		[user.id, id, resolution, at, user.id],
	);
	await tx.audit({
		action: 'sync.conflict_resolved',
		actor_id: user.id,
		resource: {type: 'record', id: `${collection}/${record_id}`},
		detail: {conflict_id: id, resolution},
	});
	return currentVersion(tx, user.id, conflict);
}

type Edit = {op: 'upsert'; data: Data} | {op: 'delete'};

/** What is to be written on what is stored now; null where it is so already. Pure. */
export function editFor(
	{fields, local, server}: Pick<Conflict, 'fields' | 'local' | 'server'>,
	stored: Stored,
	resolution: Resolution,
	data: Data | undefined,
): Edit | null {
	if (resolution === 'merge') return upsert(stored, data ?? {});
	if (resolution === 'keep_local') return local === null ? remove(stored) : upsert(stored, local);
	// What was stored lost to a delete: it comes back whole, unless somebody brought it back already.
	if (local === null) return stored.isThere || server === null ? null : {op: 'upsert', data: server};
	// It was a tombstone, and one is what is kept.
	if (server === null) return null;
	if (!stored.isThere) return null;
	// A field that was written again since is the person's newest word on it.
	const lost = fields.filter(field => sameValue(stored.data[field], local[field]));
	const back = Object.fromEntries(lost.map(field => [field, server[field] ?? null]));
	return lost.length === 0 ? null : {op: 'upsert', data: back};
}

/** A record, or what a tombstone buried as far as the log still knows. */
export interface Stored extends Pick<StoredRecord, 'data'> {
	isThere: boolean;
}

const remove = ({isThere}: Stored): Edit | null => (isThere ? {op: 'delete'} : null);

/** On a tombstone the whole record, which comes back with it. */
const upsert = ({isThere, data}: Stored, fields: Data): Edit => ({
	op: 'upsert',
	data: isThere ? fields : {...data, ...fields},
});

async function readStored(tx: Transaction, space_id: string, {collection, record_id}: Conflict): Promise<Stored> {
	const found = await tx.find<{is_there: boolean; data: Data; previous: Data | null}>(
		`select r.deleted_at is null as is_there, r.data, c.previous
		from records.records r left join records.changes c on c.space_id = r.space_id and c.version = r.version and c.op = 'delete'
		where r.space_id = $1 and r.collection = $2 and r.id = $3`,
		[space_id, collection, record_id],
	);
	if (found === null) return {isThere: false, data: {}};
	return {isThere: found.is_there, data: found.is_there ? found.data : (found.previous ?? {})};
}

async function currentVersion(
	tx: Transaction,
	space_id: string,
	{collection, record_id}: Pick<Conflict, 'collection' | 'record_id'>,
): Promise<number> {
	const {version} = await tx.one<{version: number}>(
		`select coalesce(
			(select version from records.records where space_id = $1 and collection = $2 and id = $3),
			(select version from records.heads where space_id = $1)
		) as version`,
		[space_id, collection, record_id],
	);
	return version;
}
