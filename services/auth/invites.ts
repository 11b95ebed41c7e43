import {PublicError} from '@hearth/host/errors.js';
import type {Transaction, User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {sha256} from './secrets.js';

export interface Invite {
	id: string;
	household_id: string;
	email: string | null;
	role: User['role'];
	expires_at: Date;
	used_at: Date | null;
}

/**
 * The invite of a code, for this e-mail and still good. `lock` holds it until the transaction ends, so that it is used once.
 * Throws FORBIDDEN with what to do.
 */
export async function getInvite(
	sql: Sql,
	code: string,
	{email, now, lock}: {email: string; now: number; lock: boolean},
): Promise<Invite> {
	const invite = await sql.find<Invite>(
		`select id, household_id, email, role, expires_at, used_at from auth.invites where code_hash = $1 ${lock ? 'for update' : ''}`,
		[sha256(code)],
	);
	const refused = (message: string) => new PublicError('FORBIDDEN', message, {details: {needs: 'invite'}});
	if (invite === null) throw refused('There is no such invite. Check the link, or ask for a new one.');
	if (invite.used_at !== null) throw refused('This invite was used already. Sign in, or ask for a new one.');
	if (invite.expires_at.getTime() <= now) throw refused('This invite has expired. Ask for a new one.');
	if (invite.email !== null && invite.email !== email) {
		throw refused('This invite is for another e-mail address. Use the one it was sent to, or ask for a new one.');
	}
	return invite;
}

/** Takes back the open invites of somebody who may no longer make such: a former admin must not come in again as one. */
export const withdrawInvites = (tx: Transaction, createdBy: string) =>
	tx.run('delete from auth.invites where created_by = $1 and used_at is null', [createdBy]);
