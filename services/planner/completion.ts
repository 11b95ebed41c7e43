import {collection} from '@hearth/records/collection.js';
import {day, instant, note, quantity, reference, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';

/**
 * Whether a thing was done on a day: the `completion` of weekday. One record a day and thing, with an id made of both
 * (`2025-03-01:morning-walk`): two devices that tick different things never meet, and of two that tick the same the later one counts.
 */
export const completion = collection('completion', {
	summary: 'What was done on which day',
	schema: z.object({
		date: day.optional(),
		time_zone: timeZone.optional(),
		/** Of `schedule_blocks`, or whatever else the app lets a person tick off. */
		block_id: reference.optional(),
		done: z.boolean().optional(),
		done_at: instant.optional(),
		/** Where it is not all or nothing; 0–100. */
		percent: quantity.optional(),
		notes: note.optional(),
	}),
	indexes: ['date', 'block_id'],
});
