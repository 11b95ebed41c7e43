import {hash} from 'node:crypto';
import type {Sql} from '@hearth/ports/database.js';

const DEVICE_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

// More than a person has, also where a session has one for each collection. Who forgets its id at each start makes a new one each time;
// those that were away for the longest are let go of.
const MAX_DEVICES = 500;

/** A device's id as its app names it; where it does not, its session stands for it. Of another protocol it is another. */
export function deviceIdOf(protocol: string, session_id: string, named?: unknown): string {
	if (typeof named !== 'string' || named === '') return `${protocol}:${session_id}`;
	return DEVICE_ID.test(named) ? named : `${protocol}:${hash('sha256', named.toWellFormed()).slice(0, 32)}`;
}

/**
 * Notes that a device was here and what it did; `acked_version` is up to where it has everything, and only ever rises: deletes that it
 * may not know yet are not forgotten. The transaction is the space's.
 */
export async function noteDevice(
	tx: Sql,
	space_id: string,
	id: string,
	{
		at,
		pushed_at = null,
		pulled_at = null,
		acked_version = 0,
	}: {at: Date; pushed_at?: Date | null; pulled_at?: Date | null; acked_version?: number},
): Promise<{acked_version: number}> {
	const noted = await tx.one<{acked_version: number; is_new: boolean}>(
		`insert into records.devices as d (space_id, id, acked_version, last_push_at, last_pull_at, seen_at)
		values ($1, $2, $3, $5, $6, $4)
		on conflict (space_id, id) do update set seen_at = excluded.seen_at,
			acked_version = greatest(d.acked_version, excluded.acked_version),
			last_push_at = coalesce(excluded.last_push_at, d.last_push_at),
			last_pull_at = coalesce(excluded.last_pull_at, d.last_pull_at)
		returning acked_version, xmax = 0 as is_new`,
		[space_id, id, acked_version, at, pushed_at, pulled_at],
	);
	if (noted.is_new) {
		await tx.run(
			`delete from records.devices where space_id = $1 and id in (
				select id from records.devices where space_id = $1 order by seen_at desc, id desc offset $2
			)`,
			[space_id, MAX_DEVICES],
		);
	}
	return noted;
}

/** When a device last pulled, epoch milliseconds; null where it never did. */
export async function lastPullOf(sql: Sql, space_id: string, id: string): Promise<number | null> {
	const found = await sql.find<{last_pull_at: Date | null}>(
		'select last_pull_at from records.devices where space_id = $1 and id = $2',
		[space_id, id],
	);
	return found?.last_pull_at?.getTime() ?? null;
}
