import {type Context, Reply, respond, route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {type Food, food, listNewestFoods} from './contract.js';
import {NEWEST_FIRST, pageOf, readCursor, timePlace} from './cursor.js';
import {FOOD_COLUMNS} from './store-food.js';

export const listRecentFoods = route('GET', '/api/v1/foods/recent', {
	summary: 'The newest verified foods',
	role: 'member',
	query: z.object({
		limit: z.coerce.number().int().min(1).max(200).default(50),
		cursor: z.string().max(500).optional(),
	}),
	data: z.array(food),
	handle: async ({query}, context) => {
		const {foods, next_cursor} = await listNewest(query, context);
		return new Reply(foods, {meta: {next_cursor}});
	},
});

export const answerNewestFoods = respond(listNewestFoods, listNewest);

async function listNewest(
	{limit, cursor}: {limit: number; cursor?: string | undefined},
	{db}: Context,
): Promise<{foods: Food[]; next_cursor: string | null}> {
	const [at, id] = cursor === undefined ? NEWEST_FIRST : readCursor(timePlace, cursor);
	const foods = await db.many<Food & {verified_at: Date}>(
		`select ${FOOD_COLUMNS} from food.foods
		where status = 'verified' and (verified_at, id) < ($1::timestamptz, $2::uuid)
		order by verified_at desc, id desc limit $3`,
		[new Date(at), id, limit + 1],
	);
	const {shown, meta} = pageOf(foods, limit, last => [last.verified_at.getTime(), last.id]);
	return {foods: shown, ...meta};
}
