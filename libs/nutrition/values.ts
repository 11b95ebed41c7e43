import type {Amount, PrintedUnit} from './amounts.js';
import type {Named} from './lexicon.js';
import {MAX_NUTRIENT_VALUE, NUTRIENTS, type Nutrient, type NutrientUnit} from './nutrients.js';

/**
 * Why a value is not simply what stands there. A value is as printed, or one of these rules derives it from what is printed;
 * nothing else is ever answered.
 */
export const RULES = {
	letters_as_digits: 'a letter was read in the place of a digit (O for 0, l for 1)',
	unit_read_as_digit: 'the last digit was taken for the unit',
	decimal_point_restored: 'a decimal point was lost and put back',
	thousands_separator: 'the point or comma was taken to part thousands',
	decimal_comma: 'the point or comma was taken for the decimal one, though three digits follow',
	less_than: 'the label prints an upper bound',
	unit_converted: 'the label prints another unit',
	unit_assumed: 'no unit was read',
	name_by_order: 'the name was not read, and follows from the order of such tables',
} as const;
export type Rule = keyof typeof RULES;

/** One way to understand an amount. */
export interface Reading {
	value: number;
	rules: Rule[];
	/** How unlikely it is before anything else is known; 0 for as printed, each unit about a third as likely. */
	cost: number;
}

/** What the surroundings say about an amount. */
export interface Surroundings {
	/** The column prints a unit beside its amounts, so that one without has had it misread or lost. */
	unitsPrinted: boolean;
	/** The unit stands with the name or in a column of its own, so that every digit is a digit. */
	unitElsewhere: PrintedUnit | null;
	/** How many decimals nearly all amounts of the table that have any print; null where that varies. */
	decimals: number | null;
}

/** What every table prints, by names that stand for amounts alone. */
const UNIT_MAY_BE_LOST: ReadonlySet<Nutrient> = new Set([
	...([
		'energy_kcal',
		'energy_kj',
		'fat_g',
		'saturated_fat_g',
		'monounsaturated_fat_g',
		'polyunsaturated_fat_g',
	] as const),
	...([
		'trans_fat_g',
		'cholesterol_mg',
		'carbohydrate_g',
		'sugars_g',
		'added_sugars_g',
		'polyols_g',
		'starch_g',
	] as const),
	...(['fiber_g', 'protein_g', 'salt_g', 'sodium_mg'] as const),
]);

/** Milligrams of one of each unit. */
const SIZE: Partial<Record<PrintedUnit | NutrientUnit, number>> = {g: 1000, mg: 1, µg: 0.001};

/** The ways to understand an amount of a nutrient, the likeliest first; none where its unit is not one of the nutrient's. */
export function readingsOf(amount: Amount, nutrient: Nutrient, surroundings: Surroundings): Reading[] {
	const wanted: NutrientUnit = NUTRIENTS[nutrient].unit;
	const printed = amount.unit ?? surroundings.unitElsewhere;
	const factor = unitFactor(printed, wanted);
	// Vitamins and minerals are printed as a share of the day beside their amount, or instead of it, so one without a unit is none.
	if (factor === null || (printed === null && !UNIT_MAY_BE_LOST.has(nutrient))) return [];
	const readings = readDigits(amount, wanted, printed, surroundings).map(reading => ({
		value: round(reading.value * factor),
		rules: [
			...reading.rules,
			...(amount.bound ? (['less_than'] as const) : []),
			...(factor === 1 ? [] : (['unit_converted'] as const)),
			...(printed === null ? (['unit_assumed'] as const) : []),
		],
		cost: reading.cost + (printed === null && surroundings.unitsPrinted ? COST.unitLost : 0),
	}));
	return cheapestOfEach(readings).sort((a, b) => a.cost - b.cost);
}

function unitFactor(printed: PrintedUnit | null, wanted: NutrientUnit): number | null {
	if (printed === null || printed === wanted) return 1;
	// Grams are printed in mg at times, but never in µg.
	if (printed === 'µg' && wanted === 'g') return null;
	const [from, to] = [SIZE[printed], SIZE[wanted]];
	return from === undefined || to === undefined ? null : from / to;
}

// Costs of misreadings, as in `Reading.cost`.
const COST = {
	/** A look-alike letter in a number is nearly always the digit. */
	letters: 0.3,
	unitLost: 0.4,
	/** No label prints 05 g. */
	zeroFirst: 3,
	/** A decimal point is lost: where the table has as many decimals everywhere, and where it has not, with more for each place. */
	pointAsElsewhere: 1,
	pointLost: 1.8,
	pointPlace: 0.7,
	/** A number as printed in a table that prints decimals everywhere else. */
	pointMissing: 0.6,
	unlikelySeparator: 2,
	jouleAsDigit: 2,
};
// The last digit is the letter g, and is not, in a table that prints units beside its amounts.
const LAST_IS_UNIT: Record<string, {unit: number; digit: number}> = {
	'9': {unit: 0.2, digit: 1.2},
	'8': {unit: 1.2, digit: 0.3},
	'0': {unit: 1.5, digit: 0.2},
};
const LAST_IS_UNIT_ELSEWHERE = {unit: 2.5, digit: 0};
// 00, 08 and 09 are 0 g: no whole number begins with 0.
const LAST_AFTER_ZERO = {unit: 0, digit: 4};

