import type {NutrientValues} from '@hearth/nutrition/nutrients.js';
import type {Food} from './contract.js';

/** How much was eaten: `serving` is the first of the food's servings. */
export interface Amount {
	quantity: number;
	unit: 'g' | 'ml' | 'serving';
}

/** The nutrients of an amount of a food; null where the food does not say what the amount weighs, as for millilitres of one per 100 g. */
export function nutrientsEaten(
	food: Pick<Food, 'basis' | 'servings' | 'nutrients'>,
	amount: Amount,
): NutrientValues | null {
	const factor = timesBasis(food, amount);
	return factor === null ? null : timesNutrients(food.nutrients, factor);
}

/** How many times the food's basis an amount is. */
export function timesBasis(
	{basis, servings}: Pick<Food, 'basis' | 'servings'>,
	{quantity, unit}: Amount,
): number | null {
	const [serving] = servings;
	if (basis === 'serving') {
		if (unit === 'serving') return quantity;
		return serving?.unit === unit ? quantity / serving.amount : null;
	}
	const measure = basis === '100g' ? 'g' : 'ml';
	if (unit === measure) return quantity / 100;
	return unit === 'serving' && serving?.unit === measure ? (quantity * serving.amount) / 100 : null;
}

/** More digits than any label has; fewer than a sum of binary fractions shows. */
const DIGITS = 10;

export const timesNutrients = (nutrients: NutrientValues, factor: number): NutrientValues =>
	Object.fromEntries(
		Object.entries(nutrients).map(([key, value]) => [key, Number((value * factor).toPrecision(DIGITS))]),
	);
