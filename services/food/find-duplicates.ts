import type {Nutrient, NutrientValues} from '@hearth/nutrition/nutrients.js';
import type {Sql} from '@hearth/ports/database.js';
import type {Food} from './contract.js';
import {type FoodDescription, gtinOf} from './describe-food.js';
import {foldText, wordsOf} from './fold-text.js';
import {findNearWords, type NearWord} from './near-words.js';
import {FOOD_COLUMNS} from './store-food.js';

/** A food that may be the same as one in the queue: how likely, from 0 to 1, and why, in plain words. */
export interface Duplicate {
	food: Food;
	score: number;
	why: string;
}

/** Likelier than not, as moderators see it; below, the list would mostly be noise. */
const MIN_SCORE = 0.5;
const MAX_SHOWN = 5;
/** For each food in the queue: names of each list compared by trigrams, at some ten µs each, and foods compared as a whole. */
const MAX_COMPARED = 200;
const MAX_CANDIDATES = 10;
/** Words of a name that are compared. */
const MAX_WORDS = 8;

/** Likely duplicates of each of these items, by its id, the likeliest first. An item may describe its food otherwise than it is. */
export async function findDuplicates(
	sql: Sql,
	items: readonly {item_id: string; food_id: string; description: FoodDescription}[],
): Promise<Map<string, Duplicate[]>> {
	const named = items.map(({item_id, food_id, description}) => ({
		item_id,
		food_id,
		name_key: foldText(description.name),
		brand_key: foldText(description.brand ?? ''),
		gtin: description.barcode === null ? null : gtinOf(description.barcode),
		words: wordsOf(foldText(description.name)).slice(0, MAX_WORDS),
	}));
	const near = await findNearWords(
		sql,
		named.flatMap(({words}) => words),
	);
	const asked = named.map(item => ({...item, query: nearlyAll(item.words, near)}));
	const candidates = await sql.many<Food & Likeness & {of: string}>(
		`select item.item_id as of, same_barcode, name_alike, brand_alike, ${FOOD_COLUMNS}
		from jsonb_to_recordset($1::jsonb)
			as item (item_id uuid, food_id uuid, name_key text, brand_key text, gtin text, query text)
		cross join lateral (
			select id, same_barcode, similarity(name_key, item.name_key) as name_alike,
				similarity(brand_key, item.brand_key) as brand_alike
			from (
				${compared("status <> 'rejected' and gtin = item.gtin")}
				union
				${compared("status = 'verified' and name_key = item.name_key")}
				union
				${compared("status <> 'rejected' and food.search_terms(search, name_key, search_level) @@ item.query::tsquery")}
			) as compared
			order by same_barcode desc, name_alike desc, id limit ${MAX_CANDIDATES}
		) as candidate join food.foods using (id)`,
		[JSON.stringify(asked)],
	);
	const descriptions = new Map(items.map(({item_id, description}) => [item_id, description]));
	const found = new Map<string, Duplicate[]>();
	for (const {of, same_barcode, name_alike, brand_alike, ...food} of candidates) {
		const description = descriptions.get(of);
		if (description === undefined) continue;
		const judged = judge(description, food, {same_barcode, name_alike, brand_alike});
		if (judged.score >= MIN_SCORE) found.set(of, [...(found.get(of) ?? []), {food, ...judged}]);
	}
	for (const [id, duplicates] of found) {
		found.set(id, duplicates.sort((one, other) => other.score - one.score).slice(0, MAX_SHOWN));
	}
	return found;
}

// Each list has an index and an end: of a common word there are thousands of foods, and one with just the same name is in another list.
const compared = (condition: string) => `(
	select id, name_key, brand_key, coalesce(gtin = item.gtin, false) as same_barcode
	from food.foods where id <> item.food_id and ${condition} limit ${MAX_COMPARED})`;

/** Of a tsquery: all words or words near them, of three and more all but one. Empty, which finds nothing, where there is no word. */
function nearlyAll(words: readonly string[], near: ReadonlyMap<string, NearWord[]>): string {
	const groups = words.map(
		word => `(${[word, ...(near.get(word) ?? []).map(other => other.word)].map(one => `'${one}'`).join(' | ')})`,
	);
	if (groups.length < 3) return groups.join(' & ');
	return groups.map((_, left) => `(${groups.toSpliced(left, 1).join(' & ')})`).join(' | ');
}

/** How much alike barcode, name and brand are; the latter two as shares of trigrams, from 0 to 1. */
export interface Likeness {
	same_barcode: boolean;
	name_alike: number;
	brand_alike: number;
}

/** How likely two foods are the same: the barcode decides, else names, brands and values together. */
export function judge(
	one: FoodDescription,
	other: FoodDescription,
	{same_barcode, name_alike, brand_alike}: Likeness,
): Pick<Duplicate, 'score' | 'why'> {
	const brands = one.brand !== null && other.brand !== null;
	const names = brands ? 0.7 * name_alike + 0.3 * brand_alike : 0.9 * name_alike;
	const values = one.basis === other.basis ? valuesAlike(one.nutrients, other.nutrients) : null;
	const score = same_barcode ? 0.9 + 0.1 * name_alike : names * (values === null ? 0.8 : 0.5 + 0.5 * values);
	const why = [
		same_barcode ? 'same barcode' : null,
		name_alike === 1 ? 'same name' : `name ${Math.round(100 * name_alike)} % alike`,
		brands ? (brand_alike === 1 ? 'same brand' : brand_alike >= 0.5 ? 'similar brand' : 'another brand') : null,
		values === null
			? null
			: values >= 0.9
				? 'nearly the same values'
				: values >= 0.6
					? 'similar values'
					: 'other values',
	];
	return {score: Math.round(100 * score) / 100, why: why.filter(reason => reason !== null).join(', ')};
}

/** Below this a difference is rounding, whatever the share: 0.1 g against 0.2 g. In the nutrient's own unit. */
const NEGLIGIBLE = 0.5;

/** From 0 to 1: how near the values are that both foods know; null where they share fewer than two. */
function valuesAlike(one: NutrientValues, other: NutrientValues): number | null {
	const shared = (Object.keys(one) as Nutrient[]).filter(key => other[key] !== undefined);
	if (shared.length < 2) return null;
	const alike = shared.map(key => {
		const [a, b] = [one[key] ?? 0, other[key] ?? 0];
		return 1 - Math.max(0, Math.abs(a - b) - NEGLIGIBLE) / Math.max(a, b, NEGLIGIBLE);
	});
	return alike.reduce((sum, share) => sum + share, 0) / shared.length;
}
