import {sameValue} from '@hearth/records/canonical.js';
import type {Data, StoredRecord} from '@hearth/records/merge.js';
import {repair} from '@hearth/records/repair.js';
import {lastVersionBy, type Stamp, stampAll, stampFields, stampOf, stampsOf} from '@hearth/records/stamps.js';
import type {SentChange} from './change.js';
import {toStored} from './field-names.js';

/** The version up to which the device knew the record. One that there is not yet was of another state of the house, and tells nothing. */
export const knownVersion = (stored: StoredRecord | null, change: SentChange, head: {version: number}): number =>
	change.version === undefined || change.version > head.version
		? stored === null
			? 0
			: lastVersionBy(stored.stamps, change.device_id)
		: change.version;

/** `conflict`: the device decides, and nothing of it is applied. */
export type Decision = 'conflict' | 'nothing' | {op: 'delete'} | {op: 'upsert'; data: Data};

/**
 * Two who changed different fields both have their way, also where they send whole records: what a device did not touch is no change.
 * Where both changed the same field, or one deleted what the other edited, it is a conflict. `seen` are the fields as the device had
 * them; null where nobody knows any more.
 */
export function decideChange(
	change: SentChange,
	stored: StoredRecord | null,
	{known, floor, seen}: {known: number; floor: number; seen: Data | null},
): Decision {
	const {op, collection, device_id} = change;
	const isUnseen = ([version, device]: Stamp) => device !== device_id && version > known;
	if (stored === null || stored.is_deleted) {
		if (op === 'delete') return 'nothing';
		// Of a record that is not there the tombstone may be gone.
		const isBuried = stored === null ? known > 0 && known < floor : known < stored.version;
		if (isBuried) return 'conflict';
		return {op, data: withoutNulls(repair(collection, toStored(change.data, collection, {})))};
	}
	if (op === 'delete') return stampsOf(stored.stamps).some(isUnseen) ? 'conflict' : {op};
	const sent = repair(collection, toStored(change.data, collection, seen ?? stored.data));
	const data: Data = {};
	for (const [field, value] of Object.entries(sent)) {
		const stamp = stampOf(stored.stamps, stored.data, field);
		const meets = stamp !== null && isUnseen(stamp);
		if (sameValue(stored.data[field], value) || (meets && seen !== null && sameValue(seen[field], value))) continue;
		const rule = collection.merge[field] ?? 'last_write';
		if (meets && (rule === 'last_write' || rule === 'manual')) return 'conflict';
		data[field] = value;
	}
	return Object.keys(data).length === 0 ? 'nothing' : {op, data};
}

const withoutNulls = (data: Data): Data =>
	Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));

/** The record as later changes of the same push find it. */
export function afterwards(
	{device_id, client_timestamp}: SentChange,
	stored: StoredRecord | null,
	decision: {op: 'delete'} | {op: 'upsert'; data: Data},
	version: number,
): StoredRecord {
	const stamp: Stamp = [version, device_id, Date.parse(client_timestamp)];
	if (decision.op === 'delete' || stored === null || stored.is_deleted) {
		return {
			data: decision.op === 'delete' ? {} : decision.data,
			stamps: stampAll(stored?.stamps ?? null, stamp),
			version,
			is_deleted: decision.op === 'delete',
		};
	}
	return {
		data: {...stored.data, ...decision.data},
		stamps: stampFields(stored.stamps, Object.keys(decision.data), stamp, () => false),
		version,
		is_deleted: false,
	};
}
