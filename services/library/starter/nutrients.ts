// Nutrients of adults: how much a day is enough, how much is too much, and where they are found. Sentences are this project's own.

export const NUTRIENT_SOURCES = {
	efsa: 'EFSA Panel on Dietetic Products, Nutrition and Allergies: Dietary Reference Values for the EU, 2010–2019',
	efsa_limit: 'EFSA and SCF: Overview on Tolerable Upper Intake Levels, with the revisions of 2023 and 2024',
	efsa_fluoride: 'EFSA: Updated consumer risk assessment of fluoride in food and drinking water, 2025',
	efsa_caffeine: 'EFSA: Scientific Opinion on the safety of caffeine, 2015',
	efsa_omega_3: 'EFSA: Scientific Opinion on the Tolerable Upper Intake Level of EPA, DHA and DPA, 2012',
	nasem:
		'National Academies (US): Dietary Reference Intakes, as the Office of Dietary Supplements of the NIH gives them',
	who_salt: 'WHO: Guideline on sodium intake for adults and children, 2012',
	who_sugars: 'WHO: Guideline on sugars intake for adults and children, 2015',
	who_fat: 'WHO: Saturated and trans-fatty acid intake for adults and children, 2023',
	fao_fat: 'FAO and WHO: Fats and fatty acids in human nutrition, Food and Nutrition Paper 91, 2010',
	who_amino: 'WHO, FAO and UNU: Protein and amino acid requirements in human nutrition, Technical Report 935, 2007',
	who_alcohol: 'WHO Regional Office for Europe: No level of alcohol consumption is safe for our health, 2023',
} as const;
type Source = keyof typeof NUTRIENT_SOURCES;

export interface StarterNutrient {
	/** That of `libs/nutrition/nutrients.ts` where labels and food logs know the nutrient; its name and unit are there. */
	key: string;
	name?: string;
	unit?: 'g' | 'mg' | 'µg' | 'ml' | 'mg/kg';
	kind: 'energy' | 'macronutrient' | 'fatty acid' | 'amino acid' | 'vitamin' | 'mineral' | 'other';
	/** For a woman and a man of 18 and older who are neither pregnant nor breastfeeding, and whose word it is. */
	reference?: readonly [female: number, male: number, source?: Source];
	/** What the share of the day's energy should be, in per cent; null is no bound. */
	energy_percent?: readonly [min: number | null, max: number | null, source?: Source];
	/** The nutrient reference value that labels in the EU count per cent of: Regulation (EU) No 1169/2011, Annex XIII. */
	label?: number;
	/**
	 * The most in a day that is judged to be safe for long; where EFSA and the National Academies differ, the lower. `added`: counts only
	 * what supplements and enriched foods bring.
	 */
	limit?: readonly [amount: number, source: Source, of?: 'added'];
	role: string;
	found_in: string;
	other_names?: string;
	note?: string;
}

