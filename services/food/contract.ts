import {call, event} from '@hearth/host/plugin.js';
import {basis, NUTRIENT_KEYS, type Nutrient, nutrientValues} from '@hearth/nutrition/nutrients.js';
import {z} from 'zod';

/** One line of text without leading, trailing or double spaces. */
const line = (max: number) =>
	z
		.string()
		.max(max, `at most ${max} characters`)
		.overwrite(text => text.replace(/\s+/gu, ' ').trim());

export const foodStatus = z.enum(['pending', 'verified', 'rejected']);
export type FoodStatus = z.output<typeof foodStatus>;

export const serving = z.strictObject({
	label: line(60).min(1, 'say what the serving is, for example "slice"'),
	amount: z.number().positive().max(100_000),
	/** Null where the mass is not known: `{label: 'slice', amount: 1, unit: null}`. */
	unit: z.enum(['g', 'ml']).nullable(),
});
export type Serving = z.output<typeof serving>;

/** Something odd about a food, in plain words for the person and the moderator; never a reason to refuse it. */
export const flag = z.object({code: z.string(), fields: z.array(z.string()), message: z.string()});

/** What a person may say of a food; nutrients are per `basis`, the label's own. */
const described = {
	name: line(200).min(1, 'give the food a name'),
	brand: line(100).nullable(),
	/** GTIN of any length with its check digit, spaces and dashes allowed. */
	barcode: line(40).nullable(),
	basis,
	/** With basis `serving` the nutrients are per the first of them. */
	servings: z.array(serving).max(20, 'at most 20 servings'),
	/** Whether `carbohydrate_g` leaves fibre out (EU) or holds it (US); null where nobody said. */
	carbohydrate_basis: z.enum(['available', 'total']).nullable(),
};

/** Body of `POST /foods`. An id makes repeating it harmless. */
export const newFood = z.strictObject({
	id: z.uuid().toLowerCase().optional(),
	name: described.name,
	brand: described.brand.default(null),
	barcode: described.barcode.default(null),
	basis: described.basis.default('100g'),
	servings: described.servings.default([]),
	nutrients: nutrientValues.default({}),
	carbohydrate_basis: described.carbohydrate_basis.default(null),
});
export type NewFood = z.output<typeof newFood>;

/** Nutrients to change: an absent one stays, null says that it is not known. */
export const nutrientEdits = z.strictObject(
	Object.fromEntries(NUTRIENT_KEYS.map(key => [key, nutrientValues.shape[key].nullable()])) as Record<
		Nutrient,
		z.ZodNullable<(typeof nutrientValues.shape)[Nutrient]>
	>,
);
export type NutrientEdits = z.output<typeof nutrientEdits>;

/** Body of `PUT /foods/:id`: the fields to change. An absent field stays as it is, null empties it. */
export const foodEdits = z.strictObject({...described, nutrients: nutrientEdits}).partial();
export type FoodEdits = z.output<typeof foodEdits>;

/** A food as every route answers it, and as the database gives it. */
export const food = z.object({
	id: z.uuid(),
	name: z.string(),
	brand: z.string().nullable(),
	/** The digits as they were given; search and look-up take every way to write the same GTIN. */
	barcode: z.string().nullable(),
	basis,
	servings: z.array(serving),
	/** Per `basis`. What is not known is absent, never 0. */
	nutrients: nutrientValues,
	carbohydrate_basis: described.carbohydrate_basis,
	status: foodStatus,
	source: z.enum(['user', 'label', 'builtin', 'usda', 'openfoodfacts']),
	licence: z.string().nullable(),
	created_by: z.uuid().nullable(),
	image_id: z.uuid().nullable(),
	flags: z.array(flag),
	verified_at: z.date().nullable(),
	created_at: z.date(),
	updated_at: z.date(),
	/** Why a moderator refused it. */
	rejection: z.object({reason: z.string(), at: z.iso.datetime()}).nullable(),
	/** The verified food that this one turned out to be. */
	merged_into: z.uuid().nullable(),
});
export type Food = z.output<typeof food>;

/** From now on every household finds the food. */
export const foodApproved = event('food.approved', z.object({food_id: z.uuid(), approved_by: z.uuid()}));
/** A pending food was refused. */
export const foodRejected = event('food.rejected', z.object({food_id: z.uuid(), rejected_by: z.uuid()}));
/** A pending food turned out to be the verified food `into`; whoever holds the first id should use the second. */
export const foodMerged = event('food.merged', z.object({food_id: z.uuid(), into: z.uuid(), merged_by: z.uuid()}));
/** A verified food's values were corrected. */
export const foodCorrected = event('food.corrected', z.object({food_id: z.uuid(), corrected_by: z.uuid()}));

// What the routes of these names answer, for other doors. They vouch for who asks.

const asker = z.object({
	id: z.uuid(),
	role: z.enum(['member', 'moderator', 'admin']),
	household_id: z.uuid(),
});
/** As it comes over the bus. */
const toldFood = food.extend({
	verified_at: z.coerce.date().nullable(),
	created_at: z.coerce.date(),
	updated_at: z.coerce.date(),
});
const page = z.object({foods: z.array(toldFood), next_cursor: z.string().nullable()});

export const foodQuery = z.object({
	q: z.string().max(200, 'search for at most 200 characters').optional(),
	barcode: z.string().max(40).optional(),
	limit: z.coerce.number().int().min(1).max(200).default(50),
	cursor: z.string().max(2000).optional(),
});

/** VALIDATION_ERROR for a query that is none. */
export const findFoods = call('food.search', z.object({user: asker, query: foodQuery}), page);

export const listNewestFoods = call(
	'food.list_recent',
	z.object({limit: z.number().int().min(1).max(200), cursor: z.string().max(500).optional()}),
	page,
);

/** NOT_FOUND for what this person may not see; of a food that was merged the one it became. */
export const readFood = call('food.get', z.object({user: asker, id: z.uuid()}), toldFood);

/** CONFLICT for another food's id; the same again is not new. */
export const submitNewFood = call(
	'food.create',
	z.object({
		user: asker,
		given: newFood,
		request: z.object({id: z.string(), ip: z.string(), user_agent: z.string().optional()}),
	}),
	z.object({food: toldFood, is_new: z.boolean()}),
);
