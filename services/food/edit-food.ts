import {isDeepStrictEqual} from 'node:util';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, type RequestInfo, route, type Transaction, type User} from '@hearth/host/plugin.js';
import {v7 as uuidv7} from 'uuid';
import {z} from 'zod';
import {auditOf} from './audit-food.js';
import {type Food, type FoodEdits, food, foodCorrected, foodEdits, type NutrientEdits} from './contract.js';
import {edited} from './describe-food.js';
import {lockFood, sameDescription, saveFood} from './store-food.js';
import {getVisibleFood, isModerator} from './visible-foods.js';

/** Edits of one person that wait at the same time for one food; more are a mistake of the client's. */
const MAX_WAITING_PROPOSALS = 20;

/** Corrects a food: one's own while it is pending, and any as a moderator, at once; else it is proposed to the moderators. */
export const editFood = route('PUT', '/api/v1/foods/:id', {
	summary: 'Correct a food, or propose a correction of another person’s food (202)',
	role: 'member',
	params: z.object({id: z.uuid()}),
	body: foodEdits,
	data: z.union([food, z.object({proposal_id: z.uuid()})]),
	handle: ({params, body, user, request}, {db, now}) =>
		db.transaction(async tx => {
			const seen = await getVisibleFood(tx, user, params.id);
			const before = await lockFood(tx, seen.id);
			if (before.status === 'rejected') {
				throw new PublicError('CONFLICT', 'This food was rejected. Send the corrected one in as a new food.');
			}
			const after: Food = {...before, ...edited(before, body)};
			if (sameDescription(before, after)) return before;
			const by = {user, request, now};
			const own = before.status === 'pending' && before.created_by === user.id;
			return own || isModerator(user) ? applyEdits(tx, before, after, body, by) : propose(tx, before, body, by);
		}),
});

interface Editor {
	user: User;
	request: RequestInfo;
	now: Context['now'];
}

async function applyEdits(tx: Transaction, before: Food, after: Food, edits: FoodEdits, {user, request, now}: Editor) {
	const saved = await saveFood(tx, before, after, {action: 'edited', actor_id: user.id, at: new Date(now())});
	if (before.created_by === user.id && before.status === 'pending')
		await rememberCorrections(tx, before.id, edits.nutrients ?? {});
	if (before.status === 'verified') await tx.publish(foodCorrected, {food_id: saved.id, corrected_by: user.id});
	await tx.audit(auditOf('food.edited', saved, user, request));
	return saved;
}

/** The queue shows what the author changed of what was read on the label. */
async function rememberCorrections(tx: Transaction, id: string, nutrients: NutrientEdits): Promise<void> {
	await tx.run(
		'update food.foods set corrections = corrections || $2::jsonb where id = $1 and corrections is not null',
		[id, JSON.stringify(nutrients)],
	);
}

async function propose(tx: Transaction, before: Food, edits: FoodEdits, {user, request, now}: Editor) {
	const waiting = await tx.many<{id: string; edits: FoodEdits}>(
		`select id, edits from food.proposals where food_id = $1 and created_by = $2 and status = 'pending' limit ${MAX_WAITING_PROPOSALS}`,
		[before.id, user.id],
	);
	// The same again is the same proposal: its answer may have been lost on the way.
	const same = waiting.find(proposal => isDeepStrictEqual(proposal.edits, edits));
	if (same !== undefined) return new Reply({proposal_id: same.id}, {status: 202});
	if (waiting.length === MAX_WAITING_PROPOSALS) {
		throw new PublicError(
			'CONFLICT',
			'So many of your corrections of this food are waiting already. A moderator has to decide them first.',
		);
	}
	const id = uuidv7();
	await tx.run(
		`insert into food.proposals (id, food_id, edits, status, created_by, created_at) values ($1, $2, $3, 'pending', $4, $5)`,
		[id, before.id, JSON.stringify(edits), user.id, new Date(now())],
	);
	await tx.audit(auditOf('food.edit_proposed', before, user, request, {proposal_id: id}));
	return new Reply({proposal_id: id}, {status: 202});
}
