import {collection} from '@hearth/records/collection.js';
import {day, instant, label, note, quantity, reference, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';

/**
 * Whether a supplement was taken on a day: the `supplement_log` of weekday. One record a day and supplement, with an id made of both
 * (`2025-03-01:vitamin-d`), so that two devices that tick the same thing write the same record.
 */
export const supplementLog = collection('supplement_log', {
	summary: 'Which supplement was taken on which day',
	schema: z.object({
		date: day.optional(),
		time_zone: timeZone.optional(),
		supplement_id: reference.optional(),
		taken: z.boolean().optional(),
		taken_at: instant.optional(),
		dose: quantity.optional(),
		dose_unit: label.optional(),
		notes: note.optional(),
	}),
	indexes: ['date', 'supplement_id'],
});
