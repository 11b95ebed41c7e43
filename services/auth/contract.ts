import {PublicError} from '@hearth/host/errors.js';
import {type Context, call, event, type RequestInfo} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {device, email, givenPassword, line, locale, newPassword, personName, timeZone} from './account-fields.js';

export {authLimit} from './settings.js';

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

/** Throws SYNC_DISABLED where this person has switched sync off. Where the accounts cannot be asked it goes on: it is a wish and no right. */
export async function refuseWhereSyncIsOff({call}: Pick<Context, 'call'>, user_id: string): Promise<void> {
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

// Signing in through a dialect. Its routes count against the same limits as ours: `limit: {per_minute: authLimit, by: 'account', bucket}`,
// with the path of ours as the bucket.

/** Where a request came from, as far as the accounts want to know. */
const asking = z.object({id: z.string(), ip: z.string(), local: z.boolean(), user_agent: z.string().optional()});

export const askingOf = ({id, ip, local, headers}: RequestInfo): z.input<typeof asking> => ({
	id,
	ip,
	local,
	user_agent: headers['user-agent'],
});

/** What an account is made with. */
export const registration = z.object({
	email,
	password: newPassword,
	name: personName.optional(),
	invite: z.string().min(1).max(200).optional(),
	setup_code: z.string().max(100).optional(),
	device: device.strict().optional(),
	consent: z.strictObject({privacy_policy_version: line(50), terms_version: line(50)}).optional(),
});

export const credentials = z.object({
	email,
	password: givenPassword,
	/** Of an account with a second factor. No account has one yet, so there is nothing to compare it with. */
	totp: z.string().max(20).optional(),
	device: device.strict().optional(),
});

const session = z.object({
	user: z.object({id: z.uuid(), email: z.string(), name: z.string()}),
	access_token: z.string(),
	refresh_token: z.string(),
	/** Seconds the access token is good for. */
	expires_in: z.number(),
	device: z.object({id: z.uuid(), name: z.string()}),
});

// Hashing takes its time, and where many sign in at once each waits for its turn.
const HASHING = {timeout_ms: 20_000};

export const registerWith = call('auth.register', z.object({given: registration, asking}), session, HASHING);

export const logInWith = call('auth.log_in', z.object({given: credentials, asking}), session, HASHING);

export const refreshWith = call(
	'auth.refresh',
	z.object({
		refresh_token: z.string().min(1).max(500),
		/**
		 * The client may not know that refresh tokens change: as long as nobody has used the one that followed it, a spent one is taken again,
		 * and answered in place of that. Whoever uses both ends the session, as ever.
		 */
		may_keep: z.boolean().default(false),
		asking,
	}),
	session,
);

/** Ends the session of a refresh token, or nothing where there is none. */
export const logOutWith = call(
	'auth.log_out',
	z.object({refresh_token: z.string().min(1).max(500), asking}),
	z.object({}),
);

const profile = z.object({
	id: z.uuid(),
	email: z.string(),
	email_verified: z.boolean(),
	name: z.string(),
	time_zone: z.string(),
	locale: z.string(),
	units: z.enum(['metric', 'imperial']),
	created_at: z.iso.datetime(),
});

/** NOT_FOUND for an id that nobody has (any more). */
export const getProfile = call('auth.get_profile', z.object({user_id: z.uuid()}), profile);

/** What is left out stays. */
export const changeProfile = call(
	'auth.change_profile',
	z.object({
		user_id: z.uuid(),
		changes: z.object({name: personName, time_zone: timeZone, locale, units: profile.shape.units}).partial(),
		asking,
	}),
	profile,
);
