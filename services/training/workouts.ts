import {collection} from '@hearth/records/collection.js';
import {count, position, quantity} from '@hearth/records/fields.js';
import {z} from 'zod';
import {amountColumn, orderColumn, textColumn} from './watermelon-columns.js';

/**
 * Two apps keep different things under this name, so every field is optional.
 * - watermelon: a template of exercises; all columns of its `workouts`.
 * - modi: one exercise of a day of the week; its `name` is `title`, its `weight` `weight_kg`.
 */
export const workouts = collection('workouts', {
	summary: 'Workouts: a template of exercises, or one exercise with its weight, sets and repetitions',
	schema: z.object({
		title: textColumn.optional(),
		notes: textColumn.optional(),
		order: orderColumn.optional(),
		/** In the app's own unit. */
		estimated_duration: amountColumn.optional(),
		weight_kg: quantity.optional(),
		sets: count.optional(),
		reps: count.optional(),
		/** Which day of the plan, as the app numbers them. */
		day: z.int({error: 'must be a whole number'}).optional(),
		/** Where it stands within that day. */
		day_order: position.optional(),
	}),
	indexes: ['day'],
});
