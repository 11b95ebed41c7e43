import type {Context} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import type {Head} from '@hearth/records/apply.js';
import {sameValue} from '@hearth/records/canonical.js';
import type {Data} from '@hearth/records/merge.js';
import {readInOrder} from '@hearth/records/read.js';
import {type Couch, isFree, lockDatabase, openDatabase, saveDatabase} from './database.js';
import {childRev, winnerOf} from './revision-tree.js';
import {type Document, StoredDocuments} from './stored-documents.js';

/** Records a transaction takes over; whoever else writes waits for it. */
const BATCH = 1_000;

/** A record as a document follows it. */
export interface Followed {
	/** The record's. */
	id: string;
	/** Null of a tombstone. */
	data: Data | null;
	version: number;
}

/** The database with all that the records hold: what reached them by other doors is in the trees, as children of the winners. */
export async function followedDatabase(context: Context, user_id: string, name: string): Promise<Couch> {
	const opened = await openDatabase(context, user_id, name);
	if (isUpToDate(opened.database, opened.head)) return opened.database;
	for (;;) {
		const {database, head} = await context.db.as(user_id, async tx => {
			const locked = await lockDatabase(context, tx, user_id, name);
			const stored = new StoredDocuments(tx, user_id, locked.database);
			await follow(tx, user_id, locked, stored, BATCH);
			await stored.save();
			await saveDatabase(tx, user_id, locked.database);
			return locked;
		});
		// What was written since is for the next who asks.
		if (isUpToDate(database, head)) return database;
	}
}

const isUpToDate = ({followed_version, epoch}: Couch, head: Head) =>
	followed_version === head.version && epoch === head.epoch;

/** Takes over what changed since the last time; `limit` is a page, after which there may be more. */
export async function follow(
	tx: Sql,
	user_id: string,
	{database, head}: {database: Couch; head: Head},
	stored: StoredDocuments,
	limit?: number,
): Promise<void> {
	if (isUpToDate(database, head)) return;
	const missedDeletes = database.floor < head.floor && database.followed_version < head.floor;
	if (database.epoch !== head.epoch || missedDeletes) {
		await buryWhatIsGone(tx, user_id, database, head, stored);
		Object.assign(database, {epoch: head.epoch, floor: head.floor, followed_version: 0});
	}
	await readInOrder(tx);
	const rows = await tx.many<Followed>(
		`select id, version, case when deleted_at is null then data end as data from records.records
		where space_id = $1 and version > 0 and version > $2 and collection = $3 ${isFree(database) ? 'and starts_with(id, $4)' : ''}
		order by version ${limit === undefined ? '' : `limit ${limit}`}`,
		[user_id, database.followed_version, database.collection, ...(isFree(database) ? [`${database.name}/`] : [])],
	);
	await takeOver(database, stored, rows);
	const last = rows.length === limit ? rows.at(-1) : undefined;
	database.followed_version = last?.version ?? head.version;
}

/** What each record has become is a child of its document's winner, unless it is what that says. */
export async function takeOver(database: Couch, stored: StoredDocuments, rows: readonly Followed[]): Promise<void> {
	const known = rows.map(row => ({...row, id: isFree(database) ? row.id.slice(database.name.length + 1) : row.id}));
	await stored.load(known.map(({id}) => id));
	for (const {id, data, version} of known) {
		if (id === '' || (!isFree(database) && id.startsWith('_'))) continue;
		const document = stored.get(id);
		if (data === null) bury(document, version);
		else if (isSaid(database, document, data)) noteSeen(document, version);
		else addChild(document, {is_deleted: false, body: bodyOf(database, data), version});
	}
}

/** The JSON text of the document that a record is. A document has no members of its own that begin with `_`. */
function bodyOf(database: Couch, data: Data): string {
	if (isFree(database)) return String(data.body);
	return JSON.stringify(
		Object.fromEntries(Object.entries(data).filter(([field, value]) => value !== null && !field.startsWith('_'))),
	);
}

function isSaid(database: Couch, {tree, bodies}: Document, data: Data): boolean {
	const winner = winnerOf(tree);
	if (winner === null || winner.is_deleted) return false;
	const said = bodies.get(winner.rev);
	if (said === undefined) return false;
	const body = bodyOf(database, data);
	if (said === body) return true;
	if (isFree(database)) return false;
	const [ours, theirs] = [JSON.parse(body) as Data, JSON.parse(said) as Data];
	return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].every(field =>
		sameValue(own(ours, field), own(theirs, field)),
	);
}

const own = (data: Data, field: string): unknown => (Object.hasOwn(data, field) ? data[field] : undefined);

/** Whoever deleted the record meant all of it: of several live leaves the next would come up otherwise. */
function bury(document: Document, version: number): void {
	for (;;) {
		const winner = winnerOf(document.tree);
		if (winner === null || winner.is_deleted) return;
		addChild(document, {is_deleted: true, body: '{}', version});
	}
}

function noteSeen(document: Document, seen_version: number): void {
	const winner = winnerOf(document.tree);
	if (winner === null || winner.seen_version === seen_version) return;
	document.tree = new Map(document.tree).set(winner.rev, {...winner, seen_version});
}

function addChild(
	document: Document,
	{is_deleted, body, version}: {is_deleted: boolean; body: string; version: number},
): void {
	const winner = winnerOf(document.tree);
	const parent = winner?.rev ?? null;
	const rev = childRev(parent, is_deleted, body);
	document.tree = new Map(document.tree).set(rev, {
		rev,
		parent,
		is_deleted,
		is_ours: true,
		seen_version: version,
		branch: winner?.branch ?? 0,
	});
	document.bodies.set(rev, body);
}

/** After a backup was restored, or when tombstones went that were not seen: records that are not there any more have no tombstone to tell. */
async function buryWhatIsGone(
	tx: Sql,
	user_id: string,
	database: Couch,
	head: Head,
	stored: StoredDocuments,
): Promise<void> {
	const gone = await tx.many<{id: string}>(
		`select d.id from couchdb.documents d where d.user_id = $1 and d.database = $2 and not d.is_deleted and not exists (
			select from records.records r
			where r.space_id = $1 and r.collection = $3 and r.id = $4 || d.id and r.deleted_at is null
		)`,
		[user_id, database.name, database.collection, isFree(database) ? `${database.name}/` : ''],
	);
	await stored.load(gone.map(({id}) => id));
	for (const {id} of gone) bury(stored.get(id), head.version);
}
