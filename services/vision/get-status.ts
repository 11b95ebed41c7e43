import {route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {imageStatus} from './contract.js';
import {getOwnImage, imageId} from './find-picture.js';

export const getStatus = route('GET', '/api/v1/images/:id/status', {
	summary: 'How far the reading of a label is',
	role: 'member',
	params: imageId,
	data: z.object({
		id: z.uuid(),
		status: imageStatus,
		progress: z.number().min(0).max(1),
		error: z.string().optional(),
	}),
	handle: async ({params, user}, {db}) => {
		const {id, status, progress, error} = await getOwnImage(db, user.id, params.id);
		return {id, status, progress, ...(error === null ? {} : {error})};
	},
});
