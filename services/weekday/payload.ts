import {type Collection, RESERVED_FIELDS} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {repair} from '@hearth/records/repair.js';
import {z} from 'zod';
import type {Entity} from './entities.js';

// The app's payloads may hold anything, and come back as they were sent. A field that the collection declares has two names here,
// `start_time` and `startTime`; what does not fit such a field is kept beside it, so that it is there for the app and for nobody else.
const AS_SENT = 'as_sent_';

const namesOf = ({schema}: Collection): Map<string, string> =>
	new Map(
		Object.keys(schema.shape).flatMap(field => {
			const alias = field.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
			return alias === field ? [] : [[alias, field] as const];
		}),
	);

function fits({schema}: Collection, field: string, value: unknown): boolean {
	const type = schema.shape[field];
	return type instanceof z.ZodType && type.safeParse(value).success;
}

const isObject = (value: unknown): value is Data =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** A payload as fields, by the collection's names; of one sent by both names the one that differs from `before` counts. */
export function fieldsOf(
	entity: Entity,
	collection: Collection,
	{record_id, payload}: {record_id: string; payload: unknown},
	before: Data,
): Data {
	const sent = isObject(payload) ? payload : {[entity.plain]: payload};
	const names = namesOf(collection);
	const fields: Data = {};
	for (const [name, value] of Object.entries(sent)) {
		if (name === '__proto__' || name.startsWith(AS_SENT) || (name === 'id' && value === record_id)) continue;
		const field = names.get(name) ?? name;
		const isSecond = Object.hasOwn(fields, field) && JSON.stringify(value) === JSON.stringify(before[field]);
		if (!isSecond) fields[field] = value;
	}
	return fields;
}

/** Fields as the collection keeps them; `stored` is what it holds now. */
export function inward(collection: Collection, fields: Data, stored: Data): Data {
	const data: Data = {};
	for (const [field, value] of Object.entries(fields)) {
		const beside = AS_SENT + field;
		// What the house itself says of every record.
		if (RESERVED_FIELDS.has(field)) {
			data[beside] = value;
			continue;
		}
		if (!Object.hasOwn(collection.schema.shape, field)) {
			data[field] = value;
			continue;
		}
		const isKept = value === null || fits(collection, field, value);
		if (isKept) data[field] = value;
		else if ((stored[field] ?? null) !== null) data[field] = null;
		if (!isKept) data[beside] = value;
		else if ((stored[beside] ?? null) !== null) data[beside] = null;
	}
	return repair(collection, data);
}

/** What is kept, by the collection's names, as the app sent it. */
export function fieldsKept(stored: Data): Data {
	const fields: Data = {};
	for (const [key, value] of Object.entries(stored)) {
		if (value !== null && !key.startsWith(AS_SENT)) fields[key] = value;
	}
	for (const [key, value] of Object.entries(stored)) {
		const field = key.slice(AS_SENT.length);
		// Where another app has written the field since, that counts.
		if (key.startsWith(AS_SENT) && value !== null && !Object.hasOwn(fields, field)) fields[field] = value;
	}
	return fields;
}

/** What is kept, as the app is told: under both names. */
export function outward(collection: Collection, record_id: string, stored: Data): Data {
	const payload: Data = {id: record_id, ...fieldsKept(stored)};
	for (const [alias, field] of namesOf(collection)) {
		if (Object.hasOwn(payload, field)) payload[alias] = payload[field];
	}
	return payload;
}
