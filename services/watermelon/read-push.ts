import {hash} from 'node:crypto';
import {PublicError} from '@hearth/host/errors.js';
import {canonicalJson} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {isRecordId, type Mutation} from '@hearth/records/mutation.js';
import {inward} from './columns.js';
import {type Table, tables} from './tables.js';

/** One record of a push, as what it asks of the records. */
export interface PushedRecord {
	mutation: Mutation;
	table: Table;
	/** The app had made it since its last sync; else it knew the record before. */
	isNew: boolean;
	/** What is kept is not what the device has. */
	isAltered: boolean;
}

export interface ReadPush {
	records: PushedRecord[];
	/** By table: ids that no record can have. */
	refused: Record<string, string[]>;
}

const isObject = (value: unknown): value is Data =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What a push asks for. What is no table, no list and no record here is passed over, whatever else is slightly wrong is put right, and
 * only what is no set of changes at all throws VALIDATION_ERROR. The same push gives the same mutation ids.
 */
export function readPush(
	changes: unknown,
	{collections, cursor, now_ms}: {collections: ReadonlyMap<string, Collection>; cursor: number | null; now_ms: number},
): ReadPush {
	if (!isObject(changes)) {
		throw new PublicError(
			'VALIDATION_ERROR',
			'changes must be what WatermelonDB gives to pushChanges: {table: {created: […], updated: […], deleted: […]}}.',
			{details: [{path: 'changes', message: 'must be an object of tables'}]},
		);
	}
	const read: ReadPush = {records: [], refused: {}};
	const client_timestamp = new Date(now_ms).toISOString();
	for (const table of tables.values()) {
		const set = Object.hasOwn(changes, table.name) ? changes[table.name] : undefined;
		const collection = collections.get(table.name);
		if (!isObject(set)) continue;
		if (collection === undefined) {
			throw new PublicError('UNAVAILABLE', `This server keeps no ${table.name}: its training part is not installed.`);
		}
		const take = (given: unknown, asked: {op: 'upsert' | 'delete'; isNew: boolean; raw?: Data}) => {
			const record_id = typeof given === 'number' ? String(given) : given;
			if (typeof record_id !== 'string') return;
			if (!isRecordId(record_id)) {
				read.refused[table.name] = [...(read.refused[table.name] ?? []), record_id];
				return;
			}
			const {op, isNew, raw} = asked;
			const {data, isAltered} =
				raw === undefined ? {data: undefined, isAltered: false} : inward(table, collection, raw);
			const body = {collection: table.name, record_id, op, ...(data === undefined ? {} : {data})};
			read.records.push({
				mutation: {
					...body,
					id: hash('sha256', canonicalJson({...body, cursor})),
					// The push is refused where the device had not seen what is stored.
					base_version: 'current',
					client_timestamp,
				},
				table,
				isNew,
				isAltered,
			});
		};
		for (const raw of listOf(set.created)) if (isObject(raw)) take(raw.id, {op: 'upsert', isNew: true, raw});
		for (const raw of listOf(set.updated)) {
			if (isObject(raw)) take(raw.id, {op: 'upsert', isNew: raw._status === 'created', raw});
		}
		for (const id of listOf(set.deleted)) take(id, {op: 'delete', isNew: false});
	}
	return read;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
