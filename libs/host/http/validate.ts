import {z} from 'zod';
import {PublicError} from '../errors.js';

/** Parses one part of a request; throws 400 with `details: [{path, message}]`. */
export function validate(schema: z.ZodType, value: unknown, what: 'path' | 'query' | 'body'): unknown {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	const details = parsed.error.issues.flatMap(detailsOf).slice(0, 50);
	const [first] = details;
	const where = first === undefined || first.path === '' ? `The ${what}` : `${first.path} in the ${what}`;
	throw new PublicError('VALIDATION_ERROR', `${where} is not right: ${first?.message ?? 'see details'}`, {details});
}

/** An unknown key is wrong where it stands, not where the object does. */
function detailsOf(issue: z.core.$ZodIssue): {path: string; message: string}[] {
	const {path, message} = issue;
	if (issue.code !== 'unrecognized_keys') return [{path: path.join('.'), message}];
	return issue.keys.map(key => ({
		path: [...path, key.slice(0, 100)].join('.'),
		message: 'is not known here; leave it out',
	}));
}

/** An object schema that refuses unknown keys, where it did not say otherwise itself. */
export const strict = (schema: z.ZodType): z.ZodType =>
	schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;

/** A query value is given once: of `?q=a&q=b` nobody knows which was meant. NUL reaches no parser. */
export function checkQuery(query: Record<string, string | string[] | undefined>): void {
	for (const [name, value] of Object.entries(query)) {
		if (Array.isArray(value)) {
			throw new PublicError('VALIDATION_ERROR', `${name} is given twice. Give it once.`, {
				details: [{path: name, message: 'given twice'}],
			});
		}
		if (value?.includes('\0') || value?.isWellFormed() === false) {
			throw new PublicError('VALIDATION_ERROR', `${name} holds a NUL or half a character. Remove it.`, {
				details: [{path: name, message: 'NUL or lone surrogate'}],
			});
		}
	}
}
