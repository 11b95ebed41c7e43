import {collection} from '@hearth/records/collection.js';
import {label, labels, name, note, position, quantity, reference} from '@hearth/records/fields.js';
import {z} from 'zod';

/** A thing on a list, a record each, so that two people pack at the same time: the `items` of the packing dialect. */
export const items = collection('items', {
	summary: 'Things on a list',
	schema: z.object({
		list_id: reference.optional(),
		name: name.optional(),
		quantity: quantity.optional(),
		unit: label.optional(),
		category: name.optional(),
		packed: z.boolean().optional(),
		/** Who is to see to it, by name. */
		assigned_to: name.optional(),
		weight_g: quantity.optional(),
		tags: labels.optional(),
		order: position.optional(),
		notes: note.optional(),
	}),
	merge: {tags: 'union'},
	indexes: ['list_id'],
});
