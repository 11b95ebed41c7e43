import {type Context, type Job, type JobWork, job} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {readInOrder} from '@hearth/records/read.js';
import {z} from 'zod';
import {folderOf} from './apply-snapshot.js';
import {tombstoneDays} from './settings.js';

const DAY_MS = 24 * 3_600_000;
// What a change held is for merging with devices that were away; a device that was away for longer starts over.
const CHANGES_KEPT_MS = 180 * DAY_MS;
// A push may be told again after its phone lay in a drawer for a year.
const MUTATIONS_KEPT_MS = 400 * DAY_MS;
// Nobody stages for longer; a process was killed over it.
const STAGING_KEPT_MS = DAY_MS;
// A little less than the day between two runs.
const AGAIN_AFTER_MS = 20 * 3_600_000;
// Rows of one statement, which holds its locks for as long as it runs.
const BATCH = 5_000;
const SPACES_A_PAGE = 200;
const NO_SPACE = '00000000-0000-0000-0000-000000000000';

// Soon after the start, for houses that are switched off at night, but after what people wait for; then often enough to be daily.
const FIRST_AFTER_MS = 5 * 60_000;
const EVERY_MS = 6 * 3_600_000;

/** Forgets of every space what no device and no merge can need any more. Repeatable; a space that was looked at today is passed over. */
export const compactTombstones: Job<z.ZodObject<Record<never, never>>> = job('sync.compact_tombstones', z.object({}), {
	lease_ms: 60_000,
	handle: (_payload, work, context) => compactSpaces(work, context),
});

export async function scheduleCompaction(context: Context): Promise<() => Promise<void>> {
	const {db, log} = context;
	// One at a time is queued, whichever process asks.
	const queue = () =>
		void db
			.transaction(tx => tx.enqueue(compactTombstones, {}, {key: 'daily'}))
			.catch((error: unknown) => log.warn({err: error}, 'compacting could not be queued; tried again'));
	const first = setTimeout(queue, FIRST_AFTER_MS);
	const timer = setInterval(queue, EVERY_MS);
	for (const one of [first, timer]) one.unref();
	return async () => {
		clearTimeout(first);
		clearInterval(timer);
	};
}

async function compactSpaces({signal}: Pick<JobWork, 'signal'>, context: Context): Promise<void> {
	const {db} = context;
	let last = NO_SPACE;
	for (;;) {
		const spaces = await db.transaction(async tx => {
			// Shown to the house: which spaces there are, and nothing of what is in them.
			await tx.run(`select set_config('hearth.scope', 'house', true)`);
			return tx.many<{space_id: string}>(
				'select space_id from records.heads where space_id > $1 order by space_id limit $2',
				[last, SPACES_A_PAGE],
			);
		});
		for (const {space_id} of spaces) {
			signal.throwIfAborted();
			await compactSpace(space_id, context);
		}
		last = spaces.at(-1)?.space_id ?? last;
		if (spaces.length < SPACES_A_PAGE) return;
	}
}

