import type {Data} from '@hearth/records/merge.js';
import {MAX_RECORD_CHARS} from '@hearth/records/mutation.js';
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
	/** One of the app's options, by name or number. */
	| 'option'
	/** Of a column that nobody knows but the app. */
	| 'any';

const MAX_TEXT = 1_000_000;
const MAX_ID = 256;

/** The value of this kind that comes nearest: to what a device sent, or to what another app stored. Null where there is none. */
function nearest(kind: Kind, value: unknown): unknown {
	if (value === null) return null;
	switch (kind) {
		case 'text':
			return textOf(value, MAX_TEXT);
		case 'id':
			return textOf(value, MAX_ID);
		case 'library_id':
			return typeof value === 'number' ? numberOf(value) : textOf(value, MAX_ID);
		case 'number':
			return numberOf(value);
		case 'amount':
			return atLeastZero(numberOf(value));
		case 'flag':
			return flagOf(value);
		case 'time':
			return timeOf(value);
		case 'duration':
			return typeof value === 'number' ? atLeastZero(numberOf(value)) : textOf(value, MAX_TEXT);
		case 'option':
			return scalarOf(value, MAX_ID);
		case 'any':
			return scalarOf(value, MAX_TEXT);
	}
}

/** A value of this kind that says little, but is not null. */
export function emptyOf(kind: Kind | undefined): unknown {
	if (kind === 'flag') return false;
	return kind === 'number' || kind === 'amount' || kind === 'time' ? 0 : '';
}

const scalarOf = (value: unknown, most: number): unknown => {
	if (typeof value === 'boolean') return value;
	return typeof value === 'number' ? numberOf(value) : textOf(value, most);
};

function textOf(value: unknown, most: number): string {
	const text = typeof value === 'string' ? value : JSON.stringify(value);
	return storable(text.length > most ? text.slice(0, most) : text);
}

/** Without what PostgreSQL's jsonb and UTF-8 do not know. A character that is cut in two loses its other half as well. */
const storable = (text: string): string =>
	text.isWellFormed() && !text.includes('\0') && !text.includes('\ufffd')
		? text
		: text.replace(/[\0\ufffd\ud800-\udfff]/gu, '');

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

const settingKinds: Readonly<Record<string, Kind>> = {
	weight_unit: 'option',
	distance_unit: 'option',
	theme: 'option',
	language: 'option',
	rest_time: 'amount',
};
/** WatermelonDB keeps names that begin with `_` for itself. */
const COLUMN_NAME = /^[A-Za-z]\w{0,99}$/;

/** Of a table whose columns the app alone knows. */
export function keptKinds(column: string): Kind | undefined {
	if (column === 'id' || !COLUMN_NAME.test(column)) return undefined;
	return Object.hasOwn(settingKinds, column) ? settingKinds[column] : 'any';
}

/** Columns of one record; more is no settings screen. */
const MAX_COLUMNS = 500;
/** What a mutation holds beside its data. */
const AROUND_DATA = 2_000;

/** What can be kept of a record that a device sent: its columns and no others, those it leaves out untouched. */
export function inward(table: Table, raw: Data): {data: Data; isAltered: boolean} {
	const data: Data = {};
	let isAltered = false;
	for (const column of (table.columns ?? Object.keys(raw)).slice(0, MAX_COLUMNS)) {
		const kind = table.kindOf(column);
		if (kind === undefined || !Object.hasOwn(raw, column) || raw[column] === undefined) continue;
		data[column] = nearest(kind, raw[column]);
		isAltered ||= data[column] !== raw[column];
	}
	while (JSON.stringify(data).length > MAX_RECORD_CHARS - AROUND_DATA) {
		shortenLongest(data);
		isAltered = true;
	}
	return {data, isAltered};
}

function shortenLongest(data: Data): void {
	let [longest, text] = ['', ''];
	for (const [column, value] of Object.entries(data)) {
		if (typeof value === 'string' && value.length > text.length) [longest, text] = [column, value];
	}
	data[longest] = storable(text.slice(0, text.length / 2));
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
