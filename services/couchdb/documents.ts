import {collection} from '@hearth/records/collection.js';
import {z} from 'zod';

/**
 * The documents of free databases, so that they are in exports, snapshots and checksums, and are erased, like all that a person owns. A
 * record's id is `<database>/<document>`. The document is text, since PostgreSQL would sort the keys of an object and refuse some texts.
 */
export const documents = collection('documents', {
	summary: 'Documents of free databases, as PouchDB sent them',
	schema: z.object({
		database: z.string().min(1).max(64),
		/** JSON text of an object without `_id`, `_rev` and the like. */
		body: z.string().refine(isBody, 'must be the JSON text of an object none of whose members begins with _'),
	}),
	indexes: ['database'],
});

function isBody(text: string): boolean {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
		return Object.keys(value).every(key => !key.startsWith('_') || key === '__proto__');
	} catch {
		// Not JSON.
		return false;
	}
}
