import {isEmpty, isWaiting, noRow, type Row, view} from './row.js';
import {type Range, type Reading, under, type Writing} from './store.js';

// Where rows lie in the store: `record/<collection>/<id>`; `dirty/<collection>/<id>` for those with a queue; and for each indexed
// field `index/<collection>/<field>/<value>\u0001<id>`. An id has no control character and a collection no slash.

export interface RecordId {
	collection: string;
	id: string;
}

/** Of a row with a queue. */
export interface Dirty {
	/** Of its first mutation. Ids are of version 7, so that they sort by the time when they were made. */
	first: string;
	/** Mutations that the server does not have yet. */
	waiting: number;
}

export type Indexes = (collection: string) => readonly string[];

const rowKey = ({collection, id}: RecordId) => `record/${collection}/${id}`;
const dirtyKey = ({collection, id}: RecordId) => `dirty/${collection}/${id}`;

export const readRow = async (tx: Reading, at: RecordId): Promise<Row> => (await tx.get<Row>(rowKey(at))) ?? noRow;

export async function scanRows(
	tx: Reading,
	collection: string,
	{after, limit}: {after?: string; limit?: number} = {},
): Promise<[id: string, row: Row][]> {
	const prefix = `record/${collection}/`;
	const {from, to} = under(prefix);
	const range: Range = {
		from: after === undefined ? from : `${prefix}${after}\0`,
		to,
		...(limit === undefined ? {} : {limit}),
	};
	return (await tx.scan<Row>(range)).map(([key, row]) => [key.slice(prefix.length), row]);
}

/** The records with a queue, of one collection or all, in the order in which the queues began. */
export async function scanDirty(tx: Reading, collection?: string): Promise<(RecordId & Dirty)[]> {
	const found = await tx.scan<Dirty>(under(collection === undefined ? 'dirty/' : `dirty/${collection}/`));
	return found
		.map(([key, dirty]) => {
			const [, name = '', ...id] = key.split('/');
			return {collection: name, id: id.join('/'), ...dirty};
		})
		.sort((a, b) => (a.first < b.first ? -1 : 1));
}

/** The ids of the records whose field has this value, or one of the range (ends included). */
export async function scanIndex(
	tx: Reading,
	collection: string,
	field: string,
	{from, to}: {from: string; to: string},
): Promise<string[]> {
	const prefix = `index/${collection}/${field}/`;
	const found = await tx.scan({from: `${prefix}${from}\u0001`, to: `${prefix}${to}\u0002`});
	return found.map(([key]) => key.slice(key.lastIndexOf('\u0001') + 1));
}

/** Writes a row, and what is found by it. */
export function writeRow(tx: Writing, at: RecordId, before: Row, after: Row, indexes: Indexes): void {
	if (isEmpty(after)) tx.delete(rowKey(at));
	else tx.put(rowKey(at), after);
	const [first] = after.queue;
	if (first !== undefined)
		tx.put(dirtyKey(at), {first: first.id, waiting: after.queue.filter(isWaiting).length} satisfies Dirty);
	else if (before.queue.length > 0) tx.delete(dirtyKey(at));
	const [old, now] = [indexKeys(at, before, indexes), indexKeys(at, after, indexes)];
	for (const key of old) if (!now.includes(key)) tx.delete(key);
	for (const key of now) if (!old.includes(key)) tx.put(key, 1);
}

export function indexKeys({collection, id}: RecordId, row: Row, indexes: Indexes): string[] {
	const fields = indexes(collection);
	const data = fields.length === 0 ? null : view(row);
	if (data === null) return [];
	return fields
		.filter(field => isIndexed(data[field]))
		.map(field => `index/${collection}/${field}/${String(data[field])}\u0001${id}`);
}

export const isIndexed = (value: unknown): value is string | number | boolean =>
	['string', 'number', 'boolean'].includes(typeof value);
