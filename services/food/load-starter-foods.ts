import type {Context} from '@hearth/host/plugin.js';
import {onOff, setting} from '@hearth/host/settings.js';
import type {NutrientValues} from '@hearth/nutrition/nutrients.js';
import {v5 as uuidv5} from 'uuid';
import {searchWords} from './fold-text.js';
import {learnWords} from './near-words.js';
import {STARTER_COLUMNS, STARTER_FOODS, type StarterFood} from './starter-foods.js';
import {insertFood} from './store-food.js';

export const starterFoods = setting(
	'HEARTH_STARTER_FOODS',
	onOff(true),
	'on: a house that lacks them is given common foods such as apple and rice at start; off: only what is added or imported',
);

/** Of the ids of starter foods: the same in every house, so that a restart and another house make no second apple. */
const NAMESPACE = '5d1f4c5e-5f0b-4f6e-9d5c-3b1e2a7c9f10';

export const starterFoodId = (name: string) => uuidv5(name, NAMESPACE);

/** Adds the starter foods that are missing; those that are there stay as moderators have made them. Several processes may do it at once. */
export async function loadStarterFoods({db, settings, now, log}: Context): Promise<undefined> {
	if (!settings.get(starterFoods)) return;
	const ids = STARTER_FOODS.map(([name]) => starterFoodId(name));
	const known = await db.many<{id: string}>('select id from food.foods where id = any($1)', [ids]);
	const there = new Set(known.map(({id}) => id));
	const missing = STARTER_FOODS.filter(([name]) => !there.has(starterFoodId(name)));
	if (missing.length === 0) return;
	const at = new Date(now());
	await db.transaction(async tx => {
		// All in one order at first: food by food, this and a writer in another process could wait for each other's words.
		await learnWords(
			tx,
			missing.flatMap(([name]) => searchWords(name)),
		);
		for (const starter of missing) {
			const [name, label, amount] = starter;
			await insertFood(
				tx,
				{
					id: starterFoodId(name),
					name,
					brand: null,
					barcode: null,
					basis: '100g',
					servings: [{label, amount, unit: 'g'}],
					nutrients: nutrientsOf(starter),
					carbohydrate_basis: 'total',
					status: 'verified',
					source: 'builtin',
					licence: 'CC0-1.0',
					created_by: null,
					image_id: null,
					verified_at: at,
					created_at: at,
					updated_at: at,
				},
				{household_id: null, submitted: null},
			);
		}
	});
	log.info({count: missing.length}, 'starter foods were added');
}

/** Per 100 g. Salt is 2.5 times sodium: Regulation (EU) No 1169/2011, Annex I. */
export function nutrientsOf([, , , ...amounts]: StarterFood): NutrientValues {
	const nutrients: NutrientValues = {};
	for (const [at, column] of STARTER_COLUMNS.entries()) {
		const amount = amounts[at];
		if (typeof amount === 'number') nutrients[column] = amount;
	}
	if (nutrients.sodium_mg !== undefined) nutrients.salt_g = Math.round(nutrients.sodium_mg * 0.25) / 100;
	const alcohol_g = amounts[STARTER_COLUMNS.length];
	if (typeof alcohol_g === 'number') nutrients.alcohol_g = alcohol_g;
	return nutrients;
}
