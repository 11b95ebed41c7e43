import {call} from '@hearth/host/plugin.js';
import {nutrientValues} from '@hearth/nutrition/nutrients.js';
import {z} from 'zod';

/** As they stand in paths: `/api/v1/library/nutrition-templates`. */
export const LIBRARIES = [
	'supplements',
	'nutrients',
	'foods',
	'exercises',
	'programs',
	'nutrition-templates',
	'recommendation-rules',
	'settings-options',
] as const;
export const libraryName = z.enum(LIBRARIES, {error: `There are these libraries: ${LIBRARIES.join(', ')}.`});
export type LibraryName = z.output<typeof libraryName>;

/** What every entry has, foods apart; what else it holds goes by its library, as at `GET /library/:name`. */
const entry = z.looseObject({id: z.uuid(), name: z.string()});

/**
 * What `GET /library/:name` answers. `query` is that of the address, as text: `{q: 'squat', muscle: 'quadriceps', limit: '20'}`; what is
 * wrong with it is a VALIDATION_ERROR. `user` is who asks: foods that wait for a moderator are seen by their own people only.
 */
export const search = call(
	'library.search',
	z.object({
		library: libraryName,
		query: z.record(z.string().max(50), z.string().max(2000)).default({}),
		user: z.object({id: z.uuid(), role: z.enum(['member', 'moderator', 'admin']), household_id: z.uuid()}),
	}),
	z.object({entries: z.array(entry), next_cursor: z.string().nullable()}),
);

export const TRAINING_GOALS = ['strength', 'muscle', 'endurance', 'fat_loss', 'general_fitness', 'mobility'] as const;
export const EATING_GOALS = ['maintain', 'lose_weight', 'gain_muscle', 'endurance'] as const;
export const LEVELS = ['beginner', 'intermediate', 'advanced'] as const;
export const DIETS = ['omnivore', 'pescatarian', 'vegetarian', 'vegan'] as const;
export const ACTIVITIES = ['sedentary', 'light', 'moderate', 'high'] as const;
export const ALLERGENS = ['gluten', 'milk', 'egg', 'fish', 'shellfish', 'nuts', 'peanut', 'soy', 'sesame'] as const;
/** What somebody must have to do an exercise; none of it for what needs only the body. */
export const EQUIPMENT = [
	'barbell',
	'rack',
	'bench',
	'dumbbells',
	'kettlebell',
	'cable',
	'machine',
	'pull_up_bar',
	'dip_bars',
	'band',
	'rings',
	'medicine_ball',
	'exercise_ball',
	'box',
	'jump_rope',
	'ab_wheel',
	'punching_bag',
	'treadmill',
	'exercise_bike',
	'bicycle',
	'rowing_machine',
	'elliptical',
	'stair_climber',
	'pool',
	'skis',
] as const;
/** What makes advice a matter for a doctor. An empty list says that none of it applies. */
export const HEALTH = [
	'pregnancy',
	'breastfeeding',
	'heart_or_circulation',
	'high_blood_pressure',
	'diabetes',
	'kidney',
	'liver',
	'eating_disorder',
	'injury',
	'recent_surgery',
	'other_illness',
	'medication',
] as const;

const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
	z.enum(words, {error: `must be one of: ${words.join(', ')}`});
const someOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
	z.array(oneOf(words)).max(words.length, `must name each at most once`);
const from = (least: number, most: number) => {
	const error = `must be a number from ${least} to ${most}`;
	return z.number({error}).min(least, {error}).max(most, {error});
};
const whole = (least: number, most: number) => from(least, most).int(`must be a whole number`);

const anybody = {
	age_years: from(0, 130),
	health: someOf(HEALTH),
	limit: whole(1, 20).default(5),
};

