import {notFound} from '@hearth/host/errors.js';
import {route} from '@hearth/host/plugin.js';
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

// An account has at most 100 (sessions.ts), so this list has no pages.
export const listMyDevices = route('GET', '/api/v1/users/me/devices', {
	summary: 'The devices you have signed in with, the last seen first',
	role: 'member',
	data: z.array(device),
	handle: ({user}, {db, now}) =>
		db.many(
			`select id, name, created_at, last_seen_at, last_sync_at,
				exists (select from auth.sessions where user_id = devices.user_id and device_id = devices.id and expires_at > $3) as signed_in,
				exists (select from auth.sessions where user_id = devices.user_id and device_id = devices.id and sessions.id = $2) as current
			from auth.devices where user_id = $1 order by last_seen_at desc, id desc`,
			[user.id, user.session_id, new Date(now())],
		),
});

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
