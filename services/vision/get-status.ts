import {route} from '@hearth/host/plugin.js';
import {pictureState} from './contract.js';
import {getOwnImage, imageId} from './find-picture.js';

export const getStatus = route('GET', '/api/v1/images/:id/status', {
	summary: 'How far the reading of a label is',
	role: 'member',
	params: imageId,
	data: pictureState,
	handle: async ({params, user}, {db}) => {
		const {id, status, progress, error} = await getOwnImage(db, user.id, params.id);
		return {id, status, progress, ...(error === null ? {} : {error})};
	},
});
