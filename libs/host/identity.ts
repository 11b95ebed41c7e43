import {z} from 'zod';
import {call, event} from './plugin.js';

// What the host needs of whoever keeps the accounts (services/auth): the public keys by which any process verifies an access
// token, what was revoked before its time, and the redemption of tickets. The host holds copies and asks again on reconnection.

export const publicKey = z.object({
	kid: z.string(),
	kty: z.literal('EC'),
	crv: z.literal('P-256'),
	x: z.string(),
	y: z.string(),
	use: z.literal('sig'),
	alg: z.literal('ES256'),
});

/** One session, or every token of a user issued before an instant (epoch seconds). Forgotten once no token can be older. */
export const revocation = z.union([
	z.object({session_id: z.uuid()}),
	z.object({user_id: z.uuid(), issued_before: z.number()}),
]);
export type Revocation = z.output<typeof revocation>;

export const verificationKeys = call('auth.verification_keys', z.object({}), z.object({keys: z.array(publicKey)}));
export const listRevocations = call('auth.list_revocations', z.object({}), z.object({revoked: z.array(revocation)}));
/** Broadcast. */
export const revoked = event('auth.revoked', revocation);

export const tokenUser = z.object({
	id: z.uuid(),
	session_id: z.uuid(),
	role: z.enum(['member', 'moderator', 'admin']),
	household_id: z.uuid(),
});
/** Takes a ticket of `POST /auth/ticket`, once; null when it is not one, was used, or is too old. */
export const redeemTicket = call(
	'auth.redeem_ticket',
	z.object({ticket: z.string().max(200)}),
	z.object({user: tokenUser.nullable()}),
);
