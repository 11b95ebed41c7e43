import {collection} from '@hearth/records/collection.js';
import {z} from 'zod';
import {idColumn, orderColumn} from './watermelon-columns.js';

/** A workout belongs to a routine; a workout may belong to many. All columns of watermelon's `routine_workout`. */
export const routineWorkout = collection('routine_workout', {
	summary: 'Which workout belongs to which routine',
	schema: z.object({
		routine_id: idColumn.optional(),
		workout_id: idColumn.optional(),
		order: orderColumn.optional(),
	}),
	indexes: ['routine_id', 'workout_id'],
});
