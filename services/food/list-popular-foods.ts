import {route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {type Food, food} from './contract.js';
import {kept, POPULAR_KEPT_MS} from './keep-search.js';
import {withDates} from './search-foods.js';
import {FOOD_COLUMNS} from './store-food.js';

export const listPopularFoods = route('GET', '/api/v1/foods/popular', {
	summary: 'The most popular verified foods, those of this house first',
	role: 'member',
	query: z.object({limit: z.coerce.number().int().min(1).max(200).default(50)}),
	data: z.array(food),
	handle: async ({query: {limit}, user}, context) => {
		const foods = await kept(context, user, ['popular', limit], POPULAR_KEPT_MS, () =>
			context.db.many<Food>(
				`select ${FOOD_COLUMNS} from food.foods where status = 'verified' and search_level <= 1
				order by search_level, -popularity, word_count, id limit $1`,
				[limit],
			),
		);
		return foods.map(withDates);
	},
});
