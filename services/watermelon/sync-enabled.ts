import {syncState} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import type {Context} from '@hearth/host/plugin.js';

/** Throws SYNC_DISABLED where this person has switched sync off. Where the accounts cannot be asked it goes on: it is a wish and no right. */
export async function refuseWhereSyncIsOff({call}: Context, user_id: string): Promise<void> {
	try {
		const {enabled} = await call(syncState, {user_id});
		if (enabled) return;
	} catch (error) {
		if (error instanceof PublicError && error.code === 'UNAVAILABLE') return;
		throw error;
	}
	throw new PublicError(
		'SYNC_DISABLED',
		'Sync is switched off in your profile. Switch it on there to go on; nothing is lost meanwhile, here or on your devices.',
	);
}
