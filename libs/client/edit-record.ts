import {v7 as uuidv7} from 'uuid';
import type {Replica, Step} from './replica.js';
import {cursorOf, type ReplicaState} from './replica-state.js';
import {changedFields, type Data, type Edit, edited, type Row, view} from './row.js';
import type {RecordId} from './rows.js';

// What a person does to a record. Done here at once, and in the queue for the server in the same transaction.

/** A record as it is read: what the server confirmed, with what was done here since on top. */
export interface Item<Fields> {
	id: string;
	data: Fields;
	/** Something of it has not reached the server yet. */
	pending: boolean;
}

/**
 * Throws where there is a record with this id already. Without an id it gets one that nobody has used: then there is nothing of it that
 * this device could have missed, however long it was away.
 */
export const createRecord = (
	replica: Replica,
	collection: string,
	given: string | undefined,
	data: unknown,
	now: number,
): Promise<Item<Data>> => {
	const at = {collection, id: given ?? uuidv7()};
	const decide = (current: Data | null): Edit => {
		if (current !== null) throw new Error(`There is a record ${at.id} in ${at.collection} already; update it.`);
		return {op: 'upsert', data: asSent(data), whole: true};
	};
	return edit(replica, at, now, decide, {isNew: given === undefined});
};

/** The fields of the patch change, null erases, those it leaves out stay. Throws where there is no such record. */
export const updateRecord = (replica: Replica, at: RecordId, patch: unknown, now: number): Promise<Item<Data>> =>
	edit(replica, at, now, current => {
		if (current === null) throw new Error(`There is no record ${at.id} in ${at.collection}; perhaps it was deleted.`);
		const data = changedFields(current, asSent(patch));
		return Object.keys(data).length === 0 ? null : {op: 'upsert', data, whole: false};
	});

/** Deleting what is not there changes nothing. */
export async function deleteRecord(replica: Replica, at: RecordId, now: number): Promise<void> {
	await write(replica, at, now, current => (current === null ? null : {op: 'delete'}));
}

async function edit(
	replica: Replica,
	at: RecordId,
	now: number,
	decide: Decide,
	options: EditOptions = {},
): Promise<Item<Data>> {
	const item = itemOf(at.id, await write(replica, at, now, decide, options));
	if (item === null) throw new Error(`There is no record ${at.id} in ${at.collection}.`);
	return item;
}

function write(replica: Replica, at: RecordId, now: number, decide: Decide, options: EditOptions = {}): Promise<Row> {
	if (!RECORD_ID.test(at.id)) throw new TypeError('A record’s id is 1–256 characters without control characters.');
	return replica.write(step => editStep(step, at, now, decide, options));
}

/** Gets what the person sees now; null: nothing is to be done. */
type Decide = (current: Data | null) => Edit | null;

interface EditOptions {
	/** Nobody has used the id before. Default false. */
	isNew?: boolean;
}

/** As part of a transaction that does more. Answers the row as it is then. */
export async function editStep(
	step: Step,
	at: RecordId,
	now: number,
	decide: Decide,
	{isNew = false}: EditOptions = {},
): Promise<Row> {
	const before = await step.row(at);
	const change = decide(view(before));
	if (change === null) return before;
	const base_version = isNew ? undefined : baseVersion(step.state, at.collection, before);
	const after = edited(before, change, {
		id: uuidv7(),
		client_timestamp: new Date(now).toISOString(),
		...(base_version === undefined ? {} : {base_version}),
	});
	step.setRow(at, before, after);
	return after;
}

/**
 * The version that an edit goes on from. What waits here, or is not pulled yet, hides what the server sent since, so an edit after it
 * goes on from where it did; whoever makes a record again knows of the delete before. Undefined while everything is pulled anew: of
 * what is from before, nobody knows.
 */
function baseVersion(state: ReplicaState, collection: string, {version, generation, queue}: Row): number | undefined {
	const last = queue.at(-1);
	if (last !== undefined) return last.op === 'delete' && last.acked !== null ? last.acked : last.base_version;
	const {complete, generation: current} = cursorOf(state, collection);
	return generation === current ? Math.max(version, complete ?? 0) : (complete ?? undefined);
}

export function itemOf(id: string, row: Row): Item<Data> | null {
	const data = view(row);
	return data === null ? null : {id, data, pending: row.queue.some(({acked}) => acked === null)};
}

// As the server has it (libs/records); half of a surrogate pair would not come back from every store as it was.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const RECORD_ID = /^(?:[^\u0000-\u001f\u007f\ud800-\udfff]|[\ud800-\udbff][\udc00-\udfff]){1,256}$/;

/** What will be read is what will be sent: JSON. Throws at a number that JSON would turn into null, which erases. */
export function asSent(data: unknown): Data {
	const text = JSON.stringify(data, (field, value: unknown) => {
		if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${field} is not a finite number.`);
		return value;
	});
	const plain: unknown = text === undefined ? undefined : JSON.parse(text);
	if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) throw new TypeError('Data is an object.');
	return plain as Data;
}
