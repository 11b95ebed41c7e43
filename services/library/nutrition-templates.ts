import {z} from 'zod';
import {ALLERGENS, DIETS, EATING_GOALS} from './contract.js';
import {has, library, line} from './library.js';
import {NUTRITION_TEMPLATES, type StarterTemplate, TEMPLATE_SOURCES} from './starter/nutrition-templates.js';

const percent = z
	.strictObject({min: z.number().min(0).max(100), max: z.number().min(0).max(100)})
	.refine(({min, max}) => min <= max, 'min must not be above max');

export const nutritionTemplates = library('nutrition-templates', {
	summary: 'Ways to eat: what more of, what less of, and a day as an example',
	fields: z.object({
		description: line(1000),
		/** What it suits, the foremost first. */
		goals: z.array(z.enum(EATING_GOALS)).min(1).max(EATING_GOALS.length),
		diets: z.array(z.enum(DIETS)).min(1).max(DIETS.length),
		/** Without these foods there is not much left of it. */
		rests_on: z.array(z.enum(ALLERGENS)).max(ALLERGENS.length).default([]),
		/** Of the energy of a day. */
		energy_percent: z.strictObject({fat: percent, carbohydrate: percent, protein: percent}),
		rich_in: z
			.array(z.enum(['fibre', 'protein', 'omega-3', 'iron', 'calcium']))
			.max(5)
			.default([]),
		low_in: z
			.array(z.enum(['salt', 'saturated fat', 'free sugars']))
			.max(3)
			.default([]),
		more_of: line(500),
		less_of: line(500),
		example_day: z
			.array(z.strictObject({meal_type: z.enum(['breakfast', 'lunch', 'dinner', 'snack']), name: line(200)}))
			.max(20)
			.default([]),
	}),
	filters: {
		goal: has('goals', EATING_GOALS),
		diet: has('diets', DIETS),
		rich_in: has('rich_in', ['fibre', 'protein', 'omega-3', 'iron', 'calcium']),
	},
	alsoFoundBy: ({more_of}) => [String(more_of)],
	starter: () => NUTRITION_TEMPLATES.map(described),
});

const span = ([min, max]: readonly [number, number]) => ({min, max});

function described({
	summary,
	source,
	day,
	fat_percent,
	carbohydrate_percent,
	protein_percent,
	...row
}: StarterTemplate) {
	return {
		...row,
		other_names: [],
		description: summary,
		energy_percent: {fat: span(fat_percent), carbohydrate: span(carbohydrate_percent), protein: span(protein_percent)},
		example_day: [...day],
		sources: [TEMPLATE_SOURCES[source]],
	};
}
