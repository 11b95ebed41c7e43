import {collection} from '@hearth/records/collection.js';
import {day, instant, itemId, label, listOf, name, note, quantity, timeZone} from '@hearth/records/fields.js';
import {z} from 'zod';

/** A length, a pressure, a temperature …; or the app's own line of text. */
const measurement = z.union(
	[
		name,
		z.looseObject({
			id: itemId.optional(),
			/** What was measured: waist, systolic … */
			name: name.optional(),
			value: quantity.optional(),
			unit: label.optional(),
			measured_at: instant.optional(),
		}),
	],
	'must be a measurement such as {"id": "waist", "name": "Waist", "value": 82.5, "unit": "cm"}',
);

/**
 * How a day was: the `health_metrics` of the health dialect. Its `weight`, `sleepQuality`, `energyLevel` and `restingHeartRate` are
 * `weight_kg`, `sleep_quality`, `energy_level` and `resting_heart_rate_bpm`; its `date`, sent as midnight, is the day. Of two devices
 * that measured different things on one day both are kept, and both notes.
 */
export const healthMetrics = collection('health_metrics', {
	summary: 'How a day was: weight, sleep, energy, heart rate, measurements',
	schema: z.object({
		date: day.optional(),
		time_zone: timeZone.optional(),
		weight_kg: quantity.optional(),
		/** On the app's own scale, there 1–10. */
		sleep_quality: quantity.optional(),
		sleep_s: quantity.optional(),
		energy_level: quantity.optional(),
		mood: z.union([label, quantity], 'must be a word or a number').optional(),
		resting_heart_rate_bpm: quantity.optional(),
		measurements: listOf(measurement).optional(),
		notes: note.optional(),
	}),
	merge: {measurements: 'union', notes: 'combine'},
	indexes: ['date'],
});
