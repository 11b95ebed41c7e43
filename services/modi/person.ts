import {getProfile} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import type {Context, User} from '@hearth/host/plugin.js';
import type {Kind} from './kinds.js';

/** In which the person's days begin and end. Where the accounts cannot be asked, UTC: a record is not refused for that. */
export async function timeZoneOf({call}: Pick<Context, 'call'>, user: User, kind: Kind): Promise<string> {
	if (kind.path !== 'weights') return 'UTC';
	try {
		return (await call(getProfile, {user_id: user.id})).time_zone;
	} catch (error) {
		if (error instanceof PublicError && (error.code === 'UNAVAILABLE' || error.code === 'NOT_FOUND')) return 'UTC';
		throw error;
	}
}
