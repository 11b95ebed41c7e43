import type {Values} from '../../api/types.ts';
import {NUTRIENTS, type Nutrient} from '../../nutrients.ts';
import type {FoodText} from '../foods/food-text.ts';

/** Below this a person should look: of values at or above it at least 95 in 100 are right, by the reader's own promise. */
export const SURE = 0.9;

/** A value that was read with doubt and that nobody has looked at or changed yet. */
export const doubtful = (
	nutrient: Nutrient,
	text: FoodText,
	known: Values,
	confidence: Partial<Record<string, number>> | undefined,
): boolean =>
	confidence !== undefined &&
	known[nutrient] !== undefined &&
	(confidence[nutrient] ?? 1) < SURE &&
	text.values[nutrient] === undefined &&
	!text.checked.includes(nutrient);

export const doubtfulOnes = (text: FoodText, known: Values, confidence: Partial<Record<string, number>>): Nutrient[] =>
	NUTRIENTS.filter(nutrient => doubtful(nutrient, text, known, confidence));
