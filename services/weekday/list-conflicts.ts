import {Reply, route} from '@hearth/host/plugin.js';
import type {Data} from '@hearth/records/merge.js';
import {listConflicts as readConflicts} from '@hearth/records/read.js';
import {z} from 'zod';
import {collectionOf, findEntity} from './entities.js';
import {outward} from './payload.js';

const MOST = 1000;

const payload = z.record(z.string(), z.unknown()).nullable();

/** Both versions of each; whoever decides pushes what is to be, or resolves it at the house's own door, which takes the same id. */
export const listConflicts = route('GET', '/compat/weekday/sync/conflicts', {
	summary: 'Weekday: pairs of versions of which one could not stay, until the person has chosen; oldest first',
	role: 'member',
	data: z.object({
		conflicts: z.array(
			z.object({
				id: z.uuid(),
				entity: z.string(),
				entity_id: z.string(),
				entityId: z.string(),
				fields: z.array(z.string()),
				/** What both began with; null where nobody knows. */
				base: payload,
				/** What the device sent; null: it deleted the record. */
				local: payload,
				/** What was here; null: it was deleted. */
				server: payload,
				device_id: z.string(),
				deviceId: z.string(),
				version: z.number().int(),
				created_at: z.string(),
				createdAt: z.string(),
			}),
		),
	}),
	handle: async ({user}, context) => {
		const rows = await context.db.snapshot(sql => readConflicts(sql, user.id, {after: null, limit: MOST}), user.id);
		const conflicts = rows.flatMap(row => {
			const entity = findEntity(row.collection);
			if (entity?.name !== row.collection) return [];
			const told = (data: Data | null) =>
				data === null ? null : outward(collectionOf(context, entity), row.record_id, data);
			const created_at = row.created_at.toISOString();
			return [
				{
					id: row.id,
					entity: row.collection,
					entity_id: row.record_id,
					entityId: row.record_id,
					fields: row.fields,
					base: told(row.base),
					local: told(row.local),
					server: told(row.server),
					device_id: row.device_id,
					deviceId: row.device_id,
					version: row.version,
					created_at,
					createdAt: created_at,
				},
			];
		});
		return new Reply({conflicts});
	},
});
