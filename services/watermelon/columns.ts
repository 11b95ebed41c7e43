import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {repair} from '@hearth/records/repair.js';
import type {Table} from './tables.js';

// What the columns of the app may hold, there and here. Nothing is refused: a push is one transaction, and a value that is refused
// once would keep its phone from ever syncing again. What cannot be kept as it is becomes the nearest that can.

export type Kind =
	/** Also JSON as text. */
	| 'text'
	| 'id'
	/** Of the exercise library: the app's numbers stay numbers and its texts texts, or it would lose them. */
	| 'library_id'
	| 'number'
	/** From zero. */
	| 'amount'
	| 'flag'
	/** Epoch milliseconds. */
	| 'time'
	/** `01:12:30`, or seconds; given back as it came. */
	| 'duration'
	/** Of a column that nobody knows but the app. */
	| 'any';

/** The value of this kind that comes nearest: to what a device sent, or to what another app stored. Null where there is none. */
function nearest(kind: Kind, value: unknown): unknown {
	if (value === null) return null;
	switch (kind) {
		case 'text':
		case 'id':
			return textOf(value);
		case 'library_id':
			return typeof value === 'number' ? value : textOf(value);
		case 'number':
			return numberOf(value);
		case 'amount':
			return atLeastZero(numberOf(value));
		case 'flag':
			return flagOf(value);
		case 'time':
			return timeOf(value);
		case 'duration':
			return typeof value === 'number' ? atLeastZero(value) : textOf(value);
		case 'any':
			return typeof value === 'boolean' || typeof value === 'number' ? value : textOf(value);
	}
}

/** A value of this kind that says little, but is not null. */
export function emptyOf(kind: Kind | undefined): unknown {
	if (kind === 'flag') return false;
	return kind === 'number' || kind === 'amount' || kind === 'time' ? 0 : '';
}

function textOf(value: unknown): string | null {
	if (typeof value === 'string') return value;
	try {
		return JSON.stringify(value);
	} catch {
		// Nested so deeply that it can be read, but not written.
		return null;
	}
}

function numberOf(value: unknown): number | null {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number === 'boolean') return Number(number);
	return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

const atLeastZero = (number: number | null): number | null => (number === null ? null : Math.max(0, number));

function flagOf(value: unknown): boolean | null {
	if (typeof value === 'boolean') return value;
	if (value === 1 || value === '1' || value === 'true') return true;
	return value === 0 || value === '0' || value === 'false' ? false : null;
}

function timeOf(value: unknown): number | null {
	const number = numberOf(value);
	if (number !== null || typeof value !== 'string') return number;
	const at_ms = Date.parse(value);
	return Number.isNaN(at_ms) ? null : at_ms;
}

/** WatermelonDB keeps names that begin with `_` for itself. */
const COLUMN_NAME = /^[A-Za-z]\w{0,99}$/;

/** Of a table whose columns the app alone knows. */
export const keptKinds = (column: string): Kind | undefined => {
	if (column === 'id' || !COLUMN_NAME.test(column)) return undefined;
	return column === 'rest_time' ? 'amount' : 'any';
};

/** Columns of one record; more is no settings screen. */
const MAX_COLUMNS = 500;

/** What can be kept of a record that a device sent: its columns and no others, those it leaves out untouched. */
export function inward(table: Table, collection: Collection, raw: Data): {data: Data; isAltered: boolean} {
	const meant: Data = {};
	for (const column of (table.columns ?? Object.keys(raw)).slice(0, MAX_COLUMNS)) {
		const kind = table.kindOf(column);
		if (kind !== undefined && Object.hasOwn(raw, column)) meant[column] = nearest(kind, raw[column]);
	}
	// Texts without what cannot be stored, none too long, all of it within the size of a record.
	const data = repair(collection, meant);
	return {data, isAltered: Object.keys(meant).some(column => data[column] !== raw[column])};
}

/** A stored record as the app's table has it, whole: what is left out would be a default there. */
export const rawOf = (table: Table, id: string, data: Data): Data => ({
	id,
	...Object.fromEntries((table.columns ?? []).map(column => [column, null])),
	...columnsOf(table, data),
});

/** Of some of a record's stored fields those that are columns, as the app has them. */
export function columnsOf(table: Table, data: Data): Data {
	const columns: Data = {};
	for (const [column, value] of Object.entries(data)) {
		const kind = table.kindOf(column);
		if (kind !== undefined) columns[column] = nearest(kind, value);
	}
	return columns;
}
