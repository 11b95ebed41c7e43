import {collection} from '@hearth/records/collection.js';
import {z} from 'zod';
import {amountColumn, exerciseIdColumn, idColumn, orderColumn, textColumn} from './watermelon-columns.js';

/**
 * An exercise of a workout's template. All columns of watermelon's `workout_exercise`.
 *
 * `sets` is the app's own JSON text, kept letter for letter: it reads the column as text, text that it did not write would be another
 * value to it, and text that is no JSON must not keep the phone from syncing. Whoever wants sets as records has `workout_exercise_sets`.
 */
export const workoutExercise = collection('workout_exercise', {
	summary: 'Exercises of a workout’s template',
	schema: z.object({
		workout_id: idColumn.optional(),
		exercise_id: exerciseIdColumn.optional(),
		is_saved: z.boolean().optional(),
		/** Between two sets; seconds. */
		rest_time: amountColumn.optional(),
		sets: textColumn.optional(),
		order: orderColumn.optional(),
		notes: textColumn.optional(),
	}),
	indexes: ['workout_id'],
});
