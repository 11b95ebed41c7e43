import {sameValue} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {repair} from '@hearth/records/repair.js';
import {z} from 'zod';
import type {Entity} from './entities.js';

// The app's data may hold anything and comes back as it was sent. What a collection has a field for is kept there, by that name, so that
// it merges and the rest of the house understands it; how the app wrote it is kept beside it where that says more than the field can.
const AS_SENT = 'as_sent_';

const nativeName = ({names}: Entity, name: string): string =>
	Object.hasOwn(names, name) ? (names[name] ?? name) : name;

const appName = ({names}: Entity, field: string): string =>
	Object.entries(names).find(([, native]) => native === field)?.[0] ?? field;

const hasField = ({schema}: Collection, field: string): boolean => Object.hasOwn(schema.shape, field);

/** The value as the collection's field takes it; undefined where it cannot. */
function toNative({days}: Entity, {schema}: Collection, field: string, value: unknown): unknown {
	const type = schema.shape[field];
	if (!(type instanceof z.ZodType)) return undefined;
	const isMoment = days.includes(field) && typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value);
	const native = isMoment ? value.slice(0, 10) : value;
	return type.safeParse(native).success ? native : undefined;
}

/** What the app sends of a field where nobody said otherwise. */
const toApp = ({days}: Entity, field: string, value: unknown): unknown =>
	days.includes(field) && typeof value === 'string' ? `${value}T00:00:00Z` : value;

/** What the app sent, as the collection keeps it; `stored` is what it holds now. */
export function inward(entity: Entity, collection: Collection, sent: Data, stored: Data): Data {
	const data: Data = {};
	for (const [name, value] of Object.entries(sent)) {
		if (name === '__proto__' || name.startsWith(AS_SENT)) continue;
		const field = nativeName(entity, name);
		const key = AS_SENT + name;
		if (!hasField(collection, field)) {
			data[name] = value;
			continue;
		}
		const native = value === null ? null : toNative(entity, collection, field, value);
		const isPlain = native !== undefined && name === appName(entity, field);
		data[field] = native ?? null;
		if (native === null || (isPlain && sameValue(toApp(entity, field, native), value))) {
			if ((stored[key] ?? null) !== null) data[key] = null;
		} else data[key] = value;
		// A new record need not say what it lacks.
		if (native === undefined && (stored[field] ?? null) === null) delete data[field];
	}
	return repair(collection, data);
}

/** What the collection keeps, as the app sent it or would have sent it. */
export function outward(entity: Entity, collection: Collection, stored: Data): Data {
	const data: Data = {};
	const told = new Set<string>();
	for (const [key, value] of Object.entries(stored)) {
		if (!key.startsWith(AS_SENT)) continue;
		told.add(key);
		if (value === null) continue;
		const name = key.slice(AS_SENT.length);
		const field = nativeName(entity, name);
		const native = stored[field] ?? null;
		const asSent = toNative(entity, collection, field, value);
		if (native === null && asSent !== undefined) continue;
		data[name] = native === null || sameValue(asSent, native) ? value : toApp(entity, field, native);
		told.add(field);
	}
	for (const [field, value] of Object.entries(stored)) {
		if (told.has(field)) continue;
		if (hasField(collection, field)) data[appName(entity, field)] = toApp(entity, field, value);
		else data[field] = value;
	}
	return data;
}
