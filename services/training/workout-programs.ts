import {collection} from '@hearth/records/collection.js';
import {count, day, itemId, label, listOf, name, note, reference} from '@hearth/records/fields.js';
import {z} from 'zod';
import {plannedExercise} from './planned-exercise.js';

/** What a person trains by, week after week: the `workout_programs` of weekday. */
export const workoutPrograms = collection('workout_programs', {
	summary: 'Training programs: which exercises on which day',
	schema: z.object({
		name: name.optional(),
		description: note.optional(),
		/** The entry of `/library/programs` that it was made from. */
		template_id: reference.optional(),
		goal: name.optional(),
		level: label.optional(),
		days_per_week: count.optional(),
		duration_weeks: count.optional(),
		start_date: day.optional(),
		is_active: z.boolean().optional(),
		days: listOf(
			z.looseObject({
				id: itemId.optional(),
				name: name.optional(),
				/** Of the week or of the program, as the app numbers or names them. */
				day: z.union([z.int(), label], 'must be a whole number or a name').optional(),
				exercises: listOf(plannedExercise).optional(),
				notes: note.optional(),
			}),
		).optional(),
		notes: note.optional(),
	}),
	merge: {days: 'union'},
});
