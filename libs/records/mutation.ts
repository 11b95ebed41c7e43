import {hash} from 'node:crypto';
import {canonicalJson, flawOf} from './canonical.js';
import type {Collection} from './collection.js';
import type {Data, Edit} from './merge.js';

/** One thing a device did to one record, under an id of its own, so that it can be told again. */
export interface Mutation {
	id: string;
	collection: string;
	record_id: string;
	op: 'upsert' | 'delete';
	/** The fields that changed; all for a new record. */
	data?: Data | undefined;
	/** The device had applied all changes of the record up to this version. `current`: it was made against what is stored now. */
	base_version?: number | 'current' | undefined;
	/** RFC 3339, by the device's clock. */
	client_timestamp: string;
}

export type RejectionCode =
	| 'VALIDATION_ERROR'
	| 'UNKNOWN_COLLECTION'
	| 'TOO_LARGE'
	| 'MUTATION_REUSED'
	| 'READ_ONLY'
	| 'SYNC_DISABLED';

export interface Rejection {
	code: RejectionCode;
	message: string;
}

/** A mutation that is well-formed, with its collection and what it is remembered by. */
export interface Prepared {
	mutation: Mutation;
	collection: Collection;
	edit: Edit;
	/** The edit's data in canonical JSON. */
	text: string;
	/** SHA-256 of its whole body, hexadecimal. */
	hash: string;
}

/** UTF-16 units of a record's JSON; PostgreSQL and clients bear much more. */
export const MAX_RECORD_CHARS = 1024 * 1024;
/** A device's clock may be this far ahead of ours before its edits count as made now. */
const CLOCK_LEEWAY_MS = 5_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const RECORD_ID = /^[^\u0000-\u001f\u007f]{1,256}$/;
const MUTATION_ID = /^[\x21-\x7e]{1,128}$/;
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Whether text may be a record's id: 1–256 characters, none of them a control character. */
export const isRecordId = (id: string): boolean => RECORD_ID.test(id) && id.isWellFormed();

/** Checks all that can be checked without the database, so that no lock is held meanwhile. */
export function prepare(
	mutation: Mutation,
	device_id: string,
	collections: ReadonlyMap<string, Collection>,
	received_ms: number,
): Prepared | Rejection {
	const collection = collections.get(mutation.collection);
	if (collection === undefined) {
		return {
			code: 'UNKNOWN_COLLECTION',
			message: `There is no collection ${JSON.stringify(mutation.collection.slice(0, 100))} on this server.`,
		};
	}
	if (!MUTATION_ID.test(mutation.id)) return invalid('id must be 1–128 visible ASCII characters.');
	if (!isRecordId(mutation.record_id)) return invalid('record_id must be 1–256 characters without control characters.');
	const {base_version} = mutation;
	if (typeof base_version === 'number' && !(Number.isSafeInteger(base_version) && base_version >= 0)) {
		return invalid('base_version must be a version, a whole number from 0.');
	}
	const client_ms = RFC_3339.test(mutation.client_timestamp) ? Date.parse(mutation.client_timestamp) : Number.NaN;
	if (Number.isNaN(client_ms))
		return invalid('client_timestamp must be an RFC 3339 time, such as 2026-01-31T08:00:00Z.');
	const data = mutation.op === 'upsert' ? mutation.data : {};
	if (data === undefined) return invalid('An upsert needs data: the fields that changed.');
	const flaw = flawOf(data);
	if (flaw !== null) return invalid(flaw);
	const text = canonicalJson(data);
	const body = bodyOf(mutation, text);
	if (body.length > MAX_RECORD_CHARS) {
		return {code: 'TOO_LARGE', message: `A record holds at most ${MAX_RECORD_CHARS} characters of JSON.`};
	}
	const wrong = mutation.op === 'upsert' ? wrongWith(collection.patch, data) : null;
	if (wrong !== null) return wrong;
	return {
		mutation,
		collection,
		edit: {
			op: mutation.op,
			data,
			base_version: base_version === 'current' ? Number.MAX_SAFE_INTEGER : base_version,
			device_id,
			client_ms: Math.min(client_ms, received_ms + CLOCK_LEEWAY_MS),
		},
		text,
		hash: hash('sha256', body),
	};
}

/** All but the id, in canonical JSON. */
function bodyOf({collection, record_id, op, data, base_version, client_timestamp}: Mutation, text: string): string {
	const base = base_version === undefined ? '' : `"base_version":${JSON.stringify(base_version)},`;
	const written = data === undefined ? '' : `"data":${op === 'upsert' ? text : canonicalJson(data)},`;
	return `{${base}"client_timestamp":${JSON.stringify(client_timestamp)},"collection":"${collection}",${written}"op":"${op}","record_id":${JSON.stringify(record_id)}}`;
}

/** What is wrong with a record that is to be made whole of this data. */
export const wrongWithRecord = ({schema}: Collection, data: Data): Rejection | null =>
	wrongWith(schema, withoutNulls(data));

// A field that may be left out may as well be null: both are "nothing".
function withoutNulls(data: Data): Data {
	const fields = Object.entries(data);
	return fields.every(([, value]) => value !== null)
		? data
		: Object.fromEntries(fields.filter(([, value]) => value !== null));
}

function wrongWith(schema: Collection['schema'], data: Data): Rejection | null {
	const parsed = schema.safeParse(data);
	if (parsed.success) return null;
	const issues = parsed.error.issues.slice(0, 3).map(({path, message}) => `${['data', ...path].join('.')}: ${message}`);
	return invalid(issues.join('; '));
}

const invalid = (message: string): Rejection => ({code: 'VALIDATION_ERROR', message});
