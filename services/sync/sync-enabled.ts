import {profileChanged, syncState} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, onBroadcast} from '@hearth/host/plugin.js';
import type {Settings} from '@hearth/host/settings.js';

// Somebody switches sync off once in years. Longer would delay it where the broadcast was lost; shorter would ask with every push.
const KEPT_MS = 30_000;
const MOST_KEPT = 5_000;

interface Known {
	enabled: boolean;
	until_ms: number;
}

/** Of each house of this process, by user. */
const houses = new WeakMap<Settings, Map<string, Known>>();

function knownIn({settings}: Context): Map<string, Known> {
	const known = houses.get(settings) ?? new Map<string, Known>();
	houses.set(settings, known);
	return known;
}

/**
 * Whether this person wants their devices to sync. Where the accounts cannot be asked it is what was last known, or yes: it is a wish
 * and no right, and what a phone wants to hand over is safer here.
 */
export async function isSyncEnabled(context: Context, user_id: string): Promise<boolean> {
	const known = knownIn(context);
	const before = known.get(user_id);
	const now_ms = context.now();
	if (before !== undefined && before.until_ms > now_ms) return before.enabled;
	let enabled = before?.enabled ?? true;
	try {
		({enabled} = await context.call(syncState, {user_id}));
	} catch (error) {
		if (!(error instanceof PublicError) || error.code !== 'UNAVAILABLE') throw error;
	}
	if (known.size >= MOST_KEPT) known.clear();
	known.set(user_id, {enabled, until_ms: now_ms + KEPT_MS});
	return enabled;
}

export const SYNC_IS_OFF =
	'Sync is switched off in your profile. Switch it on there to go on; nothing is lost meanwhile, here or on your devices.';

export async function refuseWhereSyncIsOff(context: Context, user_id: string): Promise<void> {
	if (!(await isSyncEnabled(context, user_id))) throw new PublicError('SYNC_DISABLED', SYNC_IS_OFF);
}

export const forgetSyncState = onBroadcast(profileChanged, async ({user_id}, context) => {
	knownIn(context).delete(user_id);
});
