import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, respond, route, type User} from '@hearth/host/plugin.js';
import {parseGtin} from '@hearth/nutrition/gtin.js';
import type {Sql} from '@hearth/ports/database.js';
import {z} from 'zod';
import {type Food, findFoods, food, foodQuery} from './contract.js';
import {cursorText, readCursor, writeCursor} from './cursor.js';
import {gtinOf} from './describe-food.js';
import {type Eaten, findEaten, NOTHING_EATEN} from './eaten-foods.js';
import {foldText, wordsOf} from './fold-text.js';
import {kept, SEARCH_KEPT_MS} from './keep-search.js';
import {findCompletions, findNearWords, type NearWord} from './near-words.js';
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

interface Page {
	foods: Food[];
	next_cursor: string | null;
}

async function search(query: z.output<typeof foodQuery>, user: Searcher, context: Context): Promise<Page> {
	const from = query.cursor === undefined ? null : readCursor(place, query.cursor);
	const eaten = query.q === undefined ? NOTHING_EATEN : await findEaten(context, user.id, from?.[8]);
	const page = await kept(context, user, ['search', query, eaten], SEARCH_KEPT_MS, () =>
		findPage(context.db, query, user, eaten),
	);
	return {...page, foods: page.foods.map(withDates)};
}

/** In the cache they are text. */
export const withDates = (food: Food): Food => ({
	...food,
	verified_at: food.verified_at === null ? null : new Date(food.verified_at),
	created_at: new Date(food.created_at),
	updated_at: new Date(food.updated_at),
});

/** One page of what this person may find, as it is now. */
export async function findPage(
	sql: Sql,
	{q, barcode, limit, cursor}: z.output<typeof foodQuery>,
	user: Searcher,
	eaten: Eaten = NOTHING_EATEN,
): Promise<Page> {
	if (q === undefined && barcode === undefined) {
		throw new PublicError('VALIDATION_ERROR', 'Say what to search for: q with words or a barcode, or barcode alone.');
	}
	const asked = barcode === undefined ? questionOf(q ?? '') : {gtin: gtinOf(barcode)};
	const from = cursor === undefined ? FIRST : readCursor(place, cursor);
	const hits = asked === null ? [] : await searchPage(sql, asked, user, eaten.ids, limit + 1, from);
	const shown = hits.slice(0, limit);
	const last = shown.at(-1);
	const next = hits.length > limit && last !== undefined ? placeOf(last, shown, from, eaten) : null;
	return {foods: await foodsOf(sql, shown), next_cursor: next === null ? null : writeCursor(next)};
}

/** Whose own foods and household's are found too. */
type Searcher = Pick<User, 'id' | 'household_id'>;

/** The best food with this barcode that this person may find. */
export async function findFoodByGtin(sql: Sql, gtin: string, user: Searcher): Promise<Food | null> {
	const [food] = await foodsOf(sql, await searchPage(sql, {gtin}, user, [], 1, FIRST));
	return food ?? null;
}

/** What is looked for: a barcode, or the folded text and those of its words that tell something. */
export type Question = {gtin: string} | {key: string; words: string[]};

/** Null where there is nothing to look for. */
export function questionOf(q: string): Question | null {
	const {gtin} = parseGtin(q);
	if (gtin !== undefined) return {gtin};
	const key = foldText(q);
	if (key === '') return null;
	const all = wordsOf(key).slice(0, MAX_WORDS);
	// While a word is being typed its first letter says nothing yet.
	const words = all.some(word => word.length > 1) ? all.filter(word => word.length > 1) : all;
	return {key, words};
}

/**
 * One way to match, better than those after it, as food.search_foods takes it (migrations/food/0004-search.sql): what the name is to the
 * text (`none`: this way finds nothing), what the index is asked, the same asked of a row, and what a better way has answered.
 */
interface Tier {
	naming: 'is' | 'starts' | 'other' | 'none';
	terms: string | null;
	words: string | null;
	without: string | null;
}

/** Of each word that is not short the known words that begin so, null where there are too many to name. */
type Completions = ReadonlyMap<string, string[] | null>;

