import type {Context} from '@hearth/host/plugin.js';
import {MAX_KEPT_BYTES} from './picture.js';

/** Each picture of a user with what was read on it, one file each: together they may be more than fits in memory. */
export async function* exportPictures(
	user_id: string,
	{db, objects}: Context,
): AsyncIterable<{file: string; rows: unknown[]}> {
	const ids = await db.as(user_id, tx =>
		tx.many<{id: string}>('select id from vision.images where user_id = $1 order by id', [user_id]),
	);
	for (const {id} of ids) {
		const row = await db.as(user_id, tx =>
			tx.find<{object_key: string}>(
				`select id, status, languages, width_px, height_px, object_key, created_at, shown_to_moderators, reading
				from vision.images where user_id = $1 and id = $2`,
				[user_id, id],
			),
		);
		// Deleted meanwhile.
		if (row === null) continue;
		const {object_key, ...image} = row;
		const jpeg = await objects.read(object_key, MAX_KEPT_BYTES);
		yield {file: `images/${id}`, rows: [{...image, jpeg_base64: jpeg.toString('base64')}]};
	}
}
