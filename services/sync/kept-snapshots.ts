import {createWriteStream} from 'node:fs';
import {rm} from 'node:fs/promises';
import {pipeline} from 'node:stream/promises';
import {notFound} from '@hearth/host/errors.js';
import {cursorPage, pageQuery, pageReply} from '@hearth/host/pages.js';
import {route} from '@hearth/host/plugin.js';
import {NoSuchObject} from '@hearth/ports/objects.js';
import {z} from 'zod';
import {scratchFile} from './export.js';
import {importCounts, importFile} from './import.js';

const keptSnapshot = z.object({
	id: z.uuid(),
	created_at: z.date(),
	version: z.number().int(),
	records: z.number().int(),
	size_bytes: z.number().int(),
});

export const listSnapshots = route('GET', '/api/v1/sync/snapshots', {
	summary: 'What was there before an import replaced it, newest first',
	role: 'member',
	query: pageQuery,
	data: z.array(keptSnapshot),
	handle: async ({query, user}, {db}) => {
		const {limit, after} = cursorPage(query, z.tuple([z.iso.datetime(), z.uuid()]));
		const rows = await db.as(user.id, tx =>
			tx.many<z.output<typeof keptSnapshot>>(
				`select id, created_at, version, records, size_bytes from sync.snapshots
				where user_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
				order by created_at desc, id desc limit $4`,
				[user.id, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
			),
		);
		return pageReply(rows, limit, ({created_at, id}) => [created_at, id]);
	},
});

/** Replacing as any: what is there now is kept first, so that this too can be undone. */
export const restoreSnapshot = route('POST', '/api/v1/sync/snapshots/:id/restore', {
	summary: 'Make your records what they were before an import replaced them',
	role: 'member',
	limit: {per_minute: 10, by: 'user', bucket: 'snapshots'},
	params: z.object({id: z.uuid()}),
	body: z.object({}),
	data: importCounts,
	handle: async ({params, user}, context) => {
		const {db, objects} = context;
		const kept = await db.as(user.id, tx =>
			tx.find<{object_key: string}>('select object_key from sync.snapshots where user_id = $1 and id = $2', [
				user.id,
				params.id,
			]),
		);
		if (kept === null) throw notFound('snapshot');
		const file = await scratchFile(context);
		try {
			const {body} = await objects.get(kept.object_key).catch((error: unknown) => {
				throw error instanceof NoSuchObject ? notFound('snapshot') : error;
			});
			await pipeline(body, createWriteStream(file, {mode: 0o600, flags: 'wx'}));
			return await importFile(file, '$', () => 'replace', user, context);
		} finally {
			await rm(file, {force: true});
		}
	},
});
