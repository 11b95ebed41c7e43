import {NUTRIENT_KEYS, type Nutrient} from '@hearth/nutrition/nutrients.js';
import test from 'ava';
import fc from 'fast-check';
import {ACTIVITIES, ALLERGENS, DIETS, EATING_GOALS, HEALTH, nutritionRequest} from '../contract.js';
import {libraryNamed} from '../libraries.js';
import {counted, nutrientFacts} from '../recommend/doses.js';
import {chooseNutrition} from '../recommend/nutrition.js';
import {dailyKcal} from '../recommend/targets.js';
import {aLibraryHouse} from './fixtures.js';

const entriesOf = (name: Parameters<typeof libraryNamed>[0]) => libraryNamed(name).starter().entries;
const shelves = {
	templates: entriesOf('nutrition-templates'),
	supplements: entriesOf('supplements'),
	nutrients: nutrientFacts(entriesOf('nutrients'), entriesOf('nutrients')),
};
/** The same without a server; that both say the same is seen in other-doors. */
const recommended = (body: unknown) => chooseNutrition(nutritionRequest.parse(body), shelves);

const adult = {
	goal: 'maintain',
	diet: 'omnivore',
	activity: 'moderate',
	age_years: 35,
	sex: 'female',
	height_cm: 168,
	weight_kg: 65,
	health: [],
} as const;
const keysOf = (items: {key: string; kind: string}[], kind: string) =>
	items.filter(item => item.kind === kind).map(({key}) => key);

test('an adult is given ways to eat and amounts for a day, each with its rules and inputs', async t => {
	const {recommend} = await aLibraryHouse(t);
	const {status, data} = await recommend('nutrition', adult);
	t.is(status, 200);
	t.is(data.refused, null);
	t.true(data.items.length > 0);
	t.true(
		data.items.every((item: {rules: unknown[]; inputs: unknown[]}) => item.rules.length > 0 && item.inputs.length > 0),
	);
	const target = (nutrient: string) => data.targets.find((one: {nutrient: string}) => one.nutrient === nutrient);
	// 10·65 + 6.25·168 − 5·35 − 161 = 1364 kcal at rest, times 1.8.
	t.deepEqual([target('energy_kcal').min, target('energy_kcal').max], [2330, 2580]);
	t.deepEqual(
		target('energy_kcal').rules.map(({id}: {id: string}) => id),
		['target-energy'],
	);
	t.true(target('energy_kcal').inputs.includes('weight_kg'));
	t.deepEqual([target('protein_g').min, target('protein_g').max], [54, null]);
	t.deepEqual([target('iron_mg').min, target('iron_mg').max], [16, 40]);
	t.deepEqual([target('salt_g').min, target('salt_g').max], [null, 5]);
	t.is(target('magnesium_mg').max, null, 'what only supplements must not exceed is no bound for food');
});

test('who wants to lose weight is given a moderate deficit and more protein', t => {
	const target = (request: object, nutrient: string) =>
		recommended(request).targets.find(one => one.nutrient === nutrient);
	const [kept, less] = [adult, {...adult, goal: 'lose_weight'}].map(request =>
		target({...request, weight_kg: 78}, 'energy_kcal'),
	);
	// 1494 kcal at rest, times 1.8 is 2689; 15 % less is 2286.
	t.deepEqual([kept?.min, kept?.max], [2550, 2820]);
	t.deepEqual([less?.min, less?.max], [2170, 2400]);
	t.deepEqual(
		less?.rules.map(({id}) => id),
		['target-energy', 'target-deficit'],
	);
	const protein = target({...adult, weight_kg: 78, goal: 'lose_weight'}, 'protein_g');
	t.is(protein?.rules[0]?.id, 'target-protein-training');
});

test('the diet and what is avoided decide which ways to eat are left', t => {
	const vegan = keysOf(recommended({...adult, diet: 'vegan'}).items, 'nutrition_template');
	t.is(vegan[0], 'vegan');
	t.false(vegan.includes('mediterranean'));
	const {items, left_out} = recommended({...adult, avoid: ['fish', 'nuts'], limit: 20});
	for (const key of ['mediterranean', 'nordic', 'planetary-plate', 'mediterranean-without-fish']) {
		t.false(keysOf(items, 'nutrition_template').includes(key), key);
		const out = left_out.find(entry => entry.key === key);
		t.true(out?.rules.some(({id}) => id === 'template-avoid'));
		t.true(out?.inputs.includes('avoid'));
	}
});

