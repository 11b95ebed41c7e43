import {type Context, job} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {z} from 'zod';
import {learnWords} from './near-words.js';

// What follows from all foods together, made anew after an import: how far up each of them stands (`search_level`), and how many foods
// have each word. Search is right without it, and slower: see migrations/food/0004-search.sql.

/** How many of all imported foods stand in the levels 1 to 3; the rest stand in 4. */
const SHARES = [0.003, 0.03, 0.2];
/** Foods written in one transaction, so that nobody who edits one of them waits for long. */
const BATCH = 5000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export const rankFoods = job('food.rank_foods', z.object({}), {
	lease_ms: 120_000,
	handle: async (_payload, {signal}, {db, log, now}: Context) => {
		const at = new Date(now());
		const changed = await rankAll(db, signal);
		const words = await countWords(db, signal);
		if (signal.aborted) return;
		await db.run('insert into food.rankings (at) values ($1) on conflict do nothing', [at]);
		log.info({changed, words}, 'foods were ranked for search');
	},
});

/** A house that imported foods since they were ranked has it done, once among all processes. */
export async function rankWhenDue({db}: Context): Promise<void> {
	const {due} = await db.one<{due: boolean}>(
		`select exists (
			select from food.foods where status = 'verified' and source in ('usda', 'openfoodfacts')
				and search_level = 4 and created_at > (select coalesce(max(at), '-infinity') from food.rankings)
		) as due`,
	);
	if (due) await db.transaction(tx => tx.enqueue(rankFoods, {}, {key: 'all'}));
}

interface Boundary {
	popularity: number;
	word_count: number;
	name_key: string;
}

/** Answers how many foods stand in another level than before. Repeatable; what was done before an interruption stays. */
export async function rankAll(sql: Sql, signal?: AbortSignal): Promise<number> {
	const imported = `status = 'verified' and source in ('usda', 'openfoodfacts')`;
	const {count} = await sql.one<{count: number}>(`select count(*) from food.foods where ${imported}`);
	const boundaries: Boundary[] = [];
	for (const share of SHARES) {
		const last = await sql.find<Boundary>(
			`select popularity, word_count, name_key from food.foods where ${imported}
			order by -popularity, word_count, name_key offset $1 limit 1`,
			[Math.floor(count * share)],
		);
		if (last !== null) boundaries.push(last);
	}
	const above = boundaries.map(
		(_, at) =>
			`when (-popularity, word_count, name_key) < (-$${3 * at + 3}::integer, $${3 * at + 4}::smallint, $${3 * at + 5}) then ${at + 1}`,
	);
	const level = above.length === 0 ? '4' : `case ${above.join(' ')} else 4 end`;
	const limits = boundaries.flatMap(({popularity, word_count, name_key}) => [popularity, word_count, name_key]);
	let changed = 0;
	let after = FIRST_ID;
	while (!signal?.aborted) {
		const batch = await sql.find<{last: string | null; changed: number}>(
			`with batch as (
				select id, ${level} as level from food.foods where id > $1 and ${imported} order by id limit $2
			), written as (
				update food.foods set search_level = level from batch
				where foods.id = batch.id and search_level <> level returning 1
			)
			select (select max(id::text) from batch) as last, (select count(*) from written) as changed`,
			[after, BATCH, ...limits],
		);
		if (batch === null || batch.last === null) break;
		after = batch.last;
		changed += batch.changed;
	}
	return changed;
}

/** Counts for each word the foods that have it, so that of two words as near to a misspelt one the commoner is meant. Answers how many. */
export async function countWords(sql: Sql, signal?: AbortSignal): Promise<number> {
	const counted = await sql.many<{word: string; foods: number}>(
		`select word, ndoc as foods from ts_stat('select search from food.foods where status <> ''rejected''') order by word collate "C"`,
	);
	for (let at = 0; at < counted.length && !signal?.aborted; at += BATCH) {
		const batch = counted.slice(at, at + BATCH);
		await learnWords(
			sql,
			batch.map(({word}) => word),
		);
		await sql.run(
			`update food.words set foods = counted.foods
			from jsonb_to_recordset($1::jsonb) as counted (word text, foods integer)
			where words.word = counted.word and words.foods <> counted.foods`,
			[JSON.stringify(batch)],
		);
	}
	return counted.length;
}
