import {hash} from 'node:crypto';
import {type Context, Reply, route, type User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {canonicalJson} from '@hearth/records/canonical.js';
import type {Data} from '@hearth/records/merge.js';
import {readHead} from '@hearth/records/read.js';
import {z} from 'zod';
import {collectionOf, entities} from './entities.js';
import {outward} from './payload.js';

export const FORMAT = 'weekday-snapshot/1';

export const exported = z.object({
	format: z.literal(FORMAT),
	exported_at: z.string(),
	exportedAt: z.string(),
	latestVersion: z.number().int(),
	epoch: z.string(),
	/** Each entity's records, with their ids. */
	snapshot: z.record(z.string(), z.array(z.looseObject({id: z.string()}))),
	/** `sha256:` and the SHA-256 of the snapshot in canonical JSON (RFC 8785), hexadecimal. */
	checksum: z.string(),
});
export type Exported = z.output<typeof exported>;

export const exportState = route('GET', '/compat/weekday/export', {
	summary: 'Weekday: all of the app’s state as one snapshot, to keep or to import again',
	role: 'member',
	limit: {per_minute: 10, by: 'user', bucket: 'snapshots'},
	data: exported,
	handle: async ({user}, context) =>
		new Reply(await context.db.snapshot(sql => readState(sql, user, context), user.id), {
			headers: {'Content-Disposition': 'attachment; filename="weekday.json"'},
		}),
});

/** Of one moment: `sql` is one snapshot of the space, or holds its lock. */
export async function readState(sql: Sql, user: User, context: Context): Promise<Exported> {
	const {version, epoch} = await readHead(sql, user.id);
	const snapshot: Exported['snapshot'] = {};
	for (const entity of entities) {
		const collection = collectionOf(context, entity);
		const rows = await sql.many<{id: string; data: Data}>(
			`select id, data from records.records where space_id = $1 and collection = $2 and deleted_at is null
			order by version`,
			[user.id, entity.name],
		);
		snapshot[entity.name] = rows.map(({id, data}) => ({...outward(collection, id, data), id}));
	}
	const exported_at = new Date(context.now()).toISOString();
	return {
		format: FORMAT,
		exported_at,
		exportedAt: exported_at,
		latestVersion: version,
		epoch,
		snapshot,
		checksum: checksumOf(snapshot),
	};
}

export const checksumOf = (snapshot: unknown): string => `sha256:${hash('sha256', canonicalJson(snapshot))}`;
