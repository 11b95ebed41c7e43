import type {Nutrient} from '@hearth/nutrition/nutrients.js';

// What is sold as a supplement: what it is, what is known of it, and whom it may harm. Sentences are this project's own.

export const SUPPLEMENT_SOURCES = {
	ods: 'Office of Dietary Supplements, National Institutes of Health (US): fact sheets for health professionals',
	nccih: 'National Center for Complementary and Integrative Health (US): Health Topics A–Z',
	claims: 'Regulation (EU) No 432/2012: permitted health claims, with their conditions',
	ioc: 'Maughan RJ et al., IOC consensus statement: dietary supplements and the high-performance athlete, Br J Sports Med 52:439, 2018',
	issn_protein: 'Jäger R et al., ISSN position stand: protein and exercise, J Int Soc Sports Nutr 14:20, 2017',
	efsa_green_tea: 'EFSA: Scientific opinion on the safety of green tea catechins, 2018',
	efsa_caffeine: 'EFSA: Scientific Opinion on the safety of caffeine, 2015',
	fluids: 'ACSM position stand: Exercise and fluid replacement, Med Sci Sports Exerc 39(2):377, 2007',
	inulin: 'Regulation (EU) 2015/2314: native chicory inulin, 12 g a day',
	psyllium: '21 CFR 101.81 (US): soluble fiber of psyllium husk',
	taurine: 'EFSA: The use of taurine and D-glucurono-γ-lactone as constituents of energy drinks, 2009',
	theanine: 'Hidese S et al., Nutrients 11(10):2362, 2019',
	glycine: 'Bannai M, Kawai N, J Pharmacol Sci 118(2):145, 2012',
	nhs: 'National Health Service (UK): vitamins and minerals; the vegan diet',
} as const;

export interface StarterSupplement {
	name: string;
	kind: 'vitamin' | 'mineral' | 'fatty acid' | 'protein' | 'sport' | 'plant' | 'fibre' | 'other';
	/** What a usual amount for a day brings, of nutrients that the house knows. */
	brings?: Partial<Record<Nutrient, number>>;
	/** The usual amount for a day, where it is not said by what it brings. */
	usual?: readonly [amount: number, unit: 'g' | 'mg' | 'µg' | 'capsule' | 'billion CFU'];
	/** How well the effect is supported: by the needs of the body, by good trials, by some, or hardly. */
	evidence: 'need' | 'good' | 'some' | 'weak';
	use: string;
	caution?: string;
	source: keyof typeof SUPPLEMENT_SOURCES;
	/** Not from animals. */
	vegan?: boolean;
	other_names?: string;
}

