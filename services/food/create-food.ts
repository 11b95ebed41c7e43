import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, respond, route, type Transaction, type User} from '@hearth/host/plugin.js';
import {v7 as uuidv7} from 'uuid';
import {auditOf, type Whence} from './audit-food.js';
import {type Food, food, type NewFood, newFood, submitNewFood} from './contract.js';
import {tidied} from './describe-food.js';
import {fillInForFood} from './fill-in-nutrients.js';
import {FOOD_COLUMNS, insertFood, type Submission} from './store-food.js';

/** A person adds a food by hand; it waits for a moderator, and its household may use it meanwhile. */
export const createFood = route('POST', '/api/v1/foods', {
	summary: 'Add a food; it is pending until a moderator approves it',
	role: 'member',
	body: newFood,
	data: food,
	status: 201,
	handle: ({body, user, request}, context) => addFood(body, user, request, context),
});

export const answerSubmitNewFood = respond(submitNewFood, async ({user, given, request}, context) => {
	const {user_agent, ...whence} = request;
	const made = await addFood(given, user, {...whence, headers: {'user-agent': user_agent}}, context);
	return made instanceof Reply ? {food: made.data, is_new: false} : {food: made, is_new: true};
});

const addFood = (
	{id, ...described}: NewFood,
	user: Author,
	request: Whence,
	{db, now}: Context,
): Promise<Food | Reply<Food>> =>
	db.transaction(async tx => {
		const values = {...tidied(described), source: 'user' as const, image_id: null};
		return submitFood(tx, {id, values, submission: {submitted: described}, user, request, now});
	});

type Author = Pick<User, 'id' | 'household_id'>;

/**
 * Writes a pending food of this person. Repeated with the same id and the same submission it answers 200 with the food as it is;
 * throws CONFLICT where the id is another food's.
 */
export async function submitFood(
	tx: Transaction,
	{
		id: given,
		values,
		submission,
		user,
		request,
		now,
	}: {
		id: string | undefined;
		values: Pick<
			Food,
			'name' | 'brand' | 'barcode' | 'basis' | 'servings' | 'nutrients' | 'carbohydrate_basis' | 'source' | 'image_id'
		>;
		submission: Omit<Submission, 'household_id'>;
		user: Author;
		request: Whence;
		now: Context['now'];
	},
): Promise<Food | Reply<Food>> {
	const at = new Date(now());
	const id = given ?? uuidv7();
	const inserted = await insertFood(
		tx,
		{
			...values,
			id,
			status: 'pending',
			licence: null,
			created_by: user.id,
			verified_at: null,
			created_at: at,
			updated_at: at,
		},
		{...submission, household_id: user.household_id},
	);
	if (inserted === null) return new Reply(await sameSubmission(tx, id, user, submission.submitted), {status: 200});
	// Only who chose the id can have named it before.
	if (given !== undefined) await tx.enqueue(fillInForFood, {user_id: user.id, food_id: id});
	await tx.audit(auditOf('food.created', inserted, user, request));
	return inserted;
}

// The answer to a first request may have been lost on the way; asking again must not make a second food or an error.
async function sameSubmission(tx: Transaction, id: string, user: Author, submitted: unknown): Promise<Food> {
	const known = await tx.find<Food>(
		`select ${FOOD_COLUMNS} from food.foods where id = $1 and created_by = $2 and submitted = $3::jsonb`,
		[id, user.id, JSON.stringify(submitted)],
	);
	if (known !== null) return known;
	throw new PublicError(
		'CONFLICT',
		'This id belongs to another food already. Send the food with a new id, or without one.',
	);
}
