import {hash} from 'node:crypto';

// A document's revisions as CouchDB keeps them: a tree in which every edit is a child of what it was made of, so that edits that did
// not know of each other are leaves side by side.

export interface Revision {
	/** `generation-hash`. */
	rev: string;
	/** Null of the oldest that is known. */
	parent: string | null;
	is_deleted: boolean;
	/** Made here, of what reached the record by another door or came of merging. */
	is_ours: boolean;
	/** Devices that go on from it had seen the record up to this version, but for what their own branch wrote. */
	seen_version: number;
	/** Edits of one branch come one after the other. */
	branch: number;
}

/** By revision. */
export type Tree = Map<string, Revision>;

/** Of each branch; whoever is further behind makes a conflict, and loses nothing. */
export const MAX_GENERATIONS = 300;

const REV = /^[1-9]\d{0,8}-[\w.~+=]{1,64}$/;
export const isRev = (rev: string): boolean => REV.test(rev);

export const generationOf = (rev: string): number => Number.parseInt(rev, 10);
const hashOf = (rev: string): string => rev.slice(rev.indexOf('-') + 1);

/** A new revision's name: the same edit of the same parent has the same one. */
export function childRev(parent: string | null, is_deleted: boolean, body: string): string {
	const name = hash('md5', `${parent ?? ''}\0${is_deleted}\0${body}`);
	return `${parent === null ? 1 : generationOf(parent) + 1}-${name}`;
}

/** The winner first: what is not deleted, then the longest, then the greatest hash. Every client comes to the same. */
export function leavesOf(tree: Tree): Revision[] {
	const parents = new Set<string | null>();
	for (const {parent} of tree.values()) parents.add(parent);
	return [...tree.values()].filter(({rev}) => !parents.has(rev)).sort(byRank);
}

export const winnerOf = (tree: Tree): Revision | null => leavesOf(tree)[0] ?? null;

function byRank(a: Revision, b: Revision): number {
	if (a.is_deleted !== b.is_deleted) return a.is_deleted ? 1 : -1;
	const longer = generationOf(b.rev) - generationOf(a.rev);
	if (longer !== 0) return longer;
	return hashOf(a.rev) < hashOf(b.rev) ? 1 : -1;
}

/** From a revision to the oldest that is known of its branch. */
export function ancestryOf(tree: Tree, rev: string): Revision[] {
	const path: Revision[] = [];
	for (let at = tree.get(rev); at !== undefined; at = at.parent === null ? undefined : tree.get(at.parent))
		path.push(at);
	return path;
}

/** The leaves that come of a revision; itself where it is one. */
export const leavesFrom = (tree: Tree, rev: string): Revision[] =>
	leavesOf(tree).filter(leaf => ancestryOf(tree, leaf.rev).some(one => one.rev === rev));

/**
 * The tree with a revision and its ancestors, newest first. What is known already stays as it is; the path is joined where it meets
 * the tree, or else begins a branch without a known beginning.
 */
export function withPath(tree: Tree, path: readonly string[], is_deleted: boolean): Tree {
	const met = path.findIndex(rev => tree.has(rev));
	if (met === 0) return tree;
	const base = met === -1 ? null : (path[met] ?? null);
	const branch = branchFor(tree, base);
	const seen_version = base === null ? 0 : (tree.get(base)?.seen_version ?? 0);
	const grown: Tree = new Map(tree);
	const added = path.slice(0, met === -1 ? undefined : met).slice(0, MAX_GENERATIONS);
	for (const [index, rev] of added.entries()) {
		const parent = added[index + 1] ?? (met === added.length ? base : null);
		grown.set(rev, {rev, parent, is_deleted: index === 0 && is_deleted, is_ours: false, seen_version, branch});
	}
	return grown;
}

/**
 * The branch that goes on from a revision. The device that wrote a revision may not have seen yet what was made of it here, and is
 * still the only one to write that branch; from anything else an edit begins its own.
 */
function branchFor(tree: Tree, base: string | null): number {
	const from = base === null ? undefined : tree.get(base);
	const taken = leavesOf(tree);
	if (from !== undefined) {
		const isFree = taken.every(
			leaf => leaf.branch !== from.branch || leaf.rev === from.rev || (leaf.is_ours && leaf.parent === from.rev),
		);
		if (isFree) return from.branch;
	}
	let last = -1;
	for (const {branch} of tree.values()) last = Math.max(last, branch);
	return last + 1;
}

/** Without the oldest revisions of branches that have become too long. */
export function stemmed(tree: Tree): Tree {
	if (tree.size <= MAX_GENERATIONS) return tree;
	const kept: Tree = new Map();
	for (const leaf of leavesOf(tree)) {
		for (const one of ancestryOf(tree, leaf.rev).slice(0, MAX_GENERATIONS)) kept.set(one.rev, one);
	}
	for (const [rev, one] of kept) {
		if (one.parent !== null && !kept.has(one.parent)) kept.set(rev, {...one, parent: null});
	}
	return kept;
}

// As stored: short, since a row holds hundreds.
type StoredRevision = [rev: string, parent: number, flags: number, seen_version: number, branch: number];
export type StoredTree = StoredRevision[];
const DELETED = 1;
const OURS = 2;

export function storedTree(tree: Tree): StoredTree {
	const places = new Map([...tree.keys()].map((rev, index) => [rev, index]));
	return [...tree.values()].map(({rev, parent, is_deleted, is_ours, seen_version, branch}) => [
		rev,
		parent === null ? -1 : (places.get(parent) ?? -1),
		(is_deleted ? DELETED : 0) | (is_ours ? OURS : 0),
		seen_version,
		branch,
	]);
}

export const treeOf = (stored: StoredTree): Tree =>
	new Map(
		stored.map(([rev, parent, flags, seen_version, branch]) => [
			rev,
			{
				rev,
				parent: stored[parent]?.[0] ?? null,
				is_deleted: (flags & DELETED) !== 0,
				is_ours: (flags & OURS) !== 0,
				seen_version,
				branch,
			},
		]),
	);