test('supplements are looked at only where somebody asks for them, and by rules that say why', t => {
	const vegan = {...adult, diet: 'vegan', sun: 'little', supplements: {}};
	t.deepEqual(keysOf(recommended(vegan).items, 'supplement'), []);
	const {items} = recommended({...vegan, with_supplements: true});
	t.deepEqual(keysOf(items, 'supplement'), ['vitamin-b12', 'vitamin-d3-from-lichen', 'iodine', 'algae-oil']);
	const b12 = items.find(({key}) => key === 'vitamin-b12');
	t.deepEqual(b12?.amount, {nutrient: 'vitamin_b12_ug', amount: 10, unit: 'µg'});
	t.deepEqual(
		b12?.rules.map(({id}) => id),
		['supplement-b12'],
	);
	t.true(b12?.inputs.includes('diet'));
});

test('who wants supplements is asked what they take first, and is given nothing of what is enough already', t => {
	const vegan = {...adult, diet: 'vegan', sun: 'little', with_supplements: true};
	const unknown = recommended(vegan);
	t.deepEqual(unknown.items, []);
	t.like(unknown.missing[0], {input: 'supplements', required: true});
	const {items, left_out} = recommended({...vegan, supplements: {vitamin_b12_ug: 25, vitamin_d_ug: 20}});
	t.deepEqual(keysOf(items, 'supplement'), ['iodine', 'algae-oil']);
	t.deepEqual(
		left_out.filter(({kind}) => kind === 'supplement').map(({key, rules}) => [key, rules[0]?.id]),
		[
			['vitamin-b12', 'supplement-enough'],
			['vitamin-d3-from-lichen', 'supplement-enough'],
		],
	);
});

test('a supplement that would come to more than the upper limit is left out, and said', t => {
	const {items, left_out} = recommended({
		...adult,
		diet: 'vegan',
		with_supplements: true,
		supplements: {omega_3_g: 4.9},
	});
	t.false(keysOf(items, 'supplement').includes('algae-oil'));
	t.is(left_out.find(({key}) => key === 'algae-oil')?.rules[0]?.id, 'supplement-above-limit');
});

test('what is eaten too little of is said, with the gap and where it is found', t => {
	const {items} = recommended({...adult, intake: {fiber_g: 12, iron_mg: 15, vitamin_c_mg: 200}});
	const [fibre, ...others] = items.filter(({kind}) => kind === 'nutrient');
	t.deepEqual(others, []);
	t.like(fibre, {key: 'fiber_g', amount: {nutrient: 'fiber_g', amount: 13, unit: 'g'}});
	t.regex(fibre?.rules[0]?.sentence ?? '', /whole grain/);
	t.deepEqual(fibre?.inputs, ['intake.fiber_g', 'sex']);
});

for (const [body, reason] of [
	[{age_years: 16}, 'minor'],
	[{...adult, health: ['pregnancy']}, 'pregnancy'],
	[{...adult, health: ['breastfeeding']}, 'pregnancy'],
	[{...adult, health: ['diabetes']}, 'illness'],
	[{health: ['kidney']}, 'illness'],
	[{...adult, health: ['eating_disorder'], goal: 'lose_weight'}, 'illness'],
	[{...adult, health: ['medication'], with_supplements: true}, 'medication'],
	[{...adult, health: ['medication'], supplements: {vitamin_k_ug: 100}}, 'medication'],
	[{...adult, weight_kg: 48}, 'underweight'],
	[{...adult, weight_kg: 48, goal: 'lose_weight'}, 'underweight'],
	[{...adult, weight_kg: 54, goal: 'lose_weight'}, 'deficit'],
	[{...adult, weight_kg: 90, goal: 'lose_weight'}, 'deficit'],
	[{...adult, weight_kg: 130}, 'obesity'],
	[{...adult, height_cm: 125, weight_kg: 32}, 'formula'],
	[{...adult, supplements: {vitamin_d_ug: 101}}, 'dose'],
	[{...adult, supplements: {vitamin_b6_mg: 50}}, 'dose'],
	[{...adult, supplements: {caffeine_mg: 200}, intake: {caffeine_mg: 250}}, 'dose'],
	[{supplements: {iron_mg: 45}}, 'dose'],
] as const) {
	const said = Object.fromEntries(
		Object.entries(body).filter(([key, value]) => adult[key as keyof typeof adult] !== value),
	);
	test(`refused in plain words, for ${reason}: ${JSON.stringify(said)}`, t => {
		const {refused, items, targets, left_out, missing} = recommended(body);
		t.is(refused?.reason, reason);
		t.regex(refused?.message ?? '', /doctor|midwife|dietitian|paediatrician|healthy range/);
		t.true((refused?.rules.length ?? 0) > 0 && (refused?.inputs.length ?? 0) > 0);
		t.deepEqual([items, targets, left_out, missing], [[], [], [], []]);
	});
}

