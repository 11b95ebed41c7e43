import type {User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';

/** The protocol names no device, so it is the session that stands for one. */
export const deviceOf = ({session_id}: Pick<User, 'session_id'>): string => `health:${session_id}`;

/** Its pulls are remembered by what it asked for: each kind of record has a cursor of its own. */
const readerOf = (user: User, what: string) => `${deviceOf(user)}:${what}`;

/** When this device last asked, epoch milliseconds; null where it never did. */
export async function lastPull(sql: Sql, user: User, what: string): Promise<number | null> {
	const found = await sql.find<{last_pull_at: Date | null}>(
		'select last_pull_at from records.devices where space_id = $1 and id = $2',
		[user.id, readerOf(user, what)],
	);
	return found?.last_pull_at?.getTime() ?? null;
}

/** Notes that it asked, and what it had by then: deletes that it may not know yet are not forgotten. The transaction is the space's. */
export async function notePull(tx: Sql, user: User, what: string, {at, had}: {at: Date; had: number}): Promise<void> {
	await tx.run(
		`insert into records.devices as d (space_id, id, acked_version, last_pull_at, seen_at) values ($1, $2, $4, $3, $3)
		on conflict (space_id, id) do update set seen_at = excluded.seen_at, last_pull_at = excluded.last_pull_at,
			acked_version = greatest(d.acked_version, excluded.acked_version)`,
		[user.id, readerOf(user, what), at, had],
	);
}
