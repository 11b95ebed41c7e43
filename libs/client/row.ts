import {sameValue} from '@hearth/records/canonical.js';

// One record on this device, and what becomes of it. Pure: a row in, a row out.

export type Data = Record<string, unknown>;

/** What the server has of a record, and what was done to it here since. Read is both: the confirmed data with the queue on top. */
export interface Row {
	/** As the server sent it; null where it has none. */
	data: Data | null;
	/** The version at which the server sent it. */
	version: number;
	/** Of the collection's cursor when it was sent; a row of an older one is waiting to be sent again. */
	generation: number;
	queue: Mutation[];
}

export interface Mutation {
	id: string;
	op: 'upsert' | 'delete';
	/** The fields that changed; null erases. */
	data?: Data;
	/** All changes of the record up to this version were applied here. Absent where that is not known. */
	base_version?: number;
	client_timestamp: string;
	/** Holds a whole record, so there may be none before it. */
	whole: boolean;
	/** Perhaps received by the server: from now on the same id must mean the same body. */
	sent: boolean;
	/** The server has it, in this version; kept until that version was pulled, or the old value would flicker back. */
	acked: number | null;
}

export const noRow: Row = {data: null, version: 0, generation: 0, queue: []};

export const isEmpty = ({data, queue}: Row) => data === null && queue.length === 0;

export const isWaiting = ({acked}: Mutation) => acked === null;

/** The record as the person sees it; null where there is none. */
export function view({data, queue}: Row): Data | null {
	let seen = data;
	for (const {op, data: changed, whole} of queue) {
		if (op === 'delete') seen = null;
		else if (seen !== null || whole) seen = {...seen, ...changed};
	}
	return seen === null ? null : Object.fromEntries(Object.entries(seen).filter(([, value]) => value !== null));
}

/** Those fields of the patch that say something new. */
export const changedFields = (current: Data, patch: Data): Data =>
	Object.fromEntries(
		Object.entries(patch).filter(
			([field, value]) => !sameValue(Object.hasOwn(current, field) ? current[field] : null, value),
		),
	);

export type Edit = {op: 'upsert'; data: Data; whole: boolean} | {op: 'delete'};

/** The row after an edit. With what was not sent yet it becomes one mutation, as both go on from the same base. */
export function edited(row: Row, edit: Edit, made: Pick<Mutation, 'id' | 'base_version' | 'client_timestamp'>): Row {
	const last = row.queue.at(-1);
	const before = row.queue.slice(0, -1);
	if (last !== undefined && !last.sent && last.op === 'upsert') {
		const {client_timestamp} = made;
		if (edit.op === 'upsert') {
			return {...row, queue: [...before, {...last, data: {...last.data, ...edit.data}, client_timestamp}]};
		}
		const nothingBefore = before.length === 0 ? row.data === null : before.at(-1)?.op === 'delete';
		if (last.whole && nothingBefore) return {...row, queue: before};
		const {data: _, ...rest} = last;
		return {...row, queue: [...before, {...rest, op: 'delete', whole: false, client_timestamp}]};
	}
	const mutation: Mutation = {...made, whole: false, ...edit, sent: false, acked: null};
	return {...row, queue: [...row.queue, mutation]};
}

/** The mutation that goes next. A later one of the same record waits for its answer, which may change what it is made on. */
export const nextToSend = ({queue}: Row): Mutation | undefined => queue.find(isWaiting);

export const sent = (row: Row, id: string): Row => ({
	...row,
	queue: row.queue.map(mutation => (mutation.id === id ? {...mutation, sent: true} : mutation)),
});

/** The server has the mutation, in `version`; `applied` is the version up to which this device has pulled. */
export function acknowledged(row: Row, id: string, version: number, applied: number): Row {
	const at = row.queue.findIndex(mutation => mutation.id === id);
	const answered = row.queue[at];
	if (answered === undefined) return row;
	const queue = [...row.queue];
	queue[at] = {...answered, acked: version};
	const next = queue[at + 1];
	// Whoever makes a record again knows of the delete before.
	if (answered.op === 'delete' && next !== undefined && !next.sent) {
		queue[at + 1] = {...next, base_version: Math.max(next.base_version ?? 0, version)};
	}
	return pulledUpTo({...row, queue}, applied);
}

/** Without the mutations whose effect is in the server's copy by now. */
export const pulledUpTo = (row: Row, version: number): Row => ({
	...row,
	queue: row.queue.filter(({acked}) => acked === null || acked > version),
});

/** The server's copy came, or is known to be gone (`data` null). */
export const received = (row: Row, data: Data | null, version: number, generation: number): Row =>
	pulledUpTo({...row, data, version, generation}, version);

/** Taken out of the queue: nothing of it was applied. */
export const without = (row: Row, id: string): Row => ({
	...row,
	queue: row.queue.filter(mutation => mutation.id !== id),
});

/**
 * The server refused the mutation. An edit that came after it was made on top of it: it takes along what was refused, so that a
 * correction of the refused field carries the whole.
 */
export function refused(row: Row, id: string): Row {
	const at = row.queue.findIndex(mutation => mutation.id === id);
	const [one, next] = [row.queue[at], row.queue[at + 1]];
	if (one?.op !== 'upsert' || next?.op !== 'upsert' || next.sent) return without(row, id);
	const joined: Mutation = {...next, data: {...one.data, ...next.data}, whole: one.whole || next.whole};
	return without({...row, queue: row.queue.map(mutation => (mutation === next ? joined : mutation))}, id);
}

/**
 * The server's versions count anew, up to `latest_version` so far: what was acknowledged may be lost, and what an edit was made on is
 * not known. A mutation that may have arrived keeps its body, unless its base version says that this server cannot have seen it.
 */
export const rebased = (row: Row, latest_version: number): Row => ({
	...row,
	queue: row.queue.map(mutation => {
		const again = {...mutation, acked: null};
		if (again.sent && (again.base_version ?? 0) <= latest_version) return again;
		const {base_version: _, ...rest} = again;
		return rest;
	}),
});
