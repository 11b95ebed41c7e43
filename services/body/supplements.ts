import {collection} from '@hearth/records/collection.js';
import {clockTime, label, listOf, name, note, position, quantity, reference} from '@hearth/records/fields.js';
import {z} from 'zod';

/** What a person means to take: the `supplements` of weekday, one record each. What was taken is in `supplement_log`. */
export const supplements = collection('supplements', {
	summary: 'Supplements that a person takes',
	schema: z.object({
		name: name.optional(),
		brand: name.optional(),
		/** The entry of `/library/supplements`. */
		library_id: reference.optional(),
		/** As it is written on the package: `2000 IU`. */
		dosage: name.optional(),
		dose: quantity.optional(),
		dose_unit: label.optional(),
		frequency: name.optional(),
		/** In the app's words: `morning`, `with lunch`. */
		timing: name.optional(),
		times: listOf(clockTime).optional(),
		with_food: z.boolean().optional(),
		is_active: z.boolean().optional(),
		order: position.optional(),
		notes: note.optional(),
	}),
});
