import type {Basis, NutrientEdits, Values} from '../../api/types.ts';
import {messages} from '../../messages.ts';
import {formatNumber, parseNumber} from '../../numbers.ts';
import {NUTRIENTS, type Nutrient} from '../../nutrients.ts';
import {type ServingText, servingProblem} from './serving-text.ts';

// What a person typed about a food, as text: kept on the device as it is, so that half a number survives too.

export interface FoodText {
	name: string;
	brand: string;
	/** Null where it was not touched. */
	barcode: string | null;
	/** What the values are for; null where it was not touched. */
	basis: Basis | null;
	serving: ServingText | null;
	/** Only fields that were touched. An empty text is an intended erasure. */
	values: Partial<Record<Nutrient, string>>;
	/** Uncertain fields that the person has looked at. */
	checked: Nutrient[];
	/** Fields added to those on the label. */
	added: Nutrient[];
}

export const NO_TEXT: FoodText = {
	name: '',
	brand: '',
	barcode: null,
	basis: null,
	serving: null,
	values: {},
	checked: [],
	added: [],
};

/** What the field of a nutrient shows: what was typed, else what is known. */
export const shownValue = (nutrient: Nutrient, text: FoodText, known: Values): string => {
	const typed = text.values[nutrient];
	const value = known[nutrient];
	return typed ?? (value === undefined ? '' : formatNumber(value));
};

export type Problems = Partial<Record<Nutrient | 'name' | 'barcode' | 'serving', string>>;

/** What keeps the food from being sent, by field. Odd amounts are no problem: the server flags them. */
export function problemsOf(text: FoodText): Problems {
	const problems: Problems = {};
	if (text.name.trim() === '') problems.name = messages.labels.nameNeeded;
	const digits = (text.barcode ?? '').replace(/[\s-]/g, '');
	if (digits !== '' && !/^\d{6,14}$/.test(digits)) problems.barcode = messages.labels.barcodeWrong;
	const serving = text.serving === null ? null : servingProblem(text.serving);
	if (serving !== null) problems.serving = serving;
	for (const nutrient of NUTRIENTS) {
		const typed = text.values[nutrient];
		if (typed === undefined) continue;
		const parsed = parseNumber(typed);
		if (parsed.state === 'wrong') problems[nutrient] = WRONG[parsed.why];
	}
	return problems;
}

const WRONG = {
	text: messages.labels.wrongNumber,
	negative: messages.labels.negative,
	large: messages.labels.tooLarge,
	ambiguous: messages.labels.ambiguous,
};

/** The amounts that the person changed against what is known; null erases. Call it when there are no problems. */
export function correctionsOf(text: FoodText, known: Values): NutrientEdits {
	const corrections: NutrientEdits = {};
	for (const nutrient of NUTRIENTS) {
		const typed = text.values[nutrient];
		const before = known[nutrient];
		if (typed === undefined || (before !== undefined && typed === formatNumber(before))) continue;
		const parsed = parseNumber(typed);
		if (parsed.state === 'number' && parsed.value !== before) corrections[nutrient] = parsed.value;
		if (parsed.state === 'empty' && before !== undefined) corrections[nutrient] = null;
	}
	return corrections;
}

/** What is known with the person's changes in it. */
export function valuesOf(text: FoodText, known: Values): Values {
	const values: Values = {...known};
	for (const [nutrient, value] of Object.entries(correctionsOf(text, known)) as [Nutrient, number | null][]) {
		if (value === null) delete values[nutrient];
		else values[nutrient] = value;
	}
	return values;
}

/** A GTIN of 14 digits as it stands on the pack: 8, 12 or 13 of them. */
export const printedBarcode = (gtin: string | null): string =>
	(gtin ?? '').replace(/^0{6}(?=\d{8}$)|^0(?=\d{13}$)/, '');
