import {sameValue} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';

// A field that the collection declares has two names here, `list_id` and `listId`: this protocol's envelope is written in camel case, so
// its apps' data is too. Fields that are not declared bear the name they came with.

const namesOf = ({schema}: Collection): (readonly [field: string, alias: string])[] =>
	Object.keys(schema.shape)
		.map(field => [field, field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())] as const)
		.filter(([field, alias]) => field !== alias);

/** What an app sent, by the names of the collection. Of both names with two values it is the one that was changed. */
export function toStored(sent: Data, collection: Collection, before: Data): Data {
	const data = {...sent};
	for (const [field, alias] of namesOf(collection)) {
		if (!Object.hasOwn(sent, alias)) continue;
		delete data[alias];
		const isChanged = Object.hasOwn(sent, field) && !sameValue(sent[field], before[field]);
		data[field] = isChanged ? sent[field] : sent[alias];
	}
	return data;
}

/** A record's data under both names. */
export function toSent(stored: Data, collection: Collection): Data {
	const data = {...stored};
	for (const [field, alias] of namesOf(collection)) {
		if (Object.hasOwn(stored, field)) data[alias] = stored[field];
	}
	return data;
}
