import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {type Route, route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {entities} from './entities.js';
import {succeeded, success} from './envelope.js';
import {listIn, outcome, takeRecords} from './take-records.js';

export const MAX_PUSH_BYTES = 16 * 1024 * 1024;

export const syncEntities: Route[] = entities.map(entity =>
	route('POST', `/compat/health/api/${entity.path}/sync`, {
		summary: `Health tracker: hand over ${entity.path} that changed`,
		role: 'member',
		max_body_bytes: MAX_PUSH_BYTES,
		as_sent: true,
		body: z.looseObject({[entity.key]: z.unknown().optional()}),
		data: success(outcome),
		handle: async ({body, user}, context) => {
			// As the bulk calls them.
			const key = entity.key in body ? entity.key : entity.collection;
			const list = listIn(body, key);
			await refuseWhereSyncIsOff(context, user.id);
			const {settled: _, ...taken} = await context.db.as(user.id, tx =>
				takeRecords(tx, context, user, {entity, list, last_sync_ms: null}),
			);
			return succeeded(taken);
		},
	}),
);
