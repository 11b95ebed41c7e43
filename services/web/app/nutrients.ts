import type {Nutrient} from '@hearth/nutrition/nutrients.js';
import {messages} from './messages.ts';

// How nutrients are shown. The table of them is libs/nutrition's; only its type is imported, because the table comes with the
// schema library, which is as large as all of the app's own code.

export type {Nutrient};

/** In the order of a printed table. */
export const NUTRIENTS = Object.keys(messages.nutrients) as Nutrient[];

export const isNutrient = (key: string): key is Nutrient => Object.hasOwn(messages.nutrients, key);

/** Shown as an empty field even where the label does not say them: what the law asks of nearly every label. */
export const CORE: readonly Nutrient[] = [
	'energy_kj',
	'energy_kcal',
	'fat_g',
	'saturated_fat_g',
	'carbohydrate_g',
	'sugars_g',
	'fiber_g',
	'protein_g',
	'salt_g',
];

const PARTS = new Set<Nutrient>([
	'saturated_fat_g',
	'monounsaturated_fat_g',
	'polyunsaturated_fat_g',
	'omega_3_g',
	'omega_6_g',
	'trans_fat_g',
	'sugars_g',
	'added_sugars_g',
	'polyols_g',
	'starch_g',
]);

/** True for an "of which" row, which is indented below its whole. */
export const isPart = (nutrient: Nutrient): boolean => PARTS.has(nutrient);

export const nutrientName = (nutrient: Nutrient): string => messages.nutrients[nutrient];

/** The key says its unit: `salt_g` is in grams. */
export function unitOf(nutrient: Nutrient): string {
	const suffix = nutrient.slice(nutrient.lastIndexOf('_') + 1);
	return messages.units[suffix as keyof typeof messages.units];
}

/** The nutrients of these values in the order of a printed table. */
export const knownIn = (values: Partial<Record<Nutrient, unknown>>): Nutrient[] =>
	NUTRIENTS.filter(nutrient => values[nutrient] !== undefined && values[nutrient] !== null);
