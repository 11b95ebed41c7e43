import type {User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';

/** The protocol names no device, so it is the session that stands for one. */
export const deviceOf = ({session_id}: Pick<User, 'session_id'>): string => `watermelon:${session_id}`;

/**
 * Notes that this device was here and, when it pulled, what it had applied by then: deletes that it may not know yet are not forgotten.
 * The transaction is the space's.
 */
export async function noteDevice(
	tx: Sql,
	user: User,
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
		[user.id, deviceOf(user), at, pulled_from],
	);
}
