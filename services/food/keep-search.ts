import {createHash} from 'node:crypto';
import type {User} from '@hearth/host/plugin.js';
import type {Cache} from '@hearth/ports/cache.js';
import type {Sql} from '@hearth/ports/database.js';

// Answers of search are kept in the cache. Their keys hold how many changes the foods have had, so that no answer outlives a change,
// whoever made it and whether or not the cache could be reached then (migrations/food/0005-search-generations.sql).

export const SEARCH_KEPT_MS = 15 * 60_000;
export const POPULAR_KEPT_MS = 60 * 60_000;

/** Answers what was kept for the question, or what `work` finds. The asker is part of the key where foods wait that only they find. */
export async function kept<T>(
	{db, cache}: {db: Sql; cache: Cache},
	user: Pick<User, 'id' | 'household_id'>,
	question: readonly unknown[],
	ttl_ms: number,
	work: () => Promise<T>,
): Promise<T> {
	const {changes, has_waiting} = await db.one<{changes: number; has_waiting: boolean}>(
		`select (select sum(changes) from food.search_generations) as changes, exists (
			select from food.foods where status = 'pending' and household_id = $1
			union all select from food.foods where status = 'pending' and created_by = $2
		) as has_waiting`,
		[user.household_id, user.id],
	);
	const asker = has_waiting ? [user.id, user.household_id] : null;
	const digest = createHash('sha256')
		.update(JSON.stringify([changes, asker, question]))
		.digest('base64url');
	const key = `food:search:${digest}`;
	const known = await cache.get<T>(key);
	if (known !== null) return known;
	const found = await work();
	await cache.set(key, found, ttl_ms);
	return found;
}
