import {collection} from '@hearth/records/collection.js';
import {clockTime, day, instant, itemId, label, listOf, name, note, quantity} from '@hearth/records/fields.js';
import {z} from 'zod';

/** A word, or what an app knows of it. */
const sideEffect = z.union(
	[
		name,
		z.looseObject({
			id: itemId.optional(),
			name: name.optional(),
			severity: z.union([label, quantity], 'must be a word or a number').optional(),
			noticed_at: instant.optional(),
			notes: note.optional(),
		}),
	],
	'must be a side effect such as "nausea"',
);

/** What a person takes on advice: the `medications` of the health dialect, whose data may hold anything. Side effects are never lost to another device's. */
export const medications = collection('medications', {
	summary: 'Medications: what, how much, when, side effects',
	schema: z.object({
		name: name.optional(),
		/** As it is written on the package: `200 mg`. */
		dosage: name.optional(),
		dose: quantity.optional(),
		dose_unit: label.optional(),
		/** In the app's words: `twice a day`. */
		frequency: name.optional(),
		times: listOf(clockTime).optional(),
		start_date: day.optional(),
		end_date: day.optional(),
		is_active: z.boolean().optional(),
		reason: name.optional(),
		prescribed_by: name.optional(),
		side_effects: listOf(sideEffect).optional(),
		notes: note.optional(),
	}),
	merge: {side_effects: 'union'},
});