function tiersOf(key: string, words: readonly string[], completions: Completions): Tier[] {
	const whole = allOf(words.map(quoted));
	const isKnown = (word: string) => completions.get(word)?.includes(word) ?? true;
	const start = beginningOf(key, words, completions);
	const starts = words.map(word => startTerm(word, completions));
	const begun = allKnown(starts);
	return [
		{naming: 'is', terms: null, words: null, without: null},
		{naming: start === NOTHING ? 'none' : 'starts', terms: start, words: null, without: null},
		{naming: words.every(isKnown) ? 'other' : 'none', terms: whole, words: whole, without: null},
		{naming: begun === null ? 'none' : 'other', terms: begun, words: allOf(words.map(started)), without: whole},
	];
}
/** What the index is asked for names that begin with the key; null where it knows too little, and the order of the names is used. */
function beginningOf(key: string, words: readonly string[], completions: Completions): string | null {
	const [first = key, ...others] = key.split(' ');
	if (others.length === 0) return startTerm(words[0] ?? key, completions, '^');
	const [whole] = wordsOf(first);
	const last = others.at(-1) ?? '';
	// Of longer words the index does not know the letter that follows, and it does not know how often a word is there.
	if (whole === undefined || whole.length >= 60 || others.includes(whole)) return null;
	const isLetter = [...last].length === 1;
	if (isLetter && others.length === 1) return quoted(`^${whole} ${last}`);
	const starts = words
		.filter(word => word !== whole && !(isLetter && word === last))
		.map(word => startTerm(word, completions));
	return starts.includes(NOTHING) ? NOTHING : allOf([quoted(`^${whole}`), ...starts]);
}

/** How many of the tiers take the words as they were typed. */
const AS_TYPED = 4;

/** The words or others near them, first only the nearest. None where no word has others. */
async function guessesOf(
	sql: Sql,
	words: readonly string[],
	completions: Completions,
	found: boolean,
): Promise<Tier[]> {
	const near = await findNearWords(sql, words, {only_rare: found});
	const likely = new Map(
		words.map(word => [
			word,
			// Where foods were found as it was typed, only the likeliest slips count.
			(near.get(word) ?? []).filter(other => !found || other.word[0] === word[0]),
		]),
	);
	if ([...likely.values()].every(others => others.length === 0)) return [];
	const termsOf = (chosen: (others: NearWord[]) => NearWord[]) =>
		allKnown(
			[...likely].map(([word, others]) => {
				const terms = [startTerm(word, completions), ...chosen(others).map(other => quoted(other.word))];
				const known = terms.filter(term => term !== NOTHING);
				return known.length === 0 ? NOTHING : anyOf(known);
			}),
		);
	const wordsOfRow = (chosen: (others: NearWord[]) => NearWord[]) =>
		allOf(
			[...likely].map(([word, others]) => anyOf([started(word), ...chosen(others).map(other => quoted(other.word))])),
		);
	const nearest = (others: NearWord[]) => others.filter(({slips}) => slips === others[0]?.slips);
	const every = (others: NearWord[]) => others;
	if (termsOf(every) === null) return [];
	const typed = allOf(words.map(started));
	return [
		{naming: 'other', terms: termsOf(nearest), words: wordsOfRow(nearest), without: typed},
		{naming: 'other', terms: termsOf(every), words: wordsOfRow(every), without: anyOf([typed, wordsOfRow(nearest)])},
	];
}

// Parts of a tsquery. Words are letters and digits, so they need no escape.
const quoted = (term: string) => `'${term}'`;
const allOf = (terms: readonly string[]) => `(${terms.join(' & ')})`;
const anyOf = (terms: readonly string[]) => `(${terms.join(' | ')})`;
/** Words that begin so; of a single letter, that word alone. */
const started = (word: string) => (word.length > 1 ? `'${word}':*` : quoted(word));

/** What no food has. */
const NOTHING = '';
/** Null where one of them is in no food. */
const allKnown = (terms: readonly string[]) => (terms.includes(NOTHING) ? null : allOf(terms));

/**
 * What the index is asked for words that begin so: their first letters, which it knows by themselves, or each of them by its name, which
 * costs less than a beginning. With `^`, for the first word of the name.
 */
function startTerm(word: string, completions: Completions, mark: '' | '^' = ''): string {
	const {length} = [...word];
	if (length === 1 && mark === '') return quoted(word);
	if (length <= INDEXED_LETTERS) return quoted(`${mark}${length}:${word}`);
	const known = completions.get(word);
	if (known === undefined || known === null) return `'${mark}${word}':*`;
	return known.length === 0 ? NOTHING : anyOf(known.map(one => quoted(mark + one)));
}
const INDEXED_LETTERS = 4;
const isShort = (word: string) => [...word].length <= INDEXED_LETTERS;

