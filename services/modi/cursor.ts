import {PublicError} from '@hearth/host/errors.js';
import type {Sql} from '@hearth/ports/database.js';
import type {Head} from '@hearth/records/apply.js';
import {millisecondsOf} from './moments.js';

// `last_sync_timestamp` is the time of the newest transaction that the app has seen, as an answer gave it. It rises with every commit
// and never else. An app that keeps its own clock in its place is told more than once what it may have missed.

/** Clocks differ by less, mostly. */
const OVERLAP_MS = 5 * 60_000;

export interface Since {
	/** The version above which all is told. */
	version: number;
	/** The app is told everything anew: it has nothing yet, or its cursor means nothing here. */
	is_full: boolean;
}

export const timestampOf = (at_ms: number): string => new Date(at_ms).toISOString();

/** `last_ms`: the cursor that this device was given last; `epoch`: what the last answer said, if the app remembers. Throws VALIDATION_ERROR for what is no time. */
export async function readSince(
	sql: Sql,
	space_id: string,
	given: unknown,
	{head, last_ms, epoch}: {head: Head; last_ms: number | null; epoch: unknown},
): Promise<Since> {
	const everything = {version: 0, is_full: true};
	if (given === undefined || given === null || given === '' || given === 0) return everything;
	const ms = millisecondsOf(given);
	if (Number.isNaN(ms)) {
		const reason = 'must be a time as the last answer gave it, such as 2026-01-31T08:00:00.000Z, or left out';
		throw new PublicError('VALIDATION_ERROR', `last_sync_timestamp ${reason}.`, {
			details: [{path: 'last_sync_timestamp', message: reason}],
		});
	}
	// A backup was restored since.
	if (typeof epoch === 'string' && epoch !== '' && epoch !== head.epoch) return everything;
	// From the future: of another state of the house, unless it is the clock of a device that was here before.
	if (ms > head.at_ms && last_ms === null) return everything;
	const before = await versionAt(sql, space_id, ms, head);
	const isOurs = before.at_ms === ms && ms <= (last_ms ?? ms);
	const from = isOurs ? before : await versionAt(sql, space_id, Math.min(ms, last_ms ?? ms) - OVERLAP_MS, head);
	// Deletes after it are forgotten.
	return from.version < head.floor ? everything : {version: from.version, is_full: false};
}

/** The newest version that was written by then. Versions have no gaps and rise with time: by halving, along the log's primary key. */
async function versionAt(
	sql: Sql,
	space_id: string,
	ms: number,
	head: Head,
): Promise<{version: number; at_ms: number | null}> {
	if (ms >= head.at_ms) return {version: head.version, at_ms: head.at_ms};
	const found = await sql.one<{version: number; at: Date | null}>(
		`with recursive search(low, high) as (
			select 0::bigint, $3::bigint
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
		select low as version, (
			select server_timestamp from records.changes where space_id = $1 and version = low limit 1
		) as at from search where low = high`,
		[space_id, new Date(Math.max(ms, 0)), head.version],
	);
	return {version: found.version, at_ms: found.at?.getTime() ?? null};
}
