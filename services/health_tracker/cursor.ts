import {PublicError} from '@hearth/host/errors.js';
import type {Sql} from '@hearth/ports/database.js';
import type {Head} from '@hearth/records/apply.js';

// Clients say since when they want to know by the token we gave them, or by their own clock: the time at which they last synced.

/** Clocks differ, and a change that was under way is dated to its beginning; what comes twice changes nothing there. */
const OVERLAP_MS = 5 * 60_000;

const TOKEN = /^(\d{1,15})\.([0-9a-f-]{36})$/;

export const tokenOf = (version: number, {epoch}: Head): string => `${version}.${epoch}`;

export interface Since {
	/** The version above which all is told; null for who has nothing yet. */
	version: number | null;
	/** The client is told everything anew, since its cursor means nothing here. */
	is_full: boolean;
}

/** `last_pull_ms`: when this device last asked, by our clock. Its own may be fast: then it skips what it has not seen. */
export async function readSince(
	sql: Sql,
	space_id: string,
	given: unknown,
	{head, now_ms, last_pull_ms}: {head: Head; now_ms: number; last_pull_ms: number | null},
): Promise<Since> {
	if (given === undefined || given === null || given === '') return {version: null, is_full: true};
	const version = await versionOf(sql, space_id, String(given), {head, now_ms, last_pull_ms});
	// Everything, with the deletes that are still known.
	if (version === null || (version < head.floor && version > 0)) return {version: 0, is_full: true};
	return {version, is_full: false};
}

async function versionOf(
	sql: Sql,
	space_id: string,
	given: string,
	{head, now_ms, last_pull_ms}: {head: Head; now_ms: number; last_pull_ms: number | null},
): Promise<number | null> {
	const [, version, epoch] = TOKEN.exec(given) ?? [];
	if (version !== undefined) return epoch === head.epoch && Number(version) <= head.version ? Number(version) : null;
	const ms = timeOf(given);
	if (Number.isNaN(ms)) {
		throw new PublicError(
			'VALIDATION_ERROR',
			'since must be a time such as 2026-01-31T08:00:00Z, or a next_sync_token.',
			{
				details: [{path: 'since', message: 'must be a time or a next_sync_token'}],
			},
		);
	}
	if (last_pull_ms === null && ms > now_ms + OVERLAP_MS) return null;
	const from = new Date(Math.min(ms, last_pull_ms ?? ms) - OVERLAP_MS);
	const before = await sql.find<{version: number}>(
		'select version from records.records where space_id = $1 and version > 0 and updated_at < $2 order by version desc limit 1',
		[space_id, from],
	);
	return before?.version ?? 0;
}

/** Epoch milliseconds, NaN for what is no time. Without a zone, as Dart writes its local times, it counts as UTC. */
export function timeOf(text: unknown): number {
	if (typeof text === 'number') return text;
	if (typeof text !== 'string') return Number.NaN;
	const given = text.trim().replace(' ', 'T');
	if (/^\d{12,14}$/.test(given)) return Number(given);
	if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i.test(given)) return Number.NaN;
	const ms = Date.parse(/T.*(?:Z|[+-]\d\d:?\d\d)$/i.test(given) || !given.includes('T') ? given : `${given}Z`);
	return ms >= 0 && ms < 8.64e15 ? ms : Number.NaN;
}
