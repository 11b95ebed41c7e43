import {z} from 'zod';

export type NutrientUnit = 'kcal' | 'kJ' | 'g' | 'mg' | 'µg';

/**
 * Every nutrient the house knows: the key says the unit its number is in. `parent` is the nutrient that this one is a part of, in
 * the same unit ("of which saturates"), so that a part is never more than its whole. The order is that of a printed table.
 */
export const NUTRIENTS = {
	energy_kj: {unit: 'kJ', name: 'Energy (kJ)'},
	energy_kcal: {unit: 'kcal', name: 'Energy'},
	fat_g: {unit: 'g', name: 'Fat'},
	saturated_fat_g: {unit: 'g', name: 'Saturated fat', parent: 'fat_g'},
	monounsaturated_fat_g: {unit: 'g', name: 'Monounsaturated fat', parent: 'fat_g'},
	polyunsaturated_fat_g: {unit: 'g', name: 'Polyunsaturated fat', parent: 'fat_g'},
	omega_3_g: {unit: 'g', name: 'Omega-3 fatty acids', parent: 'polyunsaturated_fat_g'},
	omega_6_g: {unit: 'g', name: 'Omega-6 fatty acids', parent: 'polyunsaturated_fat_g'},
	trans_fat_g: {unit: 'g', name: 'Trans fat', parent: 'fat_g'},
	cholesterol_mg: {unit: 'mg', name: 'Cholesterol'},
	carbohydrate_g: {unit: 'g', name: 'Carbohydrate'},
	sugars_g: {unit: 'g', name: 'Sugars', parent: 'carbohydrate_g'},
	added_sugars_g: {unit: 'g', name: 'Added sugars', parent: 'sugars_g'},
	polyols_g: {unit: 'g', name: 'Polyols', parent: 'carbohydrate_g'},
	starch_g: {unit: 'g', name: 'Starch', parent: 'carbohydrate_g'},
	fiber_g: {unit: 'g', name: 'Fibre'},
	protein_g: {unit: 'g', name: 'Protein'},
	salt_g: {unit: 'g', name: 'Salt'},
	sodium_mg: {unit: 'mg', name: 'Sodium'},
	alcohol_g: {unit: 'g', name: 'Alcohol'},
	caffeine_mg: {unit: 'mg', name: 'Caffeine'},
	vitamin_a_ug: {unit: 'µg', name: 'Vitamin A'},
	thiamin_mg: {unit: 'mg', name: 'Thiamin (B1)'},
	riboflavin_mg: {unit: 'mg', name: 'Riboflavin (B2)'},
	niacin_mg: {unit: 'mg', name: 'Niacin (B3)'},
	pantothenic_acid_mg: {unit: 'mg', name: 'Pantothenic acid (B5)'},
	vitamin_b6_mg: {unit: 'mg', name: 'Vitamin B6'},
	biotin_ug: {unit: 'µg', name: 'Biotin (B7)'},
	folate_ug: {unit: 'µg', name: 'Folate (B9)'},
	vitamin_b12_ug: {unit: 'µg', name: 'Vitamin B12'},
	choline_mg: {unit: 'mg', name: 'Choline'},
	vitamin_c_mg: {unit: 'mg', name: 'Vitamin C'},
	vitamin_d_ug: {unit: 'µg', name: 'Vitamin D'},
	vitamin_e_mg: {unit: 'mg', name: 'Vitamin E'},
	vitamin_k_ug: {unit: 'µg', name: 'Vitamin K'},
	calcium_mg: {unit: 'mg', name: 'Calcium'},
	chloride_mg: {unit: 'mg', name: 'Chloride'},
	chromium_ug: {unit: 'µg', name: 'Chromium'},
	copper_mg: {unit: 'mg', name: 'Copper'},
	fluoride_mg: {unit: 'mg', name: 'Fluoride'},
	iodine_ug: {unit: 'µg', name: 'Iodine'},
	iron_mg: {unit: 'mg', name: 'Iron'},
	magnesium_mg: {unit: 'mg', name: 'Magnesium'},
	manganese_mg: {unit: 'mg', name: 'Manganese'},
	molybdenum_ug: {unit: 'µg', name: 'Molybdenum'},
	phosphorus_mg: {unit: 'mg', name: 'Phosphorus'},
	potassium_mg: {unit: 'mg', name: 'Potassium'},
	selenium_ug: {unit: 'µg', name: 'Selenium'},
	zinc_mg: {unit: 'mg', name: 'Zinc'},
} as const satisfies Record<string, {unit: NutrientUnit; name: string; parent?: string}>;

export type Nutrient = keyof typeof NUTRIENTS;

export const NUTRIENT_KEYS = Object.keys(NUTRIENTS) as Nutrient[];

export const isNutrient = (key: string): key is Nutrient => Object.hasOwn(NUTRIENTS, key);

/** The whole that a nutrient is a part of, or null. */
export function parentOf(nutrient: Nutrient): Nutrient | null {
	const entry = NUTRIENTS[nutrient];
	return 'parent' in entry ? entry.parent : null;
}

/** A kilogram in milligrams. Nothing on a plate exceeds it in any unit used here, so a greater number is a slip, not an odd food. */
export const MAX_NUTRIENT_VALUE = 1_000_000;

const quantity = (nutrient: Nutrient) => {
	const {name, unit} = NUTRIENTS[nutrient];
	const message = `${name} must be a number of ${unit} from 0 to ${MAX_NUTRIENT_VALUE}; leave ${nutrient} out if it is not known.`;
	return z.number({error: message}).min(0, {error: message}).max(MAX_NUTRIENT_VALUE, {error: message}).optional();
};

const shape = Object.fromEntries(NUTRIENT_KEYS.map(nutrient => [nutrient, quantity(nutrient)])) as Record<
	Nutrient,
	ReturnType<typeof quantity>
>;

/**
 * Amounts of nutrients, each in the unit its key names. What is not known is absent, never 0. Refuses only what is not a quantity:
 * negative, not finite, text, an unknown nutrient. Odd amounts are `foodFlags`' to point out.
 */
export const nutrientValues = z.strictObject(shape, {
	error: issue =>
		issue.code === 'unrecognized_keys'
			? `There is no nutrient called ${issue.keys?.join(', ')}; leave it out, or use a key of the list at /docs.`
			: undefined,
});
export type NutrientValues = z.output<typeof nutrientValues>;

/** What a food's amounts are for: the label's own basis. With `serving` they are per the first of the food's servings. */
export const basis = z.enum(['100g', '100ml', 'serving']);
export type Basis = z.output<typeof basis>;

/** The same, as a label reading names it. */
export const readingBasis = z.enum(['per_100g', 'per_100ml', 'per_serving']);
export type ReadingBasis = z.output<typeof readingBasis>;

/** The basis of a food made from a reading of that basis. */
export const basisOfReading = {
	per_100g: '100g',
	per_100ml: '100ml',
	per_serving: 'serving',
} as const satisfies Record<ReadingBasis, Basis>;
