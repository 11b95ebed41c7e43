import {PublicError} from '@hearth/host/errors.js';
import {foodFlags} from '@hearth/nutrition/food-sanity.js';
import {parseGtin} from '@hearth/nutrition/gtin.js';
import type {Nutrient, NutrientValues} from '@hearth/nutrition/nutrients.js';
import type {Food, FoodEdits, NutrientEdits} from './contract.js';

/** What is said of a food: all that an edit can change. */
export type FoodDescription = Pick<
	Food,
	'name' | 'brand' | 'barcode' | 'basis' | 'servings' | 'nutrients' | 'carbohydrate_basis'
>;

/**
 * Puts a description into the form it is stored in: the barcode as digits, a serving where the basis needs one.
 * Throws VALIDATION_ERROR for a barcode that is none; odd values are `foodFlags`' to point out.
 */
export function tidied({brand, barcode, servings, ...rest}: FoodDescription): FoodDescription {
	return {
		...rest,
		brand: brand || null,
		barcode: barcode ? digitsOf(barcode) : null,
		// That the mass is not known is true of it; nothing is invented.
		servings:
			rest.basis === 'serving' && servings.length === 0 ? [{label: 'serving', amount: 1, unit: null}] : servings,
	};
}

/** The description after an edit: an absent field stays, null empties it, nutrients one by one. */
export function edited(before: FoodDescription, {nutrients, ...edits}: FoodEdits): FoodDescription {
	const {name, brand, barcode, basis, servings, carbohydrate_basis} = {...before, ...edits};
	return tidied({
		name,
		brand,
		barcode,
		basis,
		servings,
		carbohydrate_basis,
		nutrients: withEdits(before.nutrients, nutrients ?? {}),
	});
}

/** Amounts after an edit: null takes one away. */
export function withEdits(before: NutrientValues, edits: NutrientEdits): NutrientValues {
	const after: NutrientValues = {...before};
	for (const [key, value] of Object.entries(edits) as [Nutrient, number | null | undefined][]) {
		if (value === null) delete after[key];
		else if (value !== undefined) after[key] = value;
	}
	return after;
}

export function descriptionOf(food: FoodDescription): FoodDescription {
	const {name, brand, barcode, basis, servings, nutrients, carbohydrate_basis} = food;
	return {name, brand, barcode, basis, servings, nutrients, carbohydrate_basis};
}

export const flagsOf = (food: FoodDescription) => foodFlags(food);

/** The 14 digits by which a barcode is looked up. Throws VALIDATION_ERROR that says what is wrong with it. */
export function gtinOf(barcode: string): string {
	const parsed = parseGtin(barcode);
	if (parsed.gtin !== undefined) return parsed.gtin;
	throw new PublicError('VALIDATION_ERROR', parsed.reason, {details: [{path: 'barcode', message: parsed.reason}]});
}

function digitsOf(barcode: string): string {
	gtinOf(barcode);
	return barcode.replace(/\D/g, '');
}