test('a dose that is refused is named with its limit', t => {
	const {refused} = recommended({supplements: {vitamin_d_ug: 250}});
	t.regex(refused?.message ?? '', /Vitamin D: 250 µg a day, the limit is 100 µg/);
});

test('medicines alone refuse nobody who asks about food', t => {
	const {items, refused} = recommended({...adult, health: ['medication']});
	t.is(refused, null);
	t.true(items.length > 0);
});

test('salt and caffeine of food alone are told as limits and refuse nobody', t => {
	const intake = {sodium_mg: 3600, salt_g: 9, caffeine_mg: 500};
	t.is(recommended({...adult, intake, supplements: {sodium_mg: 300}}).refused, null);
});

test('a moderator’s correction lowers a limit and never raises one', async t => {
	const {person, put, recommend} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	const limit = (amount: number) => ({upper_limit: {amount, counts: 'all', source: 'Our own doctor'}});
	t.is((await put('/api/v1/library/nutrients/vitamin_d_ug', limit(10_000), moderator)).status, 200);
	t.is((await recommend('nutrition', {supplements: {vitamin_d_ug: 250}})).data.refused?.reason, 'dose');
	t.is((await put('/api/v1/library/nutrients/vitamin_d_ug', limit(50), moderator)).status, 200);
	t.is((await recommend('nutrition', {supplements: {vitamin_d_ug: 60}})).data.refused?.reason, 'dose');
});

test('a body that is wrong is refused with what would be right', async t => {
	const {ask, reader, recommend} = await aLibraryHouse(t);
	for (const [body, says] of [
		[{weight_kg: -70}, /weight_kg/],
		[{height_cm: 0}, /from 50 to 272/],
		[{sex: 'x'}, /must be one of: female, male/],
		[{intake: {kryptonite_mg: 1}}, /kryptonite_mg/],
		[{supplements: {vitamin_d_ug: -5}}, /Vitamin D/],
		[{supplements: {vitamin_d_ug: 'much'}}, /Vitamin D/],
		[{disease: 'gout'}, /disease/],
	] as const) {
		const {status, error} = await recommend('nutrition', body);
		t.is(status, 400, JSON.stringify(body));
		t.regex(error?.message ?? '', says);
	}
	const infinite = await ask('POST', '/api/v1/recommendations/nutrition', {
		as: reader,
		body: '{"weight_kg": 1e999}',
		headers: {'content-type': 'application/json'},
	});
	t.is(infinite.status, 400);
});

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, {nil: undefined, freq: 9});
const LIMITED = NUTRIENT_KEYS.filter(key => shelves.nutrients.get(key)?.limit);
/** Amounts around the limits, where mistakes would be. */
const amounts = fc
	.subarray(LIMITED, {maxLength: 4})
	.chain(keys =>
		fc.record(
			Object.fromEntries(
				keys.map(key => {
					const limit = shelves.nutrients.get(key)?.limit?.amount ?? 0;
					return [
						key,
						fc.oneof(fc.double({min: 0, max: limit, noNaN: true}), fc.constantFrom(0, limit - 10, limit, limit + 1)),
					];
				}),
			),
		),
	)
	.map(values => Object.fromEntries(Object.entries(values).map(([key, amount]) => [key, Math.max(0, amount)])));
const anyRequest = fc.record({
	goal: maybe(fc.constantFrom(...EATING_GOALS)),
	diet: maybe(fc.constantFrom(...DIETS)),
	avoid: maybe(fc.subarray([...ALLERGENS])),
	activity: maybe(fc.constantFrom(...ACTIVITIES)),
	age_years: maybe(fc.double({min: 15, max: 130, noNaN: true})),
	sex: maybe(fc.constantFrom('female' as const, 'male' as const)),
	height_cm: maybe(fc.oneof(fc.double({min: 145, max: 200, noNaN: true}), fc.double({min: 50, max: 272, noNaN: true}))),
	weight_kg: maybe(fc.oneof(fc.double({min: 45, max: 110, noNaN: true}), fc.double({min: 2, max: 650, noNaN: true}))),
	health: maybe(fc.oneof({weight: 5, arbitrary: fc.constant([])}, fc.subarray([...HEALTH]))),
	sun: maybe(fc.constantFrom('little' as const, 'regular' as const)),
	with_supplements: maybe(fc.boolean()),
	intake: maybe(amounts),
	supplements: maybe(fc.oneof({weight: 2, arbitrary: fc.constant({})}, amounts)),
	limit: fc.integer({min: 1, max: 20}),
});

