import {notFound, PublicError} from '@hearth/host/errors.js';
import {route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {databaseName, openDatabase} from './database.js';
import {jsonText} from './dialect.js';

// A replication leaves here how far it came. Two thirds of a kilobyte in fact.
const MAX_CHARS = 64 * 1024;
/** The one written longest ago makes room: a lost checkpoint costs time, not data. */
const MOST_OF_A_DATABASE = 500;

const at = z.object({db: databaseName, id: z.string().max(512)});
const PATH = '/compat/couchdb/:db/_local/:id';

export const getLocal = route('GET', PATH, {
	summary: 'A checkpoint that a client left',
	role: 'member',
	params: at,
	handle: async ({params: {db, id}, user}, context) => {
		await openDatabase(context, user.id, db);
		const found = await context.db.as(user.id, tx =>
			tx.find<{rev: number; body: string}>(
				'select rev, body from couchdb.local_documents where user_id = $1 and database = $2 and id = $3',
				[user.id, db, id],
			),
		);
		if (found === null) throw notFound('document');
		const said = JSON.stringify({_id: `_local/${id}`, _rev: `0-${found.rev}`});
		return jsonText(found.body === '{}' ? said : `${said.slice(0, -1)},${found.body.slice(1)}`);
	},
});

export const putLocal = route('PUT', PATH, {
	summary: 'Leave a checkpoint',
	role: 'member',
	params: at,
	as_sent: true,
	body: z.looseObject({_rev: z.string().nullish()}),
	status: 201,
	handle: async ({params: {db, id}, body, user}, context) => {
		await openDatabase(context, user.id, db);
		const {_rev, ...rest} = body;
		const text = JSON.stringify(Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('_'))));
		if (text.length > MAX_CHARS)
			throw new PublicError('TOO_LARGE', `A local document has at most ${MAX_CHARS} characters.`);
		const rev = await context.db.as(user.id, async tx => {
			const written = await tx.find<{rev: number}>(
				`insert into couchdb.local_documents as l (user_id, database, id, rev, body, updated_at)
				values ($1, $2, $3, 1, $4, $5) on conflict (user_id, database, id)
				do update set rev = l.rev + 1, body = excluded.body, updated_at = excluded.updated_at
				where l.rev = $6 returning rev`,
				[user.id, db, id, text, new Date(context.now()), Number(/^0-(\d{1,9})$/.exec(_rev ?? '')?.[1] ?? 0)],
			);
			await tx.run(
				`delete from couchdb.local_documents where user_id = $1 and database = $2 and id in (
					select id from couchdb.local_documents where user_id = $1 and database = $2
					order by updated_at desc, id offset ${MOST_OF_A_DATABASE}
				)`,
				[user.id, db],
			);
			return written?.rev;
		});
		if (rev === undefined) throw new PublicError('CONFLICT', 'Document update conflict.');
		return {ok: true, id: `_local/${id}`, rev: `0-${rev}`};
	},
});

export const deleteLocal = route('DELETE', PATH, {
	summary: 'Take a checkpoint away',
	role: 'member',
	params: at,
	handle: async ({params: {db, id}, user}, context) => {
		await openDatabase(context, user.id, db);
		const gone = await context.db.as(user.id, tx =>
			tx.run('delete from couchdb.local_documents where user_id = $1 and database = $2 and id = $3', [user.id, db, id]),
		);
		if (gone === 0) throw notFound('document');
		return {ok: true, id: `_local/${id}`, rev: '0-0'};
	},
});
