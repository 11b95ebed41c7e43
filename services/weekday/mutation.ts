import {hash} from 'node:crypto';
import type {User} from '@hearth/host/plugin.js';
import {canonicalJson, MAX_DEPTH} from '@hearth/records/canonical.js';
import type {Data} from '@hearth/records/merge.js';
import {isRecordId} from '@hearth/records/mutation.js';
import {deviceOf} from './device.js';
import {type Entity, entityNames, findEntity} from './entities.js';

/** A mutation that a device sent. */
export interface Sent {
	/** As it was sent; of one without it is made of the whole. */
	id: string | number;
	/** Of the whole mutation, so that the same again is known and another under its id is not taken for it. */
	mutation_id: string;
	device_id: string;
	entity: Entity;
	record_id: string;
	op: 'upsert' | 'delete';
	payload: unknown;
	/** The version up to which the device knew the record; undefined where it does not say. */
	version: number | undefined;
	client_ms: number;
}
export interface Refused {
	id: string | number | null;
	code: string;
	message: string;
}

const isObject = (value: unknown): value is Data =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const idOf = (id: unknown): string | number | null =>
	typeof id === 'number' || (typeof id === 'string' && id !== '') ? id : null;

/** Each name is taken as the table has it and as the language of the app writes it. */
export function readMutation(
	given: unknown,
	{user, device_id, now_ms}: {user: User; device_id: unknown; now_ms: number},
): Sent | Refused {
	const invalid = (message: string): Refused => ({
		id: isObject(given) ? idOf(given.id) : null,
		code: 'VALIDATION_ERROR',
		message,
	});
	if (!isObject(given)) return invalid('A mutation must be an object.');
	if (isTooDeep(given, 0)) return invalid(`A payload is nested at most ${MAX_DEPTH} deep.`);
	const {entity: name, op, payload = null} = given;
	const entity = findEntity(name);
	if (entity === undefined) return invalid(`entity must be one of ${entityNames.join(', ')}.`);
	const record_id = String(given.entity_id ?? given.entityId ?? (isObject(payload) ? (payload.id ?? '') : ''));
	if (!isRecordId(record_id)) return invalid('entity_id must be 1–256 characters without control characters.');
	if (op !== 'upsert' && op !== 'delete') return invalid('op must be upsert or delete.');
	if (op === 'upsert' && payload === null) return invalid('An upsert needs a payload.');
	const mutation_id = hash('sha256', canonicalJson(given).toWellFormed());
	return {
		id: idOf(given.id) ?? mutation_id,
		mutation_id,
		device_id: deviceOf(given.device_id ?? given.deviceId ?? device_id, user),
		entity,
		record_id,
		op,
		payload,
		version: versionOf(given.base_version ?? given.baseVersion),
		client_ms: Math.min(
			millisecondsOf(given.client_timestamp ?? given.clientTimestamp ?? given.timestamp, now_ms),
			now_ms,
		),
	};
}

// The mutation and its payload come before what the payload holds.
export const isTooDeep = (value: unknown, depth: number): boolean =>
	typeof value === 'object' &&
	value !== null &&
	(depth > MAX_DEPTH || Object.values(value).some(item => isTooDeep(item, depth + 1)));

export function versionOf(given: unknown): number | undefined {
	const version = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
	return typeof version === 'number' && Number.isSafeInteger(version) && version >= 0 ? version : undefined;
}

/** Epoch milliseconds or RFC 3339; `otherwise` for what is neither. */
export function millisecondsOf(given: unknown, otherwise: number): number {
	const ms = typeof given === 'string' && !/^\d+$/.test(given) ? Date.parse(given) : Number(given ?? Number.NaN);
	return ms >= 0 && ms < 8.64e15 ? Math.trunc(ms) : otherwise;
}
