import {route, type Transaction} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {auditOf} from './audit-food.js';
import {type Food, type FoodEdits, food, foodApproved, foodCorrected, foodEdits} from './contract.js';
import {edited} from './describe-food.js';
import {decideProposal, lockUndecided} from './lock-decision.js';
import {saveFood} from './store-food.js';
import {syncPicture} from './sync-picture.js';

/** A moderator accepts a pending food, from then on every household finds it; or a proposed edit, which is then applied. */
export const approveFood = route('POST', '/api/v1/admin/foods/:id/approve', {
	summary: 'Accept a pending food or a proposed edit (its proposal_id), with corrections of one’s own',
	role: 'moderator',
	params: z.object({id: z.uuid()}),
	body: z.strictObject({edits: foodEdits.default({})}),
	data: food,
	handle: ({params, body: {edits}, user, request}, {db, now}) =>
		db.transaction(async tx => {
			const undecided = await lockUndecided(tx, params.id);
			const by = {actor_id: user.id, at: new Date(now())};
			if (undecided.kind === 'new') {
				const approved = await approveNew(tx, undecided.food, edits, by);
				await tx.audit(auditOf('food.approved', approved, user, request));
				return approved;
			}
			const {food: before, proposal} = undecided;
			const after = {...before, ...edited(edited(before, proposal.edits), edits)};
			const saved = await saveFood(tx, before, after, {...by, action: 'edited', proposal_id: proposal.id});
			await decideProposal(tx, proposal, {status: 'verified', decided_by: user.id, decided_at: by.at});
			if (saved.status === 'verified') await tx.publish(foodCorrected, {food_id: saved.id, corrected_by: user.id});
			await tx.audit({
				...auditOf('food.edit_approved', saved, user, request, {proposal_id: proposal.id}),
				user_id: proposal.created_by,
			});
			return saved;
		}),
});

async function approveNew(
	tx: Transaction,
	before: Food,
	edits: FoodEdits,
	by: {actor_id: string; at: Date},
): Promise<Food> {
	const after: Food = {...before, ...edited(before, edits), status: 'verified', verified_at: by.at};
	const approved = await saveFood(tx, before, after, {...by, action: 'approved'});
	await tx.publish(foodApproved, {food_id: approved.id, approved_by: by.actor_id});
	if (approved.image_id !== null) await tx.enqueue(syncPicture, {food_id: approved.id});
	return approved;
}
