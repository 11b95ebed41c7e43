import type {Data} from '@hearth/records/merge.js';
import {ancestryOf, generationOf, isRev, leavesOf, type Tree} from './revision-tree.js';
import type {Edit, Refused} from './write-revisions.js';

// Documents as they travel: their own fields, and beside them what the protocol says of them, in members that begin with `_`.

/** Of a document that is no deeper a text can be made. */
const MAX_DEPTH = 200;

const isObject = (value: unknown): value is Data =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What a document that was sent asks for. `named`: it brings its revisions (`new_edits: false`), else it says what it was made of, and
 * its revision is named here. One that cannot be taken is refused by itself.
 */
export function readDocument(sent: unknown, named: boolean): Edit | Refused {
	if (!isObject(sent)) return forbidden('', 'A document is an object.');
	const {_id, _rev, _revisions, _deleted, _attachments, ...rest} = sent;
	const id = typeof _id === 'string' ? _id : '';
	if (id === '') return forbidden('', 'A document needs an _id, a text.');
	if (isObject(_attachments) ? Object.keys(_attachments).length > 0 : _attachments !== undefined) {
		return forbidden(
			id,
			'Attachments are not kept here. Remove them from the document; pictures go to /api/v1/images.',
		);
	}
	if (isDeeper(rest, MAX_DEPTH)) return forbidden(id, `A document is nested at most ${MAX_DEPTH} deep.`);
	const special = Object.keys(rest).find(key => key.startsWith('_') && key !== '__proto__' && !SAID_BY_US.has(key));
	if (special !== undefined) return forbidden(id, `Bad special document member: ${special.slice(0, 100)}`);
	const data = Object.fromEntries(Object.entries(rest).filter(([key]) => !SAID_BY_US.has(key)));
	const is_deleted = _deleted === true;
	if (!named) {
		if (_rev === undefined || _rev === null) return {id, of: {parent: null}, is_deleted, data};
		return typeof _rev === 'string' && isRev(_rev)
			? {id, of: {parent: _rev}, is_deleted, data}
			: forbidden(id, 'Invalid rev format');
	}
	const path = pathIn(_rev, _revisions);
	return path === null ? forbidden(id, 'Invalid rev format') : {id, of: {path}, is_deleted, data};
}

/** What an answer of ours may have brought, and a client sent back. */
const SAID_BY_US = new Set(['_conflicts', '_deleted_conflicts', '_local_seq', '_revs_info']);

const forbidden = (id: string, reason: string): Refused => ({id, error: 'forbidden', reason});

function pathIn(rev: unknown, revisions: unknown): string[] | null {
	if (!isObject(revisions)) return typeof rev === 'string' && isRev(rev) ? [rev] : null;
	const {start, ids} = revisions;
	if (typeof start !== 'number' || !Array.isArray(ids) || ids.length > start) return null;
	const path = ids.map((id, index) => `${start - index}-${id}`);
	const isNamed = rev === undefined || rev === path[0];
	return path.length > 0 && isNamed && path.every(isRev) ? path : null;
}

const isDeeper = (value: unknown, depth: number): boolean =>
	typeof value === 'object' &&
	value !== null &&
	(depth === 0 || Object.values(value).some(member => isDeeper(member, depth - 1)));

export interface Shown {
	revs?: boolean;
	conflicts?: boolean;
}

/** The JSON text of a revision. */
export function documentText(
	{id, tree, rev, body}: {id: string; tree: Tree; rev: string; body: string},
	{revs = false, conflicts = false}: Shown = {},
): string {
	const said: Data = {_id: id, _rev: rev};
	if (tree.get(rev)?.is_deleted) said._deleted = true;
	if (revs) {
		const names = ancestryOf(tree, rev).map(one => one.rev);
		said._revisions = {start: generationOf(rev), ids: names.map(name => name.slice(name.indexOf('-') + 1))};
	}
	if (conflicts) {
		const [, ...others] = leavesOf(tree).filter(({is_deleted}) => !is_deleted);
		if (others.length > 0) said._conflicts = others.map(other => other.rev);
	}
	return body === '{}' ? JSON.stringify(said) : `${JSON.stringify(said).slice(0, -1)},${body.slice(1)}`;
}
