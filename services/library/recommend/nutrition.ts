import {isNutrient, NUTRIENT_KEYS} from '@hearth/nutrition/nutrients.js';
import {z} from 'zod';
import type {NutritionRequest, Recommendation} from '../contract.js';
import type {Entry} from '../library.js';
import {STARTER_RULES, type StarterRule} from '../starter/recommendation-rules.js';
import {type Fact, type Facts, judge} from './conditions.js';
import {
	bestFirst,
	type Candidate,
	factsOf,
	from,
	type Item,
	type LeftOut,
	Missing,
	nothing,
	rank,
	reasonOf,
	refusal,
} from './decide.js';
import {aboveLimit, counted, type NutrientFacts, type Taken} from './doses.js';
import {BODY, type Body, dailyTargets} from './targets.js';

const RULES = STARTER_RULES.filter(({applies_to}) => applies_to === 'nutrition');

/** In the order in which a person would be asked. */
const QUESTIONS = {
	goal: 'What do you eat for: to keep your weight, to lose weight, to build muscle or for endurance?',
	diet: 'How do you eat: omnivore, pescatarian, vegetarian or vegan?',
	age_years: 'How old are you?',
	sex: 'Are you a woman or a man? The formulas know these two.',
	height_cm: 'How tall are you, in centimetres?',
	weight_kg: 'How much do you weigh, in kilograms?',
	activity: 'How active is your day: sedentary, light, moderate or high?',
	health:
		'Does any of this apply to you: pregnancy, breastfeeding, an illness, a recent operation, medicines? An empty list says that none does.',
	supplements: 'What do your supplements bring in a day? An empty object says that you take none.',
	sun: 'Does your skin see the sun on most days of the warm half of the year: little or regular?',
	avoid: 'Is there anything that you do not eat, such as gluten, milk or nuts? An empty list says that there is not.',
};

const NOTES = [
	'General information for healthy adults; it does not know you and replaces no doctor or dietitian.',
	'Amounts are for an average day; a single day does not matter.',
];
const NO_ENERGY_NOTE = 'For a body like yours the formula of energy does not hold; a dietitian can work it out.';

const template = z.object({
	goals: z.array(z.string()).min(1),
	diets: z.array(z.string()).min(1),
	rests_on: z.array(z.string()),
	rich_in: z.array(z.string()),
	low_in: z.array(z.string()),
});

function candidate({id, key, name, ...entry}: Entry): Candidate {
	const {goals, diets, rests_on, rich_in, low_in} = template.parse(entry);
	return {
		kind: 'nutrition_template',
		id,
		key,
		name,
		facts: {
			'item.goals': goals,
			'item.first_goal': goals[0] ?? '',
			'item.diets': diets,
			'item.first_diet': diets[0] ?? '',
			'item.rests_on': rests_on,
			'item.rich_in': rich_in,
			'item.low_in': low_in,
		},
	};
}

export interface Shelves {
	templates: readonly Entry[];
	supplements: readonly Entry[];
	nutrients: ReadonlyMap<string, NutrientFacts>;
}

/** Which templates and, where asked for, supplements suit somebody, how much of what a day should bring, and why. Pure. */
export function chooseNutrition(
	request: NutritionRequest,
	{templates, supplements, nutrients}: Shelves,
): Recommendation {
	const {limit, ...inputs} = request;
	const taken = {intake: request.intake ?? {}, supplements: request.supplements ?? {}};
	const facts = nutritionFacts(inputs, taken, nutrients);
	const missing = new Missing();
	const refused = refusal(RULES, facts, missing);
	if (refused !== null) return nothing({refused: withDoses(refused, taken, nutrients)});
	const ranked = rank(templates.map(candidate), RULES, facts, missing);
	const mustAsk = missing.blocks;
	const body = bodyOf(request);
	if (body === null)
		missing.add(
			BODY.filter(input => request[input] === undefined),
			'target-energy',
		);
	const suggested =
		request.with_supplements === true ? suggest(supplements, nutrients, taken, facts, request.sex, missing) : NOTHING;
	const gaps = request.sex === undefined ? [] : gapsOf(taken, nutrients, request.sex);
	const targets = mustAsk || body === null ? [] : dailyTargets(body, nutrients);
	const noEnergy = body !== null && !targets.some(({nutrient}) => nutrient === 'energy_kcal') && !mustAsk;
	return nothing({
		items: mustAsk
			? []
			: [...ranked.items.slice(0, limit), ...suggested.items.slice(0, limit), ...gaps.slice(0, limit)],
		targets,
		left_out: [...ranked.left_out, ...suggested.left_out],
		missing: missing.asked(QUESTIONS),
		notes: noEnergy ? [...NOTES, NO_ENERGY_NOTE] : NOTES,
	});
}

const NOTHING: {items: Item[]; left_out: LeftOut[]} = {items: [], left_out: []};

function nutritionFacts(
	inputs: Omit<NutritionRequest, 'limit'>,
	taken: Taken,
	nutrients: ReadonlyMap<string, NutrientFacts>,
): Facts {
	const {height_cm, weight_kg} = inputs;
	const ofSupplements = (value: number | boolean, none: number | boolean): Fact => {
		if (inputs.supplements !== undefined) return {value, inputs: ['supplements']};
		// Who wants supplements to be looked at has to say what is taken; who does not is not asked.
		return inputs.with_supplements === true ? {missing: ['supplements']} : {value: none, inputs: []};
	};
	const eaten = Object.fromEntries(
		NUTRIENT_KEYS.map(nutrient => [
			`intake.${nutrient}`,
			(): Fact => from(`intake.${nutrient}`, taken.intake[nutrient], amount => amount),
		]),
	);
	return factsOf(inputs, {
		...eaten,
		with_supplements: () => ({
			value: inputs.with_supplements === true,
			inputs: inputs.with_supplements === undefined ? [] : ['with_supplements'],
		}),
		bmi: () =>
			height_cm === undefined || weight_kg === undefined
				? {missing: ['height_cm', 'weight_kg'].filter(name => inputs[name as 'height_cm' | 'weight_kg'] === undefined)}
				: {value: weight_kg / (height_cm / 100) ** 2, inputs: ['height_cm', 'weight_kg']},
		takes_supplements: () =>
			ofSupplements(
				Object.values(taken.supplements).some(amount => amount > 0),
				false,
			),
		doses_above_limit: () => ofSupplements(aboveLimit(taken, nutrients).length, 0),
	});
}

