import {PublicError} from '@hearth/host/errors.js';
import {Reply, route} from '@hearth/host/plugin.js';
import {parseGtin} from '@hearth/nutrition/gtin.js';
import {type Basis, basisOfReading, type NutrientValues, type ReadingBasis} from '@hearth/nutrition/nutrients.js';
import {getReading, type Reading} from '@hearth/vision/contract.js';
import {z} from 'zod';
import {food, newFood, nutrientEdits, type Serving} from './contract.js';
import {submitFood} from './create-food.js';
import {tidied, withEdits} from './describe-food.js';
import {syncPicture} from './sync-picture.js';

const {id, name, brand, barcode, carbohydrate_basis, basis, servings} = newFood.shape;

/** A person sends in what was read on their photographed label, with their corrections, as a pending food. */
export const foodFromLabel = route('POST', '/api/v1/images/:id/food', {
	summary: 'Make a pending food of a label’s reading; corrections go before what was read',
	role: 'member',
	params: z.object({id: z.uuid()}),
	body: z.strictObject({
		id,
		name,
		brand,
		barcode,
		/** Where the reading's is wrong, or the label prints several. */
		basis: basis.unwrap().optional(),
		servings: servings.unwrap().optional(),
		carbohydrate_basis,
		/** Null for what was read but is not on the label. */
		corrections: nutrientEdits.default({}),
	}),
	data: food,
	status: 201,
	handle: async ({params, body, user, request}, {db, call, now}) => {
		const {status, reading} = await call(getReading, {image_id: params.id, user_id: user.id});
		if (status === 'queued' || status === 'processing') {
			throw new PublicError(
				'CONFLICT',
				'This picture is still being read. Wait until its status is done, then send this again.',
			);
		}
		const {id, corrections, ...said} = body;
		const read = readingFor(reading, said.basis);
		const values = {
			...tidied({
				name: said.name,
				brand: said.brand,
				barcode: said.barcode ?? validBarcode(reading),
				basis: read.basis,
				servings: said.servings ?? servingsOf(reading),
				nutrients: withEdits(read.fields, corrections),
				carbohydrate_basis: said.carbohydrate_basis,
			}),
			source: 'label' as const,
			image_id: params.id,
		};
		const submission = {
			submitted: {...body, image_id: params.id},
			extracted: read.fields,
			boxes: read.boxes,
			corrections,
		};
		return db.transaction(async tx => {
			const made = await submitFood(tx, {id, values, submission, user, request, now});
			if (!(made instanceof Reply)) await tx.enqueue(syncPicture, {food_id: made.id});
			return made;
		});
	},
});

/** What was read for the basis the person chose; where the picture could not be read, nothing, and all is theirs to say. */
function readingFor(
	reading: Reading | null,
	chosen: Basis | undefined,
): {basis: Basis; fields: NutrientValues; boxes: Reading['boxes']} {
	const best = reading?.basis ?? null;
	if (reading === null || best === null) return {basis: chosen ?? '100g', fields: {}, boxes: {}};
	if (chosen === undefined || basisOfReading[best] === chosen) {
		return {basis: basisOfReading[best], fields: reading.fields, boxes: reading.boxes};
	}
	const other = (Object.keys(reading.bases) as ReadingBasis[]).find(key => basisOfReading[key] === chosen);
	// Where the numbers stand on the picture is known for the best basis only. A basis that was not read is a correction of what the
	// numbers are for, as when "per 100 ml" was read as "per 100 g".
	return other === undefined
		? {basis: chosen, fields: reading.fields, boxes: reading.boxes}
		: {basis: chosen, fields: reading.bases[other] ?? {}, boxes: {}};
}

function servingsOf(reading: Reading | null): Serving[] {
	const size = reading?.serving_size;
	if (size?.unit !== 'g' && size?.unit !== 'ml') return [];
	return [{label: 'serving', amount: size.amount, unit: size.unit}];
}

/** Digits that the engine misread are no barcode; the person was not asked for one, so it is left out. */
function validBarcode(reading: Reading | null): string | null {
	if (reading?.barcode == null) return null;
	return parseGtin(reading.barcode).gtin === undefined ? null : reading.barcode;
}
