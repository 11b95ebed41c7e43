import {
	type CarbohydrateBasis,
	energyInKcal,
	energyRangeOfMacros,
	KCAL_PER_G,
	KJ_PER_KCAL,
	SALT_PER_SODIUM,
} from './energy.js';
import {type Basis, NUTRIENT_KEYS, NUTRIENTS, type Nutrient, type NutrientValues, parentOf} from './nutrients.js';

/** Something odd that a person should look at. Never a refusal: odd foods exist, and so do odd labels. */
export interface Flag {
	code: string;
	fields: Nutrient[];
	/** What is odd, and what to look at, in plain words. */
	message: string;
}

export interface FoodFacts {
	basis: Basis;
	nutrients: NutrientValues;
	/** With the basis `serving`, the amounts are per the first of these. */
	servings?: readonly {amount: number; unit: 'g' | 'ml' | null}[];
	carbohydrate_basis?: CarbohydrateBasis | null;
}

/** Pure fat: nothing has more energy. */
const MAX_KCAL_PER_100 = 900;
// Label values of 10 g and more are rounded to whole grams, so three honest macros may add up to a little over 100.
const MACROS_LEEWAY_G = 1;
// Of 100 ml: the densest thing sold as a liquid is syrup at about 1.4 g/ml.
const MAX_G_PER_100_ML = 140;
// Rounding of whole calories and grams, and foods of organic acids, need room; a slip of the point is far outside.
const ENERGY_LEEWAY = {share: 0.15, kcal: 12};

const show = (value: number): string => String(Math.round(value * 100) / 100);
const nameOf = (nutrient: Nutrient): string => NUTRIENTS[nutrient].name;

/**
 * What is odd about a food's amounts: more energy or matter than fits, energy off the macros, kJ off the kcal, a part above its
 * whole, salt off the sodium. Each needs the amounts it compares; what is absent is not judged. Amounts per serving are judged by
 * weight only where the first serving says how much it is.
 */
export function foodFlags(food: FoodFacts): Flag[] {
	return [
		...tooMuch(food),
		...energyOffMacros(food),
		...energyUnitsDiffer(food.nutrients),
		...partsOverWhole(food.nutrients),
		...saltOffSodium(food.nutrients),
	];
}

/** What to multiply by to get amounts per 100 g or 100 ml; null where that is not known. */
function per100(food: FoodFacts): {factor: number; unit: 'g' | 'ml'} | null {
	if (food.basis === '100g') return {factor: 1, unit: 'g'};
	if (food.basis === '100ml') return {factor: 1, unit: 'ml'};
	const [serving] = food.servings ?? [];
	// A hundredth of a gram is no serving; what is smaller would only blow every amount up.
	if (!serving?.unit || !(serving.amount >= 0.01) || serving.amount > 1_000_000) return null;
	return {factor: 100 / serving.amount, unit: serving.unit};
}

function tooMuch(food: FoodFacts): Flag[] {
	const scale = per100(food);
	if (!scale) return [];
	const flags: Flag[] = [];
	const {nutrients} = food;
	const energy = energyInKcal(nutrients);
	// Half a percent: a serving's amounts are rounded before they are scaled up.
	if (energy !== null && energy * scale.factor > MAX_KCAL_PER_100 * 1.005) {
		flags.push({
			code: 'energy_too_high',
			fields: nutrients.energy_kcal === undefined ? ['energy_kj'] : ['energy_kcal'],
			message: `${show(energy * scale.factor)} kcal per 100 ${scale.unit} is more than pure fat has (${MAX_KCAL_PER_100}). Check the energy, its unit and the serving size.`,
		});
	}
	const fields = (['fat_g', 'carbohydrate_g', 'protein_g', 'alcohol_g', 'salt_g'] as const).filter(
		field => nutrients[field] !== undefined,
	);
	const fiber = food.carbohydrate_basis === 'available' ? (nutrients.fiber_g ?? 0) : 0;
	const sum = (fields.reduce((total, field) => total + (nutrients[field] ?? 0), 0) + fiber) * scale.factor;
	if (sum > (scale.unit === 'g' ? 100 : MAX_G_PER_100_ML) + MACROS_LEEWAY_G) {
		flags.push({
			code: 'macros_over_100',
			fields: fiber > 0 ? [...fields, 'fiber_g'] : fields,
			message: `${fields.map(field => nameOf(field).toLowerCase()).join(', ')} add up to ${show(sum)} g per 100 ${scale.unit}. Check them for a lost decimal point, and the serving size.`,
		});
	}
	return flags;
}

