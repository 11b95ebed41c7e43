import {collection} from '@hearth/records/collection.js';
import {name} from '@hearth/records/fields.js';
import {z} from 'zod';
import {exerciseIdColumn, idColumn, orderColumn, textColumn} from './watermelon-columns.js';

/** An exercise as it was done in a session. All columns of watermelon's `log_exercise`, and what only other apps say. */
export const logExercise = collection('log_exercise', {
	summary: 'Exercises of a training session',
	schema: z.object({
		log_id: idColumn.optional(),
		exercise_id: exerciseIdColumn.optional(),
		notes: textColumn.optional(),
		order: orderColumn.optional(),
		/** As the file of another app names it, whose exercises are not those of our library. */
		name: name.optional(),
	}),
	indexes: ['log_id'],
});
