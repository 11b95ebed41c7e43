import {collection} from '@hearth/records/collection.js';
import {z} from 'zod';
import {amountColumn, idColumn, loadColumn, textColumn} from './watermelon-columns.js';

/** A set that a template asks for. All columns of watermelon's `workout_exercise_sets`. */
export const workoutExerciseSets = collection('workout_exercise_sets', {
	summary: 'Sets of an exercise in a workout’s template',
	schema: z.object({
		workout_exercise_id: idColumn.optional(),
		reps: amountColumn.optional(),
		weight: loadColumn.optional(),
		/** Rate of perceived exertion, mostly 1–10. */
		rpe: amountColumn.optional(),
		/** Seconds. */
		duration: amountColumn.optional(),
		/** In the unit of the person's `user_settings`. */
		distance: amountColumn.optional(),
		notes: textColumn.optional(),
	}),
	indexes: ['workout_exercise_id'],
});
