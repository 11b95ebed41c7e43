import test from 'ava';
import fc from 'fast-check';
import {type FoodFacts, foodFlags} from '../food-sanity.js';
import {NUTRIENT_KEYS, nutrientValues} from '../nutrients.js';

const raises = test.macro({
	exec: (t, food: FoodFacts, codes: string[]) =>
		t.deepEqual(
			foodFlags(food).map(flag => flag.code),
			codes,
		),
	title: what => what ?? '',
});

const per100 = (nutrients: FoodFacts['nutrients']): FoodFacts => ({basis: '100g', nutrients});
const oats = {
	energy_kcal: 372,
	energy_kj: 1565,
	fat_g: 7,
	saturated_fat_g: 1.3,
	carbohydrate_g: 58.7,
	sugars_g: 0.7,
	fiber_g: 10,
	protein_g: 13.5,
	salt_g: 0.02,
};

test('an ordinary food raises nothing', raises, per100(oats), []);
test('a food of which nothing is known raises nothing', raises, per100({}), []);
test(
	'pure oil is not too much',
	raises,
	per100({energy_kcal: 900, energy_kj: 3700, fat_g: 100, carbohydrate_g: 0, protein_g: 0}),
	[],
);
test('more energy than pure fat has is flagged', raises, per100({energy_kcal: 950}), ['energy_too_high']);
test('more energy than pure fat has is flagged in kJ too', raises, per100({energy_kj: 4200}), ['energy_too_high']);
test('macros of more than 100 g are flagged', raises, per100({fat_g: 60, carbohydrate_g: 50}), ['macros_over_100']);
test('syrup by volume may weigh more than 100 g', raises, {basis: '100ml', nutrients: {carbohydrate_g: 110}}, []);
test('energy off the macros is flagged', raises, per100({...oats, energy_kcal: 172, energy_kj: 720}), [
	'energy_off_macros',
]);
test(
	'fibre may be inside the carbohydrate or beside it',
	raises,
	per100({energy_kcal: 246, fat_g: 4, carbohydrate_g: 65, fiber_g: 43, protein_g: 16}),
	[],
);
test(
	'polyols count 2.4 kcal a gram',
	raises,
	per100({energy_kcal: 240, fat_g: 0, carbohydrate_g: 100, polyols_g: 100, protein_g: 0}),
	[],
);
test(
	'alcohol counts 7 kcal a gram',
	raises,
	{basis: '100ml', nutrients: {energy_kcal: 224, fat_g: 0, carbohydrate_g: 0, protein_g: 0, alcohol_g: 32}},
	[],
);
test('kJ off the kcal are flagged', raises, per100({energy_kcal: 100, energy_kj: 100}), ['energy_units_differ']);
test('saturates above the fat are flagged', raises, per100({fat_g: 2, saturated_fat_g: 12}), ['part_over_whole']);
test('sugars above the carbohydrate are flagged', raises, per100({carbohydrate_g: 4.2, sugars_g: 42}), [
	'part_over_whole',
]);
test('rounding apart is no flag', raises, per100({fat_g: 0.5, saturated_fat_g: 0.6}), []);
test('salt off the sodium is flagged', raises, per100({salt_g: 1, sodium_mg: 1000}), ['salt_off_sodium']);
test(
	'a serving of known weight is judged by weight',
	raises,
	{basis: 'serving', nutrients: {energy_kcal: 400}, servings: [{amount: 30, unit: 'g'}]},
	['energy_too_high'],
);
test(
	'a serving of unknown weight is not judged by weight',
	raises,
	{basis: 'serving', nutrients: {energy_kcal: 4000}, servings: [{amount: 1, unit: null}]},
	[],
);

test('kJ typed in the place of kcal are recognised', t => {
	const [flag] = foodFlags({
		basis: 'serving',
		nutrients: {energy_kcal: 1565, fat_g: 7, carbohydrate_g: 58.7, fiber_g: 10, protein_g: 13.5},
	});
	t.regex(flag?.message ?? '', /looks like the number of kJ/);
});

test('any amounts get flags with a code, known fields and a sentence', t => {
	const amounts = fc.record(
		Object.fromEntries(NUTRIENT_KEYS.map(nutrient => [nutrient, fc.double({min: 0, max: 1_000_000, noNaN: true})])),
		{requiredKeys: []},
	);
	fc.assert(
		fc.property(amounts, fc.constantFrom('100g', '100ml', 'serving'), fc.double(), (nutrients, basis, amount) => {
			for (const flag of foodFlags({
				basis,
				nutrients: nutrientValues.parse(nutrients),
				servings: [{amount, unit: 'g'}],
			})) {
				t.regex(flag.code, /^[a-z_0-9]+$/);
				t.regex(flag.message, /\.$/);
				t.notRegex(flag.message, /NaN|undefined|Infinity/);
				t.true(flag.fields.length > 0 && flag.fields.every(field => field in nutrients));
			}
		}),
	);
});