/** Each step is a transaction of its own and can be cut off after any. */
async function compactSpace(space_id: string, context: Context): Promise<void> {
	const {db, now, settings} = context;
	const at_ms = now();
	const before = (age_ms: number) => new Date(at_ms - age_ms);
	const kept = await db.as(space_id, tx =>
		tx.find<{done_at: Date; emptied_version: number}>(
			'select done_at, emptied_version from sync.upkeep where user_id = $1',
			[space_id],
		),
	);
	if (kept !== null && at_ms - kept.done_at.getTime() < AGAIN_AFTER_MS) return;
	const repeat = async (statement: (tx: Sql) => Promise<number>) => {
		while ((await db.as(space_id, statement)) === BATCH);
	};
	const horizon = before(settings.get(tombstoneDays) * DAY_MS);
	await repeat(tx => forgetTombstones(tx, space_id, horizon));
	const emptied_version = await emptyChanges(space_id, kept?.emptied_version ?? 0, before(CHANGES_KEPT_MS), context);
	await db.as(space_id, tx =>
		tx.run('delete from records.devices where space_id = $1 and seen_at < $2', [space_id, before(MUTATIONS_KEPT_MS)]),
	);
	await repeat(tx => forgetMutations(tx, space_id, before(MUTATIONS_KEPT_MS)));
	await repeat(tx =>
		tx.run(
			`delete from sync.staging where ctid = any(array(
				select ctid from sync.staging where user_id = $1 and staged_at < $2 limit ${BATCH}
			))`,
			[space_id, before(STAGING_KEPT_MS)],
		),
	);
	await db.as(space_id, tx =>
		tx.run('delete from sync.first_pulls where user_id = $1 and cut_at < $2', [space_id, before(DAY_MS)]),
	);
	await removeStraySnapshots(space_id, before(DAY_MS), context);
	await db.as(space_id, tx =>
		tx.run(
			`insert into sync.upkeep (user_id, done_at, emptied_version) values ($1, $2, $3)
			on conflict (user_id) do update set done_at = excluded.done_at, emptied_version = excluded.emptied_version`,
			[space_id, new Date(at_ms), emptied_version],
		),
	);
}

/**
 * Tombstones that every device seen since the horizon has acknowledged, and those from before it. The floor is the newest that went:
 * whoever asks from below it may have missed one, and is told to start over.
 */
export async function forgetTombstones(tx: Sql, space_id: string, horizon: Date): Promise<number> {
	// The lock of all that is written, so that no push decides on a tombstone that is going.
	await tx.run('select from records.heads where space_id = $1 for update', [space_id]);
	await readInOrder(tx);
	const {gone, floor} = await tx.one<{gone: number; floor: number | null}>(
		`with acked as (
			select coalesce(min(acked_version), 0) as version from records.devices where space_id = $1 and seen_at >= $2
		), going as (
			select id, collection, version from records.records
			where space_id = $1 and deleted_at is not null and (deleted_at < $2 or version <= (select version from acked))
			order by version limit ${BATCH}
		), gone as (
			delete from records.records r using going
			where r.space_id = $1 and r.collection = going.collection and r.id = going.id returning r.version
		)
		select count(*) as gone, max(version) as floor from gone`,
		[space_id, horizon],
	);
	if (floor !== null) {
		await tx.run('update records.heads set floor = greatest(floor, $2) where space_id = $1', [space_id, floor]);
	}
	return gone;
}

/** Versions rise with time, so what is old is all below one version. Answers that version. */
async function emptyChanges(space_id: string, from: number, horizon: Date, {db}: Context): Promise<number> {
	let done = from;
	for (;;) {
		const rows = await db.as(space_id, tx =>
			tx.many<{version: number}>(
				`update records.changes set data = null, previous = null, sent = null
				where space_id = $1 and version > $2 and version <= $2 + ${BATCH} and server_timestamp < $3 returning version`,
				[space_id, done, horizon],
			),
		);
		if (rows.length === 0) return done;
		done = rows.reduce((highest, {version}) => Math.max(highest, version), done);
	}
}

/** Of a device that is still there they are kept, however old: it may have been switched off all the while. */
const forgetMutations = (tx: Sql, space_id: string, horizon: Date): Promise<number> =>
	tx.run(
		`delete from records.mutations where ctid = any(array(
			select ctid from records.mutations m where space_id = $1 and at < $2
				and not exists (select from records.devices d where d.space_id = $1 and d.id = m.device_id)
			limit ${BATCH}
		))`,
		[space_id, horizon],
	);

/** Objects whose rows went, or never came, because a process was killed. */
async function removeStraySnapshots(user_id: string, horizon: Date, {db, objects}: Context): Promise<void> {
	const strays: string[] = [];
	for await (const {key, modified_at} of objects.list(folderOf(user_id))) {
		const isKnown = await db.as(user_id, tx =>
			tx.find('select 1 from sync.snapshots where user_id = $1 and object_key = $2', [user_id, key]),
		);
		if (isKnown === null && modified_at < horizon) strays.push(key);
	}
	if (strays.length > 0) await objects.delete(...strays);
}
