import {sameValue} from '@hearth/records/canonical.js';
import type {Data} from '@hearth/records/merge.js';
import type {Kind} from './kinds.js';
import type {Row} from './read-rows.js';

/** Said by the house of every record; sent back with it, they change nothing. */
const SAID = new Set(['id', 'user_id', 'sync_version', 'created_at', 'updated_at', 'deleted_at', 'last_synced_at']);

export type WireRecord = Data & {id: string; sync_version: number};

/** A record's data by the app's names. */
export function fieldsOutward({names, columns, outward}: Kind, stored: Data): Data {
	const data: Data = {...columns};
	const nameOf = new Map(Object.entries(names).map(([name, field]) => [field, name]));
	for (const [field, value] of Object.entries(outward?.(stored) ?? stored)) {
		const name = nameOf.get(field) ?? field;
		if (SAID.has(name)) continue;
		data[name] = value ?? columns[name] ?? null;
	}
	return data;
}

export function toWire(kind: Kind, row: Row, user_id: string): WireRecord {
	const updated_at = row.updated_at.toISOString();
	return {
		...fieldsOutward(kind, row.data),
		id: row.id,
		user_id,
		sync_version: row.version,
		created_at: row.created_at.toISOString(),
		updated_at,
		deleted_at: null,
		last_synced_at: updated_at,
	};
}

/** The fields that an app changed, by its names: it sends whole records. `seen` as it had them; null for all that it sends. */
export function changedFields(kind: Kind, sent: Data, seen: Data | null): Data {
	const before = seen === null ? null : fieldsOutward(kind, seen);
	return Object.fromEntries(
		Object.entries(sent).filter(
			([name, value]) =>
				!SAID.has(name) && name !== '__proto__' && (before === null || !sameValue(value, before[name])),
		),
	);
}

export const withoutNulls = (data: Data): Data =>
	Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));

/** By our names. Of a field sent by both names the app's counts. */
export function byOurNames({names}: Kind, sent: Data): Data {
	const data: Data = {};
	for (const [name, value] of Object.entries(sent)) {
		if (!Object.hasOwn(names, name)) data[name] = value;
	}
	for (const [name, field] of Object.entries(names)) {
		if (Object.hasOwn(sent, name)) data[field] = sent[name];
	}
	return data;
}

/** What the records say of `data.weight_kg`, by the app's name. */
export const inAppsWords = ({names, parts}: Kind, message: string): string =>
	Object.entries({...names, ...parts})
		.reduce((text, [name, field]) => text.replaceAll(`data.${field}:`, `${name}:`), message)
		.replaceAll(/\bdata\.([\w.]+):/g, '$1:');
