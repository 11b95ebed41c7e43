import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, respond, route, type User} from '@hearth/host/plugin.js';
import {parseGtin} from '@hearth/nutrition/gtin.js';
import type {Sql} from '@hearth/ports/database.js';
import {z} from 'zod';
import {type Food, findFoods, food, foodQuery} from './contract.js';
import {cursorText, readCursor, writeCursor} from './cursor.js';
import {gtinOf} from './describe-food.js';
import {foldText, wordsOf} from './fold-text.js';
import {findNearWords, type NearWord} from './near-words.js';
import {FOOD_COLUMNS} from './store-food.js';

/** More words than any name has; the rest of a query is left out. */
const MAX_WORDS = 10;
/** Where at least this many foods have the words as they were typed, nobody is helped by guesses. */
const ENOUGH = 10;

/** Finds foods: by name exactly, by the start of the name, by words in any order, by misspelt words; verified ones first in each. */
export const searchFoods = route('GET', '/api/v1/foods/search', {
	summary: 'Find foods by name, brand or barcode in one box',
	role: 'member',
	query: foodQuery,
	data: z.array(food),
	handle: async ({query, user}, context) => {
		const {foods, next_cursor} = await search(query, user, context);
		return new Reply(foods, {meta: {next_cursor}});
	},
});

export const answerFindFoods = respond(findFoods, ({query, user}, context) => search(query, user, context));

async function search(
	{q, barcode, limit, cursor}: z.output<typeof foodQuery>,
	user: Searcher,
	{db}: Context,
): Promise<{foods: Food[]; next_cursor: string | null}> {
	if (q === undefined && barcode === undefined) {
		throw new PublicError('VALIDATION_ERROR', 'Say what to search for: q with words or a barcode, or barcode alone.');
	}
	const tiers = barcode === undefined ? tiersOf(q ?? '') : [withGtin(gtinOf(barcode))];
	const from = cursor === undefined ? FIRST : readCursor(place, cursor);
	const {foods, next} = await searchPage(db, tiers, user, limit, from);
	return {foods, next_cursor: next === null ? null : writeCursor(next)};
}

/** Whose own foods and household's are found too. */
type Searcher = Pick<User, 'id' | 'household_id'>;

/** The best food with this barcode that this person may find. */
export async function findFoodByGtin(sql: Sql, gtin: string, user: Searcher): Promise<Food | null> {
	const {foods} = await searchPage(sql, [withGtin(gtin)], user, 1, FIRST);
	return foods[0] ?? null;
}

/** One way to match, better than those after it. Its own values stand at $8 and on. */
interface Tier {
	where: string;
	values: unknown[];
	/** Integer by which foods of the tier are ordered, then by name; left out where the name alone decides. */
	score?: string;
}
/** A tier may need a look at the database first, and what was found before it; null where it has nothing to add. */
type TierMaker = (sql: Sql, found: number) => Tier | null | Promise<Tier | null>;

/** Every barcode look-up also finds what foods with it were merged into. */
const withGtin =
	(gtin: string): TierMaker =>
	() => ({where: 'id in (select coalesce(merged_into, id) from food.foods where gtin = $8)', values: [gtin]});

function tiersOf(q: string): TierMaker[] {
	const asBarcode = parseGtin(q);
	if (asBarcode.gtin !== undefined) return [withGtin(asBarcode.gtin)];
	const key = foldText(q);
	if (key === '') return [];
	const words = wordsOf(key).slice(0, MAX_WORDS);
	// While a word is being typed its first letter says nothing yet.
	const telling = words.some(word => word.length > 1) ? words.filter(word => word.length > 1) : words;
	// Collation C compares bytes, and nothing sorts behind this character.
	const end = `${key}\u{10FFFF}`;
	const beginnings = telling.map(started).join(' & ');
	const whole = telling.map(word => `'${word}'`).join(' & ');
	const notStartingSo = (first: number, second: number) => `not (name_key >= $${first} and name_key < $${second})`;
	return [
		() => ({where: 'name_key = $8', values: [key]}),
		() => ({where: 'name_key > $8 and name_key < $9', values: [key, end]}),
		() => ({
			where: `search @@ $8::tsquery and ${notStartingSo(10, 11)}`,
			// Whole words before beginnings of words, then the fewer other words the better.
			score: `(case when search @@ $9::tsquery then 0 else 1000 end + word_count)`,
			values: [beginnings, whole, key, end],
		}),
		async (sql, found) => {
			if (found >= ENOUGH) return null;
			const near = await nearQueries(sql, telling, found > 0);
			if (near === null) return null;
			return {
				where: `search @@ $8::tsquery and not search @@ $9::tsquery and ${notStartingSo(11, 12)}`,
				// The fewest slips first, then the fewer other words the better.
				score: '(case when search @@ $10::tsquery then 0 else 1000 end + word_count)',
				values: [near.any, beginnings, near.nearest, key, end],
			};
		},
	];
}

