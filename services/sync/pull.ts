import {Reply, route, type User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {noteDevice} from '@hearth/records/devices.js';
import {type Pulled, type PulledRow, pull as readPage} from '@hearth/records/read.js';
import {z} from 'zod';
import {deviceId, isDue} from './devices.js';
import {orResync, serverTimestamp} from './sync-answer.js';
import {refuseWhereSyncIsOff} from './sync-enabled.js';

const change = z.object({
	version: z.number().int(),
	collection: z.string(),
	record_id: z.string(),
	op: z.enum(['upsert', 'delete']),
	data: z.record(z.string(), z.unknown()).nullable(),
	/** Which device wrote it last. */
	device_id: z.string(),
	updated_at: z.iso.datetime(),
});

export const pull = route('POST', '/api/v1/sync/pull', {
	summary: 'What changed above a version, each record once, its newest; page by page until has_more is false',
	role: 'member',
	body: z.object({
		/** `next_since` of the page before; 0 at first. */
		since: z.number('must be a version, a whole number from 0').int().min(0).max(Number.MAX_SAFE_INTEGER),
		epoch: z.string().max(100).nullish(),
		limit: z.number().int().min(1).max(10_000).default(1_000),
		/** Only these; all when left out. One that this server does not know is empty. */
		collections: z.array(z.string().max(100)).max(1_000).optional(),
		/** Left out, the pull is not noted as one of a device. */
		device_id: deviceId.optional(),
	}),
	data: z.object({
		changes: z.array(change),
		next_since: z.number().int(),
		latest_version: z.number().int(),
		epoch: z.string(),
		has_more: z.boolean(),
	}),
	handle: async ({body, user}, context) => {
		await refuseWhereSyncIsOff(context, user.id);
		const {db, now} = context;
		const {device_id, epoch, ...asked} = body;
		const page = await orResync(
			db.snapshot(
				sql =>
					readPage(sql, user.id, {
						...asked,
						epoch: epoch ?? undefined,
						isOfFirstPull: () => isOfFirstPull(sql, user, asked.since),
					}),
				user.id,
			),
		);
		// Only a first pull was given a page there.
		if (page.has_more && page.next_since < page.head.floor) {
			await db.as(user.id, tx => noteCut(tx, user, page, new Date(now())));
		}
		// Afterwards, and by itself: reading waits for nobody.
		if (device_id !== undefined) {
			const due = isDue(context, 'pull', user.id, device_id);
			if (due.isDue) {
				const at = new Date(now());
				await db.as(user.id, tx => noteDevice(tx, user.id, device_id, {at, pulled_at: at}));
				due.noted();
			}
		}
		return new Reply(undefined, {
			body: jsonOf(page),
			headers: {
				...serverTimestamp(context),
				'Content-Type': 'application/json; charset=utf-8',
				'Cache-Control': 'no-store',
			},
		});
	},
});

// More pages than a client fetches again; of a device that asks for tiny ones the earliest are let go of.
const MOST_CUTS = 100;

/** Whether a page of this session's first pull was cut there, and no tombstone went since. */
async function isOfFirstPull(sql: Sql, {id, session_id}: User, since: number): Promise<boolean> {
	const cut = await sql.find(
		`select 1 from sync.first_pulls p join records.heads h on h.space_id = p.user_id and h.floor = p.floor
		where p.user_id = $1 and p.session_id = $2 and p.since = $3`,
		[id, session_id, since],
	);
	return cut !== null;
}

/** Before the page is sent, so that the next one is always taken. */
async function noteCut(tx: Sql, {id, session_id}: User, {next_since, head}: Pulled, at: Date): Promise<void> {
	await tx.run(
		`insert into sync.first_pulls (user_id, session_id, since, floor, cut_at) values ($1, $2, $3, $4, $5)
		on conflict (user_id, session_id, since) do update set floor = excluded.floor, cut_at = excluded.cut_at`,
		[id, session_id, next_since, head.floor, at],
	);
	await tx.run(
		`delete from sync.first_pulls where user_id = $1 and session_id = $2 and since in (
			select since from sync.first_pulls where user_id = $1 and session_id = $2 order by cut_at desc, since desc offset $3
		)`,
		[id, session_id, MOST_CUTS],
	);
}

// The records go out as the text in which PostgreSQL gives them: parsed and written again, a large page would cost several times its size.
function jsonOf({rows, head, next_since, has_more}: Pulled): string {
	const rest = JSON.stringify({next_since, latest_version: head.version, epoch: head.epoch, has_more});
	return `{"data":{"changes":[${rows.map(jsonOfRow).join(',')}],${rest.slice(1)}}`;
}

const jsonOfRow = ({version, collection, record_id, op, data, device_id, updated_at}: PulledRow): string =>
	`{"version":${version},"collection":${JSON.stringify(collection)},"record_id":${JSON.stringify(record_id)},"op":"${op}","data":${data},"device_id":${JSON.stringify(device_id)},"updated_at":${JSON.stringify(updated_at)}}`;
