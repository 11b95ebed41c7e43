import {collection} from '@hearth/records/collection.js';
import {day, instant, listOf, name, note, quantity, reference, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';
import {plannedExercise} from './planned-exercise.js';

/** A session done by a program: the `workout_history` of weekday. */
export const workoutHistory = collection('workout_history', {
	summary: 'Sessions done by a training program',
	schema: z.object({
		date: day.optional(),
		time_zone: timeZone.optional(),
		/** Of `workout_programs`. */
		program_id: reference.optional(),
		/** Of the program's `days`. */
		day_id: reference.optional(),
		name: name.optional(),
		started_at: instant.optional(),
		ended_at: instant.optional(),
		duration_s: quantity.optional(),
		completed: z.boolean().optional(),
		exercises: listOf(plannedExercise).optional(),
		notes: note.optional(),
	}),
	merge: {exercises: 'union'},
	indexes: ['date', 'program_id'],
});
