import {collection} from '@hearth/records/collection.js';
import {label, quantity} from '@hearth/records/fields.js';
import {z} from 'zod';
import {amountColumn, idColumn, loadColumn, textColumn} from './watermelon-columns.js';

/** A set as it was done. All columns of watermelon's `log_exercise_sets`, and what only other apps say. */
export const logExerciseSets = collection('log_exercise_sets', {
	summary: 'Sets of an exercise in a training session',
	schema: z.object({
		log_exercise_id: idColumn.optional(),
		reps: amountColumn.optional(),
		weight: loadColumn.optional(),
		notes: textColumn.optional(),
		/** Rated perceived exertion, to 10. */
		rpe: amountColumn.optional(),
		duration_s: quantity.optional(),
		distance_m: quantity.optional(),
		/** `warmup`, `drop`, `failure`; of an ordinary set absent. */
		set_type: label.optional(),
	}),
	indexes: ['log_exercise_id'],
});
