import {collection} from '@hearth/records/collection.js';
import {
	clockTime,
	count,
	day,
	label,
	listOf,
	name,
	note,
	position,
	quantity,
	timeZone,
} from '@hearth/records/fields.js';
import {z} from 'zod';
import {eatenNutrients, portion} from './portion.js';

/**
 * Two apps keep different things under this name, so every field is optional.
 * - weekday: a meal that a person means to have, day after day; whether they had it is in `meal_log`.
 * - the health dialect: a meal of one day, whose data may hold anything. Moved to two dates by two devices it becomes two meals.
 */
export const meals = collection('meals', {
	summary: 'Meals: what they are made of, and when',
	schema: z.object({
		name: name.optional(),
		description: note.optional(),
		date: day.optional(),
		time_zone: timeZone.optional(),
		time: clockTime.optional(),
		/** Breakfast, before training …, in the app's words. */
		meal_type: label.optional(),
		foods: listOf(portion).optional(),
		servings: quantity.optional(),
		prep_time_min: count.optional(),
		/** Of the whole meal. */
		nutrients: eatenNutrients.optional(),
		order: position.optional(),
		is_active: z.boolean().optional(),
		notes: note.optional(),
	}),
	merge: {foods: 'union'},
	indexes: ['date'],
	split_on: 'date',
});
