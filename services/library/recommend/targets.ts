import type {NutritionRequest, Recommendation} from '../contract.js';
import {STARTER_RULES} from '../starter/recommendation-rules.js';
import {reasonOf} from './decide.js';
import type {NutrientFacts} from './doses.js';

export type Target = Recommendation['targets'][number];

/** All that the formulas need. */
export type Body = Required<
	Pick<NutritionRequest, 'goal' | 'activity' | 'age_years' | 'sex' | 'height_cm' | 'weight_kg'>
>;
export const BODY = ['goal', 'activity', 'age_years', 'sex', 'height_cm', 'weight_kg'] as const;

/** Energy of a day as a multiple of that at rest: EFSA, Dietary Reference Values for energy, 2013. */
const ACTIVITY = {sedentary: 1.4, light: 1.6, moderate: 1.8, high: 2} as const;
/** kcal of a day below which nobody eats by our word: clinical guidelines keep less than that for doctors. */
const LEAST_KCAL = {female: 1200, male: 1500} as const;
/** kcal per gram: Regulation (EU) No 1169/2011, Annex XIV. */
const KCAL_PER_G: Record<string, number> = {
	fat_g: 9,
	saturated_fat_g: 9,
	trans_fat_g: 9,
	polyunsaturated_fat_g: 9,
	linoleic_acid: 9,
	alpha_linolenic_acid: 9,
	carbohydrate_g: 4,
	added_sugars_g: 4,
	free_sugars: 4,
};
/** For each kilogram; of people above a BMI of 25 for what they would weigh there, since fat needs none. */
const PROTEIN_G_PER_KG = {least: 0.83, training: [1.2, 1.6]} as const;

const rules = new Map(STARTER_RULES.map(rule => [rule.key, reasonOf(rule)]));
function why(...keys: string[]): Target['rules'] {
	return keys.flatMap(key => rules.get(key) ?? []);
}

/** Mifflin MD et al., Am J Clin Nutr 51:241, 1990. */
const restingKcal = ({sex, weight_kg, height_cm, age_years}: Body) =>
	10 * weight_kg + 6.25 * height_cm - 5 * age_years + (sex === 'male' ? 5 : -161);

/** kcal of a day; null where the formula gives less than anybody should eat, as for a very small and very old body. */
export function dailyKcal(body: Body): {kcal: number; least: number; rule: string | null} | null {
	const resting = restingKcal(body);
	const spent = resting * ACTIVITY[body.activity];
	const least = Math.max(resting, LEAST_KCAL[body.sex]);
	if (spent < least) return null;
	if (body.goal === 'lose_weight') {
		return {kcal: Math.max(spent - Math.min(spent * 0.15, 500), least), least, rule: 'target-deficit'};
	}
	if (body.goal === 'gain_muscle' && body.weight_kg / (body.height_cm / 100) ** 2 < 30)
		return {kcal: spent * 1.05, least, rule: 'target-surplus'};
	return {kcal: spent, least, rule: null};
}

const tens = (value: number) => Math.round(value / 10) * 10;
const tenths = (value: number) => Math.round(value * 10) / 10;

export function dailyTargets(body: Body, nutrients: ReadonlyMap<string, NutrientFacts>): Target[] {
	const energy = dailyKcal(body);
	const targets: Target[] = [];
	const add = (key: string, min: number | null, max: number | null, reasons: Target['rules'], inputs: string[]) => {
		const facts = nutrients.get(key);
		if (facts !== undefined)
			targets.push({nutrient: key, name: facts.name, unit: facts.unit, min, max, rules: reasons, inputs});
	};
	if (energy !== null) {
		const {kcal, least, rule} = energy;
		const min = Math.max(tens(kcal * 0.95), Math.ceil(least));
		add('energy_kcal', min, Math.max(min, tens(kcal * 1.05)), why('target-energy', ...(rule === null ? [] : [rule])), [
			...BODY,
		]);
	}
	const weight = Math.min(body.weight_kg, 25 * (body.height_cm / 100) ** 2);
	const trains = body.goal !== 'maintain';
	const [least, most] = PROTEIN_G_PER_KG.training;
	add(
		'protein_g',
		Math.round(weight * (trains ? least : PROTEIN_G_PER_KG.least)),
		trains ? Math.round(weight * most) : null,
		why(trains ? 'target-protein-training' : 'target-protein'),
		['goal', 'weight_kg', 'height_cm'],
	);
	for (const facts of nutrients.values()) {
		const per_g = KCAL_PER_G[facts.key];
		if (facts.energy_percent !== null && per_g !== undefined && energy !== null) {
			const grams = (percent: number | null) =>
				percent === null ? null : tenths((energy.kcal * percent) / 100 / per_g);
			add(facts.key, grams(facts.energy_percent.min), grams(facts.energy_percent.max), why('target-share'), [...BODY]);
		} else if (facts.key !== 'protein_g') {
			const enough = facts.unit === 'mg/kg' ? null : (facts.reference?.[body.sex] ?? null);
			// What counts only as added is no bound for a day’s food.
			const limit = facts.limit?.counts === 'all' ? facts.limit.amount : null;
			if (enough === null && limit === null) continue;
			const reasons = why(
				...(enough === null ? [] : ['target-reference']),
				...(limit === null ? [] : ['target-limit']),
			);
			const min = enough !== null && limit !== null ? Math.min(enough, limit) : enough;
			add(facts.key, min, limit, reasons, enough === null ? [] : ['sex']);
		}
	}
	return targets;
}