/** Of a dose it is said which, and where the limit is. */
function withDoses(
	refused: NonNullable<Recommendation['refused']>,
	taken: Taken,
	nutrients: ReadonlyMap<string, NutrientFacts>,
): Recommendation['refused'] {
	if (!refused.rules.some(({id}) => id === 'nutrition-dose')) return refused;
	const doses = aboveLimit(taken, nutrients).flatMap(nutrient => {
		const facts = nutrients.get(nutrient);
		if (facts?.limit === null || facts?.limit === undefined) return [];
		const {name, unit, limit} = facts;
		return `${name}: ${counted(nutrient, limit, taken)} ${unit} a day, the limit is ${limit.amount} ${unit}.`;
	});
	return {...refused, message: [refused.message, ...doses].join(' ')};
}

function bodyOf({goal, activity, age_years, sex, height_cm, weight_kg}: NutritionRequest): Body | null {
	if (goal === undefined || activity === undefined || age_years === undefined) return null;
	if (sex === undefined || height_cm === undefined || weight_kg === undefined) return null;
	return {goal, activity, age_years, sex, height_cm, weight_kg};
}

/** Supplements by the rules that suggest them, none above a limit and none of what is enough already. */
function suggest(
	supplements: readonly Entry[],
	nutrients: ReadonlyMap<string, NutrientFacts>,
	taken: Taken,
	facts: Facts,
	sex: NutritionRequest['sex'],
	missing: Missing,
): {items: Item[]; left_out: LeftOut[]} {
	const found: {items: Item[]; left_out: LeftOut[]} = {items: [], left_out: []};
	for (const rule of RULES.filter(({effect}) => effect === 'suggest')) {
		const {supplement, amount} = rule;
		const entry = supplements.find(({key}) => key === supplement);
		if (entry === undefined || amount === undefined) continue;
		const verdict = judge(rule.when, facts);
		missing.add(verdict.missing, rule.key);
		if (verdict.holds !== true) continue;
		const {id, key, name} = entry;
		const inputs = [...new Set([...verdict.inputs, 'with_supplements', 'supplements'])];
		const against = tooMuch(amount, nutrients.get(amount.nutrient), taken, sex);
		if (against !== null) {
			found.left_out.push({kind: 'supplement', id, key, name, rules: [reasonOf(against)], inputs});
		} else {
			found.items.push({
				kind: 'supplement',
				id,
				key,
				name,
				score: (rule.points ?? 0) / 100,
				amount,
				rules: [reasonOf(rule)],
				inputs,
			});
		}
	}
	found.items.sort(bestFirst);
	return found;
}

const ABOVE_LIMIT = ruleOf('supplement-above-limit');
const ENOUGH = ruleOf('supplement-enough');
const GAP = ruleOf('nutrient-gap');

function ruleOf(key: string): StarterRule {
	const rule = RULES.find(candidate => candidate.key === key);
	if (rule === undefined) throw new Error(`There is no rule ${key}`);
	return rule;
}

/** The rule that speaks against this dose, or null. */
function tooMuch(
	{nutrient, amount}: {nutrient: string; amount: number},
	facts: NutrientFacts | undefined,
	taken: Taken,
	sex: NutritionRequest['sex'],
): StarterRule | null {
	const limit = facts?.limit ?? null;
	if (limit !== null && counted(nutrient, limit, taken) + amount > limit.amount) return ABOVE_LIMIT;
	const enough = sex === undefined ? undefined : facts?.reference?.[sex];
	const brought = counted(nutrient, {counts: 'all'}, taken);
	return enough !== undefined && brought >= enough ? ENOUGH : null;
}

/** Below this share of the reference intake it is worth a word: food tables and logs are not more exact. */
const GAP_BELOW = 0.7;

/** Nutrients of which somebody is known to eat too little, the widest gap first. What nobody counted is no gap. */
function gapsOf(taken: Taken, nutrients: ReadonlyMap<string, NutrientFacts>, sex: 'female' | 'male'): Item[] {
	return [...nutrients.values()]
		.flatMap((facts): Item[] => {
			const {id, key, name, unit, reference, limit, found_in} = facts;
			if (reference === null || !isNutrient(key) || taken.intake[key] === undefined) return [];
			const most = limit?.counts === 'all' ? limit.amount : Infinity;
			const [enough, brought] = [Math.min(reference[sex], most), counted(key, {counts: 'all'}, taken)];
			if (brought >= enough * GAP_BELOW) return [];
			const {sentence, ...reason} = reasonOf(GAP);
			return [
				{
					kind: 'nutrient',
					id,
					key,
					name,
					score: 1 - brought / enough,
					amount: {nutrient: key, amount: Math.round((enough - brought) * 100) / 100, unit},
					rules: [{...reason, sentence: `${sentence} It is found in: ${found_in}.`}],
					inputs: [`intake.${key}`, 'sex', ...(taken.supplements[key] === undefined ? [] : ['supplements'])],
				},
			];
		})
		.sort(bestFirst);
}
