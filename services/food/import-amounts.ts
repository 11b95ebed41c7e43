import {MAX_NUTRIENT_VALUE, type Nutrient, type NutrientValues} from '@hearth/nutrition/nutrients.js';

/** A number as sources write it; undefined where nothing is said, null for what is no amount: text, negative, not finite, absurd. */
export function readAmount(given: unknown): number | undefined | null {
	if (given === undefined || given === null || given === '') return undefined;
	const amount = typeof given === 'number' ? given : typeof given === 'string' ? readText(given) : null;
	if (amount === undefined || amount === null) return amount;
	return amount >= 0 && amount <= MAX_NUTRIENT_VALUE ? amount : null;
}

function readText(text: string): number | undefined | null {
	// "< 0.5" and "~3" are what the label prints.
	const digits = text.slice(0, 40).replace(/^\s*[<>~≈≤≥]?\s*|\s+$/g, '');
	if (digits === '') return undefined;
	return /^\d*[.,]?\d+(?:e[+-]?\d{1,3})?$/i.test(digits) ? Number(digits.replace(',', '.')) : null;
}

/** Amounts of a food as they are found in a source, and in words what of it is none and was left out. */
export class Amounts {
	readonly nutrients: NutrientValues = {};
	readonly problems: string[] = [];

	/** Adds the amount times `factor`, unless there is one already; sources give some nutrients twice. */
	add(nutrient: Nutrient, given: unknown, column: string, factor = 1): void {
		const amount = readAmount(given);
		if (amount === undefined || this.nutrients[nutrient] !== undefined) return;
		// Seven digits are more than any laboratory has; without the rest, which comes of multiplying.
		const value = amount === null ? null : Number((amount * factor).toPrecision(7));
		if (value === null || value > MAX_NUTRIENT_VALUE) {
			this.problems.push(
				`${column} is ${JSON.stringify(String(given).slice(0, 40))}, which is no amount; it was left out.`,
			);
		} else this.nutrients[nutrient] = value;
	}
}

/** One line of text of at most so many characters, without what cannot be stored or seen. */
export function plainText(given: unknown, max: number): string {
	if (typeof given !== 'string') return '';
	return [
		...given
			.slice(0, 4 * max)
			.toWellFormed()
			.replace(/[\s\p{Cc}\uFEFF]+/gu, ' ')
			.trim(),
	]
		.slice(0, max)
		.join('')
		.slice(0, max)
		.toWellFormed()
		.trim();
}
