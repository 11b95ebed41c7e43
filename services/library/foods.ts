import {findFoods, foodQuery as foodSearch, listNewestFoods} from '@hearth/food/contract.js';
import type {Context, User} from '@hearth/host/plugin.js';
import {z} from 'zod';

/** As that of `GET /foods/search`. */
export const foodQuery = z.strictObject({...foodSearch.shape, fields: z.string().max(1000).optional()});

/** Foods are found by the plugin that has them; who asks for none in particular is given the newest first. */
export async function foodEntries(
	{call}: Pick<Context, 'call'>,
	{fields: _, ...query}: z.output<typeof foodQuery>,
	{id, role, household_id}: Pick<User, 'id' | 'role' | 'household_id'>,
) {
	const {q, barcode, limit, cursor} = query;
	const {foods, next_cursor} =
		q === undefined && barcode === undefined
			? await call(listNewestFoods, {limit, cursor})
			: await call(findFoods, {user: {id, role, household_id}, query});
	return {entries: foods, next_cursor};
}
