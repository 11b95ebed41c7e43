import {hash} from 'node:crypto';
import {notFound, PublicError} from '@hearth/host/errors.js';
import {cursorPage, pageQuery, pageReply} from '@hearth/host/pages.js';
import {type Context, Reply, type Route, route, type User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {indexText} from '@hearth/records/apply.js';
import {canonicalJson, sameValue} from '@hearth/records/canonical.js';
import {type Collection, RESERVED_FIELDS} from '@hearth/records/collection.js';
import {day} from '@hearth/records/fields.js';
import type {Data, StoredRecord} from '@hearth/records/merge.js';
import {isRecordId} from '@hearth/records/mutation.js';
import {findRecord, type ReadRecord, readInOrder} from '@hearth/records/read.js';
import {v7 as uuidv7} from 'uuid';
import {z} from 'zod';
import {deviceId} from './devices.js';
import {describedAs, MAX_PUSH_BYTES, pushed, takePush, wireMutation} from './push.js';
import {changeRecord, type Write} from './write-record.js';

// Of JSON that holds a record of the largest size.
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const ownId = z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/, 'must be 1–128 characters of A–Z, a–z, 0–9 and _ . : -');
// Also one that a dialect gave.
const params = z.object({
	id: z.string().refine(isRecordId, 'must be 1–256 characters without control characters'),
});
const asIs = z.unknown().optional();

/** The same routes for every collection, on the same records that sync carries. */
export function collectionRoutes(collection: Collection): Route[] {
	const path = `/api/v1/${collection.name.replaceAll('_', '-')}` as const;
	const {name} = collection;
	// Said by the house of every record; sent back with a record that was read before, they change nothing.
	const said = {id: asIs, version: asIs, created_at: asIs, updated_at: asIs, deleted_at: asIs};
	const record = collection.patch.extend({
		id: z.string(),
		version: z.number().int(),
		created_at: z.iso.datetime(),
		updated_at: z.iso.datetime(),
	});
	return [
		route('GET', path, {
			summary: `List: ${collection.summary}; newest first`,
			role: 'member',
			query: listQuery(collection),
			data: z.array(record),
			handle: ({query, user}, {db}) => db.snapshot(sql => listRecords(sql, user.id, collection, query), user.id),
		}),
		route('POST', path, {
			summary: `Create: ${collection.summary}`,
			role: 'member',
			max_body_bytes: MAX_BODY_BYTES,
			body: createBody(collection).extend({...said, id: ownId.optional()}),
			data: record,
			status: 201,
			handle: ({body, user, request}, context) =>
				createRecord(collection, body, {user, key: request.headers['idempotency-key']}, context),
		}),
		route('GET', `${path}/:id`, {
			summary: `Read: ${collection.summary}`,
			role: 'member',
			params,
			data: record,
			handle: async ({params, user}, {db}) => {
				const found = await db.snapshot(sql => findRecord(sql, user.id, name, params.id), user.id);
				if (found === null) throw notFound('record');
				return shown(found);
			},
		}),
		route('PUT', `${path}/:id`, {
			summary: `Change: ${collection.summary}; what is left out stays, null erases`,
			role: 'member',
			max_body_bytes: MAX_BODY_BYTES,
			params,
			body: collection.patch.extend(said),
			data: record,
			handle: async ({params, body, user, request}, context) => {
				if (body.id !== undefined && body.id !== params.id) {
					throw invalid('id', 'must be the one of the path, or left out: a record keeps its id');
				}
				const write: Write = {collection, id: params.id, op: 'upsert', data: dataOf(body)};
				return shown(await changed(write, user, request.headers['if-match'], context));
			},
		}),
		route('DELETE', `${path}/:id`, {
			summary: `Delete: ${collection.summary}`,
			role: 'member',
			params,
			status: 204,
			handle: async ({params, user, request}, context) => {
				await changed({collection, id: params.id, op: 'delete'}, user, request.headers['if-match'], context);
			},
		}),
		route('POST', `${path}/sync`, {
			summary: `Hand over what a device changed: ${collection.summary}`,
			role: 'member',
			max_body_bytes: MAX_PUSH_BYTES,
			as_sent: true,
			body: z.object({
				device_id: deviceId,
				epoch: z.string().max(100).nullish(),
				mutations: z.array(describedAs(wireMutation.partial({collection: true}))),
			}),
			data: pushed,
			handle: ({body, user}, context) => takePush(body, user, context, name),
		}),
	];
}

/** Newest first is by version, which is the order of time as well. */
function listQuery({indexes}: Collection) {
	const filters = Object.fromEntries(indexes.map(field => [field, z.string().max(256).optional()]));
	return pageQuery.extend({
		...filters,
		date: indexes.includes('date') ? day.optional() : z.never('these records have no date to ask for').optional(),
		/** What was written at this time or later. */
		updated_since: z.iso.datetime({offset: true, error: 'must be a time such as 2026-01-31T08:00:00Z'}).optional(),
	});
}

