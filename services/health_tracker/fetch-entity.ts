import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {type Route, route} from '@hearth/host/plugin.js';
import {lastPullOf, noteDevice} from '@hearth/records/devices.js';
import {readHead} from '@hearth/records/read.js';
import {z} from 'zod';
import {readSince, tokenOf} from './cursor.js';
import {readerOf} from './device.js';
import {entities} from './entities.js';
import {succeeded, success} from './envelope.js';
import {readRowsSince} from './read-rows.js';
import {collectionOf} from './take-records.js';
import {toWire, wireRecord} from './wire.js';

export const fetchEntities: Route[] = entities.map(entity =>
	route('GET', `/compat/health/api/${entity.path}`, {
		summary: `Health tracker: what changed of ${entity.path} since a time or a next_sync_token`,
		role: 'member',
		query: z.looseObject({
			since: z.string().max(100).optional(),
			/** Without one everything comes at once: the app does not ask for more. */
			limit: z.coerce.number().int().min(1).max(10_000).optional(),
		}),
		data: success(
			z.object({
				[entity.key]: z.array(wireRecord),
				/** Ids of what was deleted since. */
				deleted: z.array(z.string()),
				has_more: z.boolean(),
				next_sync_token: z.string(),
				/** This is all there is, whatever `since` was. */
				full_sync: z.boolean(),
			}),
		),
		handle: async ({query, user}, context) => {
			await refuseWhereSyncIsOff(context, user.id);
			const collection = collectionOf(context.records.collections, entity);
			const at = new Date(context.now());
			const {answer, had} = await context.db.snapshot(async sql => {
				const head = await readHead(sql, user.id);
				const last_pull_ms = await lastPullOf(sql, user.id, readerOf(user, entity.path));
				const since = await readSince(sql, user.id, query.since, {head, now_ms: at.getTime(), last_pull_ms});
				const {rows, has_more} = await readRowsSince(sql, user.id, entity.collection, {
					since: since.version,
					limit: query.limit ?? null,
				});
				const cursor = has_more ? (rows.at(-1)?.version ?? 0) : head.version;
				return {
					had: since.is_full ? 0 : (since.version ?? 0),
					answer: {
						[entity.key]: rows
							.filter(({is_deleted}) => !is_deleted)
							.map(row => toWire(entity, collection, row, user.id)),
						deleted: rows.filter(({is_deleted}) => is_deleted).map(({id}) => id),
						has_more,
						next_sync_token: tokenOf(cursor, head),
						full_sync: since.is_full,
					},
				};
			}, user.id);
			// Afterwards, and by itself: reading waits for nobody.
			await context.db.as(user.id, tx =>
				noteDevice(tx, user.id, readerOf(user, entity.path), {at, pulled_at: at, acked_version: had}),
			);
			return succeeded(answer);
		},
	}),
);
