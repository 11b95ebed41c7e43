import {PublicError} from '@hearth/host/errors.js';
import {Reply, route} from '@hearth/host/plugin.js';
import {readChecksums} from '@hearth/records/read.js';
import {z} from 'zod';
import {serverTimestamp} from './sync-answer.js';

const MAX_COLLECTIONS = 1_000;

export const checksum = route('GET', '/api/v1/sync/checksum', {
	summary: 'Of each collection how many records it holds and a checksum over them, to compare with a device’s own',
	role: 'member',
	query: z.object({
		/** Names with commas between; all when left out. */
		collections: z.string().max(10_000).optional(),
	}),
	data: z.object({
		version: z.number().int(),
		epoch: z.string(),
		collections: z.record(z.string(), z.object({count: z.number().int(), checksum: z.string()})),
	}),
	handle: async ({query, user}, context) => {
		const {db, records} = context;
		const asked = query.collections?.split(',').map(name => name.trim()) ?? [...records.collections.keys()];
		const unknown = asked.filter(name => !records.collections.has(name));
		if (unknown.length > 0 || asked.length > MAX_COLLECTIONS) {
			const message = `there is no collection ${unknown.slice(0, 3).join(', ').slice(0, 200)}`;
			throw new PublicError('VALIDATION_ERROR', `collections in the query is not right: ${message}.`, {
				details: [{path: 'collections', message}],
			});
		}
		const {head, collections} = await db.snapshot(sql => readChecksums(sql, user.id, [...new Set(asked)]), user.id);
		return new Reply({version: head.version, epoch: head.epoch, collections}, {headers: serverTimestamp(context)});
	},
});
