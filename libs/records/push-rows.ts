import type {Data} from './merge.js';
import type {Stamps} from './stamps.js';

// Rows as `records.write_push` reads them; a push holds thousands, hence the short names, and text made piece by piece: what is JSON
// already is not written a second time.

/** A mutation with what it came to. */
export interface PushRow {
	collection: string;
	record_id: string;
	mutation_id: string;
	/** Epoch milliseconds, by the device's clock. */
	client_ms: number;
	change: ChangePart | null;
	outcome: OutcomePart | null;
}

/** What it changed, with the record as it then is. */
export interface ChangePart {
	version: number;
	is_deleted: boolean;
	/** The fields written; null for all of the record. */
	written: Data | null;
	/** What those fields were. */
	previous: Data | null;
	sent: Data | null;
	prior_version: number;
	/** Null where a later row of the same part tells of the record. */
	record: RecordPart | null;
}

export interface RecordPart {
	/** JSON. */
	data: string;
	stamps: Stamps;
	/** Whether there is no row of it yet. */
	is_new: boolean;
	/** Of the fields that its collection indexes. */
	indexes: readonly (string | null)[];
}

export interface OutcomePart {
	/** Hexadecimal. */
	hash: string;
	status: 'accepted' | 'merged' | 'conflict';
	version: number;
	conflict_id: string | null;
	lost: Data | null;
}

/** The parameter of `records.write_push`; what it takes by default is left out. */
export const textOfRows = (rows: readonly PushRow[]): string => `[${rows.map(textOfRow).join(',')}]`;

function textOfRow({collection, record_id, mutation_id, client_ms, change, outcome}: PushRow): string {
	let text = `{"c":"${collection}","i":${json(record_id)},"m":${json(mutation_id)}`;
	if (change !== null) text += textOfChange(change, client_ms);
	if (outcome !== null) {
		const {hash, status, version, conflict_id, lost} = outcome;
		text += `,"h":"${hash}"`;
		if (status !== 'accepted') text += `,"s":"${status}"`;
		if (version !== change?.version) text += `,"u":${version}`;
		if (conflict_id !== null) text += `,"k":"${conflict_id}"`;
		if (lost !== null) text += `,"l":${json(lost)}`;
	}
	return `${text}}`;
}

function textOfChange(change: ChangePart, client_ms: number): string {
	const {version, is_deleted, written, previous, sent, prior_version, record} = change;
	let text = `,"v":${version},"t":${client_ms}`;
	if (is_deleted) text += ',"x":true';
	if (written !== null) text += `,"w":${json(written)}`;
	if (previous !== null) text += `,"b":${json(previous)}`;
	if (sent !== null) text += `,"e":${json(sent)}`;
	if (prior_version !== 0) text += `,"p":${prior_version}`;
	if (record === null) return text;
	text += `,"d":${record.data},"f":${json(record.stamps)},"a":${record.is_new}`;
	for (const [index, value] of record.indexes.entries()) {
		if (value !== null) text += `,"i${index + 1}":${json(value)}`;
	}
	return text;
}

const json = JSON.stringify;
