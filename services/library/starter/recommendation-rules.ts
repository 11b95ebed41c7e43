import type {Condition} from '../recommend/conditions.js';

// The rules of both recommendations, each with its reason in plain words. Advice that would be a doctor's is refused.

export interface StarterRule {
	key: string;
	name: string;
	applies_to: 'programs' | 'nutrition';
	/**
	 * `refuse`: nothing is recommended. `leave_out`: not this entry. `prefer`: `points` for this entry. `suggest`: this supplement, in this
	 * amount. `target`: an amount for a day, computed in `recommend/targets.ts`. `guard`: decided by amounts, in `recommend/doses.ts`.
	 */
	effect: 'refuse' | 'leave_out' | 'prefer' | 'suggest' | 'target' | 'guard';
	when: Condition;
	because: string;
	points?: number;
	/** The word a program can act on, of a refusal. */
	reason?: string;
	supplement?: string;
	amount?: {nutrient: string; amount: number; unit: string};
	source: string;
}

const WHO_ACTIVITY = 'WHO guidelines on physical activity and sedentary behaviour, 2020';
const ACSM = 'ACSM position stand: Progression models in resistance training for healthy adults, 2009';
const WHO_BMI = 'WHO: body mass index of adults, healthy from 18.5 to 24.9';
const HOUSE = 'A limit of this house: what needs to know a person’s health belongs to a doctor';
const EFSA = 'EFSA: Dietary Reference Values, 2010–2019';
const NHS = 'National Health Service (UK): vitamins and minerals; the vegan diet';
const ALWAYS: Condition = {all: []};

const ILLNESS = [
	'heart_or_circulation',
	'high_blood_pressure',
	'diabetes',
	'kidney',
	'liver',
	'eating_disorder',
	'recent_surgery',
	'other_illness',
];

