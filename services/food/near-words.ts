import type {Sql} from '@hearth/ports/database.js';

// A misspelt word is looked up among the words that foods have, not among the foods: some ten thousand against up to millions.

/** Letters at the start of a word in which one slip is surely found. */
const START = 8;
/** Words alike enough by the database's measure that are looked at, and words that a misspelt one may turn into. */
const MAX_CANDIDATES = 50;
const MAX_NEAR = 6;
/** So many foods do not have the same slip in their name. */
const MANY_FOODS = 20;

/** Shorter words have too many neighbours, digits mean what they say. */
export const isCorrectable = (word: string) => /^[\p{L}\p{M}]{3,32}$/u.test(word);

/** Slips forgiven: milk for mlik, but not bean for pear. */
export const slipsForgiven = (word: string) => (word.length >= 6 ? 2 : 1);

/**
 * The start of a word, whole and with each of its letters left out in turn. Two words that differ by one letter more, less, other
 * or by two swapped share at least one of these, so that an index on them finds every single slip.
 */
export function variantsOf(word: string): string[] {
	const start = [...word].slice(0, START);
	return [...new Set([start.join(''), ...start.map((_, at) => start.toSpliced(at, 1).join(''))])];
}

/** Letters added, left out, exchanged, or swapped with their neighbour to get from one word to the other; Damerau and Levenshtein. */
export function slipsBetween(one: string, other: string): number {
	const [a, b] = [[...one], [...other]];
	let [before, above] = [new Array<number>(b.length + 1).fill(0), b.map((_, j) => j)];
	above.push(b.length);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1] ? 0 : 1;
			let slips = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + same);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
				slips = Math.min(slips, (before[j - 2] ?? 0) + 1);
			row.push(slips);
		}
		[before, above] = [above, row];
	}
	return above[b.length] ?? 0;
}

/** A known word, how many slips it is away, and how many foods have it, as of the last count. */
export interface NearWord {
	word: string;
	slips: number;
	foods: number;
}

/**
 * For each word the known words that it may be a slip for, the nearest first, without the word itself. With `only_rare` those one slip
 * away from a word that hardly any food has: a word that many have is spelt as it was meant.
 */
export async function findNearWords(
	sql: Sql,
	words: readonly string[],
	{only_rare = false} = {},
): Promise<Map<string, NearWord[]>> {
	const asked = [...new Set(words)].filter(isCorrectable);
	if (asked.length === 0) return new Map();
	const candidates = await sql.many<{given: string; word: string; foods: number}>(
		`select given.word as given, near.word as word, near.foods
		from jsonb_to_recordset($1::jsonb) as given (word text, variants jsonb)
		cross join lateral food.near_words(given.word, array(select jsonb_array_elements_text(given.variants)), $2, $3) as near
		where $2 or not exists (select from food.words where words.word = given.word and words.foods >= $4)`,
		[withVariants(asked), !only_rare, MAX_CANDIDATES, MANY_FOODS],
	);
	const near = new Map<string, NearWord[]>();
	for (const {given, word, foods} of candidates) {
		const slips = slipsBetween(given, word);
		if (slips === 0 || slips > (only_rare ? 1 : slipsForgiven(given))) continue;
		near.set(given, [...(near.get(given) ?? []), {word, slips, foods}]);
	}
	for (const [given, others] of near) near.set(given, others.sort(nearestFirst).slice(0, MAX_NEAR));
	return near;
}

const nearestFirst = (one: NearWord, other: NearWord) => one.slips - other.slips || (one.word < other.word ? -1 : 1);

const withVariants = (words: readonly string[]) =>
	JSON.stringify(words.map(word => ({word, variants: isCorrectable(word) ? variantsOf(word) : []})));

/** For each beginning the known words that begin so, itself among them; null where they are more than `MAX_COMPLETIONS`. */
export async function findCompletions(sql: Sql, starts: readonly string[]): Promise<Map<string, string[] | null>> {
	const found = new Map<string, string[] | null>(starts.map(start => [start, []]));
	if (starts.length === 0) return found;
	const rows = await sql.many<{start: string; word: string}>('select start, word from food.words_starting($1, $2)', [
		[...found.keys()],
		MAX_COMPLETIONS + 1,
	]);
	for (const {start, word} of rows) found.get(start)?.push(word);
	for (const [start, words] of found) if ((words?.length ?? 0) > MAX_COMPLETIONS) found.set(start, null);
	return found;
}
/** More than these are asked of the index as one beginning. */
const MAX_COMPLETIONS = 40;

/** Remembers words that foods have from now on. Sorted, so that two writers never wait for each other in a circle. */
export async function learnWords(sql: Sql, words: Iterable<string>): Promise<void> {
	const learnt = [...new Set(words)].sort();
	if (learnt.length === 0) return;
	await sql.run(
		`insert into food.words as known (word, variants)
		select word, array(select jsonb_array_elements_text(variants))
		from jsonb_to_recordset($1::jsonb) as learnt (word text, variants jsonb)
		on conflict (word) do update set variants = excluded.variants where known.variants <> excluded.variants`,
		[withVariants(learnt)],
	);
}
