import {collection} from '@hearth/records/collection.js';
import {day, instant, name, note, quantity, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';
import {eatenNutrients} from './portion.js';

export const mealType = z.enum(['breakfast', 'lunch', 'dinner', 'snack'], 'must be breakfast, lunch, dinner or snack');

/**
 * What a person ate: a food of the database, or a name with what is known of it (quick add). Modi's `food_logs` too, whose `calories`,
 * `protein`, `carbs` and `fat` are in `nutrients`. A log keeps the nutrients it was made with, whatever becomes of the food.
 */
export const foodLogs = collection('food_logs', {
	summary: 'What a person ate, when, and what was in it',
	schema: z
		.object({
			food_id: z.guid('must be the id of a food, a UUID').optional(),
			name: name.optional(),
			/** Of `quantity`, not of 100 g. */
			nutrients: eatenNutrients.optional(),
			quantity,
			/** With `serving`, of the food's first serving. */
			unit: z.enum(['g', 'ml', 'serving'], 'must be g, ml or serving'),
			meal_type: mealType,
			date: day,
			time_zone: timeZone.optional(),
			logged_at: instant.optional(),
			notes: note.optional(),
		})
		.refine(({food_id, name}) => food_id !== undefined || (name ?? '').trim() !== '', {
			path: ['food_id'],
			message: 'say what was eaten: the id of a food, or a name',
		}),
	indexes: ['date', 'food_id'],
	announce: true,
});
