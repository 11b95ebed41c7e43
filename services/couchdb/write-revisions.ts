import type {Context, Transaction} from '@hearth/host/plugin.js';
import type {Applied, MutationResult} from '@hearth/records/apply.js';
import {sameValue} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {isRecordId, type Mutation} from '@hearth/records/mutation.js';
import {v7 as uuidv7} from 'uuid';
import {type Couch, DEVICE, isFree, lockDatabase, recordId, saveDatabase} from './database.js';
import {databasesAdvanced} from './events.js';
import {fitDocument} from './fit-document.js';
import {type Followed, follow, followedDatabase, takeOver} from './follow-records.js';
import {ancestryOf, childRev, leavesOf, type Tree, winnerOf, withPath} from './revision-tree.js';
import {type Document, StoredDocuments} from './stored-documents.js';

/** A revision that a client sends. */
export interface Edit {
	id: string;
	/** What it is: its names, newest first; or what it was made of, null for a new document, and it is named here. */
	of: {path: readonly string[]} | {parent: string | null};
	is_deleted: boolean;
	/** Without the members that begin with `_`. */
	data: Data;
}

export type Written = {id: string; rev: string} | Refused;
export interface Refused {
	id: string;
	/** `forbidden`: the client says so and goes on with the others. */
	error: 'forbidden' | 'conflict';
	reason: string;
}

// CouchDB has no clocks: of two values of one field the winning revision's stays. The records go by the later clock, so the loser
// comes with the earliest, the winner with the latest that they believe.
const EARLIEST = new Date(0).toISOString();
const LEEWAY_MS = 5_000;

/** Takes revisions into the trees and what they change into the records, all in one transaction; one that is refused stops no other. */
export async function writeRevisions(
	context: Context,
	user_id: string,
	name: string,
	edits: readonly Edit[],
): Promise<Written[]> {
	await followedDatabase(context, user_id, name);
	return context.db.as(user_id, async tx => {
		const {database, head} = await lockDatabase(context, tx, user_id, name);
		const stored = new StoredDocuments(tx, user_id, database);
		await follow(tx, user_id, {database, head}, stored);
		const writing = new Writing(context, tx, user_id, database, stored);
		const written = new Map<Edit, Written>();
		for (const round of roundsOf(edits)) await writing.take(round, written);
		await stored.save();
		await saveDatabase(tx, user_id, database);
		tx.afterCommit(() => context.broadcast(databasesAdvanced, {user_id}));
		return edits.flatMap(edit => written.get(edit) ?? []);
	});
}

/** No document twice in one round. */
function roundsOf(edits: readonly Edit[]): Edit[][] {
	const rounds: Edit[][] = [];
	const counts = new Map<string, number>();
	for (const edit of edits) {
		const round = counts.get(edit.id) ?? 0;
		counts.set(edit.id, round + 1);
		const already = rounds[round];
		if (already === undefined) rounds.push([edit]);
		else already.push(edit);
	}
	return rounds;
}

interface Step {
	edit: Edit;
	document: Document;
	/** The tree with the revision. */
	tree: Tree;
	rev: string;
	body: string;
	/** Whose device the mutation is of; see Revision. */
	branch: number;
	mutation: Mutation | null;
}

class Writing {
	readonly #context: Context;
	readonly #tx: Transaction;
	readonly #user_id: string;
	readonly #database: Couch;
	readonly #stored: StoredDocuments;
	/** Null of a collection that this house does not have any more. */
	readonly #collection: Collection | null;

	constructor(context: Context, tx: Transaction, user_id: string, database: Couch, stored: StoredDocuments) {
		this.#context = context;
		this.#tx = tx;
		this.#user_id = user_id;
		this.#database = database;
		this.#stored = stored;
		this.#collection = context.records.collections.get(database.collection) ?? null;
	}

