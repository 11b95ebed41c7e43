import type {Food, FoodEdits} from '../../api/types.ts';
import {correctionsOf, type FoodText} from './food-text.ts';
import {servingsOf, servingText} from './serving-text.ts';

/** Only what changed: an absent field is untouched, null is an intended erasure. */
export function editsOf(food: Omit<Food, 'flags'>, text: FoodText): FoodEdits {
	const name = text.name.trim();
	const brand = text.brand.trim() || null;
	const barcode = text.barcode === null ? food.barcode : text.barcode.trim() || null;
	const basis = text.basis ?? food.basis;
	const before = servingText(food.servings);
	const serving = text.serving ?? before;
	const resized = serving.amount !== before.amount || serving.unit !== before.unit;
	const nutrients = correctionsOf(text, food.nutrients);
	return {
		...(name !== food.name && {name}),
		...(brand !== food.brand && {brand}),
		...(barcode !== food.barcode && {barcode}),
		...(basis !== food.basis && {basis}),
		...(basis === 'serving' &&
			(resized || food.servings.length === 0) && {servings: [...servingsOf(serving), ...food.servings.slice(1)]}),
		...(Object.keys(nutrients).length > 0 && {nutrients}),
	};
}