test('for any request: no recommendation exceeds an upper limit, and none is made where a doctor has to be asked', t => {
	let [suggested, withTargets] = [0, 0];
	fc.assert(
		fc.property(anyRequest, given => {
			const request = nutritionRequest.parse(given);
			const {items, targets, refused, missing} = chooseNutrition(request, shelves);
			const taken = {intake: request.intake ?? {}, supplements: request.supplements ?? {}};
			const {age_years, health, goal, height_cm, weight_kg} = request;
			const bmi = height_cm === undefined || weight_kg === undefined ? null : weight_kg / (height_cm / 100) ** 2;
			if (refused !== null || missing.some(({required}) => required)) t.deepEqual([items, targets], [[], []]);
			if (age_years !== undefined && age_years < 18) t.not(refused, null);
			if (health?.some(one => one !== 'medication' && one !== 'injury')) t.not(refused, null);
			if (bmi !== null && bmi < 18.5) t.not(refused, null);
			if (bmi !== null && goal === 'lose_weight' && (bmi < 20 || bmi >= 30)) t.not(refused, null);
			if (age_years === undefined || health === undefined || bmi === null) t.deepEqual([items, targets], [[], []]);
			for (const {kind, amount, score, rules, inputs} of items) {
				t.true(score >= 0 && score <= 1 && rules.length > 0 && inputs.length > 0);
				const limit = amount && shelves.nutrients.get(amount.nutrient)?.limit;
				if (kind === 'supplement' && amount && limit) {
					suggested++;
					t.true(counted(amount.nutrient, limit, taken) + amount.amount <= limit.amount, amount.nutrient);
				}
				if (kind === 'nutrient' && amount && limit?.counts === 'all') {
					const brought = taken.intake[amount.nutrient as Nutrient] ?? 0;
					t.true(brought + amount.amount <= limit.amount + 0.01, amount.nutrient);
				}
			}
			for (const {nutrient, min, max, rules} of targets) {
				withTargets++;
				const limit = shelves.nutrients.get(nutrient)?.limit;
				t.true(rules.length > 0);
				t.true(min === null || (Number.isFinite(min) && min >= 0));
				t.true(max === null || (Number.isFinite(max) && max >= (min ?? 0)), nutrient);
				if (limit?.counts === 'all') t.true((max ?? Infinity) <= limit.amount && (min ?? 0) <= limit.amount, nutrient);
			}
			const energy = targets.find(({nutrient}) => nutrient === 'energy_kcal');
			if (energy !== undefined) t.true((energy.min ?? 0) >= (request.sex === 'male' ? 1500 : 1200));
		}),
		{numRuns: 3000},
	);
	t.true(suggested > 20 && withTargets > 500, `the cases reached it: ${suggested} suggestions, ${withTargets} targets`);
});

test('a deficit is never more than 15 % or 500 kcal, and never below what the body needs at rest', t => {
	const body = fc.record({
		activity: fc.constantFrom(...ACTIVITIES),
		age_years: fc.integer({min: 18, max: 100}),
		sex: fc.constantFrom('female' as const, 'male' as const),
		height_cm: fc.integer({min: 140, max: 210}),
		weight_kg: fc.integer({min: 45, max: 130}),
	});
	fc.assert(
		fc.property(body, given => {
			const kept = dailyKcal({...given, goal: 'maintain'});
			const less = dailyKcal({...given, goal: 'lose_weight'});
			t.is(kept === null, less === null);
			if (kept === null || less === null) return;
			t.true(less.kcal >= kept.kcal * 0.85 - 1e-6 && less.kcal >= kept.kcal - 500 - 1e-6 && less.kcal <= kept.kcal);
			t.true(less.kcal >= less.least);
		}),
	);
});

test('building muscle is given a small surplus, and none from a BMI of 30 on', t => {
	const kcal = (goal: 'maintain' | 'gain_muscle', weight_kg: number) =>
		dailyKcal({goal, weight_kg, height_cm: 180, age_years: 30, sex: 'male', activity: 'light'})?.kcal ?? 0;
	t.is(Math.round((kcal('gain_muscle', 75) / kcal('maintain', 75)) * 100), 105);
	t.is(kcal('gain_muscle', 100), kcal('maintain', 100));
});
