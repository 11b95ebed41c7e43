import {PublicError} from '@hearth/host/errors.js';
import {route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {succeeded, success} from './envelope.js';

const up = success(z.object({status: z.literal('ok')}));

export const health = route('GET', '/compat/modi/health', {
	summary: 'Modi: whether the server is up',
	role: 'public',
	data: up,
	handle: async () => succeeded({status: 'ok' as const}),
});

/** Without its database and its cache it can do nothing for this app. */
export const ready = route('GET', '/compat/modi/ready', {
	summary: 'Modi: whether the database and the cache answer',
	role: 'public',
	data: up,
	handle: async (_, {db, cache}) => {
		try {
			await Promise.all([db.one('select 1 as up'), cache.get('modi:ready')]);
		} catch (cause) {
			throw new PublicError('UNAVAILABLE', 'The database or the cache does not answer. Try again shortly.', {cause});
		}
		return succeeded({status: 'ok' as const});
	},
});
