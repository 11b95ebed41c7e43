import {route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {auditOf} from './audit-food.js';
import {type Food, food, foodRejected} from './contract.js';
import {closeProposals, decideProposal, lockUndecided} from './lock-decision.js';
import {saveFood} from './store-food.js';
import {syncPicture} from './sync-picture.js';

/** A moderator refuses a pending food, and its author sees why; or a proposed edit, and the food stays as it is. */
export const rejectFood = route('POST', '/api/v1/admin/foods/:id/reject', {
	summary: 'Refuse a pending food or a proposed edit (its proposal_id), with a reason that its author sees',
	role: 'moderator',
	params: z.object({id: z.uuid()}),
	body: z.strictObject({reason: z.string().trim().min(1, 'say why, for its author').max(500)}),
	data: food,
	handle: ({params, body: {reason}, user, request}, {db, now}) =>
		db.transaction(async tx => {
			const undecided = await lockUndecided(tx, params.id);
			const at = new Date(now());
			const before = undecided.food;
			if (undecided.kind === 'edit') {
				const {proposal} = undecided;
				await decideProposal(tx, proposal, {status: 'rejected', decided_by: user.id, decided_at: at, reason});
				await tx.audit({
					...auditOf('food.edit_rejected', before, user, request, {proposal_id: proposal.id, reason}),
					user_id: proposal.created_by,
				});
				return before;
			}
			const after: Food = {...before, status: 'rejected', rejection: {reason, at: at.toISOString()}};
			const rejected = await saveFood(tx, before, after, {action: 'rejected', actor_id: user.id, at, reason});
			await closeProposals(tx, rejected, user.id, at, reason);
			await tx.publish(foodRejected, {food_id: rejected.id, rejected_by: user.id});
			if (rejected.image_id !== null) await tx.enqueue(syncPicture, {food_id: rejected.id});
			await tx.audit(auditOf('food.rejected', rejected, user, request, {reason}));
			return rejected;
		}),
});
