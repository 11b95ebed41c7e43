import {PublicError} from '@hearth/host/errors.js';
import {route, type Transaction} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {auditOf} from './audit-food.js';
import {type Food, food, foodMerged} from './contract.js';
import {closeProposals, lockUndecided} from './lock-decision.js';
import {FOOD_COLUMNS, saveFood} from './store-food.js';
import {syncPicture} from './sync-picture.js';

/**
 * A pending food turns out to be a verified one. It is kept, as rejected with `merged_into`, and its id and barcode lead to the
 * verified food from then on, so that nothing that refers to it breaks.
 */
export const mergeFood = route('POST', '/api/v1/admin/foods/:id/merge', {
	summary: 'A pending food is the same as the verified food `into`; answers the merged one',
	role: 'moderator',
	params: z.object({id: z.uuid()}),
	body: z.strictObject({into: z.uuid().toLowerCase()}),
	data: food,
	handle: ({params, body, user, request}, {db, now}) =>
		db.transaction(async tx => {
			const {kind, food: before} = await lockUndecided(tx, params.id);
			if (kind === 'edit') throw new PublicError('UNPROCESSABLE', 'An edit cannot be merged: approve or reject it.');
			const into = await verifiedFood(tx, body.into);
			const at = new Date(now());
			const reason = `It is the same as “${into.name}”, which is in the list already.`;
			const after: Food = {
				...before,
				status: 'rejected',
				rejection: {reason, at: at.toISOString()},
				merged_into: into.id,
			};
			const merged = await saveFood(tx, before, after, {action: 'merged', actor_id: user.id, at, reason});
			await closeProposals(tx, merged, user.id, at, reason);
			await tx.publish(foodMerged, {food_id: merged.id, into: into.id, merged_by: user.id});
			if (merged.image_id !== null) await tx.enqueue(syncPicture, {food_id: merged.id});
			await tx.audit(auditOf('food.merged', merged, user, request, {into: into.id}));
			return merged;
		}),
});

// Locked against change: what others are led to stays verified until the commit.
async function verifiedFood(tx: Transaction, id: string): Promise<Food> {
	const into = await tx.find<Food>(
		`select ${FOOD_COLUMNS} from food.foods where id = $1 and status = 'verified' for share`,
		[id],
	);
	if (into === null) {
		throw new PublicError('UNPROCESSABLE', 'Choose a verified food to merge into: `into` is none.', {
			details: [{path: 'into', message: 'not a verified food'}],
		});
	}
	return into;
}
