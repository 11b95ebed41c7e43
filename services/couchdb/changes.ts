import {PublicError} from '@hearth/host/errors.js';
import {type Context, type Reply, route, type User} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {databaseName} from './database.js';
import {jsonText} from './dialect.js';
import {longPoll} from './long-poll.js';
import {type Asked, changesText, readChanges} from './read-changes.js';

const MAX_ROWS = 10_000;
const MAX_IDS = 10_000;

const flag = z.enum(['true', 'false']).catch('false').optional();
const milliseconds = z.coerce.number().int().min(0).catch(0).optional();

// As clients write them: what is not understood of these is as if it was not said.
const query = z.object({
	since: z.string().max(200).default('0'),
	limit: z.coerce.number().int().min(0).catch(MAX_ROWS).default(MAX_ROWS),
	style: z.string().optional(),
	feed: z.string().optional(),
	heartbeat: milliseconds,
	timeout: milliseconds,
	include_docs: flag,
	conflicts: flag,
	descending: flag,
	filter: z.string().optional(),
});
const PATH = '/compat/couchdb/:db/_changes';
const params = z.object({db: databaseName});

export const getChanges = route('GET', PATH, {
	summary: 'What changed since a number; with feed=longpoll it waits for the next change',
	role: 'member',
	params,
	query,
	stream: true,
	handle: ({params, query, user}, context) => answer(context, user, params.db, query, undefined),
});

export const postChanges = route('POST', PATH, {
	summary: 'What changed since a number, of some documents: filter=_doc_ids',
	role: 'member',
	params,
	query,
	as_sent: true,
	body: z.looseObject({doc_ids: z.array(z.string()).max(MAX_IDS).optional()}),
	stream: true,
	handle: ({params, query, body, user}, context) => answer(context, user, params.db, query, body.doc_ids),
});

async function answer(
	context: Context,
	user: User,
	name: string,
	given: z.output<typeof query>,
	doc_ids: readonly string[] | undefined,
): Promise<Reply> {
	const {filter, feed} = given;
	if (filter !== undefined && (filter !== '_doc_ids' || doc_ids === undefined)) {
		throw new PublicError(
			'VALIDATION_ERROR',
			'Filters and selectors are not run here; give doc_ids, or a filter function to the client, which it runs itself.',
		);
	}
	if (feed === 'continuous' || feed === 'eventsource') {
		throw new PublicError('VALIDATION_ERROR', `feed=${feed} is not spoken here; use feed=longpoll.`);
	}
	const asked: Asked = {
		since: given.since,
		// CouchDB takes 0 for 1.
		limit: Math.min(Math.max(given.limit, 1), MAX_ROWS),
		all_docs: given.style === 'all_docs',
		include_docs: given.include_docs === 'true',
		conflicts: given.conflicts === 'true',
		descending: given.descending === 'true',
		doc_ids: doc_ids?.filter(id => !id.includes('\0') && id.isWellFormed()),
	};
	if (feed === 'longpoll') return longPoll(context, user, name, asked, given);
	return jsonText(changesText(await readChanges(context, user.id, name, asked)));
}
