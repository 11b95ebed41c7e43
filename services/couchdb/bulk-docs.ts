import {route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {databaseName} from './database.js';
import {readDocument} from './wire-documents.js';
import {type Edit, type Written, writeRevisions} from './write-revisions.js';

/** A client sends a hundred documents at a time by default, of a megabyte each at most. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const MAX_DOCUMENTS = 10_000;

export const bulkDocs = route('POST', '/compat/couchdb/:db/_bulk_docs', {
	summary: 'Hand over revisions; each document is answered by itself, and one that is refused stops no other',
	role: 'member',
	params: z.object({db: databaseName}),
	max_body_bytes: MAX_BODY_BYTES,
	as_sent: true,
	body: z.looseObject({
		docs: z.array(z.unknown()).max(MAX_DOCUMENTS, `must hold at most ${MAX_DOCUMENTS} documents; send the others next`),
		/** False: the documents bring their revisions, as replication does. */
		new_edits: z.boolean().default(true),
	}),
	status: 201,
	handle: async ({params, body, user}, context) => {
		const read = body.docs.map(sent => readDocument(sent, !body.new_edits));
		const edits = read.filter((one): one is Edit => 'of' in one);
		const written = (await writeRevisions(context, user.id, params.db, edits)).values();
		const all: Written[] = read.flatMap(one => ('of' in one ? (written.next().value ?? []) : one));
		// Of replication only what went wrong is said.
		return body.new_edits ? all.map(said) : all.filter(one => 'error' in one);
	},
});

const said = (one: Written) => ('error' in one ? one : {ok: true, ...one});
