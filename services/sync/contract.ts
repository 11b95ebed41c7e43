import {call} from '@hearth/host/plugin.js';
import {z} from 'zod';

/** When each of a user's devices last pushed or pulled. One that never did is left out. */
export const deviceStates = call(
	'sync.device_states',
	z.object({user_id: z.uuid(), device_ids: z.array(z.string().max(128)).max(500)}),
	z.object({devices: z.array(z.object({id: z.string(), last_sync_at: z.iso.datetime()}))}),
);
