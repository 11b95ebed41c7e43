import {type Item, itemOf} from './edit-record.js';
import type {Replica} from './replica.js';
import type {Data} from './row.js';
import {isIndexed, readRow, scanDirty, scanIndex, scanRows} from './rows.js';
import type {Reading} from './store.js';

/** Fields and the value each must have; of text also a range, ends included: `{date: {from: '2026-01-01', to: '2026-01-31'}}`. */
export type Where<Fields> = {readonly [Field in keyof Fields]?: Fields[Field] | Span};

export interface Span {
	from: string;
	to: string;
}

/** Those that fit, by id, which for ids made here is the order in which they were made. Fast where a field of `where` is indexed. */
export const findRecords = (replica: Replica, collection: string, where: Where<Data>): Promise<Item<Data>[]> =>
	replica.read(async tx => {
		const items: Item<Data>[] = [];
		const ids = await candidates(replica, tx, collection, where);
		if (ids === null) {
			for (const [id, row] of await scanRows(tx, collection)) keepFitting(items, itemOf(id, row), where);
			return items;
		}
		for (const id of ids) keepFitting(items, itemOf(id, await readRow(tx, {collection, id})), where);
		return items.sort((a, b) => (a.id < b.id ? -1 : 1));
	});

export const findRecord = (replica: Replica, collection: string, id: string): Promise<Item<Data> | null> =>
	replica.read(async tx => itemOf(id, await readRow(tx, {collection, id})));

/** Mutations that the server does not have yet. */
export const countWaiting = async (tx: Reading): Promise<number> =>
	(await scanDirty(tx)).reduce((sum, {waiting}) => sum + waiting, 0);

/** By the first indexed field of `where`; null where there is none. */
async function candidates(replica: Replica, tx: Reading, collection: string, where: Where<Data>) {
	for (const field of replica.indexesOf(collection)) {
		const wanted = where[field];
		if (isSpan(wanted)) return scanIndex(tx, collection, field, wanted);
		if (isIndexed(wanted)) return scanIndex(tx, collection, field, {from: String(wanted), to: String(wanted)});
	}
	return null;
}

function keepFitting(items: Item<Data>[], item: Item<Data> | null, where: Where<Data>): void {
	if (item !== null && Object.entries(where).every(([field, wanted]) => fits(item.data[field], wanted)))
		items.push(item);
}

function fits(value: unknown, wanted: unknown): boolean {
	if (isSpan(wanted)) return typeof value === 'string' && value >= wanted.from && value <= wanted.to;
	return wanted === undefined || value === wanted;
}

const isSpan = (wanted: unknown): wanted is Span =>
	typeof wanted === 'object' && wanted !== null && 'from' in wanted && 'to' in wanted;
