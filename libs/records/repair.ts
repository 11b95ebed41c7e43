import type {z} from 'zod';
import {canonicalJson, flawOf, MAX_DEPTH} from './canonical.js';
import type {Collection} from './collection.js';
import type {Data} from './merge.js';
import {MAX_RECORD_CHARS} from './mutation.js';

// For dialects whose clients know no refusal of a single record: what is slightly wrong is mended, the rest is kept.

// Beside its data a mutation holds its ids and times.
const MAX_DATA_CHARS = MAX_RECORD_CHARS - 4096;
// Mending one value may show what is wrong below it.
const MOST_ROUNDS = 4;

/**
 * The data as near to what was sent as the collection can keep it: texts and lists are cut to their length, numbers and texts become
 * each other where they say the same, what cannot be kept is left out. The same for the same, and repaired data stays as it is. A new
 * record may still lack a field that it needs.
 */
export function repair(collection: Collection, data: Data): Data {
	let repaired = flawOf(data) === null ? data : (wellFormed(data, 1) as Data);
	for (let round = 0; round < MOST_ROUNDS; round += 1) {
		const parsed = collection.patch.safeParse(repaired);
		if (parsed.success) break;
		repaired = structuredClone(repaired);
		const isLast = round === MOST_ROUNDS - 1;
		for (const issue of parsed.error.issues) {
			if (isLast) delete repaired[String(issue.path[0])];
			else mendAt(repaired, issue);
		}
		// Takes out the items that went.
		repaired = wellFormed(repaired, 1) as Data;
	}
	return withinSize(repaired);
}

/** `undefined` for what cannot be kept. */
function wellFormed(value: unknown, depth: number): unknown {
	if (typeof value === 'string') return wellFormedText(value);
	if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
	if (typeof value !== 'object' || value === null) return value;
	if (depth > MAX_DEPTH) return undefined;
	if (Array.isArray(value)) return value.map(item => wellFormed(item, depth + 1)).filter(item => item !== undefined);
	return Object.fromEntries(
		Object.entries(value)
			.map(([key, item]) => [wellFormedText(key), wellFormed(item, depth + 1)] as const)
			.filter(([key, item]) => key !== '__proto__' && item !== undefined),
	);
}

const wellFormedText = (text: string): string => text.toWellFormed().replaceAll(/[\0\ufffd]/g, '');

function mendAt(data: Data, issue: z.core.$ZodIssue): void {
	const path = issue.path.map(String);
	let holder = holderOf(data, path);
	// What is missing in an object below is not made up: the object goes.
	while (path.length > 1 && !Array.isArray(holder) && holder?.[path.at(-1) ?? ''] === undefined) {
		path.pop();
		holder = holderOf(data, path);
	}
	const key = path.at(-1);
	if (holder === null || key === undefined) return;
	holder[key] = path.length === issue.path.length ? mend(holder[key], issue) : undefined;
}

function holderOf(data: Data, path: readonly string[]): Data | null {
	let holder: unknown = data;
	for (const key of path.slice(0, -1)) {
		if (typeof holder !== 'object' || holder === null) return null;
		holder = (holder as Data)[key];
	}
	return typeof holder === 'object' && holder !== null ? (holder as Data) : null;
}

/** `undefined` where there is nothing near. */
function mend(value: unknown, issue: z.core.$ZodIssue): unknown {
	if (issue.code === 'too_big') {
		if (typeof value === 'string') return cutText(value, Number(issue.maximum));
		return Array.isArray(value) ? value.slice(0, Number(issue.maximum)) : undefined;
	}
	if (issue.code === 'invalid_format' && issue.format === 'date') {
		return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? value.slice(0, 10) : undefined;
	}
	return issue.code === 'invalid_type' ? converted(value, issue.expected) : undefined;
}

function converted(value: unknown, expected: string): unknown {
	if (expected === 'string') return typeof value === 'number' ? String(value) : undefined;
	if (expected === 'number' || expected === 'int') {
		const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
		return Number.isFinite(number) ? number : undefined;
	}
	if (expected !== 'boolean') return undefined;
	if (value === 1 || value === 'true') return true;
	return value === 0 || value === 'false' ? false : undefined;
}

/** By letters, as zod counts them, so never within a surrogate pair. */
const cutText = (text: string, letters: number): string => [...text].slice(0, letters).join('');

/** Without its largest fields, where it is too large for a record. */
function withinSize(data: Data): Data {
	const kept = {...data};
	let size = canonicalJson(data).length;
	if (size <= MAX_DATA_CHARS) return data;
	const sizes = Object.entries(data).map(([field, value]) => ({field, size: canonicalJson(value).length}));
	for (const largest of sizes.sort((a, b) => b.size - a.size)) {
		if (size <= MAX_DATA_CHARS) break;
		size -= largest.size;
		delete kept[largest.field];
	}
	return kept;
}
