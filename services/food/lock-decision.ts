import {PublicError} from '@hearth/host/errors.js';
import type {Transaction} from '@hearth/host/plugin.js';
import type {Food, FoodEdits, FoodStatus} from './contract.js';
import {lockFood} from './store-food.js';

/** An edit that somebody proposed. */
export interface Proposal {
	id: string;
	food_id: string;
	edits: FoodEdits;
	status: FoodStatus;
	created_by: string | null;
	created_at: Date;
}

/** What a moderator decides about: a new food, or an edit of one. */
export type Undecided = {kind: 'new'; food: Food} | {kind: 'edit'; food: Food; proposal: Proposal};

/**
 * Holds what this id of the queue stands for until the transaction ends, so that of two moderators one decides and the other hears
 * of it. The id is a pending food's, a proposal's, or that of a verified food with one proposal waiting.
 * Throws NOT_FOUND, and CONFLICT where it was decided already.
 */
export async function lockUndecided(tx: Transaction, id: string): Promise<Undecided> {
	const named = await tx.find<{food_id: string}>('select food_id from food.proposals where id = $1', [id]);
	// The food first, everywhere: whoever changes a proposal holds its food.
	const food = await lockFood(tx, named?.food_id ?? id);
	if (named === null && food.status === 'pending') return {kind: 'new', food};
	const proposal = named === null ? await onlyProposal(tx, food) : await getProposal(tx, id);
	if (proposal.status !== 'pending') throw decidedAlready('edit', proposal.status);
	return {kind: 'edit', food, proposal};
}

/** Those who proposed edits of a food that is gone hear of it. */
export async function closeProposals(
	tx: Transaction,
	food: Food,
	moderator: string,
	at: Date,
	reason: string,
): Promise<void> {
	await tx.run(
		`update food.proposals set status = 'rejected', decided_by = $2, decided_at = $3, reason = $4
		where food_id = $1 and status = 'pending'`,
		[food.id, moderator, at, reason],
	);
}

export async function decideProposal(
	tx: Transaction,
	{id}: Proposal,
	decision: {status: 'verified' | 'rejected'; decided_by: string; decided_at: Date; reason?: string},
): Promise<void> {
	await tx.run('update food.proposals set status = $2, decided_by = $3, decided_at = $4, reason = $5 where id = $1', [
		id,
		decision.status,
		decision.decided_by,
		decision.decided_at,
		decision.reason ?? null,
	]);
}

const decidedAlready = (what: string, status: FoodStatus) =>
	new PublicError('CONFLICT', `This ${what} was already ${status}. Reload the queue.`);

const getProposal = (tx: Transaction, id: string) =>
	tx.one<Proposal>('select id, food_id, edits, status, created_by, created_at from food.proposals where id = $1', [id]);

// A moderator who means to decide about the new food must not decide about an edit of it that came in since: one that was
// proposed before the food was verified has to be named.
async function onlyProposal(tx: Transaction, food: Food): Promise<Proposal> {
	const waiting = await tx.many<Proposal>(
		`select id, food_id, edits, status, created_by, created_at from food.proposals
		where food_id = $1 and status = 'pending' order by created_at, id`,
		[food.id],
	);
	const [proposal] = waiting;
	if (proposal === undefined) throw decidedAlready('food', food.status);
	if (waiting.length === 1 && food.verified_at !== null && proposal.created_at > food.verified_at) return proposal;
	throw new PublicError(
		'CONFLICT',
		'This food was already decided, and edits of it wait. Decide each by its proposal_id.',
		{
			details: {proposal_ids: waiting.map(({id}) => id)},
		},
	);
}
