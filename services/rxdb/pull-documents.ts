import {route} from '@hearth/host/plugin.js';
import {deviceIdOf, noteDevice} from '@hearth/records/devices.js';
import {z} from 'zod';
import {askedCollection, collectionParams, fieldsQuery} from './asked-collection.js';
import {askedCheckpoint, checkpointQuery} from './checkpoint.js';
import type {RxDocument} from './documents.js';
import {readDocuments} from './read-documents.js';

export const pullDocuments = route('GET', '/compat/rxdb/:collection/pull', {
	summary: 'RxDB pulls: what changed since a checkpoint; fewer than `limit` documents say that there are no more',
	role: 'member',
	params: collectionParams,
	query: z.object({
		...checkpointQuery,
		limit: z.coerce.number().int().min(1).max(10_000, 'must be at most 10000: use a smaller batchSize').default(100),
		fields: fieldsQuery,
	}),
	data: z.object({
		documents: z.array(z.looseObject({id: z.string(), _deleted: z.boolean()})),
		checkpoint: z.object({seq: z.number().int(), epoch: z.string()}),
	}),
	handle: async ({params, query, user}, context) => {
		const {name} = await askedCollection(params.collection, user, context);
		const {limit, fields} = query;
		const asked = askedCheckpoint(query);
		const {db, now} = context;
		const {documents, checkpoint, has_more, started_over} = await db.snapshot(
			sql => readDocuments(sql, user.id, {collection: name, asked, limit, fields}),
			user.id,
		);
		// Afterwards, and by itself: reading waits for nobody.
		const acked_version = typeof asked === 'object' && !started_over ? asked.seq : 0;
		const at = new Date(now());
		// RxDB names no device, so its session stands for one; and each collection has a checkpoint of its own.
		const device_id = `${deviceIdOf('rxdb', user.session_id)}:${name}`;
		await db.as(user.id, tx => noteDevice(tx, user.id, device_id, {at, pulled_at: at, acked_version}));
		return {documents: has_more ? filledUp(documents, limit) : documents, checkpoint};
	},
});

/**
 * A page is also cut by its bytes, but to RxDB a short page is the last. The smallest document once more changes nothing there, where a
 * page is a map by id.
 */
function filledUp(documents: readonly RxDocument[], limit: number): RxDocument[] {
	const missing = limit - documents.length;
	if (missing <= 0) return [...documents];
	const sizes = documents.map(document => ({document, size: JSON.stringify(document).length}));
	const smallest = sizes.reduce((least, one) => (one.size < least.size ? one : least));
	return [...documents, ...Array<RxDocument>(missing).fill(smallest.document)];
}
