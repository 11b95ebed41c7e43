import {collection} from '@hearth/records/collection.js';
import {day, instant, label, listOf, name, note, quantity, reference, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';
import {eatenNutrients, portion} from './portion.js';

/**
 * Whether a planned meal was had on a day: the `meal_log` of weekday. One record a day and meal, with an id made of both
 * (`2025-03-01:lunch`), so that two devices that tick the same meal write the same record.
 */
export const mealLog = collection('meal_log', {
	summary: 'Which meal was had on which day',
	schema: z.object({
		date: day.optional(),
		time_zone: timeZone.optional(),
		/** Of `meals`. */
		meal_id: reference.optional(),
		meal_type: label.optional(),
		name: name.optional(),
		eaten: z.boolean().optional(),
		eaten_at: instant.optional(),
		servings: quantity.optional(),
		/** Where it was not what the meal says. */
		foods: listOf(portion).optional(),
		nutrients: eatenNutrients.optional(),
		notes: note.optional(),
	}),
	merge: {foods: 'union'},
	indexes: ['date', 'meal_id'],
});
