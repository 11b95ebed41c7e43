import {PublicError} from '@hearth/host/errors.js';
import {Reply, type RequestInfo, route} from '@hearth/host/plugin.js';
import {NUTRIENT_KEYS} from '@hearth/nutrition/nutrients.js';
import {z} from 'zod';
import {getSeenImage, imageId} from './find-picture.js';
import {cropPicture, MAX_KEPT_BYTES} from './picture.js';

export const getPicture = route('GET', '/api/v1/images/:id', {
	summary: 'The upright picture, without where and when it was taken',
	role: 'member',
	params: imageId,
	ticket: true,
	handle: async ({params, user, request}, {db, objects}) => {
		const {object_key} = await getSeenImage(db, user, params.id);
		const headers = headersOf(object_key);
		if (isKnown(request, headers)) return new Reply(undefined, {status: 304, headers});
		const {body, size_bytes} = await objects.get(object_key);
		return new Reply(undefined, {headers: {...headers, 'Content-Length': String(size_bytes)}, body});
	},
});

export const cropOfField = route('GET', '/api/v1/images/:id/crop', {
	summary: 'The part of the picture where a field was read',
	role: 'member',
	params: imageId,
	query: z.object({field: z.enum(NUTRIENT_KEYS, {error: 'expected the name of a nutrient, such as protein_g'})}),
	ticket: true,
	handle: async ({params, query, user, request}, {db, objects}) => {
		const {object_key, reading} = await getSeenImage(db, user, params.id);
		if (reading === null) {
			throw new PublicError(
				'CONFLICT',
				'This picture is not read yet. Ask for its status, and again when that is done.',
			);
		}
		const box = reading.boxes[query.field];
		if (box === undefined) throw new PublicError('NOT_FOUND', `No ${query.field} was read on this picture.`);
		const headers = headersOf(object_key, query.field);
		if (isKnown(request, headers)) return new Reply(undefined, {status: 304, headers});
		return new Reply(undefined, {
			headers,
			body: await cropPicture(await objects.read(object_key, MAX_KEPT_BYTES), box),
		});
	},
});

// An object never changes, so its key names its bytes. Asked for each time all the same: who may see it changes.
const headersOf = (object_key: string, part?: string) => ({
	'Content-Type': 'image/jpeg',
	'Cache-Control': 'private, no-cache',
	ETag: `"${object_key.split('/').at(-1)}${part === undefined ? '' : `-${part}`}"`,
});

const isKnown = ({headers}: RequestInfo, {ETag}: {ETag: string}) =>
	headers['if-none-match']?.split(',').some(tag => tag.trim().replace(/^W\//, '') === ETag) ?? false;