function readDigits(
	amount: Amount,
	wanted: NutrientUnit,
	printed: PrintedUnit | null,
	{unitsPrinted, decimals}: Surroundings,
): Reading[] {
	const plain = amount.digits.replace(/[·:]/g, '.');
	const digits = plain
		.replace(/[OoQ]/g, '0')
		.replace(/[lI|itT]/g, '1')
		.replace(/B/g, '8')
		.replace(/[Ss]/g, '5');
	const letters: Rule[] = digits === plain ? [] : ['letters_as_digits'];
	const base = letters.length * COST.letters;
	const readings = separated(digits, wanted, decimals).map(reading => withRules(reading, letters, base));
	// 435 kJ read as 4353.
	const joule = printed === null && wanted === 'kJ' ? /^(\d{3,4})\d$/.exec(digits)?.[1] : undefined;
	if (joule !== undefined)
		readings.push({value: Number(joule), rules: [...letters, 'unit_read_as_digit'], cost: COST.jouleAsDigit});
	const tail = printed === null && wanted === 'g' ? /^(.*\d)([980])$/.exec(digits) : null;
	if (!tail) return readings;
	// 12 g read as 129, 0.6 g as 0.69, 3 g as 38.
	const [, rest = '', last = ''] = tail;
	const beside = unitsPrinted ? LAST_IS_UNIT[last] : undefined;
	const cost = rest === '0' ? LAST_AFTER_ZERO : (beside ?? LAST_IS_UNIT_ELSEWHERE);
	return [
		...readings.map(reading => withRules(reading, [], cost.digit)),
		...separated(rest, wanted, decimals).map(one =>
			withRules(one, [...letters, 'unit_read_as_digit'], base + cost.unit),
		),
	];
}

const withRules = ({value, rules, cost}: Reading, more: readonly Rule[], added: number): Reading => ({
	value,
	rules: [...more, ...rules],
	cost: cost + added,
});

/** A number's text with separators, by every way of understanding them. */
function separated(text: string, wanted: NutrientUnit, decimals: number | null): Reading[] {
	const parts = text.split(/[.,'’]/);
	const [first = '', last = ''] = [parts[0], parts.at(-1)];
	const whole = Number(parts.join(''));
	if (parts.length === 1) return withoutSeparator(text, wanted, decimals);
	const decimal = Number(`${parts.slice(0, -1).join('')}.${last}`);
	if (last.length !== 3 || first === '0' || first === '') return [{value: decimal, rules: [], cost: 0}];
	// "1,970": thousands where amounts are large, a decimal where they are grams.
	const thousands: Reading = {
		value: whole,
		rules: ['thousands_separator'],
		cost: wanted === 'g' ? COST.unlikelySeparator + 1 : 0,
	};
	if (parts.length > 2) return [thousands];
	return [thousands, {value: decimal, rules: ['decimal_comma'], cost: wanted === 'g' ? 0 : COST.unlikelySeparator}];
}

function withoutSeparator(text: string, wanted: NutrientUnit, decimals: number | null): Reading[] {
	const asPrinted: Reading = {value: Number(text), rules: [], cost: 0};
	if (wanted !== 'g' || text.length < 2) return [asPrinted];
	const zeroFirst = text.startsWith('0');
	const restored = [1, 2]
		.filter(places => places < text.length)
		.map((places): Reading => {
			const value = Number(`${text.slice(0, -places)}.${text.slice(-places)}`);
			const cost =
				zeroFirst && places === text.length - 1
					? COST.letters
					: places === decimals
						? COST.pointAsElsewhere
						: COST.pointLost + COST.pointPlace * places;
			return {value, rules: ['decimal_point_restored'], cost};
		});
	const missing = decimals !== null && text.length > decimals ? COST.pointMissing : 0;
	return [{...asPrinted, cost: zeroFirst ? COST.zeroFirst : missing}, ...restored];
}

function cheapestOfEach(readings: readonly Reading[]): Reading[] {
	const best = new Map<number, Reading>();
	for (const reading of readings) {
		const known = best.get(reading.value);
		if (reading.value <= MAX_NUTRIENT_VALUE && (!known || reading.cost < known.cost)) best.set(reading.value, reading);
	}
	return [...best.values()];
}

/** Without the dust of binary fractions, to a millionth. */
export const round = (value: number): number => Math.round(value * 1e6) / 1e6;

/** The nutrient a name with this unit stands for; null where there is none. */
export function nutrientOf(named: Named, unit: PrintedUnit | null): Nutrient | null {
	if (named === 'other') return null;
	if (named !== 'energy' && named !== 'energy_kcal' && named !== 'energy_kj') return named;
	if (unit === 'kJ') return 'energy_kj';
	if (unit === 'kcal') return 'energy_kcal';
	return named === 'energy' ? null : named;
}
