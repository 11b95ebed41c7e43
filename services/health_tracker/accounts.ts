import {
	askingOf,
	authLimit,
	credentials,
	logInWith,
	refreshWith,
	registerWith,
	registration,
} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import {route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {succeeded, success} from './envelope.js';

const MAX_BODY_BYTES = 64 * 1024;
// As many as of our own.
const REFRESHES_PER_MINUTE = 120;

const tokens = z.object({
	token: z.string(),
	refresh_token: z.string(),
	/** Seconds the token is good for. */
	expires_in: z.number(),
});
const session = tokens.extend({user: z.object({id: z.uuid(), email: z.string(), name: z.string()})});

const sessionOf = ({
	user: {id, email, name},
	access_token,
	refresh_token,
	expires_in,
}: z.output<typeof registerWith.output>): z.output<typeof session> => ({
	user: {id, email, name},
	token: access_token,
	refresh_token,
	expires_in,
});

export const register = route('POST', '/compat/health/api/auth/register', {
	summary: 'Health tracker: make an account',
	role: 'public',
	max_body_bytes: MAX_BODY_BYTES,
	limit: {per_minute: authLimit, by: 'account', bucket: '/api/v1/auth/register'},
	body: registration.loose(),
	data: success(session),
	status: 201,
	handle: async ({body, request}, {call}) =>
		succeeded(sessionOf(await call(registerWith, {given: body, asking: askingOf(request)}))),
});

export const logIn = route('POST', '/compat/health/api/auth/login', {
	summary: 'Health tracker: sign in',
	role: 'public',
	max_body_bytes: MAX_BODY_BYTES,
	limit: {per_minute: authLimit, by: 'account', bucket: '/api/v1/auth/login'},
	body: credentials.loose(),
	data: success(session),
	handle: async ({body, request}, {call}) =>
		succeeded(sessionOf(await call(logInWith, {given: body, asking: askingOf(request)}))),
});

export const refresh = route('POST', '/compat/health/api/auth/refresh', {
	summary: 'Health tracker: exchange the refresh token, sent as the bearer, for a new token',
	role: 'public',
	max_body_bytes: MAX_BODY_BYTES,
	limit: {per_minute: REFRESHES_PER_MINUTE, by: 'address', bucket: '/api/v1/auth/refresh'},
	body: z.looseObject({refresh_token: z.string().max(500).optional()}),
	data: success(tokens),
	handle: async ({body, request}, {call}) => {
		const bearer = /^bearer\s+(\S{1,500})$/i.exec(request.headers.authorization?.trim() ?? '')?.[1];
		const refresh_token = bearer ?? body.refresh_token;
		if (refresh_token === undefined || refresh_token === '') {
			throw new PublicError('UNAUTHENTICATED', 'Send the refresh token as the bearer in the Authorization header.');
		}
		// This protocol's answer once held nothing but a new token, so its client goes on with the refresh token it has.
		const renewed = await call(refreshWith, {refresh_token, may_keep: true, asking: askingOf(request)});
		const {token, refresh_token: next, expires_in} = sessionOf(renewed);
		return succeeded({token, refresh_token: next, expires_in});
	},
});
