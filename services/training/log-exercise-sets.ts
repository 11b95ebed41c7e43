import {collection} from '@hearth/records/collection.js';
import {z} from 'zod';
import {amountColumn, idColumn, loadColumn, textColumn} from './watermelon-columns.js';

/** A set as it was done. All columns of watermelon's `log_exercise_sets`. */
export const logExerciseSets = collection('log_exercise_sets', {
	summary: 'Sets of an exercise in a training session',
	schema: z.object({
		log_exercise_id: idColumn.optional(),
		reps: amountColumn.optional(),
		weight: loadColumn.optional(),
		notes: textColumn.optional(),
	}),
	indexes: ['log_exercise_id'],
});
