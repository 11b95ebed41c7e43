import {notFound, PublicError} from '@hearth/host/errors.js';
import {route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {lockAccount} from './account.js';
import {auditRequest} from './audit-request.js';
import {createHousehold} from './create-account.js';
import {withdrawInvites} from './invites.js';
import {endAccessTokens} from './revocations.js';

/**
 * An owner removes a member, or a member leaves. They keep their account, in a household of their own; tokens that speak for the old
 * one end at once, and refreshing brings one for the new.
 */
export const removeMember = route('DELETE', '/api/v1/households/me/members/:id', {
	summary: 'Remove a member of your household, or leave it yourself',
	role: 'member',
	params: z.object({id: z.uuid().toLowerCase()}),
	status: 204,
	handle: ({params, user, request}, context) =>
		context.db.transaction(async tx => {
			// Both in the order of their ids, so that two who remove each other wait instead of blocking one another.
			const ids = [...new Set([user.id, params.id])].sort();
			const accounts = [];
			for (const id of ids) accounts.push(await lockAccount(tx, id));
			const asker = accounts.find(account => account?.id === user.id);
			const member = accounts.find(account => account?.id === params.id);
			if (!asker || !member || asker.household_id !== member.household_id) throw notFound('member of your household');
			if (member.household_role === 'owner') {
				throw new PublicError('CONFLICT', 'The owner of a household cannot be removed from it.');
			}
			if (asker.id !== member.id && asker.household_role !== 'owner') {
				throw new PublicError('FORBIDDEN', 'Only the owner of a household removes somebody from it. Ask them.');
			}
			const at = new Date(context.now());
			await tx.run(
				`update auth.users set household_id = $2, household_role = 'owner', joined_at = $3, updated_at = $3 where id = $1`,
				[member.id, await createHousehold(tx, at), at],
			);
			await withdrawInvites(tx, member.id);
			await endAccessTokens(tx, context, member);
			await tx.audit({
				action: 'household.member_removed',
				actor_id: user.id,
				user_id: member.id,
				resource: {type: 'household', id: asker.household_id},
				request: auditRequest(request),
			});
		}),
});
