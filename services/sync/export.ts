import {randomUUID} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {dataFolder} from '@hearth/host/platform-settings.js';
import {type Context, Reply, route} from '@hearth/host/plugin.js';
import {writeSnapshot} from './snapshot.js';
import {serverTimestamp} from './sync-answer.js';

/** A file that is written and read within one request; what a killed process leaves there goes with the next start. */
export async function scratchFile({settings}: Context): Promise<string> {
	const folder = path.join(settings.get(dataFolder), 'uploads');
	await mkdir(folder, {recursive: true, mode: 0o700});
	return path.join(folder, `${randomUUID()}.json`);
}

/**
 * All of a person's records as one file. It is written to the disk first: however slowly it is fetched, the database is asked quickly,
 * and all of it is of one moment.
 */
export const exportRecords = route('GET', '/api/v1/export', {
	summary: 'All your records as one snapshot with a checksum, to keep or to import elsewhere',
	role: 'member',
	limit: {per_minute: 10, by: 'user', bucket: 'snapshots'},
	handle: async ({user}, context) => {
		const {db, records, now} = context;
		const file = await scratchFile(context);
		const exported_at = new Date(now());
		try {
			await db.snapshot(
				sql =>
					writeSnapshot(sql, user.id, [...records.collections.keys()], file, {
						exported_at,
						before: '{"data":',
						after: '}',
					}),
				user.id,
			);
			const body = createReadStream(file);
			// Fetched, or given up.
			body.once('close', () => void rm(file, {force: true}));
			return new Reply(undefined, {
				body,
				headers: {
					...serverTimestamp(context),
					'Content-Type': 'application/json; charset=utf-8',
					'Cache-Control': 'no-store',
					'Content-Disposition': `attachment; filename="hearth-${exported_at.toISOString().slice(0, 10)}.json"`,
				},
			});
		} catch (error) {
			await rm(file, {force: true});
			throw error;
		}
	},
});
