import {createHash} from 'node:crypto';
import type {Transaction} from '@hearth/ports/database.js';
import {v7 as uuidv7} from 'uuid';
import {canonicalJson} from './canonical.js';
import {EMPTY_SUM, recordHash, shiftSum} from './checksum.js';
import type {Collection} from './collection.js';
import {type PastChange, readHistories, valuesSeen} from './history.js';
import {baseVersion, type Clash, type Data, type Decision, decide, needsBase, type StoredRecord} from './merge.js';
import {
	type Mutation,
	type Prepared,
	prepare,
	type Rejection,
	type RejectionCode,
	wrongWithRecord,
} from './mutation.js';
import {type PushRow, type RecordPart, textOfRows} from './push-rows.js';
import type {Stamps} from './stamps.js';

// So many mutations are decided while the database writes those before them.
const PART = 200;

export interface Push {
	/** Whose records: a user's own space bears the user's id. */
	space_id: string;
	/** Who does it. */
	actor_id: string;
	/** Which of the actor's devices; mutation ids are unique to it. */
	device_id: string;
	/** In order; a later one sees what an earlier one did. */
	mutations: readonly Mutation[];
	/** Of the state that the base versions speak of; another than the space's throws `ResyncRequired`. */
	epoch?: string | undefined;
	/** Epoch milliseconds. */
	now: number;
	/** Asked of each mutation under the lock, with what is stored; throws to refuse the whole push. */
	check?: ((mutation: Mutation, stored: StoredRecord | null, head: Head) => void) | undefined;
}

export interface Head {
	version: number;
	at_ms: number;
	epoch: string;
	floor: number;
}

export type MutationResult =
	| {id: string; status: 'accepted' | 'merged' | 'duplicate'; version: number}
	| {id: string; status: 'conflict'; version: number; conflict_id: string}
	| {id: string; status: 'rejected'; version: number; code: RejectionCode; message: string};

export interface OpenedConflict {
	/** The mutation's. */
	id: string;
	conflict_id: string;
	collection: string;
	record_id: string;
}

export interface Change {
	version: number;
	collection: string;
	record_id: string;
	op: 'upsert' | 'delete';
}

export interface Applied {
	head: Head;
	/** One a mutation, in their order. */
	results: MutationResult[];
	conflicts: OpenedConflict[];
	/** What was written, by version. */
	changes: Change[];
}

/** The versions that the caller speaks of are not those of this space any more: it starts over from 0, keeping what it has not pushed. */
export class ResyncRequired extends Error {
	override readonly name = 'ResyncRequired';
}

/**
 * The only writer of records. Locks the space, merges each mutation with what is stored, and writes records, change log, conflicts,
 * checksums and what each mutation came to, in the caller's transaction, which must be the space's (`db.as`). A mutation that is
 * refused keeps nothing and stops none of the others; one that was applied before changes nothing. It answers before all is written:
 * what is asked of the transaction afterwards comes after it, and the commit fails with it.
 */
export async function applyIn(
	tx: Transaction,
	collections: ReadonlyMap<string, Collection>,
	push: Push,
): Promise<Applied> {
	const prepared = push.mutations.map(mutation => prepare(mutation, push.device_id, collections, push.now));
	const sound = prepared.filter(isPrepared);
	const space = await openSpace(tx, push, sound);
	if (push.epoch !== undefined && push.epoch !== space.head.epoch) {
		throw new ResyncRequired(
			'The server’s records were restored from a backup. Start over: pull from 0, then push again.',
		);
	}
	await recallHistories(tx, push.space_id, space, sound);
	const writing = new Writing(tx, push, space);
	const results = prepared.map((one, index) => {
		const id = push.mutations[index]?.id ?? '';
		if (isPrepared(one)) push.check?.(one.mutation, space.records.get(keyOf(one.mutation)) ?? null, space.head);
		return isPrepared(one) ? writing.take(one) : writing.refuse(id, one);
	});
	writing.end();
	return {head: writing.head, results, conflicts: writing.conflicts, changes: writing.changes};
}

const isPrepared = (one: Prepared | Rejection): one is Prepared => 'mutation' in one;

