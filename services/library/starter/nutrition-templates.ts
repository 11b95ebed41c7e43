import type {ALLERGENS, DIETS, EATING_GOALS} from '../contract.js';

// Ways to eat for healthy adults, in words of this project. None of them is a treatment.

export const TEMPLATE_SOURCES = {
	who: 'WHO: Healthy diet, fact sheet, 2020',
	efsa: 'EFSA: Dietary Reference Values for carbohydrates, fibre and fats, 2010, and for protein, 2012',
	nordic: 'Nordic Council of Ministers: Nordic Nutrition Recommendations 2023',
	mediterranean: 'Bach-Faig A et al.: Mediterranean diet pyramid today, Public Health Nutr 14(12A):2274, 2011',
	plants: 'Academy of Nutrition and Dietetics: Vegetarian diets, J Acad Nutr Diet 116(12):1970, 2016',
	sport:
		'ACSM, Academy of Nutrition and Dietetics, Dietitians of Canada: Nutrition and athletic performance, Med Sci Sports Exerc 48(3):543, 2016',
	protein:
		'Morton RW et al.: Protein supplementation and resistance training, meta-analysis, Br J Sports Med 52(6):376, 2018',
	eat_lancet: 'Willett W et al.: Food in the Anthropocene (EAT–Lancet), Lancet 393:447, 2019',
} as const;

export interface StarterTemplate {
	name: string;
	summary: string;
	/** What it suits, the foremost first. */
	goals: readonly (typeof EATING_GOALS)[number][];
	diets: readonly (typeof DIETS)[number][];
	/** Without these foods there is not much left of it. */
	rests_on: readonly (typeof ALLERGENS)[number][];
	/** Usual shares of the day's energy, in per cent. */
	fat_percent: readonly [min: number, max: number];
	carbohydrate_percent: readonly [min: number, max: number];
	protein_percent: readonly [min: number, max: number];
	rich_in: readonly ('fibre' | 'protein' | 'omega-3' | 'iron' | 'calcium')[];
	low_in: readonly ('salt' | 'saturated fat' | 'free sugars')[];
	more_of: string;
	less_of: string;
	/** A day as an example. */
	day: readonly {meal_type: 'breakfast' | 'lunch' | 'dinner' | 'snack'; name: string}[];
	source: keyof typeof TEMPLATE_SOURCES;
}

const aDay = (breakfast: string, lunch: string, dinner: string, snack: string): StarterTemplate['day'] => [
	{meal_type: 'breakfast', name: breakfast},
	{meal_type: 'lunch', name: lunch},
	{meal_type: 'dinner', name: dinner},
	{meal_type: 'snack', name: snack},
];

