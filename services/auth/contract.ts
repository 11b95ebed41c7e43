import {call, event} from '@hearth/host/plugin.js';
import {z} from 'zod';

// What other plugins may ask of the accounts. What the host asks (keys, revocations, tickets) is in libs/host/identity.ts.

/** Names for lists such as the moderator's queue, in no order. An id that nobody has (any more) is left out of the answer. */
export const getUsers = call(
	'auth.get_users',
	z.object({ids: z.array(z.uuid()).max(200)}),
	z.object({users: z.array(z.object({id: z.uuid(), name: z.string(), household_id: z.uuid()}))}),
);

/** Whom a user shares a household with; `member_ids` holds the user too. NOT_FOUND for an id that nobody has. */
export const getHousehold = call(
	'auth.get_household',
	z.object({user_id: z.uuid()}),
	z.object({household_id: z.uuid(), member_ids: z.array(z.uuid())}),
);

/** Whether a user wants their devices to sync; an id that nobody has (any more) does. */
export const syncState = call('auth.get_sync_state', z.object({user_id: z.uuid()}), z.object({enabled: z.boolean()}));
/** Broadcast: what is remembered of this user's profile may be old. */
export const profileChanged = event('auth.profile_changed', z.object({user_id: z.uuid()}));
/** A device was removed from its account, and its sessions with it. */
export const deviceRemoved = event('auth.device_removed', z.object({user_id: z.uuid(), device_id: z.uuid()}));
