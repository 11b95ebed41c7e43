import {PublicError} from '@hearth/host/errors.js';
import type {Context} from '@hearth/host/plugin.js';
import {ResyncRequired} from '@hearth/records/apply.js';

/** By which a client can tell how wrong its clock is. */
export const serverTimestamp = ({now}: Context): Record<string, string> => ({
	'X-Server-Timestamp': new Date(now()).toISOString(),
});

/** A cursor that is not of this state is told so, as RESYNC_REQUIRED. */
export async function orResync<T>(work: Promise<T>): Promise<T> {
	try {
		return await work;
	} catch (error) {
		if (error instanceof ResyncRequired) throw new PublicError('RESYNC_REQUIRED', error.message, {cause: error});
		throw error;
	}
}
