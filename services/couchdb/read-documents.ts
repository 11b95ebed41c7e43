import type {Sql} from '@hearth/ports/database.js';
import {leavesFrom, leavesOf, type Revision, type StoredTree, type Tree, treeOf, winnerOf} from './revision-tree.js';

/** The trees of some documents, by id; of those that there are. */
export async function readTrees(
	sql: Sql,
	user_id: string,
	database: string,
	ids: readonly string[],
): Promise<Map<string, Tree>> {
	const rows = await sql.many<{id: string; revisions: StoredTree}>(
		// `offset 0`: each by its key, whatever the planner believes of the table; so below.
		`select d.id, d.revisions from unnest($3::text[]) as asked(id),
			lateral (select id, revisions from couchdb.documents where user_id = $1 and database = $2 and id = asked.id offset 0) as d`,
		[user_id, database, [...new Set(ids)].filter(isText)],
	);
	return new Map(rows.map(({id, revisions}) => [id, treeOf(revisions)]));
}

// What PostgreSQL refuses as text is no document's id.
const isText = (id: string) => !id.includes('\0') && id.isWellFormed();

/** The bodies of some revisions, by `bodyKey`; of those that are still kept. */
export async function readBodies(
	sql: Sql,
	user_id: string,
	database: string,
	wanted: readonly {id: string; rev: string}[],
): Promise<Map<string, string>> {
	const rows = await sql.many<{id: string; rev: string; body: string}>(
		`select b.id, b.rev, b.body from unnest($3::text[], $4::text[]) as asked(id, rev), lateral (
			select id, rev, body from couchdb.bodies where user_id = $1 and database = $2 and id = asked.id and rev = asked.rev offset 0
		) as b`,
		[user_id, database, wanted.map(({id}) => id), wanted.map(({rev}) => rev)],
	);
	return new Map(rows.map(({id, rev, body}) => [bodyKey(id, rev), body]));
}

export const bodyKey = (id: string, rev: string): string => `${rev} ${id}`;

/** Which revisions are meant; with `latest`, what has become of one that was edited since. */
export function revisionsMeant(tree: Tree, rev: string | 'winner' | 'all', latest: boolean): Revision[] {
	if (rev === 'all') return leavesOf(tree);
	if (rev === 'winner') return [winnerOf(tree) ?? []].flat();
	const one = tree.get(rev);
	if (one === undefined) return [];
	return latest ? leavesFrom(tree, rev) : [one];
}
