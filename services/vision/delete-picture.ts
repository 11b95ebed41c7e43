import {notFound} from '@hearth/host/errors.js';
import {type Context, route} from '@hearth/host/plugin.js';
import {doom, removeDoomed} from './doomed-objects.js';
import {imageId} from './find-picture.js';

/** The picture and what was read on it go; a food made from it stays. A reading under way finds no row and ends. */
export const deletePicture = route('DELETE', '/api/v1/images/:id', {
	summary: 'Delete a picture and its reading',
	role: 'member',
	params: imageId,
	status: 204,
	handle: async ({params, user, request}, context) => {
		const object_key = await context.db.as(user.id, async tx => {
			const row = await tx.find<{object_key: string}>(
				'delete from vision.images where user_id = $1 and id = $2 returning object_key',
				[user.id, params.id],
			);
			if (row === null) throw notFound('picture');
			await doom(tx, row.object_key);
			await tx.audit({
				action: 'vision.picture_deleted',
				actor_id: user.id,
				resource: {type: 'image', id: params.id},
				request: {id: request.id, ip: request.ip},
			});
			return row.object_key;
		});
		await removeDoomed(context, [object_key]);
	},
});

/** Every picture of a user. Repeatable. */
export async function erasePictures(user_id: string, context: Context): Promise<void> {
	const {db, objects} = context;
	const keys = await db.as(user_id, async tx => {
		const rows = await tx.many<{object_key: string}>(
			'delete from vision.images where user_id = $1 returning object_key',
			[user_id],
		);
		const keys = rows.map(({object_key}) => object_key);
		await doom(tx, ...keys);
		return keys;
	});
	// Also what has no row: an upload or a turned copy that was cut off.
	for await (const {key} of objects.list(`vision/${user_id}/`)) keys.push(key);
	// Not by best effort: the eraser is told to come again when it throws.
	await objects.delete(...keys);
	await db.run('delete from vision.doomed_objects where object_key = any($1) or starts_with(object_key, $2)', [
		keys,
		`vision/${user_id}/`,
	]);
}
