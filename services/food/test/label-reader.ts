import {notFound} from '@hearth/host/errors.js';
import {definePlugin, respond} from '@hearth/host/plugin.js';
import {getReading, type ImageStatus, type Reading, showToModerators} from '@hearth/vision/contract.js';

/** Of a photographed label as vision reads it. */
export const oatReading: Omit<Reading, 'id'> = {
	basis: 'per_100ml',
	serving_size: {amount: 250, unit: 'ml'},
	bases: {
		per_100ml: {energy_kcal: 46, fat_g: 15, carbohydrate_g: 6.7, salt_g: 0.1},
		per_serving: {energy_kcal: 115, fat_g: 3.8, carbohydrate_g: 16.8, salt_g: 0.25},
	},
	fields: {energy_kcal: 46, fat_g: 15, carbohydrate_g: 6.7, salt_g: 0.1},
	confidence: {energy_kcal: 0.98, fat_g: 0.4},
	boxes: {fat_g: {x: 0.1, y: 0.2, width: 0.3, height: 0.05}},
	barcode: null,
	raw_text: 'Fett 15 g',
	warnings: [],
};

/**
 * Answers food's calls to vision over the bus, with pictures that a test sets: what food makes of a reading does not depend on an
 * engine's mood. The whole way from a photograph is another test's.
 */
export function labelReader() {
	const pictures = new Map<string, {user_id: string; status: ImageStatus; reading: Omit<Reading, 'id'> | null}>();
	/** Whether moderators see a picture, as vision was last told. */
	const shown = new Map<string, boolean>();
	let failures = 0;
	const plugin = definePlugin({
		name: 'vision',
		summary: 'Readings that a test sets',
		calls: [
			respond(getReading, async ({image_id, user_id}) => {
				const picture = pictures.get(image_id);
				if (picture === undefined || picture.user_id !== user_id) throw notFound('picture');
				return {status: picture.status, reading: picture.reading && {...picture.reading, id: image_id}};
			}),
			respond(showToModerators, async ({image_id, visible}) => {
				if (failures-- > 0) throw new Error('Vision is having a bad day');
				shown.set(image_id, visible);
				return {};
			}),
		],
	});
	return {
		plugin,
		pictures,
		shown,
		failNext(times: number) {
			failures = times;
		},
	};
}
