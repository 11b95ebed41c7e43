import {Readable} from 'node:stream';
import {type Context, Reply, route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {databaseName} from './database.js';
import {followedDatabase} from './follow-records.js';
import {bodyKey, readBodies, readTrees, revisionsMeant} from './read-documents.js';
import {documentText} from './wire-documents.js';

const MAX_DOCUMENTS = 10_000;
/** Read at a time, so that an answer of large documents is never in memory as a whole. */
const BATCH = 25;

const flag = z.enum(['true', 'false']).catch('false').optional();
const wanted = z.looseObject({id: z.string(), rev: z.string().optional()});
type Wanted = z.output<typeof wanted>;

export const bulkGet = route('POST', '/compat/couchdb/:db/_bulk_get', {
	summary: 'Documents by id and revision; of a revision that was edited since, with latest=true, what has become of it',
	role: 'member',
	params: z.object({db: databaseName}),
	query: z.object({revs: flag, latest: flag}),
	max_body_bytes: 4 * 1024 * 1024,
	as_sent: true,
	body: z.looseObject({docs: z.array(wanted).max(MAX_DOCUMENTS)}),
	handle: async ({params, query, body, user}, context) => {
		const {name} = await followedDatabase(context, user.id, params.db);
		const shown = {revs: query.revs === 'true', latest: query.latest === 'true'};
		return new Reply(undefined, {
			body: Readable.from(answer(context, user.id, name, body.docs, shown)),
			headers: {'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store'},
		});
	},
});

async function* answer(
	{db}: Context,
	user_id: string,
	database: string,
	docs: readonly Wanted[],
	shown: {revs: boolean; latest: boolean},
): AsyncGenerator<string> {
	yield '{"results":[';
	for (let from = 0; from < docs.length; from += BATCH) {
		const batch = docs.slice(from, from + BATCH);
		const texts = await db.snapshot(async sql => {
			const trees = await readTrees(
				sql,
				user_id,
				database,
				batch.map(({id}) => id),
			);
			const meant = batch.map(({id, rev}) => {
				const tree = trees.get(id) ?? new Map();
				return {id, rev, tree, revisions: revisionsMeant(tree, rev ?? 'winner', shown.latest)};
			});
			const bodies = await readBodies(
				sql,
				user_id,
				database,
				meant.flatMap(({id, revisions}) => revisions.map(({rev}) => ({id, rev}))),
			);
			return meant.map(({id, rev, tree, revisions}) => {
				const found = revisions.flatMap(one => {
					const body = bodies.get(bodyKey(id, one.rev));
					return body === undefined ? [] : `{"ok":${documentText({id, tree, rev: one.rev, body}, shown)}}`;
				});
				const error = {id, rev: rev ?? 'undefined', error: 'not_found', reason: 'missing'};
				const texts = found.length === 0 ? [JSON.stringify({error})] : found;
				return `{"id":${JSON.stringify(id)},"docs":[${texts.join(',')}]}`;
			});
		}, user_id);
		yield `${from === 0 ? '' : ','}${texts.join(',')}`;
	}
	yield ']}';
}
