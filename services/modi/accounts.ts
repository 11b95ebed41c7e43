import {
	askingOf,
	authLimit,
	changeProfile,
	credentials,
	getProfile,
	logInWith,
	logOutWith,
	refreshWith,
	registerWith,
	registration,
} from '@hearth/auth/contract.js';
import {Reply, route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {succeeded, success} from './envelope.js';

const MAX_BODY_BYTES = 64 * 1024;
// As many as of our own.
const REFRESHES_PER_MINUTE = 120;

const session = z.object({
	user: z.object({id: z.uuid(), email: z.string(), name: z.string()}),
	access_token: z.string(),
	refresh_token: z.string(),
	token_type: z.literal('Bearer'),
	/** Seconds the access token is good for. */
	expires_in: z.number(),
});

const sessionOf = ({
	user: {id, email, name},
	access_token,
	refresh_token,
	expires_in,
}: z.output<typeof registerWith.output>): z.output<typeof session> => ({
	user: {id, email, name},
	access_token,
	refresh_token,
	token_type: 'Bearer',
	expires_in,
});

const documentVersion = z.union([z.string().min(1).max(50), z.int().min(0)], 'must be the version that was agreed to');

export const register = route('POST', '/compat/modi/api/v1/auth/register', {
	summary: 'Modi: make an account',
	role: 'public',
	max_body_bytes: MAX_BODY_BYTES,
	limit: {per_minute: authLimit, by: 'account', bucket: '/api/v1/auth/register'},
	body: registration.loose().extend({
		/** With both, the person agreed to them now. */
		privacy_policy_version: documentVersion.optional(),
		terms_version: documentVersion.optional(),
	}),
	data: success(session),
	status: 201,
	handle: async ({body: {privacy_policy_version, terms_version, ...given}, request}, {call}) => {
		const consent =
			privacy_policy_version === undefined || terms_version === undefined
				? given.consent
				: {privacy_policy_version: String(privacy_policy_version), terms_version: String(terms_version)};
		const made = await call(registerWith, {given: {...given, consent}, asking: askingOf(request)});
		return succeeded(sessionOf(made));
	},
});

export const logIn = route('POST', '/compat/modi/api/v1/auth/login', {
	summary: 'Modi: sign in',
	role: 'public',
	max_body_bytes: MAX_BODY_BYTES,
	limit: {per_minute: authLimit, by: 'account', bucket: '/api/v1/auth/login'},
	body: credentials.loose(),
	data: success(session),
	handle: async ({body, request}, {call}) =>
		succeeded(sessionOf(await call(logInWith, {given: body, asking: askingOf(request)}))),
});

const token = z.looseObject({refresh_token: z.string('must be the token of the last answer').min(1).max(500)});

export const refresh = route('POST', '/compat/modi/api/v1/auth/refresh', {
	summary: 'Modi: exchange the refresh token for a new pair',
	role: 'public',
	max_body_bytes: MAX_BODY_BYTES,
	limit: {per_minute: REFRESHES_PER_MINUTE, by: 'address', bucket: '/api/v1/auth/refresh'},
	body: token,
	data: success(session),
	handle: async ({body: {refresh_token}, request}, {call}) =>
		succeeded(sessionOf(await call(refreshWith, {refresh_token, asking: askingOf(request)}))),
});

export const logOut = route('POST', '/compat/modi/api/v1/auth/logout', {
	summary: 'Modi: end the session of a refresh token',
	role: 'public',
	max_body_bytes: MAX_BODY_BYTES,
	body: token,
	status: 204,
	handle: async ({body: {refresh_token}, request}, {call}) => {
		await call(logOutWith, {refresh_token, asking: askingOf(request)});
		return new Reply(undefined, {status: 204});
	},
});

export const getMe = route('GET', '/compat/modi/api/v1/users/me', {
	summary: 'Modi: the person’s profile',
	role: 'member',
	data: success(getProfile.output),
	handle: async ({user}, {call}) => succeeded(await call(getProfile, {user_id: user.id})),
});

export const changeMe = route('PUT', '/compat/modi/api/v1/users/me', {
	summary: 'Modi: change the profile; what is left out stays',
	role: 'member',
	max_body_bytes: MAX_BODY_BYTES,
	body: changeProfile.input.shape.changes.loose(),
	data: success(getProfile.output),
	handle: async ({body: {name, time_zone, locale, units}, user, request}, {call}) =>
		succeeded(
			await call(changeProfile, {
				user_id: user.id,
				changes: {name, time_zone, locale, units},
				asking: askingOf(request),
			}),
		),
});
