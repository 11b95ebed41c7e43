import {type Context, type Reply, route, type User} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {databaseName} from './database.js';
import {jsonText} from './dialect.js';
import {followedDatabase} from './follow-records.js';
import {bodyKey, readBodies} from './read-documents.js';
import {type StoredTree, treeOf} from './revision-tree.js';
import {documentText} from './wire-documents.js';

const MAX_ROWS = 1_000;
const MAX_KEYS = 10_000;

const flag = z.enum(['true', 'false']).catch('false').optional();
/** A document's id, as JSON text. */
const key = z
	.string()
	.max(2_000)
	.transform((text, {addIssue}) => {
		try {
			return z.string().parse(JSON.parse(text));
		} catch {
			// Not JSON, or of no text; said as what is wrong with the request.
			addIssue('must be a document id as JSON: "…"');
			return '';
		}
	})
	.optional();
const query = z.object({
	limit: z.coerce.number().int().min(0).catch(MAX_ROWS).default(MAX_ROWS),
	skip: z.coerce.number().int().min(0).catch(0).default(0),
	startkey: key,
	endkey: key,
	key,
	inclusive_end: z.enum(['true', 'false']).catch('true').optional(),
	include_docs: flag,
	conflicts: flag,
	descending: flag,
});
const PATH = '/compat/couchdb/:db/_all_docs';
const params = z.object({db: databaseName});

export const getAllDocs = route('GET', PATH, {
	summary: 'Documents by id, a thousand at most at a time; startkey goes on',
	role: 'member',
	params,
	query,
	handle: ({params, query, user}, context) => answer(context, user, params.db, query, undefined),
});
export const postAllDocs = route('POST', PATH, {
	summary: 'Some documents by their ids',
	role: 'member',
	params,
	query,
	as_sent: true,
	body: z.looseObject({keys: z.array(z.string()).max(MAX_KEYS).optional()}),
	handle: ({params, query, body, user}, context) => answer(context, user, params.db, query, body.keys),
});

interface Row {
	id: string;
	rev: string;
	is_deleted: boolean;
	revisions: StoredTree;
}

async function answer(
	context: Context,
	user: User,
	db: string,
	given: z.output<typeof query>,
	keys: readonly string[] | undefined,
): Promise<Reply> {
	const {name} = await followedDatabase(context, user.id, db);
	return context.db.snapshot(async sql => {
		const {count} = await sql.one<{count: number}>(
			'select count(*)::integer as count from couchdb.documents where user_id = $1 and database = $2 and not is_deleted',
			[user.id, name],
		);
		const asked = keys?.filter(id => !id.includes('\0') && id.isWellFormed());
		const descending = given.descending === 'true';
		const from = given.key ?? (descending ? given.endkey : given.startkey) ?? null;
		const to = given.key ?? (descending ? given.startkey : given.endkey) ?? null;
		const rows = await sql.many<Row>(
			`select id, rev, is_deleted, revisions from couchdb.documents where user_id = $1 and database = $2
			${asked === undefined ? 'and not is_deleted' : 'and id = any($3)'}
			${asked === undefined ? `and ($3::text is null or id >= $3 collate "C") and ($4::text is null or id <= $4 collate "C")` : ''}
			order by id collate "C" ${descending ? 'desc' : ''}
			${asked === undefined ? 'limit $5 offset $6' : ''}`,
			asked === undefined
				? [user.id, name, from, to, Math.min(given.limit, MAX_ROWS), given.skip]
				: [user.id, name, asked],
		);
		const withDocs = given.include_docs === 'true';
		const bodies = withDocs ? await readBodies(sql, user.id, name, rows) : new Map<string, string>();
		const texts = new Map(rows.map(row => [row.id, rowText(row, bodies, given.conflicts === 'true')]));
		const isLast = (id: string) => given.inclusive_end === 'false' && id === given.endkey;
		const listed =
			keys === undefined
				? rows.filter(({id}) => !isLast(id)).map(({id}) => texts.get(id))
				: keys.map(id => texts.get(id) ?? JSON.stringify({key: id, error: 'not_found'}));
		return jsonText(`{"total_rows":${count},"offset":${given.skip},"rows":[${listed.join(',\n')}]}`);
	}, user.id);
}

function rowText(
	{id, rev, is_deleted, revisions}: Row,
	bodies: ReadonlyMap<string, string>,
	conflicts: boolean,
): string {
	const said = JSON.stringify({id, key: id, value: {rev, ...(is_deleted ? {deleted: true} : {})}});
	const body = bodies.get(bodyKey(id, rev));
	if (is_deleted || body === undefined) return said;
	return `${said.slice(0, -1)},"doc":${documentText({id, tree: treeOf(revisions), rev, body}, {conflicts})}}`;
}
