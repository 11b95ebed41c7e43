import {createPublicKey, type KeyObject} from 'node:crypto';
import jwt from 'jsonwebtoken';
import type {z} from 'zod';
import {type publicKey, tokenUser} from './identity.js';
import type {User} from './plugin.js';

/** Seconds an access token is good for; API.md 'Auth'. */
export const ACCESS_TOKEN_S = 900;

// Two numbers of 256 bits: RFC 7518, 3.4.
const ES256_BYTES = 64;

/** Signs an ES256 access token of 900 s. `issued_at_s` is epoch seconds. */
export function signAccessToken(user: User, key: {kid: string; private_key: KeyObject}, issued_at_s: number): string {
	return jwt.sign(
		{
			sid: user.session_id,
			role: user.role,
			household_id: user.household_id,
			iat: issued_at_s,
			exp: issued_at_s + ACCESS_TOKEN_S,
		},
		key.private_key,
		{algorithm: 'ES256', subject: user.id, keyid: key.kid},
	);
}

export interface VerifiedToken {
	user: User;
	/** Epoch seconds. */
	issued_at_s: number;
	expires_at_s: number;
}

/** The key id a token claims, before anything is believed of it; null for what is no token. */
export function claimedKeyId(token: string): string | null {
	const decoded = decodedToken(token);
	if (decoded?.header.alg !== 'ES256' || typeof decoded.header.kid !== 'string') return null;
	// Of a signature of another length, a cut token's, the library says that its caller is wrong.
	return Buffer.byteLength(decoded.signature, 'base64url') === ES256_BYTES ? decoded.header.kid : null;
}

/** When a token that was verified before was made and when it ends, epoch seconds. */
export function timesOf(token: string): {issued_at_s: number; expires_at_s: number} | null {
	const payload = decodedToken(token)?.payload;
	if (payload === undefined || typeof payload === 'string') return null;
	const {iat, exp} = payload;
	return iat === undefined || exp === undefined ? null : {issued_at_s: iat, expires_at_s: exp};
}

function decodedToken(token: string): jwt.Jwt | null {
	try {
		return jwt.decode(token, {complete: true});
	} catch (error) {
		// Claims that are not JSON; the library throws here what it answers null for elsewhere.
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

/** Null unless the signature, the times and the claims are all right. */
export function verifyAccessToken(token: string, key: KeyObject, now_ms: number): VerifiedToken | null {
	try {
		const claims = jwt.verify(token, key, {algorithms: ['ES256'], clockTimestamp: Math.floor(now_ms / 1000)});
		if (typeof claims === 'string' || claims.iat === undefined || claims.exp === undefined) return null;
		const user = tokenUser.safeParse({
			id: claims.sub,
			session_id: claims.sid,
			role: claims.role,
			household_id: claims.household_id,
		});
		return user.success ? {user: user.data, issued_at_s: claims.iat, expires_at_s: claims.exp} : null;
	} catch (error) {
		// Anything the library refuses is a token we do not take; what is not its refusal is ours to hear of.
		if (error instanceof jwt.JsonWebTokenError) return null;
		throw error;
	}
}

export const importPublicKey = (key: z.output<typeof publicKey>): KeyObject => createPublicKey({key, format: 'jwk'});
