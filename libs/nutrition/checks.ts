import {energyInKcal, energyRangeOfMacros, KJ_PER_KCAL, SALT_PER_SODIUM} from './energy.js';
import type {Size} from './heads.js';
import {
	NUTRIENT_KEYS,
	NUTRIENTS,
	type Nutrient,
	type NutrientValues,
	parentOf,
	type ReadingBasis,
} from './nutrients.js';
import {median} from './rows.js';

export type Bases = Partial<Record<ReadingBasis, NutrientValues>>;

/** A relation between amounts of a label that holds or does not. One that cannot be judged gives no finding. */
export interface Finding {
	code: string;
	holds: boolean;
	/** The amounts it compares. Where it does not hold, one of them is wrong, or the label is. */
	amounts: {basis: ReadingBasis; nutrient: Nutrient}[];
	message: string;
	/** What a failure says against the values, on the scale of `Reading.cost`; the sharper the relation, the more. */
	weight: number;
}

/** Pure fat has 900, and its makers' factors allow a little more. */
const MAX_KCAL_PER_100 = 930;

const nameOf = (nutrient: Nutrient): string => NUTRIENTS[nutrient].name.toLowerCase();

/** All relations between the amounts of a label, within each basis and between two. */
export function checkBases(bases: Bases, size: Size | null): Finding[] {
	const each = Object.entries(bases) as [ReadingBasis, NutrientValues][];
	return [
		...each.flatMap(([basis, values]) => [
			...energyUnits(basis, values),
			...energyOfMacros(basis, values),
			...parts(basis, values),
			...matter(basis, values),
			...salt(basis, values),
		]),
		...columnsAgree(bases, size),
	];
}

const of = (basis: ReadingBasis, ...nutrients: Nutrient[]) => nutrients.map(nutrient => ({basis, nutrient}));

function energyUnits(basis: ReadingBasis, {energy_kcal, energy_kj}: NutrientValues): Finding[] {
	if (energy_kcal === undefined || energy_kj === undefined) return [];
	return [
		{
			code: 'energy_units_differ',
			// Half a kcal and half a kJ of rounding, and makers' own factors, which drift by up to 3 %.
			holds: Math.abs(energy_kj - energy_kcal * KJ_PER_KCAL) <= Math.max(4, energy_kj * 0.04),
			amounts: of(basis, 'energy_kcal', 'energy_kj'),
			message: `${energy_kcal} kcal and ${energy_kj} kJ are not the same energy. Compare both with the picture.`,
			weight: 4,
		},
	];
}

function energyOfMacros(basis: ReadingBasis, values: NutrientValues): Finding[] {
	const energy = energyInKcal(values);
	const range = energyRangeOfMacros(values);
	if (energy === null || range === null) return [];
	// Macros rounded to grams are off by up to 9 kcal together, the energy itself by 5.
	const leeway = Math.max(12, 0.1 * Math.max(energy, range.high));
	return [
		{
			code: 'energy_off_macros',
			holds: energy >= range.low - leeway && energy <= range.high + leeway,
			amounts: of(
				basis,
				...(['energy_kcal', 'energy_kj'] as const).filter(nutrient => values[nutrient] !== undefined),
				...(['fat_g', 'carbohydrate_g', 'protein_g'] as const),
			),
			message: `Fat, carbohydrate and protein come to ${Math.round(range.high)} kcal, the energy was read as ${Math.round(energy)} kcal. Compare these with the picture.`,
			weight: weightOfEnergy(
				Math.max(energy / range.high, range.low / energy),
				energyUnits(basis, values).some(finding => finding.holds),
			),
		},
	];
}

/**
 * A lost point moves the energy far; labels are off by a fifth honestly, by factors of their own, and by rounding. Energy that is
 * printed twice, and alike, is surely read right, so that the macros are not.
 */
function weightOfEnergy(ratio: number, energyIsSure: boolean): number {
	if (ratio < 1.25) return 1.5;
	return (energyIsSure ? 6 : 3.2) * (ratio > 1.6 ? 1.6 : 1);
}

function parts(basis: ReadingBasis, values: NutrientValues): Finding[] {
	return NUTRIENT_KEYS.flatMap((part): Finding[] => {
		const whole = parentOf(part);
		const [partValue, wholeValue] = [values[part], whole ? values[whole] : undefined];
		if (!whole || partValue === undefined || wholeValue === undefined) return [];
		return [
			{
				code: 'part_over_whole',
				holds: partValue <= wholeValue + 0.1,
				amounts: of(basis, part, whole),
				message: `${nameOf(part)} was read as ${partValue} g, more than the ${nameOf(whole)} of ${wholeValue} g. Compare both with the picture.`,
				weight: 3.5,
			},
		];
	});
}

