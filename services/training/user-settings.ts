import {collection} from '@hearth/records/collection.js';
import {z} from 'zod';
import {amountColumn, idColumn} from './watermelon-columns.js';

/** One of the app's options, by its name or by the number it has there. */
const option = z.union([idColumn, z.number(), z.boolean()], 'must be one of the app’s options').optional();

/**
 * How the training app is to behave: watermelon's `user_settings`, of whose columns only these are known by name; the others are kept
 * as they come. The settings of the weekday app are apart, in `settings`.
 */
export const userSettings = collection('user_settings', {
	summary: 'Settings of the training app: units, theme, rest',
	schema: z.object({
		weight_unit: option,
		distance_unit: option,
		theme: option,
		language: option,
		/** Between two sets, where an exercise says nothing; seconds. */
		rest_time: amountColumn.optional(),
	}),
	max_records: 1000,
});
