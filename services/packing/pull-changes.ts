import {hash} from 'node:crypto';
import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {Reply, route} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {type Head, ResyncRequired} from '@hearth/records/apply.js';
import {canonicalJson} from '@hearth/records/canonical.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {type PulledRow, pull} from '@hearth/records/read.js';
import {z} from 'zod';
import {ENTITIES, toWire, type WireChange} from './change.js';
import {noteSession} from './device.js';

const PAGE = 10_000;

/** What a device never had, it may send as nothing or as null. */
const sinceQuery = z
	.string()
	.transform(text => (['', 'null', 'undefined'].includes(text) ? 0 : Number(text)))
	.pipe(z.number('must be the timestamp of the last answer').min(0))
	.default(0);

export const pullChanges = route('GET', '/compat/packing/changes', {
	summary: 'Packing lists: what changed since the timestamp of the last answer, all of it, perhaps of one list',
	role: 'member',
	query: z.object({
		since: sinceQuery,
		list: z.string().max(256).optional(),
		epoch: z.string().max(100).optional(),
	}),
	handle: async ({query, user}, context) => {
		await refuseWhereSyncIsOff(context, user.id);
		const {collections} = context.records;
		const {since, epoch, list} = query;
		const pulled = await context.db.snapshot(
			sql => readChanges(sql, user.id, {since, epoch, list, collections}),
			user.id,
		);
		// Afterwards, and by itself: reading waits for nobody.
		const at = new Date(context.now());
		await context.db.as(user.id, tx =>
			noteSession(tx, user, {at, pulled_at: at, acked_version: pulled.reset ? 0 : since}),
		);
		const {changes, ...rest} = pulled;
		return new Reply({changes, ...rest, checksum: `sha256:${hash('sha256', canonicalJson(changes))}`});
	},
});

interface Asked {
	since: number;
	epoch: string | undefined;
	list: string | undefined;
	collections: ReadonlyMap<string, Collection>;
}

interface Pulled {
	changes: WireChange[];
	/** The next `since`: a version, opaque to the client. */
	timestamp: number;
	epoch: string;
	/** All there is was told: what the device has and this does not name is gone, but for what it has not pushed. */
	reset: boolean;
}

async function readChanges(sql: Sql, space_id: string, asked: Asked): Promise<Pulled> {
	try {
		return await tell(sql, space_id, asked, await readRows(sql, space_id, asked.since, asked.epoch));
	} catch (error) {
		if (!(error instanceof ResyncRequired)) throw error;
		const {rows, head} = await readRows(sql, space_id, 0);
		// Deletes that are still known, for a client that does not look at `reset`.
		const deletes =
			head.version > 1
				? (await readRows(sql, space_id, Math.max(head.floor, 1))).rows.filter(({op}) => op === 'delete')
				: [];
		const pulled = await tell(sql, space_id, {...asked, since: 0}, {rows: [...rows, ...deletes], head});
		return {...pulled, reset: true};
	}
}

interface Rows {
	rows: PulledRow[];
	head: Head;
}

/** All of them: the protocol knows no pages. */
async function readRows(sql: Sql, space_id: string, since: number, epoch?: string): Promise<Rows> {
	if (!Number.isSafeInteger(since)) throw new ResyncRequired('No version is like this.');
	const rows: PulledRow[] = [];
	let page = await pull(sql, space_id, {since, epoch: epoch || undefined, limit: PAGE, collections: [...ENTITIES]});
	for (;;) {
		rows.push(...page.rows);
		if (!page.has_more) return {rows, head: page.head};
		// A first page holds all from before the floor.
		const next = Math.max(page.next_since, page.head.floor);
		page = await pull(sql, space_id, {since: next, limit: PAGE, collections: [...ENTITIES]});
	}
}

async function tell(
	sql: Sql,
	space_id: string,
	{since, list, collections}: Asked,
	{rows, head}: Rows,
): Promise<Pulled> {
	const since_at = since === 0 ? new Date(0) : await timeOf(sql, space_id, since);
	const left = list === undefined || since === 0 ? new Set<string>() : await itemsThatLeft(sql, space_id, list, since);
	const changes = rows.flatMap(row => {
		const collection = collections.get(row.collection);
		if (collection === undefined) return [];
		const data = row.op === 'delete' ? null : (JSON.parse(row.data) as Data);
		const shown = list === undefined ? {data} : ofList(list, {...row, data}, left);
		return shown === null ? [] : [toWire({...row, ...shown}, collection, row.created_at > since_at)];
	});
	return {changes, timestamp: head.version, epoch: head.epoch, reset: false};
}

/** When a version was written. */
async function timeOf(sql: Sql, space_id: string, version: number): Promise<Date> {
	const found = await sql.find<{server_timestamp: Date}>(
		'select server_timestamp from records.changes where space_id = $1 and version = $2',
		[space_id, version],
	);
	return found?.server_timestamp ?? new Date(0);
}

/** What was on a list and is not any more, though it is still there: to who has only this list it is deleted. */
async function itemsThatLeft(sql: Sql, space_id: string, list: string, since: number): Promise<Set<string>> {
	const rows = await sql.many<{record_id: string}>(
		`select distinct record_id from records.changes
		where space_id = $1 and version > $2 and collection = 'items' and previous->>'list_id' = $3`,
		[space_id, since, list],
	);
	return new Set(rows.map(({record_id}) => record_id));
}

/** As who has only this list is to see it; null: not at all. Of what is deleted nobody knows where it was, and deleting twice is nothing. */
function ofList(
	list: string,
	{collection, record_id, data}: {collection: string; record_id: string; data: Data | null},
	left: ReadonlySet<string>,
): {data: Data | null} | null {
	if (collection === 'lists') return record_id === list ? {data} : null;
	if (data === null || data.list_id === list) return {data};
	return left.has(record_id) ? {data: null} : null;
}
