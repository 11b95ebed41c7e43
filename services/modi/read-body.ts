import {PublicError} from '@hearth/host/errors.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {isRecordId} from '@hearth/records/mutation.js';
import {repair} from '@hearth/records/repair.js';
import {millisecondsOf} from './moments.js';

const MAX_RECORDS = 10_000;

/** A record of a body, once, however often it is in it. */
export interface Sent {
	id: string;
	op: 'upsert' | 'delete';
	/** By the app's names, mended. */
	data: Data;
	/** The version that the app had of it. */
	sync_version: number | undefined;
	client_ms: number;
}

/** What cannot be taken, and why. */
export interface Refused {
	/** As it was sent; null where it was no text. */
	id: string | null;
	code: string;
	message: string;
}

const isObject = (value: unknown): value is Data =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (path: string, message: string) =>
	new PublicError('VALIDATION_ERROR', `${path} in the body ${message}.`, {details: [{path, message}]});

/**
 * The changes of a sync's body: `modified` (or `changes`) records, of which one with a `deleted_at` is deleted, and `deleted` ids. Throws
 * VALIDATION_ERROR for what is no such body, before anything of it would be lost in silence, and TOO_LARGE.
 */
export function readChanges(
	body: Data,
	{collection, now_ms}: {collection: Collection; now_ms: number},
): {sent: Sent[]; refused: Refused[]} {
	const {modified, changes, deleted, last_sync_timestamp: _, ...others} = body;
	for (const [key, value] of Object.entries(others)) {
		if (typeof value === 'object' && value !== null) {
			throw invalid(key.slice(0, 100), 'is not known here: send the records under modified, and ids under deleted');
		}
	}
	const upserts = [...listOf('modified', modified), ...listOf('changes', changes)];
	const deletes = listOf('deleted', deleted);
	if (upserts.length + deletes.length > MAX_RECORDS) {
		throw new PublicError('TOO_LARGE', `At most ${MAX_RECORDS} records are taken at once; send them in parts.`);
	}
	const byId = new Map<string, Sent>();
	const refused: Refused[] = [];
	for (const given of [...upserts, ...deletes.map(deletion)]) {
		const one = readRecord(given, {collection, now_ms});
		if ('message' in one) refused.push(one);
		else byId.set(one.id, laterOf(byId.get(one.id), one));
	}
	return {sent: [...byId.values()], refused};
}

function listOf(path: string, value: unknown): unknown[] {
	if (value === undefined || value === null) return [];
	if (Array.isArray(value)) return value;
	throw invalid(path, 'must be a list');
}

/** Of an id, or of a record as it was. */
const deletion = (given: unknown): unknown =>
	isObject(given) ? {...given, deleted_at: given.deleted_at ?? true} : {id: given, deleted_at: true};

function readRecord(given: unknown, {collection, now_ms}: {collection: Collection; now_ms: number}): Sent | Refused {
	const id = isObject(given) ? (typeof given.id === 'number' ? String(given.id) : given.id) : undefined;
	if (!isObject(given) || typeof id !== 'string' || !isRecordId(id)) {
		const message = 'Every record needs an id of 1–256 characters without control characters.';
		return {id: typeof id === 'string' ? id.slice(0, 256).toWellFormed() : null, code: 'VALIDATION_ERROR', message};
	}
	const isDeleted = (given.deleted_at ?? null) !== null && given.deleted_at !== false;
	const times = [isDeleted ? given.deleted_at : given.updated_at, given.updated_at].map(millisecondsOf);
	return {
		id,
		op: isDeleted ? 'delete' : 'upsert',
		data: isDeleted ? {} : repair(collection, given),
		sync_version: versionOf(given.sync_version),
		client_ms: times.find(ms => !Number.isNaN(ms)) ?? now_ms,
	};
}

export function versionOf(given: unknown): number | undefined {
	const version = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
	return typeof version === 'number' && Number.isSafeInteger(version) && version >= 0 ? version : undefined;
}

function laterOf(one: Sent | undefined, other: Sent): Sent {
	if (one === undefined) return other;
	const [first, last] = one.client_ms > other.client_ms ? [other, one] : [one, other];
	return first.op === 'delete' || last.op === 'delete' ? last : {...last, data: {...first.data, ...last.data}};
}
