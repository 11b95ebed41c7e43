import {collection} from '@hearth/records/collection.js';
import {clockTime, count, day, label, listOf, name, note, position} from '@hearth/records/fields.js';
import {z} from 'zod';

/** A part of a day that comes again: the `schedule_blocks` of weekday. */
export const scheduleBlocks = collection('schedule_blocks', {
	summary: 'Blocks of a person’s schedule',
	schema: z.object({
		title: name.optional(),
		description: note.optional(),
		/** Work, meal, training …, in the app's words. */
		type: label.optional(),
		/** The one day it is on; where it comes every week, `days`. */
		date: day.optional(),
		/** Days of the week, as the app numbers or names them. */
		days: listOf(z.union([z.int(), label], 'must be a whole number or a name')).optional(),
		start_time: clockTime.optional(),
		end_time: clockTime.optional(),
		duration_min: count.optional(),
		color: label.optional(),
		order: position.optional(),
		is_active: z.boolean().optional(),
		notes: note.optional(),
	}),
	indexes: ['date'],
});
