import {collection} from '@hearth/records/collection.js';
import {z} from 'zod';
import {textColumn, timeColumn} from './watermelon-columns.js';

/** A training session that took place. All columns of watermelon's `logs`, which that app also calls workout sessions. */
export const logs = collection('logs', {
	summary: 'Training sessions that took place',
	schema: z.object({
		workout_title: textColumn.optional(),
		/** Text such as `01:12:30` in that app, else a number of seconds; given back as it came. */
		duration: z.union([textColumn, z.number().min(0)], 'must be text or a number of seconds').optional(),
		notes: textColumn.optional(),
		/** Came out of another app's file. */
		is_imported: z.boolean().optional(),
		imported_at: timeColumn.optional(),
		session_date: timeColumn.optional(),
	}),
});
