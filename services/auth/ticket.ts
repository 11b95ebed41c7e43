import {PublicError} from '@hearth/host/errors.js';
import {redeemTicket} from '@hearth/host/identity.js';
import {respond, route, type User} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {randomSecret, sha256} from './secrets.js';

const TICKET_S = 60;

/** Somebody needs to open what no header can be sent to: a live stream, a picture. The ticket is theirs, once, for a minute. */
export const issueTicket = route('POST', '/api/v1/auth/ticket', {
	summary: 'A ticket to use once as ?ticket= where a header cannot be sent',
	role: 'member',
	data: z.object({ticket: z.string(), expires_in: z.number()}),
	handle: async ({user}, {db, now}) => {
		const ticket = randomSecret(32);
		const at = now();
		await db.run('delete from auth.tickets where session_id = $1 and expires_at <= $2', [
			user.session_id,
			new Date(at),
		]);
		// From the session, which may have ended since its access token was made.
		const made = await db.run(
			'insert into auth.tickets (hash, session_id, expires_at) select $1, id, $3 from auth.sessions where id = $2',
			[sha256(ticket), user.session_id, new Date(at + TICKET_S * 1000)],
		);
		if (made === 0) throw new PublicError('UNAUTHENTICATED', 'This session was ended. Sign in again.');
		return {ticket, expires_in: TICKET_S};
	},
});

/** In PostgreSQL and not in the cache: a lost cache must cost neither live updates nor pictures. */
export const answerTicket = respond(redeemTicket, async ({ticket}, {db, now}) => {
	const taken = await db.find<User & {expires_at: Date}>(
		`delete from auth.tickets using auth.sessions, auth.users
		where hash = $1 and sessions.id = session_id and users.id = user_id
		returning users.id, session_id, role, household_id, tickets.expires_at`,
		[sha256(ticket)],
	);
	if (taken === null || taken.expires_at.getTime() <= now()) return {user: null};
	const {expires_at: _, ...user} = taken;
	return {user};
});
