import {canonicalJson, sameValue} from './canonical.js';
import type {Collection, MergeRule} from './collection.js';
import {lastVersionBy, type Stamp, type Stamps, stampAll, stampFields, stampOf, stampsOf} from './stamps.js';

// How merging decides, for every door. Pure: what is stored and what a device sends in, what is to be stored out.

export type Data = Record<string, unknown>;

/** A record as it is stored. A deleted one is a tombstone, with no data. */
export interface StoredRecord {
	data: Data;
	stamps: Stamps;
	version: number;
	is_deleted: boolean;
}

/** What a device asks for. */
export interface Edit {
	op: 'upsert' | 'delete';
	/** The fields that changed; null erases, an absent one is untouched. */
	data: Data;
	/** The device had applied all changes of the record up to this version; by default the last that it wrote itself. */
	base_version: number | undefined;
	device_id: string;
	/** The device's clock at the edit, epoch milliseconds, not later than shortly after its arrival. */
	client_ms: number;
}

export interface Circumstances {
	/** The version that a change would get. */
	version: number;
	/** Tombstones up to this version are gone. */
	floor: number;
	/** Id of the record that a split would make. */
	split_id: () => string;
	/** The values that the device went on from; null where the log no longer knows. Asked only if `needsBase`. */
	base: Data | null;
}

/** Two values of which one could not stay; the person may still choose. */
export interface Clash {
	fields: string[];
	base: Data | null;
	/** What the device sent of those fields; null for a delete. */
	local: Data | null;
	/** What was stored; null for a tombstone. */
	server: Data | null;
}

export interface Decision {
	/** `conflict`: nothing is applied. */
	status: 'accepted' | 'merged' | 'conflict';
	/** The record as it is to be stored; null where nothing changes. */
	record: StoredRecord | null;
	/** Fields that change, for the log. */
	written: string[];
	/** What the device sent of those fields that became something else. */
	sent: Data | null;
	/** A record split off. */
	split: {id: string; record: StoredRecord} | null;
	clash: Clash | null;
	/** What was sent and neither stored nor kept in the clash; kept in the log. */
	lost: Data | null;
}

/** Two writes this close were perhaps meant to be one; the person is asked. */
export const CLOSE_MS = 10 * 60_000;

const nothing: Decision = {
	status: 'accepted',
	record: null,
	written: [],
	sent: null,
	split: null,
	clash: null,
	lost: null,
};

/** Whether deciding needs the values that the device had before its edit: it meets others' edits that it had not seen. */
export function needsBase(stored: StoredRecord | null, edit: Edit): boolean {
	return stored !== null && !stored.is_deleted && holdsUnseen(stored, edit);
}

/** The version up to which the device had seen the record. */
export const baseVersion = (stored: StoredRecord | null, edit: Edit): number =>
	edit.base_version ?? (stored === null ? 0 : lastVersionBy(stored.stamps, edit.device_id));

/**
 * Whether a stamp tells of an edit that the device had not seen. What it sent itself it has seen, but not what that was mixed with,
 * unless it says so by its base version.
 */
const unseenBy =
	({device_id, base_version}: Edit, base: number) =>
	([version, device, , mixed]: Stamp): boolean =>
		device === device_id ? mixed === 1 && version > (base_version ?? 0) : version > base;

function holdsUnseen(stored: StoredRecord, edit: Edit): boolean {
	return stampsOf(stored.stamps).some(unseenBy(edit, baseVersion(stored, edit)));
}

export function decide(
	collection: Collection,
	stored: StoredRecord | null,
	edit: Edit,
	given: Circumstances,
): Decision {
	if (edit.op === 'delete') return decideDelete(collection, stored, edit, given);
	const base = baseVersion(stored, edit);
	// Of a record that is not there the tombstone may be gone: whoever last saw it before the floor may not know of the delete.
	if (stored === null) return base > 0 && base < given.floor ? buried(edit) : made(null, edit, given);
	if (stored.is_deleted) return base < stored.version ? buried(edit) : made(stored, edit, given);
	return decideUpdate(collection, stored, edit, base, given);
}

