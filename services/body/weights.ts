import {collection} from '@hearth/records/collection.js';
import {day, instant, note, quantity, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';

/** The `weights` of modi: its `weight` is `weight_kg`, its `date_time` is `measured_at`, of which `date` is the person's day. */
export const weights = collection('weights', {
	summary: 'Body weight, one record a weighing',
	schema: z.object({
		date: day,
		weight_kg: quantity.positive({error: 'must be more than 0'}),
		measured_at: instant.optional(),
		time_zone: timeZone.optional(),
		notes: note.optional(),
	}),
	indexes: ['date'],
});
