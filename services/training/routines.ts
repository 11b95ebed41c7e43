import {collection} from '@hearth/records/collection.js';
import {z} from 'zod';
import {orderColumn, textColumn} from './watermelon-columns.js';

/** A program of workouts. All columns of watermelon's `routines`; its `defaultRoutine` is `default_routine`. */
export const routines = collection('routines', {
	summary: 'Routines: which workouts belong together',
	schema: z.object({
		title: textColumn.optional(),
		description: textColumn.optional(),
		order: orderColumn.optional(),
		default_routine: z.boolean().optional(),
	}),
});