/**
 * The words or others near them, any and only the nearest; null where no word has others. Where foods were found as it was typed,
 * only the likeliest slips count.
 */
async function nearQueries(sql: Sql, words: string[], found: boolean): Promise<{any: string; nearest: string} | null> {
	const near = await findNearWords(sql, words);
	const likely = new Map(
		words.map(word => [
			word,
			(near.get(word) ?? []).filter(other => !found || (other.slips === 1 && other.word[0] === word[0])),
		]),
	);
	if ([...likely.values()].every(others => others.length === 0)) return null;
	const query = (chosen: (others: NearWord[]) => NearWord[]) =>
		[...likely]
			.map(([word, others]) => [started(word), ...chosen(others).map(other => `'${other.word}'`)].join(' | '))
			.map(alternatives => `(${alternatives})`)
			.join(' & ');
	return {
		any: query(others => others),
		nearest: query(others => others.filter(({slips}) => slips === others[0]?.slips)),
	};
}

/** Of a tsquery: words that begin so; of a single letter, that word alone. Words are letters and digits, so they need no escape. */
const started = (word: string) => (word.length > 1 ? `'${word}':*` : `'${word}'`);

/** Where a page ended: tier, whether among the pending, score, name, id; and how many were found before the tier of guesses. */
const place = z.tuple([
	z.number().int().min(0).max(3),
	z.number().int().min(-1).max(1),
	z.number().int().min(-1).max(1_000_000),
	cursorText,
	z.uuid(),
	z.number().int().min(0).max(1_000_000_000),
]);
type Place = z.output<typeof place>;
const NO_ID = '00000000-0000-0000-0000-000000000000';
const FIRST: Place = [0, -1, -1, '', NO_ID, 0];

interface Hit extends Food {
	waiting: 0 | 1;
	score: number;
	name_key: string;
}

/** Takes the tiers one after the other until the page is full, so that what the first ones answer costs nothing in the later ones. */
async function searchPage(sql: Sql, tiers: TierMaker[], user: Searcher, limit: number, from: Place) {
	const hits: {tier: number; hit: Hit}[] = [];
	let found = from[5];
	for (let at = from[0]; at < tiers.length && hits.length <= limit; at++) {
		const tier = await tiers[at]?.(sql, found);
		if (tier === null || tier === undefined) continue;
		const after = at === from[0] ? from : FIRST;
		const page = await searchTier(sql, tier, user, after, limit + 1 - hits.length);
		if (at < GUESSES) found += page.length;
		hits.push(...page.map(hit => ({tier: at, hit})));
	}
	const shown = hits.slice(0, limit);
	const last = shown.at(-1);
	return {
		foods: shown.map(({hit: {waiting: _, score: __, name_key: ___, ...row}}) => row satisfies Food),
		next: hits.length > limit && last !== undefined ? placeOf(last, shown, from) : null,
	};
}
/** The tier that guesses at misspelt words. */
const GUESSES = 3;

const placeOf = ({tier, hit}: {tier: number; hit: Hit}, shown: {tier: number}[], from: Place): Place => [
	tier,
	hit.waiting,
	hit.score,
	hit.name_key,
	hit.id,
	from[5] + shown.filter(other => other.tier < GUESSES).length,
];

// Verified foods and the household's own pending ones are two lists, each in order by an index of its own; the rows themselves are
// fetched only for those that are answered.
function searchTier(
	sql: Sql,
	{where, values, score}: Tier,
	user: Searcher,
	after: Place,
	limit: number,
): Promise<Hit[]> {
	const [, waiting, lastScore, lastName, lastId] = after;
	const scored = score === undefined ? '0' : `(${score})::integer`;
	const list = (which: 0 | 1, whose: string) => `(
		select id, name_key, ${which} as waiting, ${scored} as score from food.foods
		where ${whose} and ${where}
			and ($3::integer < ${which} or $3::integer = ${which} and (${scored}, name_key, id) > ($4::integer, $5, $6::uuid))
			${score === undefined ? `and ($3::integer <> ${which} or name_key >= $5)` : ''}
		order by score, name_key, id limit $7)`;
	return sql.many<Hit>(
		`with page as (
			select id, name_key, waiting, score from (
				${list(0, `status = 'verified'`)}
				union all
				${list(1, `status = 'pending' and (household_id = $1 or created_by = $2)`)}
			) as both_lists order by waiting, score, name_key, id limit $7
		)
		select ${FOOD_COLUMNS}, page.waiting, page.score, page.name_key
		from page join food.foods using (id, name_key) order by page.waiting, page.score, page.name_key, id`,
		[user.household_id, user.id, waiting, lastScore, lastName, lastId, limit, ...values],
	);
}
