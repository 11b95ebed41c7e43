import type {Context} from '@hearth/host/plugin.js';
import {folderOf} from './apply-snapshot.js';

const BATCH = 500;
/** Rows that one statement deletes. */
const ERASED_AT_ONCE = 20_000;

/** Each with the columns by which its rows are told apart, in whose order they are read. */
const files: {file: string; table: string; owner: 'space_id' | 'user_id'; key: readonly string[]; columns: string}[] = [
	{
		file: 'records.json',
		table: 'records.records',
		owner: 'space_id',
		key: ['collection', 'id'],
		columns: 'collection, id, data, version, created_at, updated_at, deleted_at',
	},
	{
		file: 'record-changes.json',
		table: 'records.changes',
		owner: 'space_id',
		key: ['version'],
		columns:
			'version, collection, record_id, op, data, previous, device_id, mutation_id, client_timestamp, server_timestamp',
	},
	{
		file: 'record-conflicts.json',
		table: 'records.conflicts',
		owner: 'space_id',
		key: ['id'],
		columns:
			'id, collection, record_id, fields, base, local, server, device_id, version, created_at, resolution, resolved_at',
	},
	{
		file: 'sync-devices.json',
		table: 'records.devices',
		owner: 'space_id',
		key: ['id'],
		columns: 'id, acked_version, last_push_at, last_pull_at, seen_at',
	},
	{
		file: 'sync-mutations.json',
		table: 'records.mutations',
		owner: 'space_id',
		key: ['device_id', 'id'],
		columns: 'device_id, id, status, version, conflict_id, lost, at',
	},
	{
		file: 'kept-snapshots.json',
		table: 'sync.snapshots',
		owner: 'user_id',
		key: ['id'],
		columns: 'id, created_at, version, records, size_bytes',
	},
];

/** Every record with its history, and what sync knows of the devices. */
export async function* exportSpace(userId: string, {db}: Context): AsyncIterable<{file: string; rows: unknown[]}> {
	for (const {file, table, owner, key, columns} of files) {
		let last: unknown[] | null = null;
		for (;;) {
			const after: unknown[] = last ?? [];
			const places = after.map((_, index) => `$${index + 2}`).join(', ');
			const rows: Record<string, unknown>[] = await db.as(userId, tx =>
				tx.many(
					`select ${columns} from ${table} where ${owner} = $1 ${after.length === 0 ? '' : `and (${key.join(', ')}) > (${places})`}
					order by ${key.join(', ')} limit ${BATCH}`,
					[userId, ...after],
				),
			);
			if (rows.length > 0) yield {file, rows};
			const end: Record<string, unknown> | undefined = rows.at(-1);
			if (end === undefined || rows.length < BATCH) break;
			last = key.map(column => end[column]);
		}
	}
}

/** All of it. In batches, the heads last: who is cut off begins again where it was. */
export async function eraseSpace(userId: string, {db, objects}: Context): Promise<void> {
	const tables = [
		...['records', 'changes', 'conflicts', 'devices', 'mutations', 'checksums'].map(name => [
			`records.${name}`,
			'space_id',
		]),
		...['staging', 'first_pulls', 'upkeep'].map(name => [`sync.${name}`, 'user_id']),
	];
	for (const [table, owner] of tables) {
		for (;;) {
			const erased = await db.as(userId, tx =>
				tx.run(
					`delete from ${table} where ctid = any(array(select ctid from ${table} where ${owner} = $1 limit ${ERASED_AT_ONCE}))`,
					[userId],
				),
			);
			if (erased < ERASED_AT_ONCE) break;
		}
	}
	const keys: string[] = [];
	for await (const {key} of objects.list(folderOf(userId))) keys.push(key);
	if (keys.length > 0) await objects.delete(...keys);
	await db.as(userId, async tx => {
		await tx.run('delete from sync.snapshots where user_id = $1', [userId]);
		await tx.run('delete from records.heads where space_id = $1', [userId]);
	});
}
