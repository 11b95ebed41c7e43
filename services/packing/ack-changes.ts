import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {Reply, route} from '@hearth/host/plugin.js';
import {readHead} from '@hearth/records/read.js';
import {z} from 'zod';
import {noteSession} from './device.js';

/** What every device has, the house need not keep for them; nothing else becomes of it. */
export const ackChanges = route('POST', '/compat/packing/changes/ack', {
	summary: 'Packing lists: a device says which changes it has applied',
	role: 'member',
	body: z.looseObject({
		changeIds: z.array(z.union([z.string().max(256), z.number()]), 'must be the ids of changes').max(100_000),
	}),
	handle: async ({body, user}, context) => {
		await refuseWhereSyncIsOff(context, user.id);
		return context.db.as(user.id, async tx => {
			const head = await readHead(tx, user.id);
			const versions = body.changeIds
				.map(Number)
				.filter(version => Number.isSafeInteger(version) && version > 0 && version <= head.version);
			const acked_version = versions.reduce((newest, version) => Math.max(newest, version), 0);
			const at = new Date(context.now());
			await noteSession(tx, user, {at, pulled_at: at, acked_version});
			return new Reply({acknowledged: versions.length});
		});
	},
});
