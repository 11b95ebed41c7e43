import {cursorPage, pageQuery, pageReply} from '@hearth/host/pages.js';
import {Reply, route} from '@hearth/host/plugin.js';
import {listConflicts as readConflicts} from '@hearth/records/read.js';
import {z} from 'zod';
import {serverTimestamp} from './sync-answer.js';

const data = z.record(z.string(), z.unknown()).nullable();
export const conflict = z.object({
	id: z.uuid(),
	collection: z.string(),
	record_id: z.string(),
	/** Those that the conflict is about. */
	fields: z.array(z.string()),
	/** What both began with; null where that is not known. */
	base: data,
	/** What the device sent; null for a delete. */
	local: data,
	/** What was stored; null for a deleted record. */
	server: data,
	/** Which device sent `local`. */
	device_id: z.string(),
	/** The record's, when it was opened. */
	version: z.number().int(),
	created_at: z.date(),
});

export const listConflicts = route('GET', '/api/v1/sync/conflicts', {
	summary: 'Pairs of values of which only one could stay, until you have chosen; oldest first',
	role: 'member',
	query: pageQuery,
	data: z.array(conflict),
	handle: async ({query, user}, context) => {
		const {limit, after} = cursorPage(query, z.tuple([z.iso.datetime(), z.uuid()]));
		const rows = await context.db.snapshot(
			sql =>
				readConflicts(sql, user.id, {
					limit: limit + 1,
					after: after === null ? null : {created_at: new Date(after[0]), id: after[1]},
				}),
			user.id,
		);
		const page = pageReply(rows, limit, ({created_at, id}) => [created_at, id]);
		return new Reply(page.data, {
			...(page.meta === undefined ? {} : {meta: page.meta}),
			headers: serverTimestamp(context),
		});
	},
});