function energyOffMacros(food: FoodFacts): Flag[] {
	const energy = energyInKcal(food.nutrients);
	const range = energyRangeOfMacros(food.nutrients, food.carbohydrate_basis);
	if (energy === null || range === null) return [];
	const leeway = (kcal: number) => Math.max(ENERGY_LEEWAY.kcal, ENERGY_LEEWAY.share * kcal);
	if (energy >= range.low - leeway(range.low) && energy <= range.high + leeway(range.high)) return [];
	const looksLikeKj = Math.abs(energy / KJ_PER_KCAL - range.high) <= leeway(range.high);
	const {fat, carbohydrate, protein} = KCAL_PER_G;
	return [
		{
			code: 'energy_off_macros',
			fields: [
				food.nutrients.energy_kcal === undefined ? 'energy_kj' : 'energy_kcal',
				'fat_g',
				'carbohydrate_g',
				'protein_g',
			],
			message: looksLikeKj
				? `${show(energy)} kcal looks like the number of kJ: fat, carbohydrate and protein come to ${show(range.high)} kcal.`
				: `Fat × ${fat}, carbohydrate × ${carbohydrate} and protein × ${protein} come to ${show(range.high)} kcal, but the energy is ${show(energy)} kcal. Check these four.`,
		},
	];
}

function energyUnitsDiffer({energy_kcal, energy_kj}: NutrientValues): Flag[] {
	if (energy_kcal === undefined || energy_kj === undefined) return [];
	// Makers sum the kJ from factors of their own (37, 17, …), which drifts by up to 3 % from 4.184 × kcal.
	if (Math.abs(energy_kj - energy_kcal * KJ_PER_KCAL) <= Math.max(8, energy_kj * 0.04)) return [];
	return [
		{
			code: 'energy_units_differ',
			fields: ['energy_kcal', 'energy_kj'],
			message: `${show(energy_kcal)} kcal are ${show(energy_kcal * KJ_PER_KCAL)} kJ, not ${show(energy_kj)}. One of the two is wrong.`,
		},
	];
}

function partsOverWhole(nutrients: NutrientValues): Flag[] {
	return NUTRIENT_KEYS.flatMap((part): Flag[] => {
		const whole = parentOf(part);
		const [partValue, wholeValue] = [nutrients[part], whole && nutrients[whole]];
		if (!whole || partValue === undefined || wholeValue === undefined || wholeValue === null) return [];
		// A tenth of a gram: the two are rounded apart.
		if (partValue <= wholeValue + 0.1) return [];
		return [
			{
				code: 'part_over_whole',
				fields: [part, whole],
				message: `${nameOf(part)} (${show(partValue)} g) cannot be more than ${nameOf(whole).toLowerCase()} (${show(wholeValue)} g). Check both for a lost decimal point.`,
			},
		];
	});
}

function saltOffSodium({salt_g, sodium_mg}: NutrientValues): Flag[] {
	if (salt_g === undefined || sodium_mg === undefined) return [];
	const salt = (sodium_mg / 1000) * SALT_PER_SODIUM;
	if (Math.abs(salt - salt_g) <= Math.max(0.06, salt_g * 0.1)) return [];
	return [
		{
			code: 'salt_off_sodium',
			fields: ['salt_g', 'sodium_mg'],
			message: `${show(sodium_mg)} mg of sodium are ${show(salt)} g of salt, not ${show(salt_g)} g. Check the unit of the sodium.`,
		},
	];
}
