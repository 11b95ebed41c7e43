import {collection} from '@hearth/records/collection.js';
import {day, instant, label, labels, name, note, quantity, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';

/** A line of a person's day: the `log_entries` of weekday. */
export const logEntries = collection('log_entries', {
	summary: 'Entries of a person’s log of the day',
	schema: z.object({
		date: day.optional(),
		time_zone: timeZone.optional(),
		logged_at: instant.optional(),
		title: name.optional(),
		text: note.optional(),
		/** Mood, idea, symptom …, in the app's words. */
		type: label.optional(),
		value: z.union([quantity, label], 'must be a number or a word').optional(),
		unit: label.optional(),
		tags: labels.optional(),
	}),
	merge: {tags: 'union'},
	indexes: ['date'],
});
