import {collection} from '@hearth/records/collection.js';
import {day, label, name, note, position, reference} from '@hearth/records/fields.js';
import {z} from 'zod';

/** A packing list, or any other: the `lists` of the packing dialect. What is on it is in `items`. */
export const lists = collection('lists', {
	summary: 'Lists, of things to pack or to do',
	schema: z.object({
		name: name.optional(),
		description: note.optional(),
		/** Where the journey goes. */
		destination: name.optional(),
		start_date: day.optional(),
		end_date: day.optional(),
		type: label.optional(),
		color: label.optional(),
		icon: label.optional(),
		/** Others are made from it. */
		is_template: z.boolean().optional(),
		template_id: reference.optional(),
		is_archived: z.boolean().optional(),
		order: position.optional(),
		notes: note.optional(),
	}),
});
