import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, route, type User} from '@hearth/host/plugin.js';
import type {Data} from '@hearth/records/merge.js';
import {z} from 'zod';
import {databaseName} from './database.js';
import {readDocument} from './wire-documents.js';
import {writeRevisions} from './write-revisions.js';

const PATH = '/compat/couchdb/:db/:id';
const DESIGN_PATH = '/compat/couchdb/:db/_design/:id';
const params = z.object({db: databaseName, id: z.string()});
const query = z.object({rev: z.string().max(100).optional(), new_edits: z.enum(['true', 'false']).optional()});
const body = z.custom<Data>(
	value => typeof value === 'object' && value !== null && !Array.isArray(value),
	'must be an object: the document',
);
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const put = (path: `/${string}`, idOf: (id: string) => string) =>
	route('PUT', path, {
		summary: 'Write a document, made of the revision in its _rev',
		role: 'member',
		params,
		query,
		max_body_bytes: MAX_BODY_BYTES,
		as_sent: true,
		body,
		handle: ({params, query, body, user}, context) => {
			const rev = query.rev === undefined ? {} : {_rev: query.rev};
			const sent = {...body, ...rev, _id: idOf(params.id)};
			return write(context, user, params.db, sent, query.new_edits === 'false');
		},
	});
const remove = (path: `/${string}`, idOf: (id: string) => string) =>
	route('DELETE', path, {
		summary: 'Delete the revision of a document; of several that are in conflict, the others stay',
		role: 'member',
		params,
		query,
		handle: ({params, query, user}, context) =>
			write(context, user, params.db, {_id: idOf(params.id), _rev: query.rev, _deleted: true}, false),
	});

export const putDocument = put(PATH, id => id);
export const putDesign = put(DESIGN_PATH, id => `_design/${id}`);
export const deleteDocument = remove(PATH, id => id);
export const deleteDesign = remove(DESIGN_PATH, id => `_design/${id}`);

async function write(context: Context, user: User, db: string, sent: Data, named: boolean): Promise<Reply> {
	const edit = readDocument(sent, named);
	const [written] = 'of' in edit ? await writeRevisions(context, user.id, db, [edit]) : [edit];
	if (written === undefined) throw new PublicError('INTERNAL', 'A revision was neither taken nor refused.');
	if ('error' in written) {
		throw new PublicError(written.error === 'conflict' ? 'CONFLICT' : 'FORBIDDEN', written.reason);
	}
	return new Reply({ok: true, ...written}, {status: sent._deleted === true ? 200 : 201});
}

const ATTACHMENT = '/compat/couchdb/:db/:id/:name';

export const getAttachment = route('GET', ATTACHMENT, {
	summary: 'Attachments are not kept here',
	role: 'member',
	handle: async () => {
		throw new PublicError('NOT_FOUND', 'Document is missing attachment: none are kept here.');
	},
});
export const putAttachment = route('PUT', ATTACHMENT, {
	summary: 'Attachments are not kept here',
	role: 'member',
	handle: async () => {
		throw new PublicError('FORBIDDEN', 'Attachments are not kept here; pictures go to /api/v1/images.');
	},
});
