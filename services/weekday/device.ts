import {hash} from 'node:crypto';
import type {User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';

const DEVICE_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** A device as it names itself; where it does not, its session stands for it. */
export function deviceOf(named: unknown, {session_id}: User): string {
	if (typeof named !== 'string' || named === '') return `weekday:${session_id}`;
	return DEVICE_ID.test(named) ? named : `weekday:${hash('sha256', named.toWellFormed()).slice(0, 32)}`;
}

/** Notes that a device was here and, when it pulled, what it had by then: deletes that it may not know yet are not forgotten. The transaction is the space's. */
export async function noteDevice(
	tx: Sql,
	space_id: string,
	device_id: string,
	{at, ...did}: {at: Date; pulled_from: number} | {at: Date; pushed: true},
): Promise<void> {
	const pulled_from = 'pulled_from' in did ? did.pulled_from : null;
	await tx.run(
		`insert into records.devices as d (space_id, id, acked_version, last_pull_at, last_push_at, seen_at)
		values ($1, $2, coalesce($4::bigint, 0), case when $4::bigint is not null then $3::timestamptz end,
			case when $4::bigint is null then $3::timestamptz end, $3)
		on conflict (space_id, id) do update set seen_at = excluded.seen_at,
			acked_version = greatest(d.acked_version, excluded.acked_version),
			last_pull_at = coalesce(excluded.last_pull_at, d.last_pull_at),
			last_push_at = coalesce(excluded.last_push_at, d.last_push_at)`,
		[space_id, device_id, at, pulled_from],
	);
}
