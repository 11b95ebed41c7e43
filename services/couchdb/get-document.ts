import {notFound, PublicError} from '@hearth/host/errors.js';
import {type Context, type Reply, route, type User} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {databaseName} from './database.js';
import {jsonText} from './dialect.js';
import {followedDatabase} from './follow-records.js';
import {bodyKey, readBodies, readTrees, revisionsMeant} from './read-documents.js';
import {isRev} from './revision-tree.js';
import {documentText, type Shown} from './wire-documents.js';

const flag = z.enum(['true', 'false']).catch('false').optional();
const query = z.object({
	rev: z.string().max(100).optional(),
	revs: flag,
	conflicts: flag,
	latest: flag,
	/** `all`, or a list of revisions as JSON. */
	open_revs: z.string().max(100_000).optional(),
});
type Query = z.output<typeof query>;

export const getDocument = route('GET', '/compat/couchdb/:db/:id', {
	summary: 'A document: its winning revision, another one, or several',
	role: 'member',
	params: z.object({db: databaseName, id: z.string()}),
	query,
	handle: ({params, query, user}, context) => answer(context, user, params.db, params.id, query),
});

export const getDesign = route('GET', '/compat/couchdb/:db/_design/:id', {
	summary: 'A design document, which is kept for the clients and not run',
	role: 'member',
	params: z.object({db: databaseName, id: z.string()}),
	query,
	handle: ({params, query, user}, context) => answer(context, user, params.db, `_design/${params.id}`, query),
});

async function answer(context: Context, user: User, db: string, id: string, given: Query): Promise<Reply> {
	const {name} = await followedDatabase(context, user.id, db);
	const latest = given.latest === 'true';
	const shown: Shown = {revs: given.revs === 'true', conflicts: given.conflicts === 'true'};
	return context.db.snapshot(async sql => {
		const tree = (await readTrees(sql, user.id, name, [id])).get(id) ?? new Map();
		const read = async (revs: readonly string[]) => {
			const bodies = await readBodies(
				sql,
				user.id,
				name,
				revs.map(rev => ({id, rev})),
			);
			return revs.map(rev => {
				const body = bodies.get(bodyKey(id, rev));
				return {rev, text: body === undefined ? null : documentText({id, tree, rev, body}, shown)};
			});
		};
		if (given.open_revs !== undefined) {
			const wanted = given.open_revs === 'all' ? ['all'] : openRevs(given.open_revs);
			const revs = wanted.flatMap(rev => {
				const meant = revisionsMeant(tree, rev, latest).map(one => one.rev);
				return meant.length === 0 && rev !== 'all' ? [rev] : meant;
			});
			const found = await read([...new Set(revs)]);
			return jsonText(
				`[${found.map(({rev, text}) => (text === null ? JSON.stringify({missing: rev}) : `{"ok":${text}}`)).join(',')}]`,
			);
		}
		const [meant] = revisionsMeant(tree, given.rev ?? 'winner', latest);
		if (meant === undefined || (given.rev === undefined && meant.is_deleted)) throw notFound('document');
		const [found] = await read([meant.rev]);
		if (found === undefined || found.text === null) throw notFound('revision');
		return jsonText(found.text);
	}, user.id);
}

function openRevs(text: string): string[] {
	try {
		return z.array(z.string().refine(isRev)).max(1_000).parse(JSON.parse(text));
	} catch (error) {
		throw new PublicError('VALIDATION_ERROR', 'open_revs must be all, or a list of revisions as JSON.', {cause: error});
	}
}
