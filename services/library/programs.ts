import {z} from 'zod';
import {EQUIPMENT, LEVELS, TRAINING_GOALS} from './contract.js';
import {has, keyOf, library, line, starterId} from './library.js';
import {EXERCISES} from './starter/exercises.js';
import {PROGRAM_SOURCES, PROGRAMS, type StarterProgram} from './starter/programs.js';

const exercise = z.strictObject({
	/** Of `exercises`. */
	exercise_id: z.uuid(),
	name: line(120),
	sets: z.int().min(1).max(50),
	/** A number or a range, `8-12`; null where a set is a time. */
	reps: line(20).nullable(),
	duration_s: z.int().min(1).max(86_400).nullable(),
	/** After each set. */
	rest_s: z.int().min(0).max(3600),
});

export const programs = library('programs', {
	summary: 'Training programs: which exercises on which day, for whom',
	fields: z.object({
		description: line(1000),
		/** What it is for, the foremost first. */
		goals: z.array(z.enum(TRAINING_GOALS)).min(1).max(TRAINING_GOALS.length),
		level: z.enum(LEVELS),
		days_per_week: z.int().min(1).max(7),
		duration_weeks: z.int().min(1).max(104),
		session_minutes: z.int().min(1).max(300),
		impact: z.enum(['low', 'high']),
		/** All of it is needed. */
		equipment: z.array(z.enum(EQUIPMENT)).max(EQUIPMENT.length),
		/** They take turns. */
		days: z
			.array(z.strictObject({name: line(100), exercises: z.array(exercise).min(1).max(50)}))
			.min(1)
			.max(31),
		progression: line(1000).nullable().default(null),
	}),
	filters: {
		goal: has('goals', TRAINING_GOALS),
		level: has('level', LEVELS),
		days_per_week: {
			schema: z.coerce.number({error: 'must be from 1 to 7'}).int('must be a whole number').min(1).max(7).optional(),
			keeps: ({days_per_week}, wanted: number) => days_per_week === wanted,
		},
		equipment: {
			schema: z.enum([...EQUIPMENT, 'none'], {error: `must be none, or one of: ${EQUIPMENT.join(', ')}`}).optional(),
			keeps: ({equipment}, wanted: string) =>
				Array.isArray(equipment) && (wanted === 'none' ? equipment.length === 0 : equipment.includes(wanted)),
		},
	},
	alsoFoundBy: ({goals}) => [goals].flat().map(word => String(word).replaceAll('_', ' ')),
	starter: () => PROGRAMS.map(described),
});

const rowOf = new Map(EXERCISES.map(row => [row[1], row]));

function described({summary, source, weeks, days, ...row}: StarterProgram) {
	const used = new Set(days.flatMap(day => day.exercises.flatMap(([name]) => (rowOf.get(name)?.[5] ?? '').split(' '))));
	return {
		...row,
		other_names: [],
		description: summary,
		duration_weeks: weeks,
		goals: [...row.goals],
		equipment: EQUIPMENT.filter(thing => used.has(thing)),
		days: days.map(day => ({
			name: day.name,
			exercises: day.exercises.map(([name, sets, set, rest_s]) => {
				if (!rowOf.has(name)) throw new Error(`The program ${row.name} names an unknown exercise: ${name}`);
				return {exercise_id: starterId('exercises', keyOf(name)), name, sets, ...setOf(set), rest_s};
			}),
		})),
		sources: [PROGRAM_SOURCES[source]],
	};
}

/** `30s` and `20min` are times, anything else repetitions. */
function setOf(set: string): {reps: string | null; duration_s: number | null} {
	const time = /^(\d+)(s|min)$/.exec(set);
	return time === null
		? {reps: set, duration_s: null}
		: {reps: null, duration_s: Number(time[1]) * (time[2] === 'min' ? 60 : 1)};
}
