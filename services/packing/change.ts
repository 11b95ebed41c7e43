import {hash} from 'node:crypto';
import type {User} from '@hearth/host/plugin.js';
import {canonicalJson, MAX_DEPTH} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {isRecordId} from '@hearth/records/mutation.js';
import {deviceOf} from './device.js';
import {toSent} from './field-names.js';

/** What this dialect is about. */
export const ENTITIES = ['lists', 'items'] as const;

/** A row of the change log, as the protocol has it. */
export interface WireChange {
	/** What is acknowledged by it: the version, as text. */
	id: string;
	entityType: string;
	entityId: string;
	operation: 'create' | 'update' | 'delete';
	/** Epoch milliseconds. */
	timestamp: number;
	data: Data;
	version: number;
	deviceId: string;
}

/** A record as it is, told as a change. `is_new` to who is told. */
export const toWire = (
	row: {
		collection: string;
		record_id: string;
		/** null: it is deleted. */
		data: Data | null;
		version: number;
		updated_at: Date;
		device_id: string;
	},
	collection: Collection,
	is_new: boolean,
): WireChange => ({
	id: String(row.version),
	entityType: row.collection,
	entityId: row.record_id,
	operation: row.data === null ? 'delete' : is_new ? 'create' : 'update',
	timestamp: row.updated_at.getTime(),
	data: row.data === null ? {} : toSent(row.data, collection),
	version: row.version,
	deviceId: row.device_id,
});

/** A change that a device sent. */
export interface SentChange {
	/** Its id, as it was sent. */
	id: string | number;
	/** The change as it was sent. */
	local: Data;
	/** Of the whole change, so that the same again is known and another under its id is not taken for it. */
	mutation_id: string;
	device_id: string;
	collection: Collection;
	record_id: string;
	op: 'upsert' | 'delete';
	data: Data;
	/** The version the device had of the record; undefined: the last it wrote itself. */
	version: number | undefined;
	/** RFC 3339. */
	client_timestamp: string;
}
export interface RefusedChange {
	id: string | number;
	reason: string;
}

const isObject = (value: unknown): value is Data =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is without an id, under which it could be answered, is null. */
export function readChange(
	local: unknown,
	{user, collections, now_ms}: {user: User; collections: ReadonlyMap<string, Collection>; now_ms: number},
): SentChange | RefusedChange | null {
	if (!isObject(local)) return null;
	const {id, entityType, operation, data = {}} = local;
	if (!(typeof id === 'number' || (typeof id === 'string' && id !== ''))) return null;
	if (isTooDeep(local, 0)) return {id, reason: `data must be nested at most ${MAX_DEPTH} deep.`};
	const name = ENTITIES.find(entity => entity === entityType);
	const collection = name === undefined ? undefined : collections.get(name);
	if (collection === undefined) return {id, reason: `entityType must be ${ENTITIES.join(' or ')}.`};
	const record_id = String(local.entityId ?? '');
	if (!isRecordId(record_id)) return {id, reason: 'entityId must be 1–256 characters without control characters.'};
	if (operation !== 'create' && operation !== 'update' && operation !== 'delete') {
		return {id, reason: 'operation must be create, update or delete.'};
	}
	if (operation !== 'delete' && !isObject(data))
		return {id, reason: 'data must be an object: the fields that changed.'};
	return {
		id,
		local,
		mutation_id: hash('sha256', canonicalJson(local).toWellFormed()),
		device_id: deviceOf(local.deviceId, user),
		collection,
		record_id,
		op: operation === 'delete' ? 'delete' : 'upsert',
		data: operation !== 'delete' && isObject(data) ? data : {},
		version: operation === 'create' ? undefined : versionOf(local.version),
		client_timestamp: timeOf(local.timestamp, now_ms),
	};
}

// The change and its data come before what the data holds.
const isTooDeep = (value: unknown, depth: number): boolean =>
	typeof value === 'object' &&
	value !== null &&
	(depth > MAX_DEPTH || Object.values(value).some(item => isTooDeep(item, depth + 1)));

function versionOf(given: unknown): number | undefined {
	const version = typeof given === 'string' && given !== '' ? Number(given) : given;
	return typeof version === 'number' && Number.isSafeInteger(version) && version >= 0 ? version : undefined;
}

/** Epoch milliseconds or RFC 3339; a device without a clock writes now. */
function timeOf(given: unknown, now_ms: number): string {
	const sent_ms = typeof given === 'string' && !/^\d+$/.test(given) ? Date.parse(given) : Number(given ?? Number.NaN);
	const at_ms = Number.isFinite(sent_ms) ? Math.min(Math.max(sent_ms, 0), now_ms) : now_ms;
	return new Date(at_ms).toISOString();
}
