import {createReadStream} from 'node:fs';
import {PublicError} from '@hearth/host/errors.js';
import type {Context} from '@hearth/host/plugin.js';
import {isUniqueViolation} from '@hearth/ports/database.js';
import {flawOf} from '@hearth/records/canonical.js';
import type {Data} from '@hearth/records/merge.js';
import {isRecordId, MAX_RECORD_CHARS, wrongWithRecord} from '@hearth/records/mutation.js';
import {JSONParser, TokenizerError, TokenParserError} from '@streamparser/json';
import {z} from 'zod';
import {FORMAT, SnapshotChecksum} from './snapshot.js';

// A record and what stands around it, with each character escaped. What is larger is not kept in memory to find out what it is.
const MOST_BYTES_BETWEEN = 8 * 1024 * 1024;
const BATCH_ROWS = 500;
const BATCH_CHARS = 4 * 1024 * 1024;

/** What a snapshot says of itself. */
const said = z.object({
	format: z.literal(FORMAT, `must be ${FORMAT}`),
	epoch: z.string().max(100),
	version: z.number().int().min(0),
	checksum: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits'),
});
const entry = z.object({
	id: z.string().refine(isRecordId, 'must be 1–256 characters without control characters'),
	data: z.custom<Data>(
		value => typeof value === 'object' && value !== null && !Array.isArray(value),
		'must be an object',
	),
	version: z.number().int().min(0).default(0),
	updated_at: z.iso.datetime({offset: true}).optional(),
});

export interface Staged {
	import_id: string;
	epoch: string;
	/** What stood beside the snapshot. */
	mode: unknown;
}

interface StagedRow {
	c: string;
	i: string;
	d: Data;
	v: number;
	u: string;
}

/**
 * Reads a snapshot from a file piece by piece into the staging table, and checks all of it: each record as it would be checked when it
 * is written, and the checksum. Throws UNPROCESSABLE for what is wrong with it, and then has staged nothing that anybody looks at.
 * `at` is where in the file it stands.
 */
export async function stageSnapshot(
	file: string,
	at: '$' | '$.snapshot',
	{user_id, import_id}: {user_id: string; import_id: string},
	context: Context,
): Promise<Staged> {
	const {db} = context;
	const stage = (rows: StagedRow[]) =>
		db.as(user_id, tx =>
			tx.run(
				`insert into sync.staging (user_id, import_id, collection, id, data, version, updated_at)
				select $1, $2, c, i, d, v, u from jsonb_to_recordset($3) as n(c text, i text, d jsonb, v bigint, u timestamptz)`,
				[user_id, import_id, JSON.stringify(rows)],
			),
		);
	const head: Record<string, unknown> = {};
	let rows: StagedRow[] = [];
	let chars = 0;
	for await (const {collection, index, key, value} of valuesOf(file, at)) {
		if (collection === undefined) {
			head[key] = value;
			continue;
		}
		const [row, size] = rowOf(collection, index, value, context);
		rows.push(row);
		chars += size;
		if (rows.length < BATCH_ROWS && chars < BATCH_CHARS) continue;
		await stage(rows).catch(refuseTwins);
		rows = [];
		chars = 0;
	}
	if (rows.length > 0) await stage(rows).catch(refuseTwins);
	const parsed = said.safeParse(head);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		throw unprocessable(issue?.path.join('.') ?? '', issue?.message ?? 'is not a snapshot');
	}
	const {epoch, checksum} = parsed.data;
	const found = await checksumOf({user_id, import_id}, context);
	if (found !== checksum) {
		throw unprocessable('checksum', 'does not fit the records: this file was changed or is damaged. Take another copy');
	}
	return {import_id, epoch, mode: head.mode};
}

/** Whatever becomes of it. */
export const dropStaged = (user_id: string, import_id: string, {db}: Context): Promise<number> =>
	db.as(user_id, tx => tx.run('delete from sync.staging where user_id = $1 and import_id = $2', [user_id, import_id]));

interface Value {
	collection: string | undefined;
	index: number;
	key: string;
	value: unknown;
}