function matter(basis: ReadingBasis, values: NutrientValues): Finding[] {
	if (basis === 'per_serving') return [];
	const energy = energyInKcal(values);
	if (energy !== null && energy > MAX_KCAL_PER_100) {
		return [
			{
				code: 'energy_over_fat',
				holds: false,
				amounts: of(
					basis,
					...(['energy_kcal', 'energy_kj'] as const).filter(nutrient => values[nutrient] !== undefined),
				),
				message: `The energy was read as ${Math.round(energy)} kcal in 100, more than pure fat has. Compare it with the picture.`,
				weight: 4,
			},
		];
	}
	const most = basis === 'per_100g' ? 101.5 : 141;
	const alone = NUTRIENT_KEYS.filter(nutrient => NUTRIENTS[nutrient].unit === 'g' && (values[nutrient] ?? 0) > most);
	if (alone.length > 0) {
		return alone.map(nutrient => ({
			code: 'over_100',
			holds: false,
			amounts: of(basis, nutrient),
			message: `${NUTRIENTS[nutrient].name} was read as ${values[nutrient]} g in 100. Look for a lost decimal point.`,
			weight: 4,
		}));
	}
	const fields = (['fat_g', 'carbohydrate_g', 'protein_g', 'salt_g'] as const).filter(
		field => values[field] !== undefined,
	);
	const sum = fields.reduce((total, field) => total + (values[field] ?? 0), 0);
	if (sum <= most) return [];
	return [
		{
			code: 'macros_over_100',
			holds: false,
			amounts: of(basis, ...fields),
			message: `${fields.map(nameOf).join(', ')} add up to ${Math.round(sum * 10) / 10} g in 100. Look for a lost decimal point.`,
			weight: 4,
		},
	];
}

function salt(basis: ReadingBasis, {salt_g, sodium_mg}: NutrientValues): Finding[] {
	if (salt_g === undefined || sodium_mg === undefined) return [];
	const expected = (sodium_mg / 1000) * SALT_PER_SODIUM;
	return [
		{
			code: 'salt_off_sodium',
			holds: Math.abs(expected - salt_g) <= Math.max(0.06, 0.08 * salt_g),
			amounts: of(basis, 'salt_g', 'sodium_mg'),
			message: `${sodium_mg} mg of sodium and ${salt_g} g of salt do not fit. Compare both with the picture.`,
			weight: 3,
		},
	];
}

/**
 * The column per serving is the one per 100 times the serving. Where the serving's size was not read, it is taken from the columns
 * themselves, if enough of them agree on one.
 */
function columnsAgree(bases: Bases, size: Size | null): Finding[] {
	const hundred = bases.per_100g ? 'per_100g' : 'per_100ml';
	const [large, small] = [bases[hundred], bases.per_serving];
	if (!large || !small) return [];
	const both = NUTRIENT_KEYS.flatMap(nutrient => {
		const [a, b] = [large[nutrient], small[nutrient]];
		return a === undefined || b === undefined ? [] : [{nutrient, a, b}];
	});
	const ratio = ratioOf(both, size);
	if (ratio === null) return [];
	return both.map(({nutrient, a, b}) => ({
		code: 'columns_differ',
		holds: Math.abs(a * ratio - b) <= roundingOf(b) + roundingOf(a) * ratio + 0.03 * b,
		amounts: [...of(hundred, nutrient), ...of('per_serving', nutrient)],
		message: `${NUTRIENTS[nutrient].name}: ${a} per 100 and ${b} per serving do not fit the serving. Compare both with the picture.`,
		weight: 2.2,
	}));
}

function ratioOf(both: readonly {a: number; b: number}[], size: Size | null): number | null {
	const ratios = both.filter(({a, b}) => a > 0 && b > 0).map(({a, b}) => b / a);
	const usual = median(ratios);
	const agree = (ratio: number) => ratios.filter(one => Math.abs(one / ratio - 1) < 0.12).length;
	const printed = size ? size.amount / 100 : null;
	if (printed !== null && (ratios.length < 3 || agree(printed) >= ratios.length / 3)) return printed;
	return usual !== null && ratios.length >= 4 && agree(usual) >= ratios.length / 2 ? usual : null;
}

/** How far a printed number may be from the exact one: half of its last place, and grams are often cut, not rounded. */
function roundingOf(value: number): number {
	const [, decimals = ''] = String(value).split('.');
	return 0.6 * 10 ** -decimals.length;
}
