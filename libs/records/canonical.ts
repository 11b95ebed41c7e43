/** A JSON value as RFC 8785 writes it: keys by UTF-16 code unit, no white space. `undefined` members are left out, as JSON does. */
export function canonicalJson(value: unknown): string {
	if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
	if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
	let text = '{';
	for (const key of Object.keys(value).sort()) {
		const member = (value as Record<string, unknown>)[key];
		if (member === undefined) continue;
		if (text.length > 1) text += ',';
		text += `${JSON.stringify(key)}:${canonicalJson(member)}`;
	}
	return `${text}}`;
}

/** Deep equality of JSON values; an absent value and null are both "nothing". */
export function sameValue(a: unknown, b: unknown): boolean {
	if (a === b || (a ?? null) === (b ?? null)) return true;
	if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
	return canonicalJson(a) === canonicalJson(b);
}

/** Deeper than any form; a parser or a database that recurses is safe above it. */
export const MAX_DEPTH = 64;

/**
 * What keeps a JSON value from being stored and read back as it was, in plain words with the path to it; null where nothing does.
 * PostgreSQL's jsonb knows no NUL and no half of a surrogate pair; `__proto__` would change objects instead of filling them.
 */
export function flawOf(value: unknown, path = 'data', depth = 1): string | null {
	if (typeof value === 'string') return flawOfText(value, path);
	if (typeof value === 'number') return Number.isFinite(value) ? null : `${path} is not a finite number.`;
	if (typeof value !== 'object' || value === null) return null;
	if (depth > MAX_DEPTH) return `${path} is nested more than ${MAX_DEPTH} deep.`;
	if (Array.isArray(value)) {
		for (const [index, item] of value.entries()) {
			const flaw = flawOf(item, `${path}[${index}]`, depth + 1);
			if (flaw !== null) return flaw;
		}
		return null;
	}
	for (const key of Object.keys(value)) {
		if (key === '__proto__') return `${path} has a field named __proto__, which cannot be kept; rename it.`;
		const flaw =
			flawOfText(key, `a field's name in ${path}`) ??
			flawOf((value as Record<string, unknown>)[key], `${path}.${key}`, depth + 1);
		if (flaw !== null) return flaw;
	}
	return null;
}

function flawOfText(text: string, path: string): string | null {
	if (text.includes('\0')) return `${path} contains a NUL character; leave it out.`;
	if (!text.isWellFormed()) return `${path} contains half of a surrogate pair, so it is no text; leave it out.`;
	// What bytes that are not UTF-8 are read as: the text has lost something on its way, and would be stored without it.
	if (text.includes('\ufffd')) return `${path} contains bytes that were not UTF-8 (U+FFFD); leave them out.`;
	return null;
}
