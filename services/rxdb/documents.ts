import {sameValue} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {repair} from '@hearth/records/repair.js';

/** As RxDB has it: its primary key is `id`, and a deleted one keeps the fields it last had. */
export type RxDocument = Data & {id: string; _deleted: boolean};

/** What of a document counts. */
export interface State {
	is_deleted: boolean;
	data: Data;
}

/** The fields that an app asked for; undefined: all. */
export type Fields = ReadonlySet<string> | undefined;

/** What RxDB keeps beside the data begins with `_`; what is null here is absent there, since its schemas seldom allow null. */
const isData = (field: string, value: unknown, fields: Fields): boolean =>
	value !== null && field !== 'id' && !field.startsWith('_') && (fields === undefined || fields.has(field));

const dataOf = (document: Data, fields?: Fields): Data =>
	Object.fromEntries(Object.entries(document).filter(([field, value]) => isData(field, value, fields)));

export const toDocument = (id: string, {is_deleted, data}: State, fields: Fields): RxDocument => ({
	...dataOf(data, fields),
	id,
	_deleted: is_deleted,
});

/** A document as the collection would keep it, so that a state that was repaired and the one that was sent are the same. */
export const stateOf = (document: Data, collection: Collection): State => ({
	is_deleted: document._deleted === true,
	data: repair(collection, dataOf(document)),
});

/** Deleted documents are alike, whatever they still hold. */
export function sameState(one: State, other: State, fields: Fields): boolean {
	if (one.is_deleted || other.is_deleted) return one.is_deleted === other.is_deleted;
	return sameValue(dataOf(one.data, fields), dataOf(other.data, fields));
}
