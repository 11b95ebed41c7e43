import {collection} from '@hearth/records/collection.js';
import {day, label, name, note, quantity, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';

/** How a person means to bring something about, or brought it about on a day: the `mechanism` of weekday, a note with a name. */
export const mechanism = collection('mechanism', {
	summary: 'Mechanisms: how a person means to bring something about',
	schema: z.object({
		date: day.optional(),
		time_zone: timeZone.optional(),
		title: name.optional(),
		text: note.optional(),
		type: label.optional(),
		value: z.union([note, quantity, z.boolean()], 'must be a text, a number, true or false').optional(),
		done: z.boolean().optional(),
	}),
	indexes: ['date'],
});
