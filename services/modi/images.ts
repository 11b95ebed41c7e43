import {createReadStream} from 'node:fs';
import {PublicError} from '@hearth/host/errors.js';
import {Reply, route} from '@hearth/host/plugin.js';
import {basisOfReading, nutrientValues} from '@hearth/nutrition/nutrients.js';
import {expectPicture, getPictureState, getReading, type Reading, takePicture} from '@hearth/vision/contract.js';
import {z} from 'zod';
import {succeeded, success} from './envelope.js';
import {MACROS, macrosOf} from './foods.js';

const IMAGES = '/compat/modi/api/v1/images';
// As the house's own door takes them.
const MAX_UPLOAD_BYTES = 15 * 1024 * 1024;

const status = z.enum(['queued', 'processing', 'done', 'failed']);
const imageId = z.object({id: z.uuid()});

export const uploadImage = route('POST', `${IMAGES}/upload`, {
	summary: 'Modi: upload a photograph of a nutrition label, in the field image',
	role: 'member',
	upload: {field: 'image', max_bytes: MAX_UPLOAD_BYTES},
	body: z.looseObject({languages: z.string().max(100).optional()}),
	data: success(z.object({id: z.uuid(), job_id: z.uuid(), status, status_url: z.string(), result_url: z.string()})),
	status: 202,
	limit: {per_minute: 30, by: 'user', bucket: 'uploads'},
	handle: async ({file, body: {languages}, user: {id: user_id}}, {call, objects}) => {
		if (file === undefined) throw new PublicError('VALIDATION_ERROR', 'Send exactly one file, in the field "image".');
		const {object_key} = await call(expectPicture, {user_id});
		await objects.put(object_key, createReadStream(file.path));
		const {id, status} = await call(takePicture, {user_id, object_key, languages});
		const at = `${IMAGES}/${id}`;
		return succeeded({id, job_id: id, status, status_url: `${at}/status`, result_url: `${at}/result`});
	},
});

export const getImageStatus = route('GET', `${IMAGES}/:id/status`, {
	summary: 'Modi: how far the reading of a label is',
	role: 'member',
	params: imageId,
	data: success(getPictureState.output.extend({job_id: z.uuid()})),
	handle: async ({params: {id}, user}, {call}) => {
		const state = await call(getPictureState, {image_id: id, user_id: user.id});
		return succeeded({...state, job_id: id});
	},
});

const amount = z.number().nullable();

export const getImageResult = route('GET', `${IMAGES}/:id/result`, {
	summary: 'Modi: what was read on a label',
	role: 'member',
	params: imageId,
	data: success(
		z.object({
			id: z.uuid(),
			job_id: z.uuid(),
			calories: amount,
			protein: amount,
			carbs: amount,
			fat: amount,
			/** What these are of; null where no table was found. */
			basis: z.enum(['100g', '100ml', 'serving']).nullable(),
			/** All that was read, by the house's keys. */
			nutrients: nutrientValues,
			serving_size: z.object({amount: z.number(), unit: z.string()}).nullable(),
			barcode: z.string().nullable(),
			/** 0–1, of the four. */
			confidence: z.record(z.string(), z.number()),
			raw_text: z.string(),
			warnings: z.array(z.object({code: z.string(), fields: z.array(z.string()), message: z.string()})),
		}),
	),
	handle: async ({params: {id}, user}, {call}) => {
		const {reading, status} = await call(getReading, {image_id: id, user_id: user.id});
		if (reading !== null) return new Reply(succeeded(shown(reading)));
		throw new PublicError(
			'CONFLICT',
			status === 'failed'
				? 'This picture could not be read. Take another one.'
				: 'This picture is not read yet. Ask for its status, and again when that is done.',
		);
	},
});

function shown({id, basis, fields, serving_size, barcode, confidence, raw_text, warnings}: Reading) {
	const sure = Object.entries(MACROS).flatMap(([macro, key]) => {
		const value = confidence[key];
		return value === undefined ? [] : [[macro, value] as const];
	});
	return {
		id,
		job_id: id,
		...macrosOf(fields),
		basis: basis === null ? null : basisOfReading[basis],
		nutrients: fields,
		serving_size,
		barcode,
		confidence: Object.fromEntries(sure),
		raw_text,
		warnings,
	};
}
