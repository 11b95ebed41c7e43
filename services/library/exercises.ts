import {z} from 'zod';
import {EQUIPMENT, LEVELS} from './contract.js';
import {has, library, line} from './library.js';
import {EFFORTS, EXERCISES, type ExerciseRow} from './starter/exercises.js';

export const MUSCLES = [
	'quadriceps',
	'hamstrings',
	'glutes',
	'calves',
	'hip_flexors',
	'adductors',
	'abductors',
	'lower_back',
	'abs',
	'obliques',
	'chest',
	'upper_back',
	'lats',
	'traps',
	'shoulders',
	'rear_shoulders',
	'biceps',
	'triceps',
	'forearms',
	'neck',
] as const;
const CATEGORIES = ['strength', 'core', 'power', 'cardio', 'mobility', 'balance'] as const;
const CATEGORY_OF = {
	squat: 'strength',
	hinge: 'strength',
	lunge: 'strength',
	push_horizontal: 'strength',
	push_vertical: 'strength',
	pull_horizontal: 'strength',
	pull_vertical: 'strength',
	isolation: 'strength',
	carry: 'strength',
	core: 'core',
	explosive: 'power',
	conditioning: 'cardio',
	endurance: 'cardio',
	stretch: 'mobility',
	balance: 'balance',
} as const satisfies Record<string, (typeof CATEGORIES)[number]>;
const MOVEMENTS = Object.keys(CATEGORY_OF) as [keyof typeof CATEGORY_OF, ...(keyof typeof CATEGORY_OF)[]];
const isMovement = (word: string): word is keyof typeof CATEGORY_OF => Object.hasOwn(CATEGORY_OF, word);

const muscles = z.array(z.enum(MUSCLES)).max(MUSCLES.length);
const COMPENDIUM =
	'Ainsworth BE et al.: 2011 Compendium of Physical Activities, Med Sci Sports Exerc 43(8):1575, 2011 (MET of the kind of activity)';

export const exercises = library('exercises', {
	summary: 'Exercises: muscles, equipment, how hard, how it is done',
	fields: z.object({
		/** The id that apps know whose exercises have integers. A house’s own begin at 100,000. */
		number: z.int().min(1).max(2_147_483_647),
		category: z.enum(CATEGORIES),
		movement: z.enum(MOVEMENTS),
		primary_muscles: muscles.min(1, 'name at least one'),
		secondary_muscles: muscles.default([]),
		/** All of it is needed; empty where the body is enough. */
		equipment: z.array(z.enum(EQUIPMENT)).max(10).default([]),
		level: z.enum(LEVELS),
		/** Energy as a multiple of that at rest. */
		met: z.number().min(0.9).max(25).nullable().default(null),
		compendium_code: z
			.string()
			.regex(/^\d{5}$/, 'must be five digits')
			.nullable()
			.default(null),
		counted_by: z.enum(['weight', 'reps', 'time', 'distance']),
		instructions: line(2000).nullable().default(null),
	}),
	filters: {
		muscle: {
			schema: z.enum(MUSCLES, {error: `must be one of: ${MUSCLES.join(', ')}`}).optional(),
			keeps: ({primary_muscles, secondary_muscles}, wanted: string) =>
				[primary_muscles, secondary_muscles].some(list => Array.isArray(list) && list.includes(wanted)),
		},
		category: has('category', CATEGORIES),
		movement: has('movement', MOVEMENTS),
		level: has('level', LEVELS),
		equipment: {
			schema: z.enum([...EQUIPMENT, 'none'], {error: `must be none, or one of: ${EQUIPMENT.join(', ')}`}).optional(),
			keeps: ({equipment}, wanted: string) =>
				Array.isArray(equipment) && (wanted === 'none' ? equipment.length === 0 : equipment.includes(wanted)),
		},
		number: {
			schema: z.coerce.number({error: 'must be a whole number'}).int('must be a whole number').optional(),
			keeps: ({number}, wanted: number) => number === wanted,
		},
	},
	alsoFoundBy: ({primary_muscles, equipment}) =>
		[primary_muscles, equipment].flat().map(word => String(word).replaceAll('_', ' ')),
	starter: () => EXERCISES.map(described),
});

const split = (text: string) => text.split(' ').filter(Boolean);

function described([
	number,
	name,
	movement,
	first,
	second,
	equipment,
	level,
	effort,
	counted_by,
	how,
	others,
]: ExerciseRow) {
	if (!isMovement(movement)) throw new Error(`${name} has an unknown movement: ${movement}`);
	const [met, compendium_code] = EFFORTS[effort];
	return {
		name,
		other_names: others === undefined ? [] : [others],
		number,
		category: CATEGORY_OF[movement],
		movement,
		primary_muscles: split(first),
		secondary_muscles: split(second),
		equipment: split(equipment),
		level,
		met,
		compendium_code,
		counted_by,
		instructions: how,
		sources: [COMPENDIUM],
	};
}
