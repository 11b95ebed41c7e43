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
import {Reply, route} from '@hearth/host/plugin.js';
import {z} from 'zod';

const MAX_BODY_BYTES = 64 * 1024;
// As many as of our own.
const REFRESHES_PER_MINUTE = 120;

/** Each under both names, as the tables have them and as the language of the app writes them. */
const session = z.object({
	user: z.object({id: z.uuid(), email: z.string(), name: z.string()}),
	access_token: z.string(),
	accessToken: z.string(),
	refresh_token: z.string(),
	refreshToken: z.string(),
	/** Seconds the access token is good for. */
	expires_in: z.number(),
	expiresIn: z.number(),
});

const sessionOf = ({
	user: {id, email, name},
	access_token,
	refresh_token,
	expires_in,
}: z.output<typeof registerWith.output>): z.output<typeof session> => ({
	user: {id, email, name},
	access_token,
	accessToken: access_token,
	refresh_token,
	refreshToken: refresh_token,
	expires_in,
	expiresIn: expires_in,
});

export const register = route('POST', '/compat/weekday/auth/register', {
	summary: 'Weekday: make an account',
	role: 'public',
	max_body_bytes: MAX_BODY_BYTES,
	limit: {per_minute: authLimit, by: 'account', bucket: '/api/v1/auth/register'},
	body: registration.loose(),
	data: session,
	status: 201,
	handle: async ({body, request}, {call}) =>
		new Reply(sessionOf(await call(registerWith, {given: body, asking: askingOf(request)}))),
});

export const logIn = route('POST', '/compat/weekday/auth/login', {
	summary: 'Weekday: sign in',
	role: 'public',
	max_body_bytes: MAX_BODY_BYTES,
	limit: {per_minute: authLimit, by: 'account', bucket: '/api/v1/auth/login'},
	body: credentials.loose(),
	data: session,
	handle: async ({body, request}, {call}) =>
		new Reply(sessionOf(await call(logInWith, {given: body, asking: askingOf(request)}))),
});

const token = z.string().min(1).max(500).optional();

export const refresh = route('POST', '/compat/weekday/auth/refresh', {
	summary: 'Weekday: exchange the refresh token for a new pair',
	role: 'public',
	max_body_bytes: MAX_BODY_BYTES,
	limit: {per_minute: REFRESHES_PER_MINUTE, by: 'address', bucket: '/api/v1/auth/refresh'},
	body: z.looseObject({refreshToken: token, refresh_token: token}),
	data: session,
	handle: async ({body, request}, {call}) => {
		const refresh_token = body.refreshToken ?? body.refresh_token;
		if (refresh_token === undefined) {
			const message = 'must be the token of the last answer';
			throw new PublicError('VALIDATION_ERROR', `refreshToken in the body ${message}.`, {
				details: [{path: 'refreshToken', message}],
			});
		}
		return new Reply(sessionOf(await call(refreshWith, {refresh_token, asking: askingOf(request)})));
	},
});

export const verifyEmail = route('POST', '/compat/weekday/auth/verify-email', {
	summary: 'Weekday: confirm the e-mail address; not here',
	role: 'public',
	max_body_bytes: MAX_BODY_BYTES,
	body: z.looseObject({}),
	handle: async () => {
		throw new PublicError(
			'NOT_FOUND',
			'E-mail addresses are not confirmed here: nothing waits for that. Go on and sync.',
		);
	},
});
