import {type Context, job} from '@hearth/host/plugin.js';
import {showToModerators} from '@hearth/vision/contract.js';
import {z} from 'zod';

/**
 * Tells vision whether moderators may see a food's picture: while a food made from it is pending. What is told follows from the
 * foods as they are, so that neither order nor repetition matters.
 */
export const syncPicture = job('food.sync_picture', z.object({food_id: z.uuid()}), {
	// With the house's backoff about two hours: longer than vision is away for an upgrade.
	attempts: 12,
	handle: async ({food_id}, {signal}, context) => {
		let told: boolean | undefined;
		for (;;) {
			const picture = await pictureOf(context, food_id);
			// Asked again after telling: a moderator may have decided meanwhile, and the job of that decision may have been faster.
			if (picture === null || picture.visible === told) return;
			signal.throwIfAborted();
			await context.call(showToModerators, {image_id: picture.image_id, visible: picture.visible});
			told = picture.visible;
		}
	},
});

const pictureOf = ({db}: Context, food_id: string) =>
	db.find<{image_id: string; visible: boolean}>(
		`select image_id, exists (select from food.foods other where other.image_id = food.image_id and other.status = 'pending') as visible
		from food.foods food where id = $1 and image_id is not null`,
		[food_id],
	);
