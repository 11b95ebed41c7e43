import {flawOf, MAX_DEPTH} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import type {z} from 'zod';

/**
 * A document's fields as its collection can keep them: texts without what PostgreSQL refuses, values of the type that is meant, what is
 * too long cut off, and what cannot be mended left out. A document that is refused stays on its device alone, which helps nobody.
 */
export function fitDocument(collection: Collection, document: Data): Data {
	const named = Object.fromEntries(Object.entries(document).filter(([field]) => !field.startsWith('_')));
	let data: Data = flawOf(named) === null ? named : (cleaned(named, 1) as Data);
	// A mended value may be wrong in another way.
	for (let round = 0; round < 3; round += 1) {
		const parsed = collection.patch.safeParse(data);
		if (parsed.success) return data;
		data = mended(data, parsed.error.issues, round === 2);
	}
	return data;
}

function cleaned(value: unknown, depth: number): unknown {
	if (typeof value === 'string') return cleanText(value);
	if (typeof value !== 'object' || value === null) return value;
	if (depth > MAX_DEPTH) return null;
	if (Array.isArray(value)) return value.map(item => cleaned(item, depth + 1));
	return Object.fromEntries(
		Object.entries(value)
			.filter(([key]) => key !== '__proto__')
			.map(([key, item]) => [cleanText(key), cleaned(item, depth + 1)]),
	);
}

const cleanText = (text: string): string => text.toWellFormed().replaceAll(/[\0\ufffd]/g, '');

function mended(data: Data, issues: readonly z.core.$ZodIssue[], isLast: boolean): Data {
	const fitting = {...data};
	for (const issue of issues) {
		const field = String(issue.path[0] ?? '');
		const value = issue.path.length === 1 && !isLast ? converted(fitting[field], issue) : undefined;
		if (value === undefined) delete fitting[field];
		else fitting[field] = value;
	}
	return fitting;
}

function converted(value: unknown, issue: z.core.$ZodIssue): unknown {
	if (issue.code === 'too_big' && typeof value === 'string') return cleanText(value.slice(0, Number(issue.maximum)));
	if (issue.code !== 'invalid_type') return undefined;
	switch (issue.expected) {
		case 'number':
		case 'int':
			return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
				? Number(value)
				: undefined;
		case 'string':
			return typeof value === 'number' ? String(value) : undefined;
		case 'boolean':
			return new Map<unknown, boolean>([
				[1, true],
				[0, false],
				['true', true],
				['false', false],
			]).get(value);
		default:
			return undefined;
	}
}
