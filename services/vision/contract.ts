import {call, event} from '@hearth/host/plugin.js';
import {NUTRIENT_KEYS, nutrientValues, readingBasis} from '@hearth/nutrition/nutrients.js';
import {box} from '@hearth/nutrition/words.js';
import {z} from 'zod';

export const imageStatus = z.enum(['queued', 'processing', 'done', 'failed']);
export type ImageStatus = z.output<typeof imageStatus>;

const nutrient = z.enum(NUTRIENT_KEYS);

/** What was read on a label: the data of `GET /images/:id/result`. Amounts are as printed; what was not read is absent. */
export const reading = z.object({
	id: z.uuid(),
	/** The key of `bases` that `fields`, `confidence` and `boxes` are of; null where no table was found. */
	basis: readingBasis.nullable(),
	serving_size: z.object({amount: z.number().positive(), unit: z.string()}).nullable(),
	bases: z.partialRecord(readingBasis, nutrientValues),
	fields: nutrientValues,
	/** 0–1. */
	confidence: z.partialRecord(nutrient, z.number().min(0).max(1)),
	/** On the upright picture, in fractions of its width and height. */
	boxes: z.partialRecord(nutrient, box),
	/** GTIN of 14 digits, where its digits were read on the picture. */
	barcode: z.string().nullable(),
	raw_text: z.string(),
	warnings: z.array(z.object({code: z.string(), fields: z.array(z.string()), message: z.string()})),
});
export type Reading = z.output<typeof reading>;

/** The reading of a user's own picture, null until it is `done`. NOT_FOUND for anything else's id. */
export const getReading = call(
	'vision.get_reading',
	z.object({image_id: z.uuid(), user_id: z.uuid()}),
	z.object({status: imageStatus, reading: reading.nullable()}),
);

/** From now on moderators may see the picture, or no longer. Repeatable; a picture that is gone is no mistake. */
export const showToModerators = call(
	'vision.show_to_moderators',
	z.object({image_id: z.uuid(), visible: z.boolean()}),
	z.object({}),
);

/** How far the reading of a picture is: the data of `GET /images/:id/status`. */
export const pictureState = z.object({
	id: z.uuid(),
	status: imageStatus,
	progress: z.number().min(0).max(1),
	error: z.string().optional(),
});
/** Broadcast, so that whoever watches sees it move; may be lost. */
export const pictureMoved = event('vision.picture_moved', z.object({user_id: z.uuid(), state: pictureState}));

const image = z.object({id: z.uuid(), user_id: z.uuid()});
export const labelRead = event('vision.label_read', image);
/** The picture could not be read, and will not be tried again by itself. */
export const labelFailed = event('vision.label_failed', image);

// Pictures that come through other doors. They vouch for who sends and asks.

/** Where such a picture is to be put; what is put there and never taken is removed later. */
export const expectPicture = call(
	'vision.expect_picture',
	z.object({user_id: z.uuid()}),
	z.object({object_key: z.string()}),
);

/**
 * Takes the picture that was put there as an upload is taken: UNSUPPORTED_MEDIA, UNPROCESSABLE and TOO_LARGE say what is wrong with it.
 * It is not there any more afterwards. Pictures take their turn, so it may take a while.
 */
export const takePicture = call(
	'vision.take_picture',
	z.object({user_id: z.uuid(), object_key: z.string().max(200), languages: z.string().max(100).optional()}),
	z.object({id: z.uuid(), status: imageStatus}),
	{timeout_ms: 60_000},
);

/** NOT_FOUND for anything but this person's own picture. */
export const getPictureState = call(
	'vision.get_picture_state',
	z.object({image_id: z.uuid(), user_id: z.uuid()}),
	pictureState,
);
