import {z} from 'zod';
import {PublicError} from './errors.js';
import {Reply} from './plugin.js';

const MAX_LIMIT = 200;

/** The query of every list; extend it with the list's own filters. */
export const pageQuery = z.object({
	limit: z.coerce
		.number({error: `expected a number, 1–${MAX_LIMIT}`})
		.int()
		.min(1)
		.max(MAX_LIMIT)
		.default(50),
	cursor: z.string().max(2000).optional(),
});

/**
 * What a page's query asks for: `limit` rows that come after `after`, the key of the last row seen (null on the first page).
 * Throws VALIDATION_ERROR for a cursor that is not ours.
 */
export function cursorPage<Key>(
	query: z.output<typeof pageQuery>,
	key: z.ZodType<Key>,
): {limit: number; after: Key | null} {
	const {limit, cursor} = query;
	if (cursor === undefined || cursor === '') return {limit, after: null};
	try {
		return {limit, after: key.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))};
	} catch (error) {
		throw new PublicError('VALIDATION_ERROR', 'This cursor is not one of ours. Start again without it.', {
			details: [{path: 'cursor', message: 'not a cursor of this list'}],
			cause: error,
		});
	}
}

/** A page of a list that was asked for one row more than `limit`, with `meta.next_cursor` null at the end. */
export function pageReply<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => unknown): Reply<Row[]> {
	const page = rows.slice(0, limit);
	const last = page.at(-1);
	const next_cursor =
		rows.length > limit && last !== undefined ? Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') : null;
	return new Reply(page, {meta: {next_cursor}});
}