export async function listRecords(
	sql: Sql,
	space_id: string,
	{name, indexes}: Collection,
	query: z.output<ReturnType<typeof listQuery>>,
): Promise<Reply> {
	const {limit, after} = cursorPage(query, z.number().int().min(0));
	const values: unknown[] = [space_id, name, limit + 1];
	const place = (value: unknown) => `$${values.push(value)}`;
	const filters = indexes.flatMap((field, index) => {
		const asked = (query as Record<string, unknown>)[field];
		return typeof asked === 'string' ? [`and index_${index + 1} = ${place(indexText(asked))}`] : [];
	});
	if (after !== null) filters.push(`and version < ${place(after)}`);
	await readInOrder(sql);
	const rows = await sql.many<ReadRecord>(
		`select id, data, version, created_at, updated_at from records.records
		where space_id = $1 and collection = $2 and deleted_at is null ${filters.join(' ')}
		order by version desc limit $3`,
		values,
	);
	// Times rise with versions: after the first that is older there is none that is not.
	const since = query.updated_since === undefined ? null : new Date(query.updated_since);
	const asked = since === null ? rows : rows.filter(({updated_at}) => updated_at >= since);
	const {data, meta = {}} = pageReply(asked, limit, ({version}) => version);
	return new Reply(
		data.map(row => flat(row)),
		{meta},
	);
}

/** Whoever creates the same again, perhaps because an answer was lost, is answered with what there is. */
async function createRecord(
	collection: Collection,
	body: Data,
	{user, key}: {user: User; key: string | undefined},
	context: Context,
): Promise<Reply> {
	const data = dataOf(body);
	const id = typeof body.id === 'string' ? body.id : newId(collection, data, user, key);
	let isThere = false;
	const refuseOther = (stored: StoredRecord | null) => {
		isThere = stored !== null && !stored.is_deleted;
		if (!isThere || stored === null || sameData(stored.data, data)) return;
		throw new PublicError(
			'CONFLICT',
			`There is already a record ${id}. Change it with PUT, or create one with another id.`,
		);
	};
	const record = await changeRecord({collection, id, op: 'upsert', data}, user, context, refuseOther);
	return shown(record, isThere ? 200 : 201);
}

/** Of a request with an Idempotency-Key the same each time, so that one that was done and not answered is found again. */
function newId({name}: Collection, data: Data, {id}: User, key: string | undefined): string {
	if (key === undefined) return uuidv7();
	const hex = hash('sha256', `${id}\0${name}\0${key}\0${canonicalJson(data)}`);
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Throws NOT_FOUND, and CONFLICT with what there is where that is of another version than `If-Match` says. */
async function changed(write: Write, user: User, ifMatch: string | undefined, context: Context): Promise<ReadRecord> {
	const wanted = wantedVersion(ifMatch);
	const stale = new Error('Of another version');
	try {
		return await changeRecord(write, user, context, stored => {
			if (stored === null || stored.is_deleted) throw notFound('record');
			if (wanted !== null && stored.version !== wanted) throw stale;
		});
	} catch (error) {
		if (error !== stale) throw error;
		const {db} = context;
		const current = await db.snapshot(sql => findRecord(sql, user.id, write.collection.name, write.id), user.id);
		if (current === null) throw notFound('record');
		throw new PublicError(
			'CONFLICT',
			`This record was changed since version ${wanted}: it is at ${current.version} now. Look at it and try again.`,
			{details: {current: flat(current)}},
		);
	}
}

/** Null: whichever it is. */
function wantedVersion(ifMatch: string | undefined): number | null {
	if (ifMatch === undefined || ifMatch.trim() === '*') return null;
	const version = /^(?:W\/)?"?(\d{1,15})"?$/.exec(ifMatch.trim())?.[1];
	if (version === undefined) throw invalid('If-Match', 'must be a version, as ETag gives it: "12"');
	return Number(version);
}

const flat = ({id, data, version, created_at, updated_at}: ReadRecord) => ({
	...data,
	id,
	version,
	created_at: created_at.toISOString(),
	updated_at: updated_at.toISOString(),
});

const shown = (record: ReadRecord, status = 200): Reply =>
	new Reply(flat(record), {status, headers: {ETag: `"${record.version}"`}});

const dataOf = (body: Data): Data =>
	Object.fromEntries(Object.entries(body).filter(([field]) => !RESERVED_FIELDS.has(field)));

/** Absent and null are both "nothing". */
const sameData = (stored: Data, sent: Data): boolean =>
	[...new Set([...Object.keys(stored), ...Object.keys(sent)])].every(field => sameValue(stored[field], sent[field]));

/** All that a new record needs; what it can do without may as well be null. What the fields must be together is asked when it is written. */
const createBody = ({schema}: Collection) =>
	z.looseObject(
		Object.fromEntries(
			Object.entries(schema.shape).map(([field, type]) => [
				field,
				type instanceof z.ZodType && type.isOptional() ? type.nullish() : type,
			]),
		),
	);

const invalid = (path: string, message: string) =>
	new PublicError('VALIDATION_ERROR', `${path} is not right: ${message}.`, {details: [{path, message}]});
