import type {PublicError} from '@hearth/host/errors.js';
import {z} from 'zod';

export const succeeded = <Data>(data: Data) => ({data});

/** The schema of what `succeeded` answers. */
export const success = <Schema extends z.ZodType>(data: Schema) => z.object({data});

/** What is wrong is a list of ours; this protocol names one field and the reason, and has the others beside it. */
export function failed({code, message, details}: PublicError) {
	if (details === undefined) return {error: {code, message}};
	if (!Array.isArray(details)) return {error: {code, message, details}};
	const [first, ...others] = details.map((detail: {path?: unknown; message?: unknown}) => ({
		field: String(detail.path ?? ''),
		reason: String(detail.message ?? ''),
	}));
	if (first === undefined) return {error: {code, message}};
	return {error: {code, message, details: others.length === 0 ? first : {...first, others}}};
}