const keyOf = ({collection, record_id}: Pick<Mutation, 'collection' | 'record_id'>) => `${collection}\n${record_id}`;

/** All that deciding needs of a locked space. */
interface Space {
	head: Head;
	/** By `keyOf`. */
	records: Map<string, StoredRecord>;
	/** Earlier outcomes of this device's mutations, by id. */
	known: Map<string, Known>;
	/** By collection. */
	sums: Map<string, {count: number; sum: string}>;
	/** A record's changes, newest first, by `keyOf`; only of those that meet unseen edits. */
	histories: Map<string, PastChange[]>;
}
interface Known {
	hash: string;
	status: 'accepted' | 'merged' | 'conflict';
	version: number;
	conflict_id: string | null;
}

async function openSpace(tx: Transaction, {space_id, device_id}: Push, sound: readonly Prepared[]): Promise<Space> {
	const opened = await tx.one<{
		head: Head;
		stored: [collection: string, id: string, Data, Stamps, version: number, is_deleted: boolean][] | null;
		known: [id: string, hash: string, Known['status'], version: number, conflict_id: string | null][] | null;
		sums: [collection: string, count: number, sum: string][] | null;
	}>('select * from records.open_push($1, $2, $3, $4, $5)', [
		space_id,
		device_id,
		sound.map(({mutation}) => mutation.id),
		sound.map(({mutation}) => mutation.collection),
		sound.map(({mutation}) => mutation.record_id),
	]);
	const {stored, known, sums} = opened;
	return {
		head: opened.head,
		records: new Map(
			stored?.map(([collection, record_id, data, stamps, version, is_deleted]) => [
				keyOf({collection, record_id}),
				{data, stamps, version, is_deleted},
			]),
		),
		known: new Map(
			known?.map(([id, hash, status, version, conflict_id]) => [id, {hash, status, version, conflict_id}]),
		),
		sums: new Map(sums?.map(([collection, count, sum]) => [collection, {count, sum}])),
		histories: new Map(),
	};
}

async function recallHistories(
	tx: Transaction,
	space_id: string,
	space: Space,
	sound: readonly Prepared[],
): Promise<void> {
	const wanted = new Map<string, {version: number; since: number}>();
	for (const {mutation, edit} of sound) {
		const key = keyOf(mutation);
		const stored = space.records.get(key) ?? null;
		if (stored === null || !needsBase(stored, edit)) continue;
		const since = Math.min(baseVersion(stored, edit), wanted.get(key)?.since ?? Number.MAX_SAFE_INTEGER);
		wanted.set(key, {version: stored.version, since});
	}
	if (wanted.size > 0) space.histories = await readHistories(tx, space_id, wanted);
}

/** What a push comes to, mutation by mutation; written part by part, so that the database works while the next part is decided. */
class Writing {
	readonly conflicts: OpenedConflict[] = [];
	readonly changes: Change[] = [];
	readonly #tx: Transaction;
	readonly #push: Push;
	readonly #space: Space;
	#version: number;
	#isWritten = false;
	// Of the part at hand.
	#rows: PushRow[] = [];
	readonly #touched = new Map<string, PushRow>();
	#conflictRows: ConflictRow[] = [];
	readonly #sums = new Map<string, {count: number; difference: bigint}>();

	constructor(tx: Transaction, push: Push, space: Space) {
		this.#tx = tx;
		this.#push = push;
		this.#space = space;
		this.#version = space.head.version;
	}