async function* valuesOf(file: string, at: '$' | '$.snapshot'): AsyncIterable<Value> {
	const fields = ['format', 'epoch', 'version', 'checksum'].map(field => `${at}.${field}`);
	const parser = new JSONParser({
		// `$.*` also names what should not be there; of the snapshot itself nothing is left by then.
		paths: ['$.*', ...fields, `${at}.collections.*.*`],
		keepStack: false,
		stringBufferSize: 64 * 1024,
	});
	let values: Value[] = [];
	const depth = at === '$' ? 3 : 4;
	let unknown: string | null = null;
	parser.onValue = ({value, key, stack}) => {
		if (at === '$.snapshot' && stack.length === 1 && key !== 'mode' && key !== 'snapshot') unknown ??= String(key);
		if (stack.length < depth) values.push({collection: undefined, index: 0, key: String(key), value});
		else values.push({collection: String(stack[depth - 1]?.key), index: Number(key), key: '', value});
	};
	let between = 0;
	for await (const chunk of createReadStream(file, {highWaterMark: 64 * 1024})) {
		between += (chunk as Buffer).length;
		try {
			parser.write(chunk as Buffer);
		} catch (error) {
			throw notJson(error);
		}
		if (unknown !== null) throw unknownKey(unknown);
		if (values.length > 0) between = 0;
		if (between > MOST_BYTES_BETWEEN) throw unprocessable('', 'holds something larger than a record may be');
		yield* values;
		values = [];
	}
	if (!parser.isEnded) throw notJson(new TokenizerError('The file ended'));
	yield* values;
}

function unknownKey(key: string): PublicError {
	const path = key.slice(0, 100);
	return new PublicError('VALIDATION_ERROR', `${path} in the body is not right: is not known here; leave it out`, {
		details: [{path, message: 'is not known here; leave it out'}],
	});
}

function notJson(error: unknown): unknown {
	if (!(error instanceof TokenizerError || error instanceof TokenParserError)) return error;
	return new PublicError('VALIDATION_ERROR', 'The body is not valid JSON, or was cut off. Send it again.', {
		cause: error,
	});
}

function rowOf(
	collection: string,
	index: number,
	value: unknown,
	{records, now}: Context,
): [row: StagedRow, chars: number] {
	const path = `collections.${collection.slice(0, 100)}.${index}`;
	const known = records.collections.get(collection);
	if (known === undefined) throw unprocessable(path, 'is of a collection that this house does not have');
	const parsed = entry.safeParse(value);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		throw unprocessable([path, ...(issue?.path ?? [])].join('.'), issue?.message ?? 'is not a record');
	}
	const {id, data, version, updated_at} = parsed.data;
	const flaw = flawOf(data);
	if (flaw !== null) throw unprocessable(path, flaw);
	const chars = JSON.stringify(data).length;
	if (chars > MAX_RECORD_CHARS) throw unprocessable(path, `has more than ${MAX_RECORD_CHARS} characters of JSON`);
	const wrong = wrongWithRecord(known, data);
	if (wrong !== null) throw unprocessable(path, wrong.message);
	return [{c: collection, i: id, d: data, v: version, u: updated_at ?? new Date(now()).toISOString()}, chars];
}

async function checksumOf({user_id, import_id}: {user_id: string; import_id: string}, {db}: Context): Promise<string> {
	const checksum = new SnapshotChecksum();
	let [collection, id] = ['', ''];
	await db.snapshot(async sql => {
		for (;;) {
			const rows = await sql.many<{collection: string; id: string; data: Data}>(
				`select collection, id, data from sync.staging
				where user_id = $1 and import_id = $2 and (collection, id) > ($3, $4) order by collection, id limit ${BATCH_ROWS}`,
				[user_id, import_id, collection, id],
			);
			for (const row of rows) checksum.add(row.collection, row.id, row.data);
			const last = rows.at(-1);
			if (last === undefined) return;
			({collection, id} = last);
		}
	}, user_id);
	return checksum.text();
}

function refuseTwins(error: unknown): never {
	if (isUniqueViolation(error)) throw unprocessable('collections', 'holds two records of one id');
	throw error;
}

const unprocessable = (path: string, message: string) =>
	new PublicError('UNPROCESSABLE', `This snapshot cannot be imported: ${path === '' ? 'it' : path} ${message}.`, {
		details: [{path, message}],
	});
