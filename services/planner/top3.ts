import {collection} from '@hearth/records/collection.js';
import {day, itemId, listOf, name, note, position, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';

/**
 * The three things that matter on a day: the `top3` of weekday, a record a day. Two devices that change different ones of the three
 * both succeed; where both write a new third, the person sees four and decides.
 */
export const top3 = collection('top3', {
	summary: 'The three things that matter on a day',
	schema: z.object({
		date: day.optional(),
		time_zone: timeZone.optional(),
		items: listOf(
			z.union(
				[
					name,
					z.looseObject({
						id: itemId.optional(),
						text: name.optional(),
						done: z.boolean().optional(),
						order: position.optional(),
					}),
				],
				'must be a text, or one with {"id", "text", "done"}',
			),
		).optional(),
		notes: note.optional(),
	}),
	merge: {items: 'union'},
	indexes: ['date'],
});
