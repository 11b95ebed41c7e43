// Numbers as people type and read them. No imports, so that it runs in the browser and in the tests alike.

export type TypedNumber =
	| {state: 'empty'}
	| {state: 'number'; value: number}
	| {state: 'wrong'; why: 'text' | 'negative' | 'large' | 'ambiguous'};

/** The server's own bound: a kilogram in milligrams. */
const MAX = 1_000_000;

/**
 * Reads a quantity as it is written in Berlin, Zürich, London or on the pack: `1,5`, `1.5`, `1.234,5`, `1,234.5`, `1’234`, `12 g`.
 * One separator is the decimal one. Never guesses: what is not plainly one number is `wrong`, and `1.234`, which is a thousand to
 * some people and one and a bit to others, is `ambiguous`.
 */
export function parseNumber(text: string): TypedNumber {
	const plain = text
		.normalize('NFKC')
		.replace(/\s*(kcal|kj|mg|µg|μg|ug|g|ml)\.?$/i, '')
		.replace(/[\s'’]/g, '');
	if (plain === '') return text.trim() === '' ? {state: 'empty'} : {state: 'wrong', why: 'text'};
	if (/^[-−–]\d/.test(plain)) return {state: 'wrong', why: 'negative'};
	if (/^[1-9]\d{0,2}[.,]\d{3}$/.test(plain)) return {state: 'wrong', why: 'ambiguous'};
	const digits = withPoint(plain);
	if (digits === null) return {state: 'wrong', why: 'text'};
	const value = Number(digits);
	return value > MAX ? {state: 'wrong', why: 'large'} : {state: 'number', value};
}

function withPoint(text: string): string | null {
	if (/^\d+([.,]\d*)?$/.test(text) || /^[.,]\d+$/.test(text)) return text.replace(',', '.');
	if (/^\d{1,3}(\.\d{3})+(,\d+)?$/.test(text)) return text.replaceAll('.', '').replace(',', '.');
	if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) return text.replaceAll(',', '');
	return null;
}

/** As it is written where the person lives, without a thousands separator so that it can be typed over; at most 3 decimals, 6 below 0.1. */
export const formatNumber = (value: number, locale?: string): string =>
	new Intl.NumberFormat(locale, {maximumFractionDigits: value < 0.1 ? 6 : 3, useGrouping: false}).format(value);
