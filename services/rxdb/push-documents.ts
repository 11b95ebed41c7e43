import {randomUUID} from 'node:crypto';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, route, type Transaction, type User} from '@hearth/host/plugin.js';
import {sameValue} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {isRecordId, type Mutation} from '@hearth/records/mutation.js';
import {z} from 'zod';
import {askedCollection, collectionParams, fieldsQuery} from './asked-collection.js';
import {type Fields, type RxDocument, type State, sameState, stateOf, toDocument} from './documents.js';
import {fieldsBefore} from './read-documents.js';

const MAX_ROWS = 10_000;
const MAX_PUSH_BYTES = 16 * 1024 * 1024;

const isObject = (value: unknown): value is Data =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
const document = z
	.custom<Data & {id: string}>(
		value => isObject(value) && typeof value.id === 'string',
		'must be a document whose primary key is `id`, a text',
	)
	.meta({type: 'object'});
const row = z.looseObject({assumedMasterState: document.nullish(), newDocumentState: document});
type Row = z.output<typeof row>;

export const pushDocuments = route('POST', '/compat/rxdb/:collection/push', {
	summary: 'RxDB pushes: each row is taken, or answered with the document as it is here',
	role: 'member',
	max_body_bytes: MAX_PUSH_BYTES,
	as_sent: true,
	params: collectionParams,
	query: z.object({fields: fieldsQuery}),
	body: z.array(row),
	data: z.array(z.looseObject({id: z.string(), _deleted: z.boolean()})),
	handle: async ({params, query, body, user}, context) => {
		if (body.length > MAX_ROWS) {
			throw new PublicError('TOO_LARGE', `A push holds at most ${MAX_ROWS} rows: use a smaller batchSize.`);
		}
		const collection = await askedCollection(params.collection, user, context);
		return context.db.as(user.id, tx => takeRows(tx, body, {user, collection, fields: query.fields}, context));
	},
});

interface Pushing {
	user: User;
	collection: Collection;
	fields: Fields;
}

async function takeRows(
	tx: Transaction,
	rows: readonly Row[],
	{user, collection, fields}: Pushing,
	{records, now}: Context,
): Promise<RxDocument[]> {
	const push = {space_id: user.id, actor_id: user.id, device_id: `rxdb:${user.session_id}`};
	// The lock first: what is decided on is what is written on.
	const {head} = await records.applyIn(tx, {...push, mutations: []});
	const masters = await readMasters(tx, user.id, collection.name, rows);
	const conflicts: RxDocument[] = [];
	const taken: {mutation: Mutation; answer: RxDocument}[] = [];
	for (const {assumedMasterState, newDocumentState: sent} of rows) {
		const {id} = sent;
		const master = masters.get(id) ?? null;
		const assumed = isObject(assumedMasterState) ? stateOf(assumedMasterState, collection) : null;
		const wanted = stateOf(sent, collection);
		// Who knew a document of which there is not even a tombstone missed that it was deleted, where some were forgotten.
		const isForgotten = master === null && assumed?.is_deleted === false && head.floor > 0;
		if (!isRecordId(id) || isForgotten || (master !== null && differs(master, assumed, wanted, fields))) {
			conflicts.push(toDocument(id, master ?? notHere(wanted), fields));
			continue;
		}
		const change = changeOf(master, wanted, {sent, assumed: assumedMasterState ?? null});
		if (change === null) continue;
		const mutation: Mutation = {
			...change,
			id: randomUUID(),
			collection: collection.name,
			record_id: id,
			base_version: 'current',
			client_timestamp: new Date(now()).toISOString(),
		};
		taken.push({mutation, answer: toDocument(id, master ?? notHere(wanted), fields)});
		masters.set(id, {
			is_deleted: change.op === 'delete',
			data: {...(master?.is_deleted === false ? master.data : {}), ...change.data},
		});
	}
	const {results} = await records.applyIn(tx, {...push, mutations: taken.map(({mutation}) => mutation)});
	for (const [index, result] of results.entries()) {
		const refused = result.status === 'rejected' ? taken[index] : undefined;
		if (refused !== undefined) conflicts.push(refused.answer);
	}
	return conflicts;
}

/** By id; tombstones with the fields they last had. */
async function readMasters(
	tx: Transaction,
	space_id: string,
	collection: string,
	rows: readonly Row[],
): Promise<Map<string, State>> {
	const ids = rows.map(({newDocumentState}) => newDocumentState.id).filter(isRecordId);
	const stored = await tx.many<{id: string; data: Data; version: number; is_deleted: boolean}>(
		`select id, data, version, deleted_at is not null as is_deleted from records.records
		where space_id = $1 and collection = $2 and id = any($3)`,
		[space_id, collection, ids],
	);
	const last = await fieldsBefore(
		tx,
		space_id,
		stored.flatMap(({is_deleted, version}) => (is_deleted ? [version] : [])),
	);
	return new Map(
		stored.map(({id, data, version, is_deleted}) => [
			id,
			{is_deleted, data: is_deleted ? (last.get(version) ?? {}) : data},
		]),
	);
}

/** Whether the client went on from something else than there is; who comes to the same, perhaps by sending it again, is right. */
const differs = (master: State, assumed: State | null, wanted: State, fields: Fields): boolean =>
	!sameState(master, wanted, fields) && (assumed === null || !sameState(master, assumed, fields));

/** What could not be kept is answered as deleted. */
const notHere = ({data}: State): State => ({is_deleted: true, data});

/** Null where nothing changes. */
function changeOf(
	master: State | null,
	wanted: State,
	{sent, assumed}: {sent: Data; assumed: Data | null},
): {op: 'delete'; data?: undefined} | {op: 'upsert'; data: Data} | null {
	const isLive = master?.is_deleted === false;
	if (wanted.is_deleted) return isLive ? {op: 'delete'} : null;
	if (!isLive) return {op: 'upsert', data: wanted.data};
	const data = Object.fromEntries(
		Object.entries(wanted.data).filter(([field, value]) => !sameValue(value, master.data[field])),
	);
	// What the app had and has no more, it erased; what it never had, its schema does not know.
	for (const field of Object.keys(master.data)) {
		const isErased = assumed !== null && (assumed[field] ?? null) !== null && (sent[field] ?? null) === null;
		if (isErased && master.data[field] !== null) data[field] = null;
	}
	return Object.keys(data).length === 0 ? null : {op: 'upsert', data};
}
