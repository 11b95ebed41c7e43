import {PublicError} from '@hearth/host/errors.js';
import {Reply, route} from '@hearth/host/plugin.js';
import {noteDevice} from '@hearth/records/devices.js';
import {readHead} from '@hearth/records/read.js';
import {z} from 'zod';
import {deviceId} from './devices.js';
import {serverTimestamp} from './sync-answer.js';

/** What every device has, the house need not keep for them: deletes that all have acknowledged are forgotten. */
export const ack = route('POST', '/api/v1/sync/ack', {
	summary: 'A device says up to which version it has applied everything',
	role: 'member',
	body: z.object({device_id: deviceId, version: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)}),
	data: z.object({device_id: z.string(), acked_version: z.number().int()}),
	handle: ({body, user}, context) =>
		context.db.as(user.id, async tx => {
			const {device_id, version} = body;
			const head = await readHead(tx, user.id);
			if (version > head.version) {
				throw new PublicError(
					'RESYNC_REQUIRED',
					`version is above the newest, ${head.version}: the server’s records were restored from a backup. Start over: pull from 0.`,
				);
			}
			const {acked_version} = await noteDevice(tx, user.id, device_id, {
				at: new Date(context.now()),
				acked_version: version,
			});
			return new Reply({device_id, acked_version}, {headers: serverTimestamp(context)});
		}),
});
