import {deviceRemoved} from '@hearth/auth/contract.js';
import {type Context, on, respond} from '@hearth/host/plugin.js';
import type {Settings} from '@hearth/host/settings.js';
import {z} from 'zod';
import {deviceStates} from './contract.js';

/** As a client names its device; a device of the account bears the account's id of it. */
export const deviceId = z
	.string()
	.regex(/^[A-Za-z0-9_.:-]{1,128}$/, 'must be 1–128 characters of A–Z, a–z, 0–9 and _ . : -');

// People see to the day when a device was here last; a write with every pull would cost more than the pull.
const NOTED_MS = 60_000;
const MOST_NOTED = 5_000;

/** Of each house of this process when a device was noted last, by what it did. */
const houses = new WeakMap<Settings, Map<string, number>>();

/** Whether it is time to note again what a device did. The one who notes it calls `noted` once that is committed. */
export function isDue({settings, now}: Context, did: 'push' | 'pull', user_id: string, device_id: string) {
	const known = houses.get(settings) ?? new Map<string, number>();
	houses.set(settings, known);
	const key = `${did} ${user_id} ${device_id}`;
	const at_ms = now();
	const passed_ms = at_ms - (known.get(key) ?? Number.NEGATIVE_INFINITY);
	return {
		isDue: passed_ms < 0 || passed_ms >= NOTED_MS,
		noted() {
			if (known.size >= MOST_NOTED) known.clear();
			known.set(key, at_ms);
		},
	};
}

export const answerDeviceStates = respond(deviceStates, async ({user_id, device_ids}, {db}) => {
	const rows = await db.as(user_id, tx =>
		tx.many<{id: string; last_sync_at: Date}>(
			`select id, greatest(last_push_at, last_pull_at) as last_sync_at from records.devices
			where space_id = $1 and id = any($2) and (last_push_at is not null or last_pull_at is not null)`,
			[user_id, device_ids],
		),
	);
	return {devices: rows.map(({id, last_sync_at}) => ({id, last_sync_at: last_sync_at.toISOString()}))};
});

/** Nothing waits any longer for a device that was removed. What it sent stays known for as long as it may arrive once more. */
export const forgetDevice = on(deviceRemoved, async ({user_id, device_id}, {db, settings}) => {
	for (const did of ['push', 'pull']) houses.get(settings)?.delete(`${did} ${user_id} ${device_id}`);
	await db.as(user_id, tx =>
		tx.run('delete from records.devices where space_id = $1 and id = $2', [user_id, device_id]),
	);
});
