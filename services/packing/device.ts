import {hash} from 'node:crypto';
import type {User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';

const DEVICE_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** A device as it names itself; where it does not, its session stands for it. */
export function deviceOf(named: unknown, {session_id}: User): string {
	if (typeof named !== 'string' || named === '') return `packing:${session_id}`;
	return DEVICE_ID.test(named) ? named : `packing:${hash('sha256', named.toWellFormed()).slice(0, 32)}`;
}

/**
 * Notes that somebody was here and up to where they have everything: deletes that they may not know yet are not forgotten. Who pulls or
 * acknowledges does not say which device it is, so it is the session that stands for one.
 */
export async function noteSession(
	tx: Sql,
	user: User,
	{at, pushed = false, acked_version = 0}: {at: Date; pushed?: boolean; acked_version?: number},
): Promise<void> {
	await tx.run(
		`insert into records.devices as d (space_id, id, acked_version, last_pull_at, last_push_at, seen_at)
		values ($1, $2, $3, case when not $5 then $4::timestamptz end, case when $5 then $4::timestamptz end, $4)
		on conflict (space_id, id) do update set seen_at = excluded.seen_at,
			acked_version = greatest(d.acked_version, excluded.acked_version),
			last_pull_at = coalesce(excluded.last_pull_at, d.last_pull_at),
			last_push_at = coalesce(excluded.last_push_at, d.last_push_at)`,
		[user.id, deviceOf(undefined, user), acked_version, at, pushed],
	);
}
