import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, route, type User} from '@hearth/host/plugin.js';
import {v7 as uuidv7} from 'uuid';
import {z} from 'zod';
import {applySnapshot} from './apply-snapshot.js';
import {FORMAT} from './snapshot.js';
import {dropStaged, stageSnapshot} from './stage-snapshot.js';
import {serverTimestamp} from './sync-answer.js';

/** Inflated. A household's years of records are some tens of MB. */
const MAX_IMPORT_BYTES = 1024 * 1024 * 1024;

const mode = z.enum(['merge', 'replace'], 'must be merge or replace');
export const importCounts = z.object({
	created: z.number().int(),
	updated: z.number().int(),
	deleted: z.number().int(),
	unchanged: z.number().int(),
});

export const importRecords = route('POST', '/api/v1/import', {
	summary: 'Take in a snapshot: merge it with what is there, or replace it; a wrong checksum or record changes nothing',
	role: 'member',
	limit: {per_minute: 10, by: 'user', bucket: 'snapshots'},
	spool_bytes: MAX_IMPORT_BYTES,
	// For the API page: it is read piece by piece.
	body: z.object({
		mode,
		/** As GET /api/v1/export gives it under `data`. */
		snapshot: z.object({
			format: z.literal(FORMAT),
			exported_at: z.string(),
			epoch: z.string(),
			version: z.number().int(),
			collections: z.record(
				z.string(),
				z.array(
					z.object({
						id: z.string(),
						data: z.record(z.string(), z.unknown()),
						version: z.number().int(),
						updated_at: z.string(),
					}),
				),
			),
			checksum: z.string(),
		}),
	}),
	data: importCounts,
	handle: async ({file, user}, context) => {
		if (file === undefined) throw new PublicError('VALIDATION_ERROR', 'Send a snapshot and a mode as JSON.');
		return importFile(
			file.path,
			'$.snapshot',
			given => {
				const parsed = mode.safeParse(given);
				if (parsed.success) return parsed.data;
				throw new PublicError('VALIDATION_ERROR', 'mode in the body is not right: must be merge or replace', {
					details: [{path: 'mode', message: 'must be merge or replace'}],
				});
			},
			user,
			context,
		);
	},
});

/** One at a time for a person: a second would stage as much again, only to wait for the first. */
const underWay = new Set<string>();

export async function importFile(
	path: string,
	at: '$' | '$.snapshot',
	modeOf: (given: unknown) => 'merge' | 'replace',
	user: User,
	context: Context,
): Promise<Reply> {
	if (underWay.has(user.id)) {
		throw new PublicError('CONFLICT', 'An import of yours is still under way. Wait until it is done.');
	}
	underWay.add(user.id);
	const import_id = uuidv7();
	try {
		const staged = await stageSnapshot(path, at, {user_id: user.id, import_id}, context);
		const counts = await applySnapshot(staged, modeOf(staged.mode), user, context);
		return new Reply(counts, {headers: serverTimestamp(context)});
	} finally {
		underWay.delete(user.id);
		await dropStaged(user.id, import_id, context);
	}
}
