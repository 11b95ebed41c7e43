import {respond} from '@hearth/host/plugin.js';
import {showToModerators} from './contract.js';

export const answerShowToModerators = respond(showToModerators, async ({image_id, visible}, {db}) => {
	await db.run('select vision.show_to_moderators($1, $2)', [image_id, visible]);
	return {};
});