	async take(all: readonly Edit[], written: Map<Edit, Written>): Promise<void> {
		const edits = all.filter(edit => {
			const reason = this.#wrongWithId(edit.id);
			if (reason !== null) written.set(edit, {id: edit.id, error: 'forbidden', reason});
			return reason === null;
		});
		await this.#stored.load(edits.map(({id}) => id));
		const branches = new Map<number, Step[]>();
		for (const edit of edits) {
			const step = this.#stepOf(edit);
			if ('error' in step) {
				written.set(edit, step);
				continue;
			}
			written.set(edit, {id: edit.id, rev: step.rev});
			branches.set(step.branch, [...(branches.get(step.branch) ?? []), step]);
		}
		const touched = new Set<string>();
		for (const [branch, steps] of branches) {
			const {results, changes, head} = await this.#apply(branch, steps);
			for (const {collection, record_id} of changes)
				if (collection === this.#database.collection) touched.add(record_id);
			const outcome = new Map(results.map(result => [result.id, result]));
			for (const step of steps) {
				const refusal = refusalOf(step, outcome);
				if (refusal === null) this.#keep(step);
				else written.set(step.edit, refusal);
				touched.add(recordId(this.#database, step.edit.id));
			}
			this.#database.followed_version = head.version;
		}
		await this.#compare([...touched]);
	}

	#wrongWithId(id: string): string | null {
		if (!isRecordId(recordId(this.#database, id)) || id.includes('\ufffd')) {
			return 'The id is too long or holds control characters; 1–190 characters without them are taken.';
		}
		return id.startsWith('_') && !(isFree(this.#database) && id.startsWith('_design/'))
			? 'Ids that begin with _ are kept for the database itself.'
			: null;
	}

	#stepOf(edit: Edit): Step | Refused {
		const {id, is_deleted} = edit;
		if (this.#collection === null) {
			return {id, error: 'forbidden', reason: `This server has no ${this.#database.collection} any more.`};
		}
		const document = this.#stored.get(id);
		const data = isFree(this.#database) || is_deleted ? edit.data : fitDocument(this.#collection, edit.data);
		// What was sent is the body of its revision, mended or not: what it was mended into becomes its child.
		const body = bodyText(edit.data);
		const path = 'path' in edit.of ? edit.of.path : pathOf(document.tree, edit.of.parent, is_deleted, body);
		const [rev] = path ?? [];
		if (path === null || rev === undefined) return {id, error: 'conflict', reason: 'Document update conflict.'};
		const tree = withPath(document.tree, path, is_deleted);
		const step: Step = {edit, document, tree, rev, body, branch: tree.get(rev)?.branch ?? 0, mutation: null};
		if (tree === document.tree) return step;
		return {...step, mutation: this.#mutationOf(step, data, path)};
	}

	/** What the record has to become; null where it stays. */
	#mutationOf({edit, document, tree, rev, body}: Step, data: Data, path: readonly string[]): Mutation | null {
		const before = winnerOf(document.tree);
		const after = winnerOf(tree);
		const wasLive = before !== null && !before.is_deleted;
		const now = this.#context.now();
		const mutation = (op: Mutation['op'], more: Partial<Mutation>): Mutation => ({
			id: uuidv7(),
			collection: this.#database.collection,
			record_id: recordId(this.#database, edit.id),
			op,
			base_version: 'current',
			client_timestamp: new Date(now).toISOString(),
			...more,
		});
		if (after?.is_deleted) return wasLive ? mutation('delete', {}) : null;
		if (isFree(this.#database)) {
			if (after === null || after.rev === before?.rev) return null;
			const text = after.rev === rev ? body : (document.bodies.get(after.rev) ?? '{}');
			return mutation('upsert', {data: {database: this.#database.name, body: text}});
		}
		const bodyAt = (at: string): Data => parsed(document.bodies.get(at));
		if (edit.is_deleted) {
			// The winner was deleted, and what lost against it comes up.
			if (after === null || before === null || after.rev === before.rev) return null;
			return mutation('upsert', {data: difference(bodyAt(before.rev), bodyAt(after.rev))});
		}
		// An edit beats a delete, whichever came first.
		if (!wasLive) return mutation('upsert', {data});
		const base = path.find(one => document.bodies.has(one));
		if (base === before.rev) return unlessEmpty(mutation('upsert', {data: difference(bodyAt(base), data)}));
		const isWinner = after?.rev === rev;
		return unlessEmpty(
			mutation('upsert', {
				data: base === undefined ? data : difference(bodyAt(base), data),
				base_version: base === undefined ? 0 : (document.tree.get(base)?.seen_version ?? 0),
				client_timestamp: isWinner ? new Date(now + LEEWAY_MS).toISOString() : EARLIEST,
			}),
		);
	}

	#apply(branch: number, steps: readonly Step[]): Promise<Applied> {
		return this.#context.records.applyIn(this.#tx, {
			space_id: this.#user_id,
			actor_id: this.#user_id,
			device_id: branch === 0 ? DEVICE : `${DEVICE}-${branch}`,
			mutations: steps.flatMap(({mutation}) => (mutation === null ? [] : [mutation])),
		});
	}

	#keep({document, tree, rev, body}: Step): void {
		if (tree === document.tree) return;
		document.tree = tree;
		document.bodies.set(rev, body);
	}

	/** Where merging came to something else than the winner says, that is a revision too. */
	async #compare(record_ids: readonly string[]): Promise<void> {
		const rows = await this.#tx.many<Followed>(
			`select id, version, case when deleted_at is null then data end as data from records.records
			where space_id = $1 and collection = $2 and id = any($3) order by version`,
			[this.#user_id, this.#database.collection, record_ids],
		);
		const {name} = this.#database;
		const own = isFree(this.#database) ? rows.filter(({id}) => id.startsWith(`${name}/`)) : rows;
		await takeOver(this.#database, this.#stored, own);
	}
}

/** Null where the edit was not made of a revision that may be edited. */
function pathOf(tree: Tree, parent: string | null, is_deleted: boolean, body: string): string[] | null {
	const leaves = leavesOf(tree);
	const [winner] = leaves;
	const from = parent === null && winner?.is_deleted ? winner.rev : parent;
	if (from === null ? winner !== undefined : !leaves.some(({rev}) => rev === from)) return null;
	return [childRev(from, is_deleted, body), ...(from === null ? [] : ancestryOf(tree, from).map(({rev}) => rev))];
}

function refusalOf({edit, mutation}: Step, outcome: ReadonlyMap<string, MutationResult>): Refused | null {
	const result = mutation === null ? undefined : outcome.get(mutation.id);
	return result?.status === 'rejected' ? {id: edit.id, error: 'forbidden', reason: result.message} : null;
}

const unlessEmpty = (mutation: Mutation): Mutation | null =>
	Object.keys(mutation.data ?? {}).length === 0 ? null : mutation;

/** The fields that an edit changed; null for those that it took away. */
function difference(base: Data, edited: Data): Data {
	const changed: Data = {};
	for (const [field, value] of Object.entries(edited)) {
		if (!Object.hasOwn(base, field) || !sameValue(base[field], value)) changed[field] = value;
	}
	for (const field of Object.keys(base)) {
		if (!Object.hasOwn(edited, field) && !field.startsWith('_')) changed[field] = null;
	}
	return changed;
}

const parsed = (body: string | undefined): Data => (body === undefined ? {} : (JSON.parse(body) as Data));

/** Letters that say a text lost something on its way are kept, but not as such: the records refuse them. */
const bodyText = (data: Data): string => JSON.stringify(data).replaceAll('\ufffd', '\\ufffd');
