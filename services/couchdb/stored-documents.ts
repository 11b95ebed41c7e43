import type {Sql} from '@hearth/ports/database.js';
import {type Couch, isFree} from './database.js';
import {
	ancestryOf,
	leavesOf,
	type StoredTree,
	stemmed,
	storedTree,
	type Tree,
	treeOf,
	winnerOf,
} from './revision-tree.js';

/** A document while it is being written. */
export interface Document {
	id: string;
	tree: Tree;
	/** JSON text by revision: of the leaves, and of some of their ancestors. */
	bodies: Map<string, string>;
}

interface Loaded extends Document {
	/** 0 of one that is new. */
	seq: number;
	/** As it was loaded. */
	before: Tree;
	stored: ReadonlySet<string>;
}

/** What an edit changed is told from what it was made of, so a collection's are kept for a while. */
const BASES_KEPT = 10;

/** The documents of a locked database that a transaction touches. */
export class StoredDocuments {
	readonly #tx: Sql;
	readonly #user_id: string;
	readonly #database: Couch;
	readonly #loaded = new Map<string, Loaded>();

	constructor(tx: Sql, user_id: string, database: Couch) {
		this.#tx = tx;
		this.#user_id = user_id;
		this.#database = database;
	}

	/** Those that were loaded; an id without a document gets an empty tree. */
	get(id: string): Document {
		const loaded = this.#loaded.get(id) ?? {
			id,
			tree: new Map(),
			bodies: new Map(),
			seq: 0,
			before: new Map(),
			stored: new Set<string>(),
		};
		this.#loaded.set(id, loaded);
		return loaded;
	}

	async load(ids: readonly string[]): Promise<void> {
		const missing = [...new Set(ids)].filter(id => !this.#loaded.has(id));
		if (missing.length === 0) return;
		const given = [this.#user_id, this.#database.name, missing];
		const rows = await this.#tx.many<{id: string; seq: number; revisions: StoredTree}>(
			// `offset 0`: each by its key, whatever the planner believes of the table; so below.
			`select d.id, d.seq, d.revisions from unnest($3::text[]) as asked(id),
				lateral (select * from couchdb.documents where user_id = $1 and database = $2 and id = asked.id offset 0) as d`,
			given,
		);
		const bodies = await this.#tx.many<{id: string; rev: string; body: string}>(
			`select b.id, b.rev, b.body from unnest($3::text[]) as asked(id),
				lateral (select * from couchdb.bodies where user_id = $1 and database = $2 and id = asked.id offset 0) as b`,
			given,
		);
		const byId = new Map(rows.map(({id}) => [id, new Map<string, string>()]));
		for (const {id, rev, body} of bodies) byId.get(id)?.set(rev, body);
		for (const {id, seq, revisions} of rows) {
			const tree = treeOf(revisions);
			const found = byId.get(id) ?? new Map<string, string>();
			this.#loaded.set(id, {id, seq, tree, before: tree, bodies: found, stored: new Set(found.keys())});
		}
	}

	/** Writes what changed. A document whose leaves are others than before gets the database's next number. */
	async save(): Promise<void> {
		const changed = [...this.#loaded.values()].filter(({tree, before}) => tree !== before);
		if (changed.length === 0) return;
		const rows: object[] = [];
		const bodies: object[] = [];
		const kept: object[] = [];
		for (const one of changed) {
			one.tree = stemmed(one.tree);
			const winner = winnerOf(one.tree);
			if (winner === null) continue;
			if (leafNames(one.tree) !== leafNames(one.before)) {
				this.#database.last_seq += 1;
				one.seq = this.#database.last_seq;
			}
			rows.push({i: one.id, s: one.seq, t: storedTree(one.tree), r: winner.rev, d: winner.is_deleted});
			const wanted = this.#wanted(one.tree);
			for (const [rev, body] of one.bodies) {
				if (wanted.has(rev) && !one.stored.has(rev)) bodies.push({i: one.id, r: rev, b: body});
			}
			if ([...one.stored].some(rev => !wanted.has(rev))) kept.push({i: one.id, k: [...wanted]});
		}
		const {name} = this.#database;
		await this.#tx.run(
			`insert into couchdb.documents (user_id, database, id, seq, revisions, rev, is_deleted)
			select $1, $2, i, s, t, r, d from jsonb_to_recordset($3) as n(i text, s bigint, t jsonb, r text, d boolean)
			on conflict (user_id, database, id) do update
				set seq = excluded.seq, revisions = excluded.revisions, rev = excluded.rev, is_deleted = excluded.is_deleted`,
			[this.#user_id, name, JSON.stringify(rows)],
		);
		await this.#tx.run(
			`insert into couchdb.bodies (user_id, database, id, rev, body)
			select $1, $2, i, r, b from jsonb_to_recordset($3) as n(i text, r text, b text) on conflict do nothing`,
			[this.#user_id, name, JSON.stringify(bodies)],
		);
		if (kept.length > 0) {
			await this.#tx.run(
				`delete from couchdb.bodies b using jsonb_to_recordset($3) as n(i text, k jsonb)
				where b.user_id = $1 and b.database = $2 and b.id = n.i and not jsonb_exists(n.k, b.rev)`,
				[this.#user_id, name, JSON.stringify(kept)],
			);
		}
	}

	#wanted(tree: Tree): Set<string> {
		const bases = isFree(this.#database) ? 1 : BASES_KEPT;
		return new Set(
			leavesOf(tree).flatMap(({rev}) =>
				ancestryOf(tree, rev)
					.slice(0, bases)
					.map(one => one.rev),
			),
		);
	}
}

const leafNames = (tree: Tree): string =>
	leavesOf(tree)
		.map(({rev}) => rev)
		.join();
