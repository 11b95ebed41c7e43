import {Reply, route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {createDatabase, databaseName, findDatabase, seqText} from './database.js';
import {followedDatabase} from './follow-records.js';

export const welcome = route('GET', '/compat/couchdb', {
	summary: 'That there are databases here; its uuid is part of a replication’s name, so it is the person’s',
	role: 'member',
	// As of the CouchDB whose replication this is; some clients look at it.
	handle: async ({user}) => ({couchdb: 'Welcome', version: '3.3.3', uuid: user.id, vendor: {name: 'Hearth'}}),
});

export const getDatabase = route('GET', '/compat/couchdb/:db', {
	summary: 'A database: how many documents it holds, and its newest change',
	role: 'member',
	params: z.object({db: databaseName}),
	handle: async ({params, user}, context) => {
		const {name} = await followedDatabase(context, user.id, params.db);
		return context.db.snapshot(async sql => {
			const database = await findDatabase(sql, user.id, name);
			const {live, deleted} = await sql.one<{live: number; deleted: number}>(
				`select count(*) filter (where not is_deleted)::integer as live, count(*) filter (where is_deleted)::integer as deleted
				from couchdb.documents where user_id = $1 and database = $2`,
				[user.id, name],
			);
			return {
				db_name: name,
				doc_count: live,
				doc_del_count: deleted,
				update_seq: database === null ? '0' : seqText(database, database.last_seq),
				compact_running: false,
				instance_start_time: '0',
			};
		}, user.id);
	},
});

export const putDatabase = route('PUT', '/compat/couchdb/:db', {
	summary: 'Make a database; that of a collection is there already',
	role: 'member',
	params: z.object({db: databaseName}),
	// Some clients send an empty object along.
	body: z.looseObject({}),
	status: 201,
	handle: async ({params, user}, context) => {
		const isThere = context.records.collections.has(params.db);
		if (!isThere && (await createDatabase(context, user.id, params.db))) return {ok: true};
		return new Reply(
			{error: 'file_exists', reason: 'The database could not be created, the file already exists.'},
			{status: 412},
		);
	},
});
