import {PublicError} from '@hearth/host/errors.js';
import {Reply, type RequestInfo} from '@hearth/host/plugin.js';
import {REFRESH_TOKEN_MS} from './refresh-token.js';
import type {SignedIn} from './sessions.js';

// The web app keeps no refresh token where a script could read it: it comes and goes as a cookie.

/** Whether the web app asks. Another site's page cannot send the header without our leave (CORS). */
export const isWeb = ({headers}: RequestInfo): boolean => headers['x-hearth-client'] === 'web';

const isSecure = ({origin}: RequestInfo) => origin.startsWith('https:');

/** `__Host-` binds the cookie to this host and https; over plain http in the house a browser would drop it. */
const cookieName = (request: RequestInfo) => (isSecure(request) ? '__Host-hearth_refresh' : 'hearth_refresh');

function setCookie(request: RequestInfo, value: string, max_age_s: number): Record<string, string> {
	const secure = isSecure(request) ? '; Secure' : '';
	return {
		'Set-Cookie': `${cookieName(request)}=${value}; Path=/; Max-Age=${max_age_s}; HttpOnly; SameSite=Strict${secure}`,
	};
}

export const clearCookie = (request: RequestInfo) => setCookie(request, '', 0);

/** The answer of register, login and refresh: for the web app with the refresh token as a cookie and not in the body. */
export function signedInReply(request: RequestInfo, {refresh_token, ...rest}: SignedIn, status = 200): Reply {
	return isWeb(request)
		? new Reply(rest, {status, headers: setCookie(request, refresh_token, REFRESH_TOKEN_MS / 1000)})
		: new Reply({...rest, refresh_token}, {status});
}

/**
 * The refresh token of the body, or else of the cookie, null where the web app has none. Throws FORBIDDEN for a cookie that another
 * site may have sent, VALIDATION_ERROR where there is neither.
 */
export function refreshTokenOf(request: RequestInfo, inBody: string | undefined): string | null {
	if (inBody !== undefined) return inBody;
	const cookie = request.cookies.get(cookieName(request));
	if (!isWeb(request)) {
		if (cookie !== undefined) {
			throw new PublicError('FORBIDDEN', 'With the cookie this needs the header X-Hearth-Client: web.');
		}
		throw new PublicError('VALIDATION_ERROR', 'Send the refresh_token in the body.', {
			details: [{path: 'refresh_token', message: 'is missing'}],
		});
	}
	if (request.headers.origin !== request.origin) {
		throw new PublicError(
			'FORBIDDEN',
			`With the cookie this is taken only from the web app's own pages at ${request.origin}. ` +
				'If that is not the address in your browser, add your reverse proxy to HEARTH_TRUSTED_PROXIES.',
		);
	}
	return cookie || null;
}
