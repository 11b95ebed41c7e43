import {collection} from '@hearth/records/collection.js';
import {day, itemId, label, listOf, name, note, reference} from '@hearth/records/fields.js';
import {z} from 'zod';
import {eatenNutrients, portion} from './portion.js';

/** What a person means to eat over some days: the `meal_plans` of the health dialect, whose data may hold anything. */
export const mealPlans = collection('meal_plans', {
	summary: 'Meal plans: which meals on which day',
	schema: z.object({
		name: name.optional(),
		description: note.optional(),
		/** The entry of `/library/nutrition-templates` that it was made from. */
		template_id: reference.optional(),
		start_date: day.optional(),
		end_date: day.optional(),
		is_active: z.boolean().optional(),
		/** Of a day. */
		targets: eatenNutrients.optional(),
		days: listOf(
			z.looseObject({
				id: itemId.optional(),
				date: day.optional(),
				name: name.optional(),
				meals: listOf(
					z.looseObject({
						id: itemId.optional(),
						/** Of `meals`. */
						meal_id: reference.optional(),
						meal_type: label.optional(),
						name: name.optional(),
						foods: listOf(portion).optional(),
						notes: note.optional(),
					}),
				).optional(),
				notes: note.optional(),
			}),
		).optional(),
		notes: note.optional(),
	}),
	merge: {days: 'union'},
	indexes: ['start_date'],
});
