import {notFound, PublicError} from '@hearth/host/errors.js';
import {cursorPage, pageQuery, pageReply} from '@hearth/host/pages.js';
import {type Context, route} from '@hearth/host/plugin.js';
import {deviceStates} from '@hearth/sync/contract.js';
import {z} from 'zod';
import {lockOwn} from './account.js';
import {auditRequest} from './audit-request.js';
import {removeDevices} from './sessions.js';

const device = z.object({
	id: z.uuid(),
	name: z.string(),
	created_at: z.date(),
	/** Its last sign-in or refresh. */
	last_seen_at: z.date(),
	last_sync_at: z.date().nullable(),
	/** Whether it can still refresh its tokens. */
	signed_in: z.boolean(),
	/** Whether it is the one that asks. */
	current: z.boolean(),
});

export const listMyDevices = route('GET', '/api/v1/users/me/devices', {
	summary: 'The devices you have signed in with, the last seen first',
	role: 'member',
	query: pageQuery,
	data: z.array(device),
	handle: async ({user, query}, context) => {
		const {db, now} = context;
		const {limit, after} = cursorPage(query, z.tuple([z.iso.datetime(), z.uuid()]));
		const rows = await db.many<z.output<typeof device>>(
			`select id, name, created_at, last_seen_at, null as last_sync_at,
				exists (select from auth.sessions where user_id = devices.user_id and device_id = devices.id and expires_at > $3) as signed_in,
				exists (select from auth.sessions where user_id = devices.user_id and device_id = devices.id and sessions.id = $2) as current
			from auth.devices where user_id = $1 and ($4::timestamptz is null or (last_seen_at, id) < ($4, $5::uuid))
			order by last_seen_at desc, id desc limit $6`,
			[user.id, user.session_id, new Date(now()), after?.[0] ?? null, after?.[1] ?? null, limit + 1],
		);
		return pageReply(await withLastSync(rows, user.id, context), limit, ({last_seen_at, id}) => [last_seen_at, id]);
	},
});

/** As sync tells it; the list does without where sync is down. */
async function withLastSync(
	devices: z.output<typeof device>[],
	user_id: string,
	{call}: Context,
): Promise<z.output<typeof device>[]> {
	try {
		const states = await call(deviceStates, {user_id, device_ids: devices.map(({id}) => id)});
		const last = new Map(states.devices.map(({id, last_sync_at}) => [id, new Date(last_sync_at)]));
		return devices.map(one => ({...one, last_sync_at: last.get(one.id) ?? null}));
	} catch (error) {
		if (error instanceof PublicError && error.code === 'UNAVAILABLE') return devices;
		throw error;
	}
}

/** Somebody lost a phone: from now on none of its tokens is good for anything, in any process. */
export const removeMyDevice = route('DELETE', '/api/v1/users/me/devices/:id', {
	summary: 'Remove a device and end its sessions at once',
	role: 'member',
	params: z.object({id: z.uuid().toLowerCase()}),
	status: 204,
	handle: ({params, user, request}, context) =>
		context.db.transaction(async tx => {
			await lockOwn(tx, user);
			if ((await removeDevices(tx, context, user.id, [params.id])) === 0) throw notFound('device');
			await tx.audit({
				action: 'auth.device_removed',
				actor_id: user.id,
				resource: {type: 'device', id: params.id},
				request: auditRequest(request),
			});
		}),
});
