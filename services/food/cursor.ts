import {PublicError} from '@hearth/host/errors.js';
import {z} from 'zod';

/** Text within a place: the client could have written anything there, and PostgreSQL takes neither NUL nor half a character. */
export const cursorText = z
	.string()
	.max(1000)
	.refine(text => !text.includes('\0') && text.isWellFormed());

/** A place in a list as clients hold it: opaque to them, checked when it comes back. */
export const writeCursor = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** Throws VALIDATION_ERROR for what `writeCursor` did not write for a list of this kind. */
export function readCursor<Place extends z.ZodType>(place: Place, cursor: string): z.output<Place> {
	const parsed = place.safeParse(parsedJson(Buffer.from(cursor, 'base64url').toString()));
	if (parsed.success) return parsed.data;
	throw new PublicError('VALIDATION_ERROR', 'This cursor does not belong to this list. Start again without it.', {
		details: [{path: 'cursor', message: 'not a cursor of this list'}],
	});
}

/** Where a page of a list by time ended: epoch milliseconds and the id there. */
export const timePlace = z.tuple([z.number().int().min(0).max(Date.UTC(9999, 0)), z.uuid()]);
export type TimePlace = z.output<typeof timePlace>;
/** Before the first of a list in that order. */
export const OLDEST_FIRST: TimePlace = [0, '00000000-0000-0000-0000-000000000000'];
export const NEWEST_FIRST: TimePlace = [Date.UTC(9999, 0), 'ffffffff-ffff-ffff-ffff-ffffffffffff'];

/** Cuts `limit + 1` rows to a page; `meta` says where the next one begins. */
export function pageOf<Row>(rows: readonly Row[], limit: number, placeOf: (row: Row) => unknown) {
	const shown = rows.slice(0, limit);
	const last = rows.length > limit ? shown.at(-1) : undefined;
	return {shown, meta: {next_cursor: last === undefined ? null : writeCursor(placeOf(last))}};
}

function parsedJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		// Whatever it is, the schema refuses it.
		return undefined;
	}
}