const stampFor = (edit: Edit, version: number): Stamp => [version, edit.device_id, edit.client_ms];

const made = (tombstone: StoredRecord | null, edit: Edit, {version}: Circumstances): Decision => ({
	...nothing,
	record: {
		data: edit.data,
		stamps: stampAll(tombstone?.stamps ?? null, stampFor(edit, version)),
		version,
		is_deleted: false,
	},
	written: Object.keys(edit.data),
});

const buried = (edit: Edit): Decision => ({
	...nothing,
	status: 'conflict',
	clash: {fields: Object.keys(edit.data), base: null, local: edit.data, server: null},
});

function decideDelete(collection: Collection, stored: StoredRecord | null, edit: Edit, given: Circumstances): Decision {
	if (stored === null || stored.is_deleted) return nothing;
	const unseen = holdsUnseen(stored, edit);
	const clash = unseen ? {fields: Object.keys(stored.data), base: given.base, local: null, server: stored.data} : null;
	if (unseen && collection.deleted_and_edited === 'edit') return {...nothing, status: 'conflict', clash};
	return {
		...nothing,
		status: unseen ? 'merged' : 'accepted',
		record: {
			data: {},
			stamps: stampAll(stored.stamps, stampFor(edit, given.version)),
			version: given.version,
			is_deleted: true,
		},
		written: Object.keys(stored.data),
		clash,
	};
}

function decideUpdate(
	collection: Collection,
	stored: StoredRecord,
	edit: Edit,
	base: number,
	given: Circumstances,
): Decision {
	const {split_on} = collection;
	const isUnseen = unseenBy(edit, base);
	const changed: Data = {};
	const lost: Data = {};
	const sent: Data = {};
	const clashing: string[] = [];
	let isMerge = false;
	for (const [field, value] of Object.entries(edit.data)) {
		const server = own(stored.data, field);
		const stamp = stampOf(stored.stamps, stored.data, field);
		const rule = collection.merge[field] ?? 'last_write';
		const meets = stamp !== null && isUnseen(stamp);
		// Two who came to the same by themselves agree, unless both counted.
		if (sameValue(server, value) && !(meets && rule === 'sum')) continue;
		if (!meets) {
			changed[field] = value;
			continue;
		}
		if (field === split_on) return splitOff(stored, edit, given);
		isMerge = true;
		const met = meet(rule, {
			server,
			client: value,
			base: given.base === null ? undefined : (own(given.base, field) ?? null),
			isLater: edit.client_ms > stamp[2],
			isClose: Math.abs(edit.client_ms - stamp[2]) <= CLOSE_MS,
		});
		if (met.asks) clashing.push(field);
		else if (met.loses) lost[field] = value;
		if (sameValue(met.value, server)) continue;
		changed[field] = met.value;
		if (!sameValue(met.value, value)) sent[field] = value;
	}
	const written = Object.keys(changed);
	return {
		...nothing,
		status: isMerge ? 'merged' : 'accepted',
		record:
			written.length === 0
				? null
				: {
						data: {...stored.data, ...changed},
						stamps: stampFields(stored.stamps, written, stampFor(edit, given.version), field =>
							Object.hasOwn(sent, field),
						),
						version: given.version,
						is_deleted: false,
					},
		written,
		sent: Object.keys(sent).length === 0 ? null : sent,
		clash:
			clashing.length === 0
				? null
				: {
						fields: clashing,
						base: given.base === null ? null : only(given.base, clashing),
						local: only(edit.data, clashing),
						server: only(stored.data, clashing),
					},
		lost: Object.keys(lost).length === 0 ? null : lost,
	};
}

/** The stored record stays, and what the device made of it becomes a record of its own. */
const splitOff = (stored: StoredRecord, edit: Edit, {version, split_id}: Circumstances): Decision => ({
	...nothing,
	status: 'merged',
	split: {
		id: split_id(),
		record: {
			data: {...stored.data, ...edit.data},
			stamps: {all: stampFor(edit, version)},
			version,
			is_deleted: false,
		},
	},
});

