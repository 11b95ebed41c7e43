import {isDeepStrictEqual} from 'node:util';
import {notFound} from '@hearth/host/errors.js';
import type {Transaction} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {v7 as uuidv7} from 'uuid';
import type {Food} from './contract.js';
import {descriptionOf, type FoodDescription, flagsOf, gtinOf} from './describe-food.js';
import {foldText, searchWords} from './fold-text.js';
import {learnWords} from './near-words.js';

/** What is answered of a food; every query that answers foods selects these. */
export const FOOD_COLUMNS = `id, name, brand, barcode, basis, servings, nutrients, carbohydrate_basis, status, source, licence,
	created_by, image_id, flags, verified_at, created_at, updated_at, rejection, merged_into`;

/** What the author knows beyond the food itself: whose it is, and what was read and changed of a label. */
export interface Submission {
	household_id: string | null;
	submitted: unknown;
	extracted?: unknown;
	boxes?: unknown;
	corrections?: unknown;
}

/** Writes a new food with its flags and search columns; null where the id is taken. */
export async function insertFood(
	sql: Sql,
	food: Omit<Food, 'flags' | 'rejection' | 'merged_into'>,
	{household_id, submitted, extracted, boxes, corrections}: Submission,
): Promise<Food | null> {
	const {id, status, source, licence, created_by, image_id, verified_at, created_at, updated_at} = food;
	const {columns, words} = storedForm(food);
	const values = {
		...encoded(columns),
		id,
		status,
		source,
		licence,
		created_by,
		image_id,
		verified_at,
		created_at,
		updated_at,
		household_id,
		// What people of this house send in stands above what is imported; among the latter rank-foods.ts tells.
		search_level: source === 'usda' || source === 'openfoodfacts' ? 4 : 0,
		submitted: json(submitted),
		extracted: json(extracted),
		boxes: json(boxes),
		corrections: json(corrections),
	};
	const names = Object.keys(values);
	const inserted = await sql.find<Food>(
		`insert into food.foods (${names.join(', ')}, search)
		values (${names.map((_, at) => `$${at + 1}`).join(', ')}, array_to_tsvector($${names.length + 1}::text[]))
		on conflict (id) do nothing returning ${FOOD_COLUMNS}`,
		[...Object.values(values), words],
	);
	if (inserted !== null) await learnWords(sql, words);
	return inserted;
}

/** Holds the food until the transaction ends, so that nobody else decides about it meanwhile. */
export async function lockFood(tx: Transaction, id: string): Promise<Food> {
	const food = await tx.find<Food>(`select ${FOOD_COLUMNS} from food.foods where id = $1 for update`, [id]);
	if (food === null) throw notFound('food');
	return food;
}

export interface Change {
	action: 'edited' | 'approved' | 'rejected' | 'merged';
	actor_id: string;
	at: Date;
	reason?: string;
	proposal_id?: string;
}

/** Writes a locked food as it is after a change, with its flags and search columns anew, and the change into its history. */
export async function saveFood(tx: Transaction, before: Food, after: Food, change: Change): Promise<Food> {
	const {columns, words} = storedForm(after);
	const values = {
		...encoded(columns),
		status: after.status,
		verified_at: after.verified_at,
		rejection: json(after.rejection),
		merged_into: after.merged_into,
		updated_at: change.at,
	};
	const names = Object.keys(values);
	const saved = await tx.one<Food>(
		`update food.foods set ${names.map((name, at) => `${name} = $${at + 3}`).join(', ')}, search = array_to_tsvector($2::text[])
		where id = $1 returning ${FOOD_COLUMNS}`,
		[before.id, words, ...Object.values(values)],
	);
	await learnWords(tx, words);
	await tx.run(
		`insert into food.history (id, food_id, proposal_id, action, actor_id, at, reason, before, after)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		[
			uuidv7(),
			before.id,
			change.proposal_id ?? null,
			change.action,
			change.actor_id,
			change.at,
			change.reason ?? null,
			json(remembered(before)),
			json(remembered(saved)),
		],
	);
	return saved;
}

export const sameDescription = (one: FoodDescription, other: FoodDescription): boolean =>
	isDeepStrictEqual(descriptionOf(one), descriptionOf(other));

const remembered = (food: Food) => ({
	...descriptionOf(food),
	status: food.status,
	rejection: food.rejection,
	merged_into: food.merged_into,
});

/** A description as it lies in the table, with what follows from it; what is JSON there as values. */
export function storedForm(food: FoodDescription) {
	const {name, brand, barcode, basis, servings, nutrients, carbohydrate_basis} = descriptionOf(food);
	const words = searchWords(`${name} ${brand ?? ''}`);
	return {
		words,
		columns: {
			name,
			brand,
			barcode,
			basis,
			servings,
			nutrients,
			carbohydrate_basis,
			flags: flagsOf(food),
			name_key: foldText(name),
			brand_key: foldText(brand ?? ''),
			gtin: barcode === null ? null : gtinOf(barcode),
			word_count: words.length,
		},
	};
}

// An array given to a query would be a PostgreSQL array.
const encoded = (columns: Record<string, unknown>) =>
	Object.fromEntries(
		Object.entries(columns).map(([name, value]) => [name, typeof value === 'object' ? json(value) : value]),
	);

const json = (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value));