/** What a program is chosen by. Whatever is left out is asked for in the answer where it would decide something. */
export const programRequest = z.strictObject({
	goal: oneOf(TRAINING_GOALS).optional(),
	level: oneOf(LEVELS).optional(),
	days_per_week: whole(1, 7).optional(),
	session_minutes: whole(5, 300).optional(),
	/** All that there is; an empty list says that there is nothing. */
	equipment: someOf(EQUIPMENT).optional(),
	age_years: anybody.age_years.optional(),
	health: anybody.health.optional(),
	limit: anybody.limit,
});
export type ProgramRequest = z.output<typeof programRequest>;

/** What eating is recommended by. Whatever is left out is asked for in the answer where it would decide something. */
export const nutritionRequest = z.strictObject({
	goal: oneOf(EATING_GOALS).optional(),
	diet: oneOf(DIETS).optional(),
	/** What is not eaten: no template that rests on it is recommended. */
	avoid: someOf(ALLERGENS).optional(),
	activity: oneOf(ACTIVITIES).optional(),
	age_years: anybody.age_years.optional(),
	/** Of the formulas, which know these two. */
	sex: oneOf(['female', 'male']).optional(),
	height_cm: from(50, 272).optional(),
	weight_kg: from(2, 650).optional(),
	health: anybody.health.optional(),
	/** Whether skin sees the sun most days of the warm half of the year. */
	sun: oneOf(['little', 'regular']).optional(),
	/** Whether supplements should be looked at too. */
	with_supplements: z.boolean().optional(),
	/** What is eaten on a usual day, supplements apart. */
	intake: nutrientValues.optional(),
	/** What supplements bring on a usual day, all of them together, or would bring: a dose somebody thinks of. */
	supplements: nutrientValues.optional(),
	limit: anybody.limit,
});
export type NutritionRequest = z.output<typeof nutritionRequest>;

/** A rule that counted, by its key in `recommendation-rules`, and what it says in this case. */
const reason = z.object({
	id: z.string(),
	sentence: z.string(),
	/** What it adds to or takes from the score. */
	points: z.number().optional(),
	source: z.string().optional(),
});

/** An amount for one day. A bound that is null is not set. */
const target = z.object({
	nutrient: z.string(),
	name: z.string(),
	unit: z.string(),
	min: z.number().nullable(),
	max: z.number().nullable(),
	rules: z.array(reason),
	inputs: z.array(z.string()),
});

const recommended = z.object({
	kind: z.enum(['program', 'nutrition_template', 'supplement', 'nutrient']),
	/** Of the entry in its library. */
	id: z.uuid(),
	key: z.string(),
	name: z.string(),
	/** 0–1: of the points that an entry could have had by the rules that were decided. */
	score: z.number().min(0).max(1),
	/** Of a supplement: what to take in a day. Of a nutrient: how much is missing in a day. */
	amount: z.object({nutrient: z.string(), amount: z.number(), unit: z.string()}).optional(),
	/** Why, the weightiest first. */
	rules: z.array(reason),
	/** Which inputs counted for it. */
	inputs: z.array(z.string()),
});

/**
 * What is recommended, and why. Where `refused` is set it would have been medical advice, and nothing else is said. Where an input of
 * `missing` is required nothing is recommended yet.
 */
export const recommendation = z.object({
	items: z.array(recommended),
	targets: z.array(target),
	/** At most 50 of each kind, those first that fewest rules speak against. */
	left_out: z.array(recommended.pick({kind: true, id: true, key: true, name: true, rules: true, inputs: true})),
	missing: z.array(
		z.object({
			input: z.string(),
			question: z.string(),
			required: z.boolean(),
			/** The rules that could not be decided without it. */
			rules: z.array(z.string()),
		}),
	),
	refused: z
		.object({reason: z.string(), message: z.string(), rules: z.array(reason), inputs: z.array(z.string())})
		.nullable(),
	/** What to know of all of it. */
	notes: z.array(z.string()),
});
export type Recommendation = z.output<typeof recommendation>;

export const recommendPrograms = call('library.recommend_programs', programRequest, recommendation);
export const recommendNutrition = call('library.recommend_nutrition', nutritionRequest, recommendation);
