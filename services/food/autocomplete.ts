import {route, type User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {z} from 'zod';
import {findEaten} from './eaten-foods.js';
import {kept, SEARCH_KEPT_MS} from './keep-search.js';
import {FIRST, type Question, questionOf, searchPage} from './search-foods.js';

/** Foods looked at for a suggestion: thousands may bear one name, of which the best is enough. */
const LOOKED_AT = 60;

const suggestion = z.object({
	/** The best food of this name. */
	id: z.uuid(),
	name: z.string(),
	brand: z.string().nullable(),
});
type Suggestion = z.output<typeof suggestion>;

/** The names that search would answer for what is typed so far, each once, in the order of search. */
export const autocompleteFoods = route('GET', '/api/v1/foods/autocomplete', {
	summary: 'Names of foods for what is typed so far',
	role: 'member',
	query: z.object({
		q: z.string().max(200, 'search for at most 200 characters'),
		limit: z.coerce.number().int().min(1).max(20).default(8),
	}),
	data: z.array(suggestion),
	handle: async ({query: {q, limit}, user}, context) => {
		const asked = questionOf(q);
		if (asked === null) return [];
		const eaten = await findEaten(context, user.id);
		return kept(context, user, ['autocomplete', asked, limit, eaten.ids], SEARCH_KEPT_MS, () =>
			suggest(context.db, asked, user, eaten.ids, limit),
		);
	},
});

/** As it is now. */
export async function suggest(
	sql: Sql,
	asked: Question,
	user: Pick<User, 'id' | 'household_id'>,
	eaten: readonly string[],
	limit: number,
): Promise<Suggestion[]> {
	// Half a word is like many: guesses only where nothing begins so.
	const hits = await searchPage(sql, asked, user, eaten, LOOKED_AT, FIRST, 1);
	const best = new Map<string, string>();
	for (const {name_key, id} of hits) if (!best.has(name_key)) best.set(name_key, id);
	return sql.many<Suggestion>(
		`select id, name, brand from unnest($1::uuid[]) with ordinality as hit(id, at) join food.foods using (id) order by at`,
		[[...best.values()].slice(0, limit)],
	);
}