/** Levels are compared by rank, beginner 1. */
export const STARTER_RULES: readonly StarterRule[] = [
	// Programs: what is refused
	{
		key: 'program-minor',
		name: 'Training of children and teenagers',
		applies_to: 'programs',
		effect: 'refuse',
		reason: 'minor',
		when: {fact: 'age_years', below: 18},
		because: 'These programs are for adults. How children and teenagers train is for a coach or doctor who knows them.',
		source: HOUSE,
	},
	{
		key: 'program-pregnancy',
		name: 'Training in pregnancy',
		applies_to: 'programs',
		effect: 'refuse',
		reason: 'pregnancy',
		when: {fact: 'health', has: 'pregnancy'},
		because: 'Moving is good in most pregnancies, but what and how much is for your midwife or doctor to say.',
		source: WHO_ACTIVITY,
	},
	{
		key: 'program-illness',
		name: 'Training with an illness or injury',
		applies_to: 'programs',
		effect: 'refuse',
		reason: 'illness',
		when: {fact: 'health', has: [...ILLNESS, 'injury']},
		because: 'With an illness, an injury or after surgery ask your doctor or physiotherapist which training suits you.',
		source: HOUSE,
	},
	// Programs: what does not fit
	{
		key: 'program-goal',
		name: 'Another goal',
		applies_to: 'programs',
		effect: 'leave_out',
		when: {not: {fact: 'item.goals', has: {fact: 'goal'}}},
		because: 'It is made for other goals than yours.',
		source: ACSM,
	},
	{
		key: 'program-equipment',
		name: 'Equipment that is not there',
		applies_to: 'programs',
		effect: 'leave_out',
		when: {not: {fact: 'item.equipment', within: {fact: 'equipment'}}},
		because: 'It needs equipment that you do not have.',
		source: ACSM,
	},
	{
		key: 'program-level',
		name: 'Too hard to begin with',
		applies_to: 'programs',
		effect: 'leave_out',
		when: {not: {fact: 'level_rank', at_least: {fact: 'item.level_rank'}}},
		because: 'It is for people who have trained for longer.',
		source: ACSM,
	},
	{
		key: 'program-days',
		name: 'More days than there are',
		applies_to: 'programs',
		effect: 'leave_out',
		when: {fact: 'days_per_week', below: {fact: 'item.days_per_week'}},
		because: 'It takes more days a week than you have.',
		source: ACSM,
	},
	{
		key: 'program-minutes',
		name: 'Longer than there is time',
		applies_to: 'programs',
		effect: 'leave_out',
		when: {all: [{given: 'session_minutes'}, {fact: 'session_minutes', below: {fact: 'item.session_minutes'}}]},
		because: 'A session of it takes longer than you have.',
		source: ACSM,
	},
	{
		key: 'program-impact',
		name: 'Jumps and runs for beginners of 65 and older',
		applies_to: 'programs',
		effect: 'leave_out',
		when: {
			all: [
				{fact: 'item.impact', is: 'high'},
				{fact: 'age_years', at_least: 65},
				{fact: 'level', is: 'beginner'},
			],
		},
		because: 'Begin without jumps and runs: bones, joints and balance get used to load more slowly from 65 on.',
		source: WHO_ACTIVITY,
	},
	// Programs: what speaks for one
	{
		key: 'program-first-goal',
		name: 'Made for the goal',
		applies_to: 'programs',
		effect: 'prefer',
		points: 40,
		when: {fact: 'item.first_goal', is: {fact: 'goal'}},
		because: 'Your goal is what it is made for above all.',
		source: ACSM,
	},
	{
		key: 'program-same-level',
		name: 'The right level',
		applies_to: 'programs',
		effect: 'prefer',
		points: 20,
		when: {fact: 'item.level', is: {fact: 'level'}},
		because: 'It is made for somebody of your experience.',
		source: ACSM,
	},
	{
		key: 'program-all-days',
		name: 'All the days',
		applies_to: 'programs',
		effect: 'prefer',
		points: 15,
		when: {fact: 'item.days_per_week', is: {fact: 'days_per_week'}},
		because: 'It uses as many days as you have.',
		source: ACSM,
	},
	{
		key: 'program-use-of-time',
		name: 'The whole session',
		applies_to: 'programs',
		effect: 'prefer',
		points: 5,
		when: {all: [{given: 'session_minutes'}, {fact: 'item.session_minutes', at_least: {fact: 'half_session_minutes'}}]},
		because: 'It makes use of the time you have.',
		source: ACSM,
	},
	{
		key: 'program-use-of-equipment',
		name: 'Equipment in use',
		applies_to: 'programs',
		effect: 'prefer',
		points: 10,
		when: {all: [{given: 'equipment'}, {fact: 'item.equipment', has: {fact: 'equipment'}}]},
		because: 'It makes use of the equipment you have.',
		source: ACSM,
	},
	{
		key: 'program-balance',
		name: 'Gentle from 65 on',
		applies_to: 'programs',
		effect: 'prefer',
		points: 10,
		when: {
			all: [
				{fact: 'age_years', at_least: 65},
				{fact: 'item.impact', is: 'low'},
			],
		},
		because: 'It goes gently with joints, which counts from 65 on.',
		source: WHO_ACTIVITY,
	},
	// Nutrition: what is refused
	{
		key: 'nutrition-minor',
		name: 'Eating of children and teenagers',
		applies_to: 'nutrition',
		effect: 'refuse',
		reason: 'minor',
		when: {fact: 'age_years', below: 18},
		because: 'Who still grows needs other amounts. Ask a paediatrician; these recommendations are for adults.',
		source: EFSA,
	},
	{
		key: 'nutrition-pregnancy',
		name: 'Eating in pregnancy and while breastfeeding',
		applies_to: 'nutrition',
		effect: 'refuse',
		reason: 'pregnancy',
		when: {fact: 'health', has: ['pregnancy', 'breastfeeding']},
		because: 'Pregnancy and breastfeeding change what is needed and what harms. Ask your midwife or doctor.',
		source: EFSA,
	},
	{
		key: 'nutrition-illness',
		name: 'Eating with an illness',
		applies_to: 'nutrition',
		effect: 'refuse',
		reason: 'illness',
		when: {fact: 'health', has: ILLNESS},
		because: 'With an illness, food can be part of the treatment. Ask your doctor or a dietitian.',
		source: HOUSE,
	},
	{
		key: 'nutrition-medication',
		name: 'Supplements beside medicines',
		applies_to: 'nutrition',
		effect: 'refuse',
		reason: 'medication',
		when: {
			all: [
				{fact: 'health', has: 'medication'},
				{
					any: [
						{fact: 'with_supplements', is: true},
						{fact: 'takes_supplements', is: true},
					],
				},
			],
		},
		because:
			'Supplements can weaken or strengthen medicines. Ask your doctor or pharmacist; without supplements we can go on.',
		source: HOUSE,
	},
	{
		key: 'nutrition-underweight',
		name: 'Underweight',
		applies_to: 'nutrition',
		effect: 'refuse',
		reason: 'underweight',
		when: {fact: 'bmi', below: 18.5},
		because:
			'Your weight for your height is below the healthy range. Please talk to a doctor before changing how you eat.',
		source: WHO_BMI,
	},
	{
		key: 'nutrition-severe-obesity',
		name: 'Far above the healthy weight',
		applies_to: 'nutrition',
		effect: 'refuse',
		reason: 'obesity',
		when: {fact: 'bmi', at_least: 40},
		because: 'At this weight for your height our formulas do not hold, and a doctor can do more for you than a table.',
		source: WHO_BMI,
	},
	{
		key: 'nutrition-height',
		name: 'Height out of the range of the formulas',
		applies_to: 'nutrition',
		effect: 'refuse',
		reason: 'formula',
		when: {fact: 'height_cm', below: 130},
		because: 'Our formulas were not made for your height. A dietitian can work out what you need.',
		source: 'Mifflin MD et al., Am J Clin Nutr 51:241, 1990',
	},
	{
		key: 'nutrition-deficit-slim',
		name: 'Losing weight without weight to lose',
		applies_to: 'nutrition',
		effect: 'refuse',
		reason: 'deficit',
		when: {
			all: [
				{fact: 'goal', is: 'lose_weight'},
				{fact: 'bmi', below: 20},
			],
		},
		because: 'Eating less would lead you out of the healthy range. We recommend it to nobody with a BMI below 20.',
		source: WHO_BMI,
	},
	{
		key: 'nutrition-deficit-obesity',
		name: 'Losing much weight',
		applies_to: 'nutrition',
		effect: 'refuse',
		reason: 'deficit',
		when: {
			all: [
				{fact: 'goal', is: 'lose_weight'},
				{fact: 'bmi', at_least: 30},
			],
		},
		because: 'From a BMI of 30 on losing weight goes better and safer with a doctor, who can also look for causes.',
		source: WHO_BMI,
	},
	{
		key: 'nutrition-dose',
		name: 'More than the upper limit',
		applies_to: 'nutrition',
		effect: 'refuse',
		reason: 'dose',
		when: {fact: 'doses_above_limit', at_least: 1},
		because: 'What you take is more than is judged to be safe for long. Take less, or ask your doctor or pharmacist.',
		source: 'The upper limits of the library of nutrients',
	},
	// Nutrition: templates
	{
		key: 'template-diet',
		name: 'Another diet',
		applies_to: 'nutrition',
		effect: 'leave_out',
		when: {not: {fact: 'item.diets', has: {fact: 'diet'}}},
		because: 'It holds foods that you do not eat.',
		source: HOUSE,
	},
	{
		key: 'template-avoid',
		name: 'Foods that are avoided',
		applies_to: 'nutrition',
		effect: 'leave_out',
		when: {all: [{given: 'avoid'}, {fact: 'item.rests_on', has: {fact: 'avoid'}}]},
		because: 'It rests on foods that you avoid.',
		source: HOUSE,
	},
	{
		key: 'template-goal',
		name: 'Another goal',
		applies_to: 'nutrition',
		effect: 'leave_out',
		when: {not: {fact: 'item.goals', has: {fact: 'goal'}}},
		because: 'It does not suit your goal.',
		source: EFSA,
	},
	{
		key: 'template-first-goal',
		name: 'Made for the goal',
		applies_to: 'nutrition',
		effect: 'prefer',
		points: 40,
		when: {fact: 'item.first_goal', is: {fact: 'goal'}},
		because: 'Your goal is what it suits best.',
		source: EFSA,
	},
	{
		key: 'template-own-diet',
		name: 'Made for the diet',
		applies_to: 'nutrition',
		effect: 'prefer',
		points: 20,
		when: {fact: 'item.first_diet', is: {fact: 'diet'}},
		because: 'It is made for the way you eat.',
		source: HOUSE,
	},
	{
		key: 'template-fibre',
		name: 'Too little fibre so far',
		applies_to: 'nutrition',
		effect: 'prefer',
		points: 10,
		when: {all: [{given: 'intake.fiber_g'}, {fact: 'intake.fiber_g', below: 25}, {fact: 'item.rich_in', has: 'fibre'}]},
		because: 'You eat less than 25 g of fibre a day, and it brings more.',
		source: EFSA,
	},
	{
		key: 'template-salt',
		name: 'Too much salt so far',
		applies_to: 'nutrition',
		effect: 'prefer',
		points: 10,
		when: {all: [{given: 'intake.salt_g'}, {fact: 'intake.salt_g', at_least: 5}, {fact: 'item.low_in', has: 'salt'}]},
		because: 'You eat 5 g of salt a day or more, and it brings less.',
		source: 'WHO: Guideline on sodium intake for adults and children, 2012',
	},
	{
		key: 'template-protein',
		name: 'Protein for training',
		applies_to: 'nutrition',
		effect: 'prefer',
		points: 10,
		when: {
			all: [
				{fact: 'goal', within: ['gain_muscle', 'lose_weight']},
				{fact: 'item.rich_in', has: 'protein'},
			],
		},
		because: 'Protein builds muscle, and keeps it while weight goes down.',
		source: 'Morton RW et al., Br J Sports Med 52(6):376, 2018',
	},
	// Nutrition: amounts for a day
	...(
		[
			[
				'target-energy',
				'Energy',
				'Resting energy by Mifflin and St Jeor, times how active you are.',
				'Mifflin MD et al., Am J Clin Nutr 51:241, 1990; activity: EFSA, 2013',
			],
			[
				'target-deficit',
				'A moderate deficit',
				'For losing weight 15 % less, at most 500 kcal; never less than the body needs at rest, nor less than 1,200 kcal (women) or 1,500 kcal (men).',
				'Hall KD et al., Lancet 378:826, 2011',
			],
			[
				'target-surplus',
				'A small surplus',
				'For building muscle up to 10 % more.',
				'Iraki J et al., Sports 7(7):154, 2019',
			],
			[
				'target-protein',
				'Protein',
				'At least 0.83 g for each kilogram of body weight.',
				'EFSA: Dietary Reference Values for protein, 2012',
			],
			[
				'target-protein-training',
				'Protein for training',
				'With training for muscle, or while losing weight, 1.2–1.6 g for each kilogram.',
				'Morton RW et al., Br J Sports Med 52(6):376, 2018',
			],
			[
				'target-share',
				'Share of the energy',
				'The range in which people stay healthy, as a share of your energy.',
				EFSA,
			],
			['target-reference', 'Reference intake', 'Enough for nearly all healthy adults of your sex.', EFSA],
			[
				'target-limit',
				'Upper limit',
				'More is not judged to be safe for long, or is advised against.',
				'The upper limits of the library of nutrients',
			],
		] as const
	).map(
		([key, name, because, source]): StarterRule => ({
			key,
			name,
			applies_to: 'nutrition',
			effect: 'target',
			when: ALWAYS,
			because,
			source,
		}),
	),
	// Nutrition: supplements, only where somebody asked for them
	{
		key: 'supplement-b12',
		name: 'Vitamin B12 without animal foods',
		applies_to: 'nutrition',
		effect: 'suggest',
		points: 100,
		supplement: 'vitamin-b12',
		amount: {nutrient: 'vitamin_b12_ug', amount: 10, unit: 'µg'},
		when: {fact: 'diet', is: 'vegan'},
		because: 'Plants bring no vitamin B12, and a lack damages nerves before it is noticed.',
		source: NHS,
	},
	{
		key: 'supplement-vitamin-d',
		name: 'Vitamin D with little sun',
		applies_to: 'nutrition',
		effect: 'suggest',
		points: 80,
		supplement: 'vitamin-d3',
		amount: {nutrient: 'vitamin_d_ug', amount: 10, unit: 'µg'},
		when: {all: [{fact: 'sun', is: 'little'}, {not: {fact: 'diet', is: 'vegan'}}]},
		because: 'With little sun the skin makes too little vitamin D, and food hardly makes up for it.',
		source: NHS,
	},
	{
		key: 'supplement-vitamin-d-vegan',
		name: 'Vitamin D with little sun, without animals',
		applies_to: 'nutrition',
		effect: 'suggest',
		points: 80,
		supplement: 'vitamin-d3-from-lichen',
		amount: {nutrient: 'vitamin_d_ug', amount: 10, unit: 'µg'},
		when: {
			all: [
				{fact: 'sun', is: 'little'},
				{fact: 'diet', is: 'vegan'},
			],
		},
		because: 'With little sun the skin makes too little vitamin D, and food hardly makes up for it.',
		source: NHS,
	},
	{
		key: 'supplement-iodine',
		name: 'Iodine without fish and milk',
		applies_to: 'nutrition',
		effect: 'suggest',
		points: 60,
		supplement: 'iodine',
		amount: {nutrient: 'iodine_ug', amount: 150, unit: 'µg'},
		when: {all: [{fact: 'diet', is: 'vegan'}, {not: {given: 'intake.iodine_ug'}}]},
		because: 'Iodine comes from fish, milk and iodised salt. With iodised salt in the kitchen you may not need it.',
		source: NHS,
	},
	{
		key: 'supplement-omega-3',
		name: 'EPA and DHA without fish',
		applies_to: 'nutrition',
		effect: 'suggest',
		points: 40,
		supplement: 'algae-oil',
		amount: {nutrient: 'omega_3_g', amount: 0.25, unit: 'g'},
		when: {fact: 'diet', within: ['vegetarian', 'vegan']},
		because: '250 mg of EPA and DHA a day are adequate, and without fish hardly any food brings them.',
		source: 'EFSA: Dietary Reference Values for fats, 2010',
	},
	{
		key: 'supplement-creatine',
		name: 'Creatine for strength',
		applies_to: 'nutrition',
		effect: 'suggest',
		points: 30,
		supplement: 'creatine',
		amount: {nutrient: 'creatine', amount: 3, unit: 'g'},
		when: {fact: 'goal', is: 'gain_muscle'},
		because: '3 g a day help with short, hard efforts repeated; only together with training.',
		source: 'Regulation (EU) No 432/2012',
	},
	{
		key: 'supplement-above-limit',
		name: 'It would be too much',
		applies_to: 'nutrition',
		effect: 'guard',
		when: ALWAYS,
		because: 'Together with what you already take and eat it would be more than the upper limit.',
		source: 'The upper limits of the library of nutrients',
	},
	{
		key: 'supplement-enough',
		name: 'Enough already',
		applies_to: 'nutrition',
		effect: 'guard',
		when: ALWAYS,
		because: 'What you eat and take brings enough of it.',
		source: EFSA,
	},
	{
		key: 'nutrient-gap',
		name: 'Less than the reference intake',
		applies_to: 'nutrition',
		effect: 'guard',
		when: ALWAYS,
		because: 'What you eat and take brings less than 70 % of what is enough for nearly everybody.',
		source: EFSA,
	},
];
