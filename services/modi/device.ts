import type {User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import type {Kind} from './kinds.js';

/** The protocol names no device, so it is the session that stands for one. */
export const deviceOf = ({session_id}: Pick<User, 'session_id'>): string => `modi:${session_id}`;

/** Each kind has a cursor of its own. */
const readerOf = (user: User, {path}: Kind) => `${deviceOf(user)}:${path}`;

/** The newest cursor that this device was given, epoch milliseconds; null where it never asked. */
export async function lastCursor(sql: Sql, user: User, kind: Kind): Promise<number | null> {
	const found = await sql.find<{last_pull_at: Date | null}>(
		'select last_pull_at from records.devices where space_id = $1 and id = $2',
		[user.id, readerOf(user, kind)],
	);
	return found?.last_pull_at?.getTime() ?? null;
}

/** Notes the cursor it is given, and what it had by then: deletes that it may not know yet are not forgotten. The transaction is the space's. */
export async function noteCursor(
	tx: Sql,
	user: User,
	kind: Kind,
	{at, cursor_ms, had}: {at: Date; cursor_ms: number; had: number},
): Promise<void> {
	await tx.run(
		`insert into records.devices as d (space_id, id, acked_version, last_pull_at, seen_at) values ($1, $2, $4, $3, $5)
		on conflict (space_id, id) do update set seen_at = excluded.seen_at, last_pull_at = excluded.last_pull_at,
			acked_version = greatest(d.acked_version, excluded.acked_version)`,
		[user.id, readerOf(user, kind), new Date(cursor_ms), had, at],
	);
}