// biome-ignore format: a table reads by its lines
export const NUTRIENTS_OF_ADULTS: readonly StarterNutrient[] = [
	{key: 'energy_kj', kind: 'energy', label: 8400, role: 'Keeps the body warm and moving.', found_in: 'fat, carbohydrate, protein and alcohol', note: 'How much depends on body and activity; recommendations compute it.'},
	{key: 'energy_kcal', kind: 'energy', label: 2000, role: 'Keeps the body warm and moving.', found_in: 'fat, carbohydrate, protein and alcohol', other_names: 'calories', note: 'How much depends on body and activity; recommendations compute it.'},
	{key: 'fat_g', kind: 'macronutrient', energy_percent: [20, 35, 'efsa'], label: 70, role: 'Energy, essential fatty acids, and what fat-soluble vitamins travel in.', found_in: 'oils, butter, nuts, fatty fish'},
	{key: 'saturated_fat_g', kind: 'fatty acid', energy_percent: [null, 10, 'who_fat'], label: 20, role: 'Energy; the body makes what it needs of it.', found_in: 'butter, cheese, fatty meat, coconut and palm oil', other_names: 'saturates'},
	{key: 'monounsaturated_fat_g', kind: 'fatty acid', role: 'Energy; in place of saturated fat it lowers LDL cholesterol.', found_in: 'olive and rapeseed oil, avocado, nuts'},
	{key: 'polyunsaturated_fat_g', kind: 'fatty acid', energy_percent: [6, 11, 'fao_fat'], role: 'Holds the fatty acids that the body cannot make.', found_in: 'sunflower, rapeseed and walnut oil, fatty fish'},
	{key: 'omega_3_g', kind: 'fatty acid', limit: [5, 'efsa_omega_3', 'added'], role: 'Built into the membranes of brain, eye and heart.', found_in: 'fatty fish, linseed, rapeseed and walnut oil', note: 'The limit is for EPA and DHA of supplements.'},
	{key: 'omega_6_g', kind: 'fatty acid', role: 'Skin and signals between cells.', found_in: 'sunflower, corn and soy oil'},
	{key: 'linoleic_acid', name: 'Linoleic acid', unit: 'g', kind: 'fatty acid', energy_percent: [4, null, 'efsa'], role: 'The omega-6 fatty acid that must be eaten.', found_in: 'sunflower and corn oil, nuts', other_names: 'LA omega 6'},
	{key: 'alpha_linolenic_acid', name: 'Alpha-linolenic acid', unit: 'g', kind: 'fatty acid', energy_percent: [0.5, null, 'efsa'], role: 'The omega-3 fatty acid that must be eaten.', found_in: 'linseed, rapeseed oil, walnuts', other_names: 'ALA omega 3'},
	{key: 'epa_dha', name: 'EPA and DHA', unit: 'mg', kind: 'fatty acid', reference: [250, 250], limit: [5000, 'efsa_omega_3', 'added'], role: 'Normal function of the heart; DHA also of brain and eye.', found_in: 'salmon, herring, mackerel, algae oil', other_names: 'fish oil omega 3'},
	{key: 'trans_fat_g', kind: 'fatty acid', energy_percent: [null, 1, 'who_fat'], role: 'None; it raises LDL cholesterol.', found_in: 'hardened fat, a little in milk and beef'},
	{key: 'cholesterol_mg', kind: 'other', role: 'Building block of membranes and hormones; the body makes it.', found_in: 'egg yolk, liver, shrimp'},
	{key: 'carbohydrate_g', kind: 'macronutrient', energy_percent: [45, 60, 'efsa'], label: 260, role: 'The quickest energy, for brain and muscle.', found_in: 'grain, potatoes, pulses, fruit', other_names: 'carbs'},
	{key: 'sugars_g', kind: 'macronutrient', label: 90, role: 'Quick energy.', found_in: 'fruit, milk, sweets, soft drinks'},
	{key: 'added_sugars_g', kind: 'macronutrient', energy_percent: [null, 10, 'who_sugars'], role: 'Quick energy without anything else.', found_in: 'soft drinks, sweets, many ready foods'},
	{key: 'free_sugars', name: 'Free sugars', unit: 'g', kind: 'macronutrient', energy_percent: [null, 10, 'who_sugars'], role: 'Added sugars and those of honey, syrup and juice.', found_in: 'soft drinks, juice, honey, sweets'},
	{key: 'polyols_g', kind: 'macronutrient', role: 'Sweetens with fewer calories; much of it loosens the bowels.', found_in: 'sugar-free gum and sweets', other_names: 'sugar alcohols'},
	{key: 'starch_g', kind: 'macronutrient', role: 'Energy that is released more slowly than that of sugar.', found_in: 'grain, potatoes, pulses'},
	{key: 'fiber_g', kind: 'macronutrient', reference: [25, 25], role: 'Keeps the bowels moving and feeds their bacteria.', found_in: 'whole grain, pulses, vegetables, fruit, nuts', other_names: 'roughage'},
	{key: 'protein_g', kind: 'macronutrient', label: 50, role: 'Builds and keeps muscle, bone and enzymes.', found_in: 'pulses, fish, meat, eggs, milk, tofu', note: 'At least 0.83 g for each kilogram of body weight (EFSA, 2012).'},
	{key: 'salt_g', kind: 'mineral', label: 6, limit: [5, 'who_salt'], role: 'Brings sodium and chloride.', found_in: 'bread, cheese, sausage, ready meals'},
	{key: 'sodium_mg', kind: 'mineral', limit: [2000, 'who_salt'], role: 'Water balance, nerves and muscles.', found_in: 'salt, bread, cheese, sausage, ready meals'},
	{key: 'alcohol_g', kind: 'other', role: 'None. The World Health Organization knows no amount that is without risk.', found_in: 'beer, wine, spirits'},
	{key: 'caffeine_mg', kind: 'other', limit: [400, 'efsa_caffeine'], role: 'Keeps awake and helps endurance.', found_in: 'coffee, tea, cola, energy drinks, cocoa', note: 'At most 200 mg at once.'},
	{key: 'water', name: 'Water', unit: 'ml', kind: 'other', reference: [2000, 2500], role: 'Everything in the body happens in it.', found_in: 'drinks, and about a fifth of it in food'},
	{key: 'vitamin_a_ug', kind: 'vitamin', reference: [650, 750], label: 800, limit: [3000, 'efsa_limit'], role: 'Sight, skin and defence.', found_in: 'liver, milk fat, eggs; carotenes of carrots and greens', other_names: 'retinol', note: 'The limit is for preformed vitamin A, not for carotenes. In pregnancy too much harms the child.'},
	{key: 'retinol', name: 'Retinol', unit: 'µg', kind: 'vitamin', limit: [3000, 'efsa_limit'], role: 'Vitamin A as animals store it.', found_in: 'liver, cod liver oil, supplements', other_names: 'preformed vitamin A'},
	{key: 'beta_carotene', name: 'Beta-carotene', unit: 'mg', kind: 'vitamin', role: 'Becomes vitamin A as far as it is needed.', found_in: 'carrots, pumpkin, spinach', other_names: 'provitamin A', note: 'As a supplement it is not for smokers: high doses raised their risk of lung cancer.'},
	{key: 'thiamin_mg', kind: 'vitamin', reference: [1.1, 1.2, 'nasem'], label: 1.1, role: 'Turns carbohydrate into energy.', found_in: 'whole grain, pork, pulses', other_names: 'vitamin B1'},
	{key: 'riboflavin_mg', kind: 'vitamin', reference: [1.6, 1.6], label: 1.4, role: 'Energy, skin and eyes.', found_in: 'milk, eggs, meat, mushrooms', other_names: 'vitamin B2'},
	{key: 'niacin_mg', kind: 'vitamin', reference: [14, 16, 'nasem'], label: 16, limit: [35, 'nasem', 'added'], role: 'Energy, nerves and skin.', found_in: 'meat, fish, peanuts, whole grain', other_names: 'vitamin B3 nicotinamide'},
	{key: 'nicotinic_acid', name: 'Nicotinic acid', unit: 'mg', kind: 'vitamin', limit: [10, 'efsa_limit', 'added'], role: 'The form of niacin that makes the skin flush.', found_in: 'supplements', other_names: 'niacin'},
	{key: 'nicotinamide', name: 'Nicotinamide', unit: 'mg', kind: 'vitamin', limit: [900, 'efsa_limit', 'added'], role: 'The form of niacin that does not make the skin flush.', found_in: 'supplements, meat', other_names: 'niacinamide'},
	{key: 'pantothenic_acid_mg', kind: 'vitamin', reference: [5, 5], label: 6, role: 'Part of coenzyme A, through which all energy passes.', found_in: 'nearly every food', other_names: 'vitamin B5'},
	{key: 'vitamin_b6_mg', kind: 'vitamin', reference: [1.6, 1.7], label: 1.4, limit: [12, 'efsa_limit'], role: 'Metabolism of protein, nerves, blood.', found_in: 'fish, poultry, potatoes, bananas', other_names: 'pyridoxine', note: 'Too much for long damages nerves.'},
	{key: 'biotin_ug', kind: 'vitamin', reference: [40, 40], label: 50, role: 'Metabolism of fat and sugar.', found_in: 'eggs, nuts, oats', other_names: 'vitamin B7', note: 'High doses falsify blood tests of heart and thyroid.'},
	{key: 'folate_ug', kind: 'vitamin', reference: [330, 330], label: 200, limit: [1000, 'efsa_limit', 'added'], role: 'Cell division and blood.', found_in: 'greens, pulses, liver', other_names: 'folic acid vitamin B9'},
	{key: 'folic_acid', name: 'Folic acid', unit: 'µg', kind: 'vitamin', limit: [1000, 'efsa_limit', 'added'], role: 'The form of folate in supplements and enriched flour.', found_in: 'supplements, enriched foods', note: 'Much of it hides a lack of vitamin B12.'},
	{key: 'vitamin_b12_ug', kind: 'vitamin', reference: [4, 4], label: 2.5, role: 'Blood and nerves.', found_in: 'meat, fish, eggs, milk; not in plants', other_names: 'cobalamin'},
	{key: 'choline_mg', kind: 'vitamin', reference: [400, 400], limit: [3500, 'nasem'], role: 'Membranes, liver and a messenger of nerves.', found_in: 'eggs, meat, soy'},
	{key: 'vitamin_c_mg', kind: 'vitamin', reference: [95, 110], label: 80, limit: [2000, 'nasem'], role: 'Connective tissue, defence, uptake of iron.', found_in: 'peppers, citrus fruit, berries, cabbage', other_names: 'ascorbic acid'},
	{key: 'vitamin_d_ug', kind: 'vitamin', reference: [15, 15], label: 5, limit: [100, 'efsa_limit'], role: 'Uptake of calcium, bones, muscles.', found_in: 'fatty fish, eggs, mushrooms; skin makes it in summer sun', other_names: 'cholecalciferol D3', note: '1 µg is 40 IU.'},
	{key: 'vitamin_e_mg', kind: 'vitamin', reference: [11, 13], label: 12, limit: [300, 'efsa_limit'], role: 'Protects fats from oxygen.', found_in: 'vegetable oils, nuts, seeds', other_names: 'tocopherol'},
	{key: 'vitamin_k_ug', kind: 'vitamin', reference: [70, 70], label: 75, role: 'Clotting of blood, bones.', found_in: 'greens, cabbage, rapeseed oil', note: 'Matters to people who take anticoagulants of the warfarin kind.'},
	{key: 'calcium_mg', kind: 'mineral', reference: [950, 950], label: 800, limit: [2500, 'efsa_limit'], role: 'Bones, teeth, muscles.', found_in: 'milk, cheese, kale, water rich in calcium'},
	{key: 'chloride_mg', kind: 'mineral', reference: [3100, 3100], label: 800, role: 'Water balance and stomach acid.', found_in: 'salt'},
	{key: 'chromium_ug', kind: 'mineral', reference: [25, 35, 'nasem'], label: 40, role: 'Perhaps the effect of insulin; EFSA sees no proof that it is needed.', found_in: 'whole grain, meat, nuts'},
	{key: 'copper_mg', kind: 'mineral', reference: [1.3, 1.6], label: 1, limit: [5, 'efsa_limit'], role: 'Connective tissue, use of iron.', found_in: 'nuts, cocoa, liver, whole grain'},
	{key: 'fluoride_mg', kind: 'mineral', reference: [2.9, 3.4], label: 3.5, limit: [3.3, 'efsa_fluoride'], role: 'Hardens teeth.', found_in: 'toothpaste, tea, some waters', note: 'The limit is a safe level of intake (2025), a little below what was thought adequate for men in 2013.'},
	{key: 'iodine_ug', kind: 'mineral', reference: [150, 150], label: 150, limit: [600, 'efsa_limit'], role: 'Hormones of the thyroid.', found_in: 'sea fish, milk, iodised salt', note: 'Seaweed can hold many times the limit.'},
	{key: 'iron_mg', kind: 'mineral', reference: [16, 11], label: 14, limit: [40, 'efsa_limit'], role: 'Carries oxygen in the blood.', found_in: 'meat, pulses, whole grain, seeds', note: 'A woman after menopause needs 11 mg. The limit is a safe level of intake (2024).'},
	{key: 'magnesium_mg', kind: 'mineral', reference: [300, 350], label: 375, limit: [250, 'efsa_limit', 'added'], role: 'Muscles, nerves, energy.', found_in: 'nuts, seeds, whole grain, pulses', note: 'More than the limit at once loosens the bowels.'},
	{key: 'manganese_mg', kind: 'mineral', reference: [3, 3], label: 2, limit: [8, 'efsa_limit'], role: 'Bones, enzymes.', found_in: 'whole grain, nuts, tea', note: 'The limit is a safe level of intake (2023).'},
	{key: 'molybdenum_ug', kind: 'mineral', reference: [65, 65], label: 50, limit: [600, 'efsa_limit'], role: 'Enzymes that break down sulphur compounds.', found_in: 'pulses, grain'},
	{key: 'phosphorus_mg', kind: 'mineral', reference: [550, 550], label: 700, limit: [3000, 'nasem'], role: 'Bones and energy.', found_in: 'milk, meat, nuts, whole grain', note: 'The limit is that for people over 70; below it is 4000 mg.'},
	{key: 'potassium_mg', kind: 'mineral', reference: [3500, 3500], label: 2000, role: 'Nerves, muscles, blood pressure.', found_in: 'potatoes, pulses, vegetables, fruit', note: 'As a supplement only by a doctor’s word: kidneys and many medicines decide.'},
	{key: 'selenium_ug', kind: 'mineral', reference: [70, 70], label: 55, limit: [255, 'efsa_limit'], role: 'Thyroid, protection of cells.', found_in: 'fish, eggs, meat; a Brazil nut may hold a day’s worth'},
	{key: 'zinc_mg', kind: 'mineral', reference: [9.3, 11.7], label: 10, limit: [25, 'efsa_limit'], role: 'Defence, skin, healing.', found_in: 'meat, cheese, pulses, seeds', note: 'The need rises with phytate: these are for 600 mg of it in a day, as in a mixed diet.'},
	{key: 'boron', name: 'Boron', unit: 'mg', kind: 'mineral', limit: [10, 'efsa_limit'], role: 'Unknown; not proved to be needed.', found_in: 'fruit, nuts, pulses'},
	{key: 'histidine', name: 'Histidine', unit: 'mg/kg', kind: 'amino acid', reference: [10, 10, 'who_amino'], role: 'Essential amino acid.', found_in: 'meat, fish, soy'},
	{key: 'isoleucine', name: 'Isoleucine', unit: 'mg/kg', kind: 'amino acid', reference: [20, 20, 'who_amino'], role: 'Essential amino acid.', found_in: 'meat, eggs, pulses', other_names: 'BCAA'},
	{key: 'leucine', name: 'Leucine', unit: 'mg/kg', kind: 'amino acid', reference: [39, 39, 'who_amino'], role: 'Essential amino acid that starts the building of muscle.', found_in: 'whey, meat, soy', other_names: 'BCAA'},
	{key: 'lysine', name: 'Lysine', unit: 'mg/kg', kind: 'amino acid', reference: [30, 30, 'who_amino'], role: 'Essential amino acid, scarce in grain.', found_in: 'pulses, meat, milk'},
	{key: 'methionine_cysteine', name: 'Methionine and cysteine', unit: 'mg/kg', kind: 'amino acid', reference: [15, 15, 'who_amino'], role: 'Amino acids with sulphur, scarce in pulses.', found_in: 'grain, eggs, fish'},
	{key: 'phenylalanine_tyrosine', name: 'Phenylalanine and tyrosine', unit: 'mg/kg', kind: 'amino acid', reference: [25, 25, 'who_amino'], role: 'Precursors of messengers of nerves.', found_in: 'milk, soy, meat'},
	{key: 'threonine', name: 'Threonine', unit: 'mg/kg', kind: 'amino acid', reference: [15, 15, 'who_amino'], role: 'Essential amino acid.', found_in: 'meat, pulses, cheese'},
	{key: 'tryptophan', name: 'Tryptophan', unit: 'mg/kg', kind: 'amino acid', reference: [4, 4, 'who_amino'], role: 'Precursor of serotonin and niacin.', found_in: 'milk, poultry, seeds'},
	{key: 'valine', name: 'Valine', unit: 'mg/kg', kind: 'amino acid', reference: [26, 26, 'who_amino'], role: 'Essential amino acid.', found_in: 'meat, milk, pulses', other_names: 'BCAA'},
];
