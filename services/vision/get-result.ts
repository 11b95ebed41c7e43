import {PublicError} from '@hearth/host/errors.js';
import {respond, route} from '@hearth/host/plugin.js';
import {getReading, reading} from './contract.js';
import {getOwnImage, imageId} from './find-picture.js';

export const getResult = route('GET', '/api/v1/images/:id/result', {
	summary: 'What was read on a label, with confidence and boxes',
	role: 'member',
	params: imageId,
	data: reading,
	handle: async ({params, user}, {db}) => {
		const image = await getOwnImage(db, user.id, params.id);
		if (image.reading !== null) return image.reading;
		throw new PublicError(
			'CONFLICT',
			image.error ?? 'This picture is not read yet. Ask for its status, and again when that is done.',
		);
	},
});

export const answerReading = respond(getReading, async ({image_id, user_id}, {db}) => {
	const {status, reading} = await getOwnImage(db, user_id, image_id);
	return {status, reading};
});
