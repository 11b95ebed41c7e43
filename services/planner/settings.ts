import {collection} from '@hearth/records/collection.js';
import {name, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';

/**
 * How the weekday app is to behave: a record a setting (its name is the id, `value` anything), or one with a field each; the fields are
 * merged one by one either way, and those not named here are kept. The training app's settings are apart, in `user_settings`.
 */
export const settings = collection('settings', {
	summary: 'Settings of the weekday app',
	schema: z.object({
		name: name.optional(),
		value: z.unknown().optional(),
		time_zone: timeZone.optional(),
	}),
	max_records: 1000,
});