// biome-ignore format: a template reads by its lines
export const NUTRITION_TEMPLATES: readonly StarterTemplate[] = [
	{name: 'Balanced plate', summary: 'Half of the plate vegetables and fruit, a quarter whole grain or potatoes, a quarter protein.', goals: ['maintain', 'lose_weight', 'gain_muscle'], diets: ['omnivore', 'pescatarian', 'vegetarian', 'vegan'], rests_on: [], fat_percent: [20, 35], carbohydrate_percent: [45, 60], protein_percent: [12, 20], rich_in: ['fibre'], low_in: ['salt', 'free sugars', 'saturated fat'], more_of: 'vegetables, pulses, whole grain, fruit, nuts', less_of: 'soft drinks, sausage, pastry', day: aDay('Porridge with berries and seeds', 'Lentil soup with whole-grain bread', 'Potatoes, beans and a large salad with rapeseed oil', 'An apple and a handful of nuts'), source: 'who'},
	{name: 'Mediterranean', summary: 'Vegetables, pulses, whole grain and olive oil daily; fish some days, meat seldom.', goals: ['maintain', 'lose_weight'], diets: ['omnivore', 'pescatarian'], rests_on: ['fish'], fat_percent: [30, 40], carbohydrate_percent: [40, 50], protein_percent: [14, 20], rich_in: ['fibre', 'omega-3'], low_in: ['saturated fat', 'free sugars'], more_of: 'vegetables, pulses, fish, olive oil, nuts', less_of: 'red meat, butter, sweets', day: aDay('Whole-grain bread with tomato and olive oil', 'Chickpea salad with peppers and feta', 'Baked sardines with vegetables and bulgur', 'Figs and almonds'), source: 'mediterranean'},
	{name: 'Mediterranean without fish', summary: 'The same pattern on pulses, nuts and cheese.', goals: ['maintain', 'lose_weight'], diets: ['omnivore', 'vegetarian'], rests_on: ['nuts'], fat_percent: [30, 40], carbohydrate_percent: [40, 52], protein_percent: [12, 18], rich_in: ['fibre'], low_in: ['saturated fat', 'free sugars'], more_of: 'vegetables, pulses, olive oil, nuts', less_of: 'butter, sweets, ready meals', day: aDay('Yogurt with walnuts and honey melon', 'Bean stew with greens', 'Whole-grain pasta with aubergine, tomato and olive oil', 'Fruit'), source: 'mediterranean'},
	{name: 'Nordic', summary: 'Rye, oats, root vegetables, berries, rapeseed oil and fatty fish.', goals: ['maintain', 'lose_weight'], diets: ['omnivore', 'pescatarian'], rests_on: ['fish', 'gluten'], fat_percent: [25, 40], carbohydrate_percent: [45, 60], protein_percent: [12, 20], rich_in: ['fibre', 'omega-3'], low_in: ['saturated fat', 'free sugars'], more_of: 'whole-grain rye and oats, cabbage and roots, berries, herring and salmon', less_of: 'red and processed meat, sugar', day: aDay('Oat porridge with lingonberries', 'Rye bread with herring and beetroot', 'Salmon with cabbage and potatoes', 'Skyr with berries'), source: 'nordic'},
	{name: 'Vegetarian', summary: 'Plants with milk and eggs.', goals: ['maintain', 'lose_weight', 'gain_muscle'], diets: ['vegetarian', 'omnivore', 'pescatarian'], rests_on: ['milk', 'egg'], fat_percent: [25, 35], carbohydrate_percent: [45, 60], protein_percent: [12, 20], rich_in: ['fibre', 'calcium'], low_in: ['saturated fat'], more_of: 'pulses, eggs, milk and yogurt, whole grain, nuts', less_of: 'cheese by the plate, sweets', day: aDay('Muesli with yogurt', 'Omelette with spinach and bread', 'Lentil dal with brown rice', 'Cottage cheese with fruit'), source: 'plants'},
	{name: 'Vegan', summary: 'Only plants, with vitamin B12 beside them and pulses every day.', goals: ['maintain', 'lose_weight'], diets: ['vegan', 'vegetarian', 'omnivore', 'pescatarian'], rests_on: [], fat_percent: [20, 35], carbohydrate_percent: [50, 60], protein_percent: [12, 18], rich_in: ['fibre', 'iron'], low_in: ['saturated fat', 'salt'], more_of: 'pulses, tofu, whole grain, greens, seeds, enriched plant milk', less_of: 'sweets, chips, coconut fat', day: aDay('Overnight oats with enriched plant milk and linseed', 'Hummus with vegetables and bread', 'Bean chili with brown rice', 'Orange and pumpkin seeds'), source: 'plants'},
	{name: 'Vegan for muscle', summary: 'Only plants, with a good source of protein at each meal.', goals: ['gain_muscle', 'maintain'], diets: ['vegan', 'vegetarian', 'omnivore', 'pescatarian'], rests_on: ['soy'], fat_percent: [20, 35], carbohydrate_percent: [45, 58], protein_percent: [16, 25], rich_in: ['protein', 'fibre', 'iron'], low_in: ['saturated fat'], more_of: 'tofu, tempeh, lentils, beans, soy milk', less_of: 'meals without a protein', day: aDay('Scrambled tofu on bread', 'Lentil pasta with vegetables', 'Tempeh stir-fry with rice', 'Soy yogurt with oats and fruit'), source: 'protein'},
	{name: 'More protein', summary: 'A good source of protein at three or four meals, for training with weights.', goals: ['gain_muscle', 'lose_weight'], diets: ['omnivore', 'pescatarian'], rests_on: ['milk'], fat_percent: [20, 35], carbohydrate_percent: [40, 55], protein_percent: [18, 30], rich_in: ['protein', 'calcium'], low_in: ['free sugars'], more_of: 'yogurt and quark, eggs, fish, poultry, pulses', less_of: 'meals of starch alone', day: aDay('Quark with berries and oats', 'Tuna salad with beans', 'Chicken with rice and vegetables', 'Cottage cheese on crispbread'), source: 'protein'},
	{name: 'More protein, vegetarian', summary: 'Milk, eggs and pulses at each meal.', goals: ['gain_muscle', 'lose_weight'], diets: ['vegetarian', 'omnivore', 'pescatarian'], rests_on: ['milk', 'egg'], fat_percent: [20, 35], carbohydrate_percent: [40, 55], protein_percent: [18, 28], rich_in: ['protein', 'calcium', 'fibre'], low_in: ['free sugars'], more_of: 'skyr and quark, eggs, lentils, tofu', less_of: 'meals of starch alone', day: aDay('Skyr with fruit and seeds', 'Egg and bean wrap', 'Tofu curry with lentils and rice', 'Quark with berries'), source: 'protein'},
	{name: 'Fewer calories, filling', summary: 'Large plates with little energy: vegetables, pulses, lean protein, soup first.', goals: ['lose_weight'], diets: ['omnivore', 'pescatarian', 'vegetarian', 'vegan'], rests_on: [], fat_percent: [20, 30], carbohydrate_percent: [45, 55], protein_percent: [18, 25], rich_in: ['fibre', 'protein'], low_in: ['free sugars', 'saturated fat'], more_of: 'vegetables, pulses, soups, whole fruit, water', less_of: 'drinks with sugar, fried food, snacks from the bag', day: aDay('Porridge with apple and cinnamon', 'Large vegetable soup with white beans', 'Stir-fried vegetables with tofu or lean protein', 'Berries'), source: 'efsa'},
	{name: 'Long training', summary: 'Carbohydrate follows the training: much on hard days, less on easy ones.', goals: ['endurance', 'maintain'], diets: ['omnivore', 'pescatarian', 'vegetarian', 'vegan'], rests_on: [], fat_percent: [20, 30], carbohydrate_percent: [55, 65], protein_percent: [12, 18], rich_in: ['fibre', 'iron'], low_in: ['saturated fat'], more_of: 'grain, potatoes, fruit, pulses; something to drink on the way', less_of: 'fat before training', day: aDay('Bread with jam and a banana', 'Pasta with lentil sauce', 'Rice with beans and vegetables', 'Dried fruit'), source: 'sport'},
	{name: 'Planetary plate', summary: 'Mostly plants; animal foods in small amounts that the earth can bear.', goals: ['maintain'], diets: ['omnivore', 'pescatarian'], rests_on: ['nuts'], fat_percent: [30, 38], carbohydrate_percent: [45, 55], protein_percent: [12, 16], rich_in: ['fibre'], low_in: ['saturated fat', 'free sugars'], more_of: 'whole grain, pulses, nuts, vegetables', less_of: 'red meat, sugar, starchy roots', day: aDay('Muesli with nuts', 'Bean salad with whole-grain bread', 'Vegetable curry with peas and rice', 'Fruit'), source: 'eat_lancet'},
];
