import {askingOf} from '@hearth/auth/contract.js';
import {type Food, findFoods, listNewestFoods, newFood, readFood, submitNewFood} from '@hearth/food/contract.js';
import {Reply, route, type User} from '@hearth/host/plugin.js';
import {basis, type NutrientValues} from '@hearth/nutrition/nutrients.js';
import {z} from 'zod';
import {succeeded, success} from './envelope.js';

/** The four that this protocol knows, by our keys. What is not known of a food is null. */
export const MACROS = {
	calories: 'energy_kcal',
	protein: 'protein_g',
	carbs: 'carbohydrate_g',
	fat: 'fat_g',
} as const satisfies Record<string, keyof NutrientValues>;

const amount = z.number().nullable();
const wireFood = z.object({
	id: z.uuid(),
	name: z.string(),
	brand: z.string().nullable(),
	barcode: z.string().nullable(),
	calories: amount,
	protein: amount,
	carbs: amount,
	fat: amount,
	/** What these amounts are of; a food log's quantity is so many times that. */
	basis: z.enum(['100g', '100ml', 'serving']),
	created_by_user_id: z.uuid().nullable(),
	verified: z.boolean(),
	verified_at: z.string().nullable(),
	created_at: z.string(),
	updated_at: z.string(),
});

export const macrosOf = (nutrients: NutrientValues) => ({
	calories: nutrients[MACROS.calories] ?? null,
	protein: nutrients[MACROS.protein] ?? null,
	carbs: nutrients[MACROS.carbs] ?? null,
	fat: nutrients[MACROS.fat] ?? null,
});

const shown = (food: Food): z.output<typeof wireFood> => ({
	id: food.id,
	name: food.name,
	brand: food.brand,
	barcode: food.barcode,
	...macrosOf(food.nutrients),
	basis: food.basis,
	created_by_user_id: food.created_by,
	verified: food.status === 'verified',
	verified_at: food.verified_at?.toISOString() ?? null,
	created_at: food.created_at.toISOString(),
	updated_at: food.updated_at.toISOString(),
});

const askerOf = ({id, role, household_id}: User) => ({id, role, household_id});

const limit = z.coerce.number().int().min(1).max(200).default(50);
/** From the header of the answer before. */
const cursor = z.string().max(2000).optional();

// The protocol knows no pages: an app that does finds the next one here.
const listed = ({foods, next_cursor}: {foods: Food[]; next_cursor: string | null}) =>
	new Reply(succeeded(foods.map(shown)), {headers: next_cursor === null ? {} : {'X-Next-Cursor': next_cursor}});

export const searchFoods = route('GET', '/compat/modi/api/v1/foods/search', {
	summary: 'Modi: find foods by name, brand or barcode',
	role: 'member',
	query: z.looseObject({q: z.string().max(200).optional(), barcode: z.string().max(40).optional(), limit, cursor}),
	data: success(z.array(wireFood)),
	handle: async ({query: {q, barcode, limit, cursor}, user}, {call}) =>
		listed(await call(findFoods, {user: askerOf(user), query: {q, barcode, limit, cursor}})),
});

export const listRecentFoods = route('GET', '/compat/modi/api/v1/foods/recent', {
	summary: 'Modi: the newest verified foods',
	role: 'member',
	query: z.looseObject({limit, cursor: z.string().max(500).optional()}),
	data: success(z.array(wireFood)),
	handle: async ({query: {limit, cursor}}, {call}) => listed(await call(listNewestFoods, {limit, cursor})),
});

export const getFood = route('GET', '/compat/modi/api/v1/foods/:id', {
	summary: 'Modi: one food',
	role: 'member',
	params: z.object({id: z.uuid()}),
	data: success(wireFood),
	handle: async ({params: {id}, user}, {call}) => succeeded(shown(await call(readFood, {user: askerOf(user), id}))),
});

const {id, name, brand, barcode} = newFood.shape;
const quantity = z.number('must be a number').min(0, 'must not be negative').max(1_000_000);

export const createFood = route('POST', '/compat/modi/api/v1/foods', {
	summary: 'Modi: add a food; it is pending until a moderator approves it',
	role: 'member',
	body: z.looseObject({
		id,
		name,
		brand,
		barcode,
		calories: quantity.nullish(),
		protein: quantity.nullish(),
		carbs: quantity.nullish(),
		fat: quantity.nullish(),
		basis: basis.default('100g'),
	}),
	data: success(wireFood),
	status: 201,
	handle: async ({body, user, request}, {call}) => {
		const nutrients = Object.fromEntries(
			Object.entries(MACROS).flatMap(([macro, key]) => {
				const value = body[macro];
				return typeof value === 'number' ? [[key, value]] : [];
			}),
		);
		const {id, name, brand, barcode, basis} = body;
		const given = {id, name, brand, barcode, basis, nutrients};
		const made = await call(submitNewFood, {user: askerOf(user), given, request: askingOf(request)});
		return new Reply(succeeded(shown(made.food)), {status: made.is_new ? 201 : 200});
	},
});
