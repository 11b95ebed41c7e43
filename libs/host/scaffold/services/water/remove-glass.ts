import {notFound} from '@hearth/host/errors.js';
import {route} from '@hearth/host/plugin.js';
import {z} from 'zod';

/** Another person's is answered as if it were not there. */
export const removeGlass = route('DELETE', '/api/v1/water/glasses/:id', {
	summary: 'Removes from the glasses',
	role: 'member',
	params: z.object({id: z.uuid()}),
	status: 204,
	handle: ({params, user}, {db}) =>
		db.as(user.id, async tx => {
			const removed = await tx.run('delete from water.glasses where id = $1 and user_id = $2', [params.id, user.id]);
			if (removed === 0) throw notFound('glass');
		}),
});
