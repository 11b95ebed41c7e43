import {route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {databaseName} from './database.js';
import {followedDatabase} from './follow-records.js';
import {readTrees} from './read-documents.js';

const MAX_DOCUMENTS = 10_000;

export const revsDiff = route('POST', '/compat/couchdb/:db/_revs_diff', {
	summary: 'Which of these revisions are not here yet',
	role: 'member',
	params: z.object({db: databaseName}),
	max_body_bytes: 16 * 1024 * 1024,
	as_sent: true,
	body: z.custom<Record<string, unknown>>(
		value => typeof value === 'object' && value !== null && !Array.isArray(value),
		'must be an object: document ids, each with a list of revisions',
	),
	handle: async ({params, body, user}, context) => {
		const asked = Object.entries(body).slice(0, MAX_DOCUMENTS);
		const {name} = await followedDatabase(context, user.id, params.db);
		const trees = await context.db.snapshot(
			sql =>
				readTrees(
					sql,
					user.id,
					name,
					asked.map(([id]) => id),
				),
			user.id,
		);
		const missing = asked.map(([id, revs]): [string, {missing: unknown[]}] => [
			id,
			{missing: (Array.isArray(revs) ? revs : []).filter(rev => !trees.get(id)?.has(rev))},
		]);
		return Object.fromEntries(missing.filter(([, {missing: some}]) => some.length > 0));
	},
});
