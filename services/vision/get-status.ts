import {type Db, respond, route} from '@hearth/host/plugin.js';
import type {z} from 'zod';
import {getPictureState, pictureState} from './contract.js';
import {getOwnImage, imageId} from './find-picture.js';

export const getStatus = route('GET', '/api/v1/images/:id/status', {
	summary: 'How far the reading of a label is',
	role: 'member',
	params: imageId,
	data: pictureState,
	handle: ({params, user}, {db}) => stateOf(db, user.id, params.id),
});

export const answerPictureState = respond(getPictureState, ({image_id, user_id}, {db}) =>
	stateOf(db, user_id, image_id),
);

async function stateOf(db: Db, user_id: string, image_id: string): Promise<z.output<typeof pictureState>> {
	const {id, status, progress, error} = await getOwnImage(db, user_id, image_id);
	return {id, status, progress, ...(error === null ? {} : {error})};
}
