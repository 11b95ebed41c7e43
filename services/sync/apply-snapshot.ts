import {randomUUID} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {rm} from 'node:fs/promises';
import {PublicError} from '@hearth/host/errors.js';
import type {Context, Transaction, User} from '@hearth/host/plugin.js';
import type {Applied} from '@hearth/records/apply.js';
import {sameValue} from '@hearth/records/canonical.js';
import type {Data} from '@hearth/records/merge.js';
import type {Mutation} from '@hearth/records/mutation.js';
import {v7 as uuidv7} from 'uuid';
import {scratchFile} from './export.js';
import {writeSnapshot} from './snapshot.js';
import type {Staged} from './stage-snapshot.js';

export interface ImportCounts {
	created: number;
	updated: number;
	deleted: number;
	unchanged: number;
}

/** A device of its own in the eyes of merging, the same each time: a later import goes on from an earlier one. */
const IMPORT_DEVICE = 'import';
const BATCH = 500;
/** Snapshots kept of what was replaced; the oldest goes when another is made. */
const MOST_KEPT = 5;

interface StagedRow {
	collection: string;
	id: string;
	data: Data;
	version: number;
	updated_at: Date;
	stored: Data | null;
	is_there: boolean;
}

/**
 * Makes the records what a staged snapshot says, in one transaction.
 * - `merge`: as if another device had made the snapshot's records at the times they bear. New ones come in, deleted ones come back, and
 *   a field that was written here since goes by its collection's rule. Nothing is deleted.
 * - `replace`: each record is as in the snapshot, and what is not in it is deleted, after a snapshot of what was there.
 * Throws UNPROCESSABLE where a record cannot be written, and then nothing has changed.
 */
export async function applySnapshot(
	{import_id, epoch}: Staged,
	mode: 'merge' | 'replace',
	user: User,
	context: Context,
): Promise<ImportCounts> {
	const {db, records} = context;
	const counts: ImportCounts = {created: 0, updated: 0, deleted: 0, unchanged: 0};
	const write = (tx: Transaction, mutations: Mutation[]): Promise<Applied> =>
		records.applyIn(tx, {space_id: user.id, actor_id: user.id, device_id: IMPORT_DEVICE, mutations});
	await db.as(user.id, async tx => {
		// The lock, held to the end: what is counted, kept and deleted is what was there.
		const {head} = await write(tx, []);
		const kept = mode === 'replace' ? await keepSnapshot(tx, user.id, context) : null;
		// Of another house, versions mean nothing here.
		const seen = head.epoch === epoch ? head.version : 0;
		for await (const rows of stagedRows(tx, user.id, import_id)) {
			const mutations = rows.flatMap(row => mutationFor(row, mode, seen) ?? []);
			const applied = await write(tx, mutations);
			count(counts, rows, applied);
		}
		if (mode === 'replace') counts.deleted = await deleteOthers(tx, user.id, import_id, write, context);
		await tx.audit({
			action: 'sync.imported',
			actor_id: user.id,
			detail: {mode, ...counts, ...(kept === null ? {} : {snapshot_id: kept})},
		});
	});
	return counts;
}

/** Null where it is so already. `seen` is the newest version that the snapshot can know of. */
function mutationFor(row: StagedRow, mode: 'merge' | 'replace', seen: number): Mutation | null {
	const {collection, id: record_id, data, version, updated_at, stored, is_there} = row;
	const isMergedWith = mode === 'merge' && is_there;
	// What the snapshot lacks of a record is erased when it replaces; a merge leaves it.
	const erased =
		mode === 'replace' && is_there ? Object.keys(stored ?? {}).filter(field => !Object.hasOwn(data, field)) : [];
	const fields = {...data, ...Object.fromEntries(erased.map(field => [field, null]))};
	if (is_there && Object.entries(fields).every(([field, value]) => sameValue(value, stored?.[field]))) return null;
	return {
		id: randomUUID(),
		collection,
		record_id,
		op: 'upsert',
		data: fields,
		base_version: isMergedWith ? Math.min(version, seen) : 'current',
		client_timestamp: updated_at.toISOString(),
	};
}

