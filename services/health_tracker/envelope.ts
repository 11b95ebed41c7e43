import type {PublicError} from '@hearth/host/errors.js';
import {z} from 'zod';

export const succeeded = <Data>(data: Data) => ({success: true as const, data});

/** The schema of what `succeeded` answers. */
export const success = <Schema extends z.ZodType>(data: Schema) => z.object({success: z.literal(true), data});

/** What is wrong field by field is a list of ours, and an object in this protocol. */
export function failed({code, message, details}: PublicError) {
	const told = Array.isArray(details)
		? Object.fromEntries(
				details.flatMap((detail: {path?: unknown; message?: unknown}) =>
					typeof detail.path === 'string' ? [[detail.path, String(detail.message)]] : [],
				),
			)
		: details;
	return {success: false, error: told === undefined ? {code, message} : {code, message, details: told}};
}