	/** After the push. */
	get head(): Head {
		const {head} = this.#space;
		const isWritten = this.#version > head.version;
		return {...head, version: this.#version, at_ms: isWritten ? this.#atMs : head.at_ms};
	}

	// Strictly rising, whatever the clock does: some dialects use it as their cursor.
	get #atMs(): number {
		return Math.max(this.#space.head.at_ms + 1, this.#push.now);
	}

	refuse(id: string, {code, message}: Rejection): MutationResult {
		return {id, status: 'rejected', version: this.#version, code, message};
	}

	take(prepared: Prepared): MutationResult {
		const {mutation, collection, edit} = prepared;
		const known = this.#space.known.get(mutation.id);
		if (known !== undefined) return this.#repeat(prepared, known);
		if (mutation.base_version !== 'current' && (edit.base_version ?? 0) > this.#space.head.version) {
			return this.refuse(mutation.id, {
				code: 'VALIDATION_ERROR',
				message: `base_version ${edit.base_version} is above the newest version, ${this.#space.head.version}.`,
			});
		}
		const key = keyOf(mutation);
		const stored = this.#space.records.get(key) ?? null;
		const decision = decide(collection, stored, edit, {
			version: this.#version + 1,
			floor: this.#space.head.floor,
			split_id: () => splitId(this.#push, mutation),
			base: this.#baseOf(key, stored, prepared),
		});
		const made = (stored === null || stored.is_deleted) && decision.record?.is_deleted === false;
		const refusal = made ? (wrongWithRecord(collection, edit.data) ?? this.#fullness(collection)) : null;
		if (refusal !== null) return this.refuse(mutation.id, refusal);
		return this.#settle(prepared, stored, decision);
	}

	#repeat({mutation, hash}: Prepared, known: Known): MutationResult {
		const {id} = mutation;
		if (known.hash !== hash) {
			return this.refuse(id, {
				code: 'MUTATION_REUSED',
				message: 'This device has sent another mutation with this id; give each a new id.',
			});
		}
		const {status, version, conflict_id} = known;
		if (status !== 'conflict' || conflict_id === null) return {id, status: 'duplicate', version};
		this.conflicts.push({id, conflict_id, ...recordOf(mutation)});
		return {id, status, version, conflict_id};
	}

	#baseOf(key: string, stored: StoredRecord | null, {edit}: Prepared): Data | null {
		const history = this.#space.histories.get(key);
		return stored === null || history === undefined
			? null
			: valuesSeen(stored.data, history, baseVersion(stored, edit), edit.device_id);
	}

	#fullness({name, max_records}: Collection): Rejection | null {
		const count = (this.#space.sums.get(name)?.count ?? 0) + (this.#sums.get(name)?.count ?? 0);
		return count < max_records
			? null
			: {code: 'TOO_LARGE', message: `${name} holds at most ${max_records} records; delete some first.`};
	}

	#settle(prepared: Prepared, stored: StoredRecord | null, decision: Decision): MutationResult {
		const {mutation, hash, edit} = prepared;
		const {record, split, clash, status, lost} = decision;
		const row: PushRow = {
			collection: mutation.collection,
			record_id: split?.id ?? mutation.record_id,
			mutation_id: mutation.id,
			client_ms: edit.client_ms,
			change: null,
			outcome: null,
		};
		if (split !== null) this.#put(row, prepared, null, split.record, {written: [], sent: null});
		else if (record !== null) this.#put(row, prepared, stored, record, decision);
		const version = row.change?.version ?? stored?.version ?? this.#space.head.version;
		const conflict_id = clash === null ? null : this.#open(mutation, clash, version);
		row.outcome = {hash, status, version, conflict_id, lost};
		this.#space.known.set(mutation.id, row.outcome);
		this.#rows.push(row);
		if (this.#rows.length === PART) this.#write(null);
		if (status === 'conflict' && conflict_id !== null) return {id: mutation.id, status, version, conflict_id};
		return {id: mutation.id, status: status === 'merged' ? status : 'accepted', version};
	}

	#open(mutation: Mutation, {fields, base, local, server}: Clash, version: number): string {
		const conflict_id = uuidv7();
		this.conflicts.push({id: mutation.id, conflict_id, ...recordOf(mutation)});
		this.#conflictRows.push({
			k: conflict_id,
			c: mutation.collection,
			i: mutation.record_id,
			f: fields,
			b: base,
			l: local,
			s: server,
			m: mutation.id,
			v: version,
		});
		return conflict_id;
	}

	#put(
		row: PushRow,
		{collection, edit, text}: Prepared,
		stored: StoredRecord | null,
		record: StoredRecord,
		{written, sent}: Pick<Decision, 'written' | 'sent'>,
	) {
		this.#version = record.version;
		const {record_id: id} = row;
		const {version, is_deleted} = record;
		const key = keyOf({collection: collection.name, record_id: id});
		this.#space.records.set(key, record);
		const isMade = stored === null || stored.is_deleted;
		// What is written whole is the record itself.
		const data = isMade || is_deleted ? record.data : pick(record.data, written);
		const previous = isMade ? {} : is_deleted ? stored.data : pick(stored.data, written);
		const json = record.data === edit.data ? text : canonicalJson(record.data);
		row.change = {
			version,
			is_deleted,
			written: data === record.data ? null : data,
			previous: isMade ? null : previous,
			sent,
			prior_version: stored?.version ?? 0,
			record: {
				data: json,
				stamps: record.stamps,
				is_new: this.#superseded(key)?.is_new ?? stored === null,
				indexes: indexValues(collection, record),
			},
		};
		this.#touched.set(key, row);
		this.#count(collection.name, id, stored, record, json);
		this.#space.histories.get(key)?.unshift({version, device_id: edit.device_id, data, previous, sent});
		this.changes.push({version, collection: collection.name, record_id: id, op: is_deleted ? 'delete' : 'upsert'});
	}

	/** A part writes a record once, as it is after its last change there; of an earlier one only the log tells. */
	#superseded(key: string): RecordPart | null {
		const change = this.#touched.get(key)?.change;
		if (change === undefined || change === null) return null;
		const {record} = change;
		if (record !== null) change.written ??= JSON.parse(record.data);
		change.record = null;
		return record;
	}

	#count(collection: string, id: string, stored: StoredRecord | null, record: StoredRecord, json: string) {
		const sum = this.#sums.get(collection) ?? {count: 0, difference: 0n};
		if (stored !== null && !stored.is_deleted) {
			sum.count -= 1;
			sum.difference -= recordHash(id, stored.version, canonicalJson(stored.data));
		}
		if (!record.is_deleted) {
			sum.count += 1;
			sum.difference += recordHash(id, record.version, json);
		}
		this.#sums.set(collection, sum);
	}

	/** Writes what is left. */
	end(): void {
		if (this.#rows.length === 0 && !this.#isWritten) return;
		const sums = [...this.#sums].map(([name, {count, difference}]) => {
			const before = this.#space.sums.get(name) ?? {count: 0, sum: EMPTY_SUM};
			return {c: name, n: before.count + count, h: shiftSum(before.sum, difference)};
		});
		this.#write(sums.length === 0 ? null : JSON.stringify(sums));
	}

	#write(sums: string | null): void {
		const {space_id, actor_id, device_id} = this.#push;
		this.#tx
			.run('select records.write_push($1, $2, $3, $4, $5, $6, $7, $8)', [
				space_id,
				actor_id,
				device_id,
				this.#version,
				this.#atMs,
				textOfRows(this.#rows),
				this.#conflictRows.length === 0 ? null : JSON.stringify(this.#conflictRows),
				sums,
			])
			.catch(() => {}); // the transaction fails with it, and says why
		this.#isWritten = true;
		this.#rows = [];
		this.#conflictRows = [];
		this.#touched.clear();
	}
}

// As `records.write_push` reads it.
interface ConflictRow {
	k: string;
	c: string;
	i: string;
	f: string[];
	b: Data | null;
	l: Data | null;
	s: Data | null;
	m: string;
	v: number;
}

const recordOf = ({collection, record_id}: Mutation) => ({collection, record_id});

const pick = (data: Data, fields: readonly string[]): Data =>
	Object.fromEntries(fields.filter(field => Object.hasOwn(data, field)).map(field => [field, data[field]]));

/** The indexed fields' values as text, cut where an index could not hold them. */
const indexValues = ({indexes}: Collection, {data, is_deleted}: StoredRecord): (string | null)[] =>
	indexes.map(field => {
		const value = data[field];
		return !is_deleted && (typeof value === 'string' || typeof value === 'number') ? indexText(value) : null;
	});

/** As an indexed value is stored and asked for. */
export const indexText = (value: string | number): string => String(value).slice(0, 256);

/** The same for the same mutation, so that a split sent twice is one record. */
function splitId({space_id, device_id}: Push, {id}: Mutation): string {
	const hex = createHash('sha256').update(`split\0${space_id}\0${device_id}\0${id}`).digest('hex');
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
