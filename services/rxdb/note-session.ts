import type {User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';

/**
 * Notes up to where somebody has a collection: deletes that they may not know yet are not forgotten. RxDB names no device, so it is the
 * session that stands for one; and each collection has a checkpoint of its own.
 */
export async function noteSession(
	tx: Sql,
	{id, session_id}: User,
	collection: string,
	{at, acked_version}: {at: Date; acked_version: number},
): Promise<void> {
	await tx.run(
		`insert into records.devices as d (space_id, id, acked_version, last_pull_at, seen_at) values ($1, $2, $3, $4, $4)
		on conflict (space_id, id) do update set seen_at = excluded.seen_at, last_pull_at = excluded.last_pull_at,
			acked_version = greatest(d.acked_version, excluded.acked_version)`,
		[id, `rxdb:${session_id}:${collection}`, acked_version, at],
	);
}
