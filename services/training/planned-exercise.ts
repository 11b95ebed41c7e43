import {count, itemId, name, note, quantity, reference} from '@hearth/records/fields.js';
import {z} from 'zod';

/** An exercise within a program or a session of weekday's, which keeps them inside the record. What it does not name is kept. */
export const plannedExercise = z.looseObject({
	id: itemId.optional(),
	/** Of `/library/exercises`. */
	exercise_id: reference.optional(),
	name: name.optional(),
	/** How many are planned, or each as it was done. */
	sets: z
		.union(
			[
				count,
				z
					.array(
						z.looseObject({
							id: itemId.optional(),
							reps: count.optional(),
							weight_kg: quantity.optional(),
							duration_s: quantity.optional(),
							distance_m: quantity.optional(),
							rpe: quantity.optional(),
							done: z.boolean().optional(),
						}),
					)
					.max(100),
			],
			'must be a number of sets, or a list of at most 100',
		)
		.optional(),
	/** A number, or a range such as `8-12`. */
	reps: z.union([count, name], 'must be a number or a range such as 8-12').optional(),
	weight_kg: quantity.optional(),
	rest_s: quantity.optional(),
	notes: note.optional(),
});