interface Meeting {
	server: unknown;
	client: unknown;
	/** null: there was none; undefined: not known. */
	base: unknown;
	/** Whether the device's clock was later. */
	isLater: boolean;
	isClose: boolean;
}
interface Met {
	value: unknown;
	/** The device's value is nowhere in the result. */
	loses?: boolean;
	/** One of both values is lost so that a person should see it. */
	asks?: boolean;
}

function meet(rule: MergeRule, meeting: Meeting): Met {
	const {server, client, base, isLater} = meeting;
	switch (rule) {
		case 'union':
			return isList(server) && isList(client)
				? unionOf(server, client, isList(base) ? base : [], isLater)
				: laterOf(meeting);
		case 'max':
		case 'min':
			return isNumber(server) && isNumber(client)
				? {value: Math[rule](server, client), loses: Math[rule](server, client) !== client}
				: laterOf(meeting);
		case 'sum':
			return isNumber(server) && isNumber(client) && (isNumber(base) || base === null)
				? {value: server + client - (base ?? 0)}
				: laterOf(meeting);
		case 'combine':
			return isText(server) && isText(client)
				? {value: combine(server, client, isText(base) ? base : '')}
				: laterOf(meeting);
		case 'manual':
			return {value: server, asks: true};
		case 'last_write':
			return laterOf(meeting);
	}
}

const laterOf = ({server, client, isLater, isClose}: Meeting): Met => ({
	value: isLater ? client : server,
	loses: !isLater,
	asks: isClose,
});

const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isText = (value: unknown): value is string => typeof value === 'string';

/** The texts one below the other, but once where one holds the other; lines that the device rewrote stay in their place. */
function combine(server: string, client: string, base: string): string {
	if (server.includes(client)) return server;
	if (client.includes(server)) return client;
	const [lines, rewritten] = [`\n${server}\n`, `\n${base}\n`];
	return base !== '' && lines.includes(rewritten)
		? lines.replace(rewritten, () => `\n${client}\n`).slice(1, -1)
		: `${server}\n${client}`;
}

/**
 * Both lists' items, the stored one's first: what either removed of the base stays removed; of an item that both changed
 * the later stays. Items are the same by `id`, or else by value.
 */
function unionOf(server: unknown[], client: unknown[], base: unknown[], isLater: boolean): Met {
	const [ofServer, ofClient, ofBase] = [byKey(server), byKey(client), byKey(base)];
	const merged: unknown[] = [];
	for (const [key, item] of ofServer) {
		if (ofClient.has(key)) merged.push(itemOf(item, ofClient.get(key), ofBase.get(key), isLater));
		else if (!ofBase.has(key)) merged.push(item);
	}
	for (const [key, item] of ofClient) {
		if (!ofServer.has(key) && !ofBase.has(key)) merged.push(item);
	}
	return {value: merged, loses: client.some(item => !merged.some(kept => sameValue(kept, item)))};
}

function itemOf(server: unknown, client: unknown, base: unknown, isLater: boolean): unknown {
	if (sameValue(client, base)) return server;
	if (sameValue(server, base)) return client;
	return isLater ? client : server;
}

function byKey(items: unknown[]): Map<string, unknown> {
	const keyed = new Map<string, unknown>();
	for (const item of items) keyed.set(keyOf(item), item);
	return keyed;
}

function keyOf(item: unknown): string {
	if (typeof item === 'object' && item !== null && 'id' in item) {
		const {id} = item;
		if (typeof id === 'string' || typeof id === 'number') return `id:${id}`;
	}
	return `value:${canonicalJson(item)}`;
}

const own = (data: Data, field: string): unknown => (Object.hasOwn(data, field) ? data[field] : undefined);

const only = (data: Data, fields: readonly string[]): Data =>
	Object.fromEntries(fields.filter(field => Object.hasOwn(data, field)).map(field => [field, data[field]]));