const LISTS = {eaten: 0, verified: 1, waiting: 2};
/** Where a page ended: tier, list, level, popularity, words, name, id; how many were found as it was typed, and the version as of which foods are lifted. */
const place = z.tuple([
	z.number().int().min(0).max(5),
	z.number().int().min(0).max(2),
	z.number().int().min(0).max(4),
	z.number().int().min(0).max(2_147_483_647),
	z.number().int().min(-1).max(32_767),
	cursorText,
	z.uuid(),
	z.number().int().min(0).max(1_000_000_000),
	z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
]);
type Place = z.output<typeof place>;
const NO_ID = '00000000-0000-0000-0000-000000000000';
export const FIRST: Place = [0, 0, 0, 2_147_483_647, -1, '', NO_ID, 0, 0];

/** A food that was found, and what it is ordered by. */
interface Hit {
	tier: number;
	list: number;
	search_level: number;
	popularity: number;
	word_count: number;
	name_key: string;
	id: string;
}

const placeOf = (hit: Hit, shown: readonly Hit[], from: Place, eaten: Eaten): Place => [
	hit.tier,
	hit.list,
	hit.search_level,
	hit.popularity,
	hit.word_count,
	hit.name_key,
	hit.id,
	from[7] + shown.filter(({tier}) => tier < AS_TYPED).length,
	eaten.as_of,
];

/**
 * The tiers one after the other until there are `most`, so that what the first ones answer costs nothing in the later ones; guesses only
 * where fewer than `enough` have the words as they were typed.
 */
export async function searchPage(
	sql: Sql,
	asked: Question,
	user: Searcher,
	mine: readonly string[],
	most: number,
	from: Place,
	enough = ENOUGH,
): Promise<Hit[]> {
	if ('gtin' in asked) return withGtin(sql, asked.gtin, user, most, from);
	const {key, words} = asked;
	const completions = await findCompletions(
		sql,
		words.filter(word => !isShort(word)),
	);
	const typed = tiersOf(key, words, completions);
	const hits = from[0] < AS_TYPED ? await searchTiers(sql, key, typed, user, mine, most, from) : [];
	const found = from[7] + hits.length;
	if (hits.length >= most || found >= enough) return hits;
	const guesses = await guessesOf(sql, words, completions, found > 0);
	if (guesses.length === 0) return hits;
	// They are counted on from those before, which are not asked again.
	const [, ...rest] = FIRST;
	const at: Place = from[0] < AS_TYPED ? [AS_TYPED, ...rest] : from;
	return [...hits, ...(await searchTiers(sql, key, [...typed, ...guesses], user, mine, most - hits.length, at))];
}

function searchTiers(
	sql: Sql,
	key: string,
	tiers: readonly Tier[],
	user: Searcher,
	mine: readonly string[],
	most: number,
	[tier, list, level, popularity, words, name, id]: Place,
): Promise<Hit[]> {
	return sql.many<Hit>(
		`select tier, list, search_level, popularity, word_count, name_key, id from food.search_foods(
			$1, $2, $3, $4::text[]::tsquery[], $5::text[]::tsquery[], $6::text[]::tsquery[],
			$7, $8, $9::uuid[], $10, $11, $12, $13, $14, $15, $16, $17)`,
		[
			key,
			// Collation C compares bytes, and nothing sorts behind this character.
			`${key}\u{10FFFF}`,
			tiers.map(one => one.naming),
			tiers.map(one => one.terms),
			tiers.map(one => one.words),
			tiers.map(one => one.without),
			user.id,
			user.household_id,
			mine,
			tier,
			list,
			level,
			popularity,
			words,
			name,
			id,
			most,
		],
	);
}

// Every barcode look-up also finds what foods with it were merged into.
function withGtin(
	sql: Sql,
	gtin: string,
	user: Searcher,
	most: number,
	[, list, , , , name, id]: Place,
): Promise<Hit[]> {
	return sql.many<Hit>(
		`select * from (
			select 0 as tier, case status when 'verified' then ${LISTS.verified} else ${LISTS.waiting} end as list,
				search_level, popularity, word_count, name_key, id
			from food.foods
			where id in (select coalesce(merged_into, id) from food.foods where gtin = $1)
				and (status = 'verified' or status = 'pending' and (household_id = $2 or created_by = $3))
		) as found where (list, name_key, id) > ($4::integer, $5, $6::uuid) order by list, name_key, id limit $7`,
		[gtin, user.household_id, user.id, list, name, id, most],
	);
}

/** The foods of these hits, in their order. */
async function foodsOf(sql: Sql, hits: readonly Hit[]): Promise<Food[]> {
	if (hits.length === 0) return [];
	return sql.many<Food>(
		`select ${FOOD_COLUMNS} from unnest($1::uuid[]) with ordinality as hit(id, at) join food.foods using (id) order by at`,
		[hits.map(({id}) => id)],
	);
}
