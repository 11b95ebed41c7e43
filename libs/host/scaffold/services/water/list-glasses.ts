import {cursorPage, pageQuery, pageReply} from '@hearth/host/pages.js';
import {route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {type Glass, glass} from './contract.js';

/** Newest first, a page at a time; `?date=` for one day alone. */
export const listGlasses = route('GET', '/api/v1/water/glasses', {
	summary: 'Lists glasses, newest first',
	role: 'member',
	query: pageQuery.extend({date: z.iso.date().optional()}),
	data: z.array(glass),
	handle: ({query, user}, {db}) =>
		db.as(user.id, async tx => {
			const {limit, after} = cursorPage(query, z.uuid());
			const rows = await tx.many<Glass>(
				`select id, date, amount, note, created_at from water.glasses
				where user_id = $1 and ($2::uuid is null or id < $2) and ($3::date is null or date = $3)
				order by id desc limit $4`,
				[user.id, after, query.date ?? null, limit + 1],
			);
			return pageReply(rows, limit, row => row.id);
		}),
});