function count(counts: ImportCounts, rows: readonly StagedRow[], {results, changes}: Applied): void {
	const refused = results.find(result => result.status === 'rejected');
	if (refused?.status === 'rejected') {
		throw new PublicError('UNPROCESSABLE', `This snapshot cannot be imported: ${refused.message}`);
	}
	const written = new Set(changes.map(({collection, record_id}) => `${collection}\n${record_id}`));
	for (const {collection, id, is_there} of rows) {
		if (!written.has(`${collection}\n${id}`)) counts.unchanged += 1;
		else if (is_there) counts.updated += 1;
		else counts.created += 1;
	}
}

async function* stagedRows(tx: Transaction, user_id: string, import_id: string): AsyncIterable<StagedRow[]> {
	let [collection, id] = ['', ''];
	for (;;) {
		const rows = await tx.many<StagedRow>(
			`select s.collection, s.id, s.data, s.version, s.updated_at, r.data as stored,
				r.id is not null and r.deleted_at is null as is_there
			from sync.staging s left join records.records r
				on r.space_id = s.user_id and r.collection = s.collection collate "default" and r.id = s.id collate "default"
			where s.user_id = $1 and s.import_id = $2 and (s.collection, s.id) > ($3, $4)
			order by s.collection, s.id limit ${BATCH}`,
			[user_id, import_id, collection, id],
		);
		const last = rows.at(-1);
		if (last === undefined) return;
		yield rows;
		({collection, id} = last);
	}
}

/** By tombstone, so that every device learns of it. */
async function deleteOthers(
	tx: Transaction,
	user_id: string,
	import_id: string,
	write: (tx: Transaction, mutations: Mutation[]) => Promise<Applied>,
	{records, now}: Context,
): Promise<number> {
	let deleted = 0;
	let version = 0;
	for (;;) {
		const rows = await tx.many<{collection: string; id: string; version: number}>(
			`select r.collection, r.id, r.version from records.records r
			where r.space_id = $1 and r.version > 0 and r.version > $3 and r.deleted_at is null and r.collection = any($4) and not exists (
				select from sync.staging s where s.user_id = $1 and s.import_id = $2
					and s.collection = r.collection collate "C" and s.id = r.id collate "C"
			)
			order by r.version limit ${BATCH}`,
			[user_id, import_id, version, [...records.collections.keys()]],
		);
		const last = rows.at(-1);
		if (last === undefined) return deleted;
		version = last.version;
		const {changes} = await write(
			tx,
			rows.map(({collection, id}) => ({
				id: randomUUID(),
				collection,
				record_id: id,
				op: 'delete',
				base_version: 'current',
				client_timestamp: new Date(now()).toISOString(),
			})),
		);
		deleted += changes.length;
	}
}

/** Under which a person's kept snapshots lie. */
export const folderOf = (user_id: string): string => `sync/${user_id}/`;

const keyOf = (user_id: string, id: string): string => `${folderOf(user_id)}${id}.json`;

/** The object first, then its row with the rest of the transaction; where that is undone, upkeep removes the object a day later. */
async function keepSnapshot(tx: Transaction, user_id: string, context: Context): Promise<string> {
	const {records, objects, now} = context;
	const id = uuidv7();
	const created_at = new Date(now());
	const file = await scratchFile(context);
	try {
		const {
			version,
			records: count,
			size_bytes,
		} = await writeSnapshot(tx, user_id, [...records.collections.keys()], file, {exported_at: created_at});
		await objects.put(keyOf(user_id, id), createReadStream(file), {content_type: 'application/json'});
		await tx.run(
			`insert into sync.snapshots (user_id, id, object_key, created_at, version, records, size_bytes)
			values ($1, $2, $3, $4, $5, $6, $7)`,
			[user_id, id, keyOf(user_id, id), created_at, version, count, size_bytes],
		);
	} finally {
		await rm(file, {force: true});
	}
	const old = await tx.many<{object_key: string}>(
		`delete from sync.snapshots where user_id = $1 and id in (
			select id from sync.snapshots where user_id = $1 order by created_at desc, id desc offset ${MOST_KEPT}
		) returning object_key`,
		[user_id],
	);
	// An object that stays because the process was killed here is removed with the next upkeep.
	tx.afterCommit(() => objects.delete(...old.map(({object_key}) => object_key)));
	return id;
}