// biome-ignore format: a table reads by its lines
export const SUPPLEMENTS: readonly StarterSupplement[] = [
	{name: 'Vitamin A', kind: 'vitamin', brings: {vitamin_a_ug: 400}, evidence: 'need', use: 'Rarely needed where there are milk, eggs or coloured vegetables.', caution: 'Not in pregnancy: too much harms the child.', source: 'ods', other_names: 'retinol'},
	{name: 'Vitamin B complex', kind: 'vitamin', brings: {thiamin_mg: 1.1, riboflavin_mg: 1.4, niacin_mg: 16, pantothenic_acid_mg: 6, vitamin_b6_mg: 1.4, biotin_ug: 50, folate_ug: 200, vitamin_b12_ug: 2.5}, evidence: 'need', use: 'The B vitamins together, for a diet that is short of several.', caution: 'Look at the vitamin B6 of strong ones.', source: 'ods', vegan: true},
	{name: 'Vitamin B1', kind: 'vitamin', brings: {thiamin_mg: 1.1}, evidence: 'need', use: 'For a known lack.', source: 'ods', vegan: true, other_names: 'thiamin'},
	{name: 'Vitamin B2', kind: 'vitamin', brings: {riboflavin_mg: 1.4}, evidence: 'need', use: 'For a diet without milk, eggs and meat.', source: 'ods', vegan: true, other_names: 'riboflavin'},
	{name: 'Vitamin B3', kind: 'vitamin', brings: {niacin_mg: 16}, evidence: 'need', use: 'For a known lack.', caution: 'As nicotinic acid it makes the skin flush above 10 mg.', source: 'ods', vegan: true, other_names: 'niacin nicotinamide'},
	{name: 'Vitamin B5', kind: 'vitamin', brings: {pantothenic_acid_mg: 6}, evidence: 'need', use: 'Hardly ever lacking.', source: 'ods', vegan: true, other_names: 'pantothenic acid'},
	{name: 'Vitamin B6', kind: 'vitamin', brings: {vitamin_b6_mg: 1.4}, evidence: 'need', use: 'For a known lack.', caution: 'Damages nerves when too much is taken for long.', source: 'ods', vegan: true, other_names: 'pyridoxine'},
	{name: 'Biotin', kind: 'vitamin', brings: {biotin_ug: 50}, evidence: 'weak', use: 'Sold for hair and nails; helps those who lack it, which is rare.', caution: 'Tell who takes your blood: it falsifies tests.', source: 'ods', vegan: true, other_names: 'vitamin B7'},
	{name: 'Folic acid', kind: 'vitamin', brings: {folate_ug: 400}, evidence: 'need', use: 'Before and early in pregnancy, by a doctor’s or midwife’s word.', caution: 'Hides a lack of vitamin B12.', source: 'ods', vegan: true, other_names: 'folate vitamin B9'},
	{name: 'Vitamin B12', kind: 'vitamin', brings: {vitamin_b12_ug: 10}, evidence: 'need', use: 'Plants have none: who eats no animal foods needs it.', source: 'nhs', vegan: true, other_names: 'cobalamin cyanocobalamin'},
	{name: 'Vitamin C', kind: 'vitamin', brings: {vitamin_c_mg: 80}, evidence: 'need', use: 'For a diet almost without fruit and vegetables. Taken daily it shortens colds a little.', caution: 'Grams of it may cause kidney stones.', source: 'ods', vegan: true, other_names: 'ascorbic acid'},
	{name: 'Vitamin D3', kind: 'vitamin', brings: {vitamin_d_ug: 10}, evidence: 'need', use: 'In autumn and winter, and for skin that sees little sun.', caution: 'Not together with other strong vitamin D.', source: 'nhs', other_names: 'cholecalciferol'},
	{name: 'Vitamin D3 from lichen', kind: 'vitamin', brings: {vitamin_d_ug: 10}, evidence: 'need', use: 'As vitamin D3, without animals.', source: 'nhs', vegan: true, other_names: 'vegan vitamin D'},
	{name: 'Vitamin E', kind: 'vitamin', brings: {vitamin_e_mg: 12}, evidence: 'weak', use: 'Hardly ever lacking where there is oil or nuts.', caution: 'Makes blood clot less.', source: 'ods', vegan: true, other_names: 'tocopherol'},
	{name: 'Vitamin K2', kind: 'vitamin', brings: {vitamin_k_ug: 75}, evidence: 'weak', use: 'Sold for bones; trials disagree.', caution: 'Not with anticoagulants of the warfarin kind.', source: 'ods', vegan: true, other_names: 'menaquinone'},
	{name: 'Multivitamin', kind: 'vitamin', brings: {vitamin_a_ug: 400, vitamin_d_ug: 5, vitamin_e_mg: 12, vitamin_c_mg: 80, thiamin_mg: 1.1, riboflavin_mg: 1.4, niacin_mg: 16, vitamin_b6_mg: 1.4, folate_ug: 200, vitamin_b12_ug: 2.5, zinc_mg: 5, selenium_ug: 30, iodine_ug: 100}, evidence: 'weak', use: 'Covers gaps; in people who eat well trials found little use.', caution: 'Count it together with everything else that is taken.', source: 'ods', other_names: 'multi'},
	{name: 'Calcium', kind: 'mineral', brings: {calcium_mg: 400}, evidence: 'need', use: 'Where food brings too little: little milk, little kale, soft water.', caution: 'Two hours apart from iron and many medicines.', source: 'ods', vegan: true, other_names: 'calcium carbonate citrate'},
	{name: 'Magnesium citrate', kind: 'mineral', brings: {magnesium_mg: 200}, evidence: 'need', use: 'Where food brings too little. Does not help against most cramps.', caution: 'Loosens the bowels. Not with weak kidneys.', source: 'ods', vegan: true},
	{name: 'Magnesium glycinate', kind: 'mineral', brings: {magnesium_mg: 200}, evidence: 'need', use: 'As the citrate, gentler to the bowels.', caution: 'Not with weak kidneys.', source: 'ods', vegan: true, other_names: 'magnesium bisglycinate'},
	{name: 'Zinc', kind: 'mineral', brings: {zinc_mg: 10}, evidence: 'need', use: 'For a diet with much phytate and no meat.', caution: 'Long and high it costs the body copper.', source: 'ods', vegan: true, other_names: 'zinc gluconate picolinate'},
	{name: 'Iron', kind: 'mineral', brings: {iron_mg: 14}, evidence: 'need', use: 'For a lack that a blood test has shown.', caution: 'Only after a blood test. Keep it away from children.', source: 'ods', vegan: true, other_names: 'ferrous bisglycinate'},
	{name: 'Iodine', kind: 'mineral', brings: {iodine_ug: 150}, evidence: 'need', use: 'For a diet without sea fish, milk and iodised salt.', caution: 'Not with an ill thyroid, unless a doctor says so.', source: 'nhs', vegan: true, other_names: 'potassium iodide'},
	{name: 'Selenium', kind: 'mineral', brings: {selenium_ug: 55}, evidence: 'need', use: 'Where soils are poor in it and no fish or eggs are eaten.', caution: 'The way from enough to too much is short.', source: 'ods', vegan: true},
	{name: 'Chromium', kind: 'mineral', brings: {chromium_ug: 40}, evidence: 'weak', use: 'Sold for sugar and weight; effects are small if any.', caution: 'May add to medicines against diabetes.', source: 'ods', vegan: true, other_names: 'chromium picolinate'},
	{name: 'Copper', kind: 'mineral', brings: {copper_mg: 1}, evidence: 'need', use: 'Beside zinc that is taken for long.', source: 'ods', vegan: true},
	{name: 'Manganese', kind: 'mineral', brings: {manganese_mg: 2}, evidence: 'weak', use: 'Hardly ever lacking.', source: 'ods', vegan: true},
	{name: 'Molybdenum', kind: 'mineral', brings: {molybdenum_ug: 50}, evidence: 'weak', use: 'Hardly ever lacking.', source: 'ods', vegan: true},
	{name: 'Potassium', kind: 'mineral', brings: {potassium_mg: 300}, evidence: 'need', use: 'Better from vegetables, pulses and fruit.', caution: 'Never with weak kidneys or medicines for the heart, unless a doctor says so.', source: 'ods', vegan: true},
	{name: 'Boron', kind: 'mineral', usual: [3, 'mg'], evidence: 'weak', use: 'Not proved to be needed.', source: 'ods', vegan: true},
	{name: 'Electrolytes', kind: 'sport', brings: {sodium_mg: 300, potassium_mg: 150}, evidence: 'good', use: 'For hours of sweating, in the drink.', source: 'fluids', vegan: true, other_names: 'rehydration salts'},
	{name: 'Fish oil', kind: 'fatty acid', brings: {omega_3_g: 0.5}, evidence: 'good', use: 'EPA and DHA for people who eat no fatty fish.', caution: 'Makes blood clot a little less.', source: 'claims', other_names: 'omega-3 EPA DHA'},
	{name: 'Algae oil', kind: 'fatty acid', brings: {omega_3_g: 0.25}, evidence: 'good', use: 'EPA and DHA without fish.', caution: 'Makes blood clot a little less.', source: 'claims', vegan: true, other_names: 'vegan omega-3 DHA'},
	{name: 'Cod liver oil', kind: 'fatty acid', brings: {omega_3_g: 0.8, vitamin_a_ug: 600, vitamin_d_ug: 10}, evidence: 'some', use: 'Omega-3 with vitamins A and D.', caution: 'Not in pregnancy; count its vitamin A.', source: 'nhs'},
	{name: 'Linseed oil', kind: 'fatty acid', brings: {omega_3_g: 5}, usual: [10, 'g'], evidence: 'some', use: 'Plant omega-3, of which the body makes little EPA and DHA.', source: 'ods', vegan: true, other_names: 'flaxseed oil'},
	{name: 'Whey protein', kind: 'protein', brings: {protein_g: 24}, usual: [30, 'g'], evidence: 'good', use: 'Protein in a glass, where meals bring too little.', source: 'issn_protein', other_names: 'protein powder'},
	{name: 'Casein', kind: 'protein', brings: {protein_g: 24}, usual: [30, 'g'], evidence: 'good', use: 'Milk protein that is digested slowly.', source: 'issn_protein', other_names: 'protein powder'},
	{name: 'Soy protein', kind: 'protein', brings: {protein_g: 25}, usual: [30, 'g'], evidence: 'good', use: 'A complete plant protein.', source: 'issn_protein', vegan: true, other_names: 'protein powder'},
	{name: 'Pea protein', kind: 'protein', brings: {protein_g: 24}, usual: [30, 'g'], evidence: 'good', use: 'Plant protein without soy and milk.', source: 'issn_protein', vegan: true, other_names: 'protein powder'},
	{name: 'Collagen', kind: 'protein', brings: {protein_g: 9}, usual: [10, 'g'], evidence: 'some', use: 'Some trials saw less pain in joints; poor as a protein for muscle.', source: 'ioc'},
	{name: 'Essential amino acids', kind: 'protein', usual: [10, 'g'], evidence: 'some', use: 'What a protein is eaten for, without the rest.', source: 'issn_protein', vegan: true, other_names: 'EAA'},
	{name: 'Branched-chain amino acids', kind: 'protein', usual: [5, 'g'], evidence: 'weak', use: 'Adds nothing where enough protein is eaten.', source: 'issn_protein', vegan: true, other_names: 'BCAA leucine'},
	{name: 'Creatine', kind: 'sport', usual: [3, 'g'], evidence: 'good', use: 'More repeated strength and speed in training, and more muscle with it.', caution: 'Adds a kilogram or two of water. Not with weak kidneys.', source: 'claims', vegan: true, other_names: 'creatine monohydrate'},
	{name: 'Caffeine', kind: 'sport', brings: {caffeine_mg: 200}, evidence: 'good', use: 'An hour before endurance or hard intervals.', caution: 'At most 200 mg at once. Costs sleep; not in pregnancy.', source: 'efsa_caffeine', vegan: true},
	{name: 'Beta-alanine', kind: 'sport', usual: [3.2, 'g'], evidence: 'good', use: 'For efforts of one to four minutes, after weeks of taking it.', caution: 'Tingles in the skin.', source: 'ioc', vegan: true},
	{name: 'Beetroot nitrate', kind: 'sport', usual: [400, 'mg'], evidence: 'good', use: 'Slightly less oxygen for the same pace.', caution: 'Lowers blood pressure.', source: 'ioc', vegan: true, other_names: 'beet juice'},
	{name: 'Sodium bicarbonate', kind: 'sport', usual: [20, 'g'], evidence: 'good', use: 'For hard efforts of one to ten minutes, before a competition.', caution: 'Upsets the stomach; very much sodium.', source: 'ioc', vegan: true, other_names: 'baking soda'},
	{name: 'Citrulline', kind: 'sport', usual: [6, 'g'], evidence: 'some', use: 'Perhaps a few repetitions more.', source: 'ods', vegan: true, other_names: 'citrulline malate'},
	{name: 'Taurine', kind: 'sport', usual: [1, 'g'], evidence: 'weak', use: 'In energy drinks; little is known of it alone.', source: 'taurine', vegan: true},
	{name: 'HMB', kind: 'sport', usual: [3, 'g'], evidence: 'weak', use: 'Perhaps less loss of muscle in those who do not train.', source: 'ods', vegan: true},
	{name: 'Psyllium', kind: 'fibre', brings: {fiber_g: 8}, usual: [10, 'g'], evidence: 'good', use: 'Softens what is hard and thickens what is thin; lowers LDL cholesterol a little.', caution: 'With much water; two hours apart from medicines.', source: 'psyllium', vegan: true, other_names: 'ispaghula husk fiber'},
	{name: 'Inulin', kind: 'fibre', brings: {fiber_g: 11}, usual: [12, 'g'], evidence: 'good', use: 'Feeds the bacteria of the bowels and keeps them moving.', caution: 'Makes wind.', source: 'inulin', vegan: true, other_names: 'chicory fiber prebiotic'},
	{name: 'Beta-glucan of oats', kind: 'fibre', brings: {fiber_g: 3}, usual: [3, 'g'], evidence: 'good', use: 'Helps to keep cholesterol normal.', source: 'claims', vegan: true},
	{name: 'Probiotics', kind: 'other', usual: [10, 'billion CFU'], evidence: 'some', use: 'Some strains shorten diarrhoea, as after antibiotics; others do nothing.', caution: 'Not with a weak immune system.', source: 'nccih', other_names: 'lactobacillus bifidobacterium'},
	{name: 'Melatonin', kind: 'other', usual: [1, 'mg'], evidence: 'good', use: 'Shifts the inner clock after flights, and shortens falling asleep a little.', caution: 'A medicine in some countries; makes drowsy.', source: 'nccih', vegan: true},
	{name: 'Coenzyme Q10', kind: 'other', usual: [100, 'mg'], evidence: 'some', use: 'Studied in heart failure, which is a doctor’s matter.', caution: 'May weaken warfarin.', source: 'nccih', vegan: true, other_names: 'ubiquinone CoQ10'},
	{name: 'Glucosamine', kind: 'other', usual: [1500, 'mg'], evidence: 'weak', use: 'Sold for joints; trials disagree.', caution: 'From shellfish. May add to warfarin.', source: 'nccih'},
	{name: 'L-theanine', kind: 'other', usual: [200, 'mg'], evidence: 'some', use: 'The calm of tea; with caffeine perhaps attention.', source: 'theanine', vegan: true},
	{name: 'Glycine', kind: 'other', usual: [3, 'g'], evidence: 'weak', use: 'Small trials of sleep.', source: 'glycine', vegan: true},
	{name: 'Turmeric', kind: 'plant', usual: [500, 'mg'], evidence: 'some', use: 'Some trials saw less pain of knees.', caution: 'Rarely harms the liver, more so with pepper extract.', source: 'nccih', vegan: true, other_names: 'curcumin'},
	{name: 'Ashwagandha', kind: 'plant', usual: [300, 'mg'], evidence: 'some', use: 'Small trials of stress and sleep.', caution: 'May harm the liver and move the thyroid; not in pregnancy.', source: 'nccih', vegan: true},
	{name: 'Ginseng', kind: 'plant', usual: [200, 'mg'], evidence: 'weak', use: 'Sold for vigour.', caution: 'Interacts with several medicines.', source: 'nccih', vegan: true},
	{name: 'Green tea extract', kind: 'plant', usual: [300, 'mg'], evidence: 'weak', use: 'Sold for weight; the effect is too small to matter.', caution: 'From 800 mg of EGCG a day it may harm the liver.', source: 'efsa_green_tea', vegan: true, other_names: 'EGCG'},
	{name: 'Garlic extract', kind: 'plant', usual: [600, 'mg'], evidence: 'some', use: 'Lowers LDL cholesterol and blood pressure a little.', caution: 'Makes blood clot less.', source: 'nccih', vegan: true},
	{name: 'Valerian', kind: 'plant', usual: [400, 'mg'], evidence: 'weak', use: 'Taken for sleep; trials disagree.', caution: 'Makes drowsy, more so with alcohol.', source: 'nccih', vegan: true},
	{name: 'St John’s wort', kind: 'plant', usual: [900, 'mg'], evidence: 'some', use: 'Used for low mood, which is a doctor’s matter.', caution: 'Weakens the pill, anticoagulants and many other medicines.', source: 'nccih', vegan: true, other_names: 'hypericum'},
	{name: 'Milk thistle', kind: 'plant', usual: [200, 'mg'], evidence: 'weak', use: 'Sold for the liver.', source: 'nccih', vegan: true, other_names: 'silymarin'},
	{name: 'Cranberry extract', kind: 'plant', usual: [500, 'mg'], evidence: 'some', use: 'Fewer bladder infections in women who have them often; no cure for one.', caution: 'May add to warfarin.', source: 'nccih', vegan: true},
];
