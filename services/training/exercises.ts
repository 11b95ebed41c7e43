import {collection} from '@hearth/records/collection.js';
import {clockTime, count, day, instant, label, name, note, quantity, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';

/**
 * What a person did for exercise: the `exercises` of the health dialect, whose data may hold anything. The library of exercises that
 * everybody reads is another thing: `/library/exercises`.
 */
export const exercises = collection('exercises', {
	summary: 'Exercise that a person did: what, when, how long, how hard',
	schema: z.object({
		name: name.optional(),
		/** Cardio, strength, stretching …, in the app's words. */
		type: label.optional(),
		date: day.optional(),
		time_zone: timeZone.optional(),
		time: clockTime.optional(),
		started_at: instant.optional(),
		duration_s: quantity.optional(),
		distance_m: quantity.optional(),
		steps: count.optional(),
		/** Burnt. */
		energy_kcal: quantity.optional(),
		average_heart_rate_bpm: quantity.optional(),
		max_heart_rate_bpm: quantity.optional(),
		/** Low, high …, or a number on the app's own scale. */
		intensity: z.union([label, quantity], 'must be a word or a number').optional(),
		sets: count.optional(),
		reps: count.optional(),
		weight_kg: quantity.optional(),
		notes: note.optional(),
	}),
	indexes: ['date'],
});
