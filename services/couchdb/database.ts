import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import type {Context, Transaction} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import type {Head} from '@hearth/records/apply.js';
import {readHead} from '@hearth/records/read.js';
import {z} from 'zod';
import {documents} from './documents.js';

/** A database as its row has it. */
export interface Couch {
	name: string;
	/** Whose records it holds; of a free one, `documents`. */
	collection: string;
	last_seq: number;
	/** The records up to this version are in the trees. */
	followed_version: number;
	/** Of the records when it was last compared with all of them. */
	floor: number;
	epoch: string;
}

/** As CouchDB has it, but without slashes. */
export const databaseName = z
	.string()
	.regex(
		/^[a-z][a-z0-9_$()+-]{0,63}$/,
		'must begin with a–z and have at most 64 characters of a–z, 0–9 and any of _$()+-',
	);

const MOST_DATABASES = 100;
/** Under which records are written; a branch of a document's revisions has its number behind it. */
export const DEVICE = 'couchdb';

export const isFree = ({collection, name}: Pick<Couch, 'name' | 'collection'>): boolean =>
	collection === documents.name && name !== documents.name;

/** The id of a document's record. */
export const recordId = (database: Couch, id: string): string => (isFree(database) ? `${database.name}/${id}` : id);

export const findDatabase = (sql: Sql, user_id: string, name: string): Promise<Couch | null> =>
	sql.find<Couch>(
		'select name, collection, last_seq, followed_version, floor, epoch from couchdb.databases where user_id = $1 and name = $2',
		[user_id, name],
	);

/**
 * The database and the head of its person's records; that of a collection is there for whoever asks. Throws NOT_FOUND, upon which a
 * client makes it, and SYNC_DISABLED.
 */
export async function openDatabase(
	context: Context,
	user_id: string,
	name: string,
): Promise<{database: Couch; head: Head}> {
	await refuseWhereSyncIsOff(context, user_id);
	const find = () =>
		context.db.as(user_id, async tx => ({
			database: await findDatabase(tx, user_id, name),
			head: await readHead(tx, user_id),
		}));
	let {database, head} = await find();
	if (database === null && context.records.collections.has(name)) {
		await createDatabase(context, user_id, name);
		({database, head} = await find());
	}
	if (database === null) throw noDatabase();
	return {database, head};
}

const noDatabase = () => new PublicError('NOT_FOUND', 'Database does not exist.');

/** False where there is one already. */
export const createDatabase = (context: Context, user_id: string, name: string): Promise<boolean> =>
	context.db.as(user_id, async tx => {
		const {epoch, floor} = await lockSpace(context, tx, user_id);
		const {count} = await tx.one<{count: number}>(
			'select count(*)::integer as count from couchdb.databases where user_id = $1 and name <> $2',
			[user_id, name],
		);
		const isCollection = context.records.collections.has(name);
		if (!isCollection && count >= MOST_DATABASES) {
			throw new PublicError('FORBIDDEN', `There are ${MOST_DATABASES} databases already; use one of them.`);
		}
		const made = await tx.run(
			`insert into couchdb.databases (user_id, name, collection, floor, epoch) values ($1, $2, $3, $4, $5) on conflict do nothing`,
			[user_id, name, isCollection ? name : documents.name, floor, epoch],
		);
		return made === 1;
	});

/**
 * The lock of all that writes to this person's records, and so of their databases too: what is read after it stays so until the commit.
 */
export async function lockSpace({records}: Context, tx: Transaction, user_id: string): Promise<Head> {
	const {head} = await records.applyIn(tx, {space_id: user_id, actor_id: user_id, device_id: DEVICE, mutations: []});
	return head;
}

/** Throws NOT_FOUND where it is gone. */
export async function lockDatabase(
	context: Context,
	tx: Transaction,
	user_id: string,
	name: string,
): Promise<{head: Head; database: Couch}> {
	const head = await lockSpace(context, tx, user_id);
	const database = await findDatabase(tx, user_id, name);
	if (database === null) throw noDatabase();
	return {head, database};
}

export const saveDatabase = (tx: Sql, user_id: string, {name, last_seq, followed_version, floor, epoch}: Couch) =>
	tx.run(
		`update couchdb.databases set last_seq = $3, followed_version = $4, floor = $5, epoch = $6
		where user_id = $1 and name = $2`,
		[user_id, name, last_seq, followed_version, floor, epoch],
	);

/** Text, as CouchDB's is: after a backup was restored, a number may stand for other changes than before. */
export const seqText = ({epoch}: Pick<Couch, 'epoch'>, seq: number): string => `${seq}-${epoch.slice(0, 8)}`;

/** Where to go on from; of another state of the house, and from the future, it is the beginning. */
export function seqOf(database: Couch, since: string): number {
	if (since === 'now') return database.last_seq;
	const [, digits, epoch] = /^"?(\d{1,15})(?:-([0-9a-f]{8}))?"?$/.exec(since) ?? [];
	const seq = Number(digits ?? 0);
	return seq > database.last_seq || (epoch !== undefined && !database.epoch.startsWith(epoch)) ? 0 : seq;
}
