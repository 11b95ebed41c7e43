import {PublicError} from '@hearth/host/errors.js';
import type {Sql} from '@hearth/ports/database.js';
import type {Head} from '@hearth/records/apply.js';

// `timestamp` and `lastPulledAt`: the at_ms of the newest transaction that the client has seen. It looks like the clock the client takes
// it for, but it rises with every commit and never else, so it is as good as a version: nothing can slip in before it.

/** Of a space that nobody has written to; WatermelonDB takes no 0. */
const EMPTY = 1;

export const timestampOf = ({at_ms}: Head): number => Math.max(EMPTY, at_ms);

/** As clients write it: a number or its text; null, 0 and nothing for a client that has never pulled. Throws VALIDATION_ERROR. */
export function readCursor(given: unknown): number | null {
	if (given === undefined || given === null || given === '' || given === 'null' || given === 'undefined') return null;
	const cursor = typeof given === 'string' ? Number(given) : given;
	if (typeof cursor !== 'number' || !Number.isSafeInteger(cursor) || cursor < 0) {
		throw new PublicError('VALIDATION_ERROR', 'lastPulledAt must be the timestamp of your last pull, or null.', {
			details: [{path: 'lastPulledAt', message: 'must be a whole number, or null'}],
		});
	}
	return cursor === 0 ? null : cursor;
}

/**
 * The version up to which a client has seen everything; 0 of one that never pulled. Null where this server has never given out such a
 * cursor: it is of another installation, or of a state that a restored backup has undone. Null also where deletes after it are
 * forgotten. Versions have no gaps and rise with time, so it is found by halving, along the change log's primary key.
 */
export async function versionSeen(
	sql: Sql,
	space_id: string,
	cursor: number | null,
	head: Head,
): Promise<number | null> {
	if (cursor === null) return 0;
	if (cursor === timestampOf(head)) return head.version;
	if (cursor > head.at_ms) return null;
	if (cursor === EMPTY) return head.floor === 0 ? 0 : null;
	const found = await sql.find<{version: number}>(
		`with recursive search(low, high) as (
			select 1::bigint, $3::bigint
			union all
			select case when middle.at <= $2 then middle.version else low end,
				case when middle.at <= $2 then high else middle.version - 1 end
			from search cross join lateral (
				-- One row by the primary key, whatever the planner thinks of so few rows.
				select version, server_timestamp as at from records.changes
				where space_id = $1 and version = (low + high + 1) / 2 limit 1
			) as middle
			where low < high
		)
		select c.version from search cross join lateral (
			select version, server_timestamp from records.changes where space_id = $1 and version = low limit 1
		) as c where low = high and c.server_timestamp = $2`,
		[space_id, new Date(cursor), head.version],
	);
	return found === null || found.version < head.floor ? null : found.version;
}
