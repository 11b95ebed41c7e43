import type {Context} from '@hearth/host/plugin.js';
import {findDatabase, seqOf, seqText} from './database.js';
import {followedDatabase} from './follow-records.js';
import {bodyKey, readBodies} from './read-documents.js';
import {leavesOf, type StoredTree, treeOf} from './revision-tree.js';
import {documentText} from './wire-documents.js';

export interface Asked {
	since: string;
	limit: number;
	/** All leaves of a document, not only the winner. */
	all_docs: boolean;
	include_docs: boolean;
	conflicts: boolean;
	descending: boolean;
	/** Only these; all when undefined. */
	doc_ids: readonly string[] | undefined;
}

export interface Changes {
	/** JSON text of each. */
	results: string[];
	last_seq: string;
}

/** Of a page with the documents themselves, which may be a megabyte each. */
const MOST_WITH_DOCS = 200;

/** What changed after a number, each document once, by its newest. The last number is never past a row that was not listed. */
export async function readChanges(context: Context, user_id: string, name: string, asked: Asked): Promise<Changes> {
	await followedDatabase(context, user_id, name);
	return context.db.snapshot(async sql => {
		const database = await findDatabase(sql, user_id, name);
		if (database === null) return {results: [], last_seq: '0'};
		const since = seqOf(database, asked.since);
		const limit = asked.include_docs ? Math.min(asked.limit, MOST_WITH_DOCS) : asked.limit;
		const rows = await sql.many<{id: string; seq: number; revisions: StoredTree; is_deleted: boolean; rev: string}>(
			`select id, seq, revisions, is_deleted, rev from couchdb.documents
			where user_id = $1 and database = $2 and seq > 0 and seq > $3 ${asked.doc_ids === undefined ? '' : 'and id = any($4)'}
			order by seq ${asked.descending ? 'desc' : ''} limit ${limit}`,
			[user_id, name, since, ...(asked.doc_ids === undefined ? [] : [asked.doc_ids])],
		);
		const bodies = asked.include_docs ? await readBodies(sql, user_id, name, rows) : null;
		const results = rows.map(({id, seq, revisions, is_deleted, rev}) => {
			const tree = treeOf(revisions);
			const leaves = asked.all_docs ? leavesOf(tree).map(leaf => leaf.rev) : [rev];
			const said = JSON.stringify({
				seq: seqText(database, seq),
				id,
				changes: leaves.map(leaf => ({rev: leaf})),
				...(is_deleted ? {deleted: true} : {}),
			});
			const body = bodies?.get(bodyKey(id, rev));
			if (body === undefined) return said;
			return `${said.slice(0, -1)},"doc":${documentText({id, tree, rev, body}, {conflicts: asked.conflicts})}}`;
		});
		const isCut = rows.length === limit && !asked.descending;
		return {results, last_seq: seqText(database, isCut ? (rows.at(-1)?.seq ?? since) : database.last_seq)};
	}, user_id);
}

export const changesText = ({results, last_seq}: Changes): string =>
	`{"results":[${results.join(',\n')}],"last_seq":${JSON.stringify(last_seq)}}`;
