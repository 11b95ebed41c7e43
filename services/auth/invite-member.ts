import {PublicError} from '@hearth/host/errors.js';
import {route} from '@hearth/host/plugin.js';
import {v7 as uuidv7} from 'uuid';
import {z} from 'zod';
import {lockOwn} from './account.js';
import {email} from './account-fields.js';
import {auditRequest} from './audit-request.js';
import {randomSecret, sha256} from './secrets.js';
import {registration} from './settings.js';

const INVITE_MS = 7 * 24 * 3_600_000;
// More than a household invites in a week.
const MAX_OPEN_INVITES = 50;

/** An owner asks somebody into the household; only an admin may give them a role in the installation with it. */
export const inviteMember = route('POST', '/api/v1/households/me/invites', {
	summary: 'Invite somebody into your household; the code is shown once',
	role: 'member',
	body: z.object({email: email.optional(), role: z.enum(['member', 'moderator', 'admin']).default('member')}),
	data: z.object({code: z.string(), url: z.string(), expires_at: z.date()}),
	status: 201,
	handle: ({body, user, request}, {db, settings, now}) =>
		db.transaction(async tx => {
			const account = await lockOwn(tx, user);
			if (account.household_role !== 'owner' && account.role !== 'admin') {
				throw new PublicError('FORBIDDEN', 'Only the owner of a household invites into it. Ask them.');
			}
			if (body.role !== 'member' && account.role !== 'admin') {
				throw new PublicError(
					'FORBIDDEN',
					`Only an admin of this server makes somebody ${body.role}. Invite them as member.`,
				);
			}
			if (settings.get(registration) === 'closed') {
				throw new PublicError('FORBIDDEN', 'Registration is closed on this server, so an invite could not be used.');
			}
			const at = new Date(now());
			await tx.run('delete from auth.invites where household_id = $1 and expires_at <= $2', [account.household_id, at]);
			const {open} = await tx.one<{open: number}>(
				'select count(*)::int as open from auth.invites where household_id = $1 and used_at is null',
				[account.household_id],
			);
			if (open >= MAX_OPEN_INVITES) {
				throw new PublicError(
					'CONFLICT',
					`There are ${open} open invites. Wait until some are used or expire, after 7 days.`,
				);
			}
			const id = uuidv7();
			const code = randomSecret(16);
			const expires_at = new Date(at.getTime() + INVITE_MS);
			await tx.run(
				`insert into auth.invites (id, code_hash, household_id, email, role, created_by, created_at, expires_at)
				values ($1, $2, $3, $4, $5, $6, $7, $8)`,
				[id, sha256(code), account.household_id, body.email ?? null, body.role, user.id, at, expires_at],
			);
			await tx.audit({
				action: 'household.invited',
				actor_id: user.id,
				resource: {type: 'invite', id},
				detail: {role: body.role},
				request: auditRequest(request),
			});
			return {code, url: `${request.origin}/invite/${code}`, expires_at};
		}),
});
