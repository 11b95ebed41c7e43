import test from 'ava';
import {type AuthHouse, anAuthHouse, PASSWORD} from './fixtures.js';

const register = '/api/v1/auth/register';
const refresh = '/api/v1/auth/refresh';
const logout = '/api/v1/auth/logout';
const web = {'x-hearth-client': 'web'};

async function signUpInBrowser({ask, url}: AuthHouse) {
	const answer = await ask('POST', register, {body: {email: 'ada@example.org', password: PASSWORD}, headers: web});
	const cookie = answer.headers.get('set-cookie') ?? '';
	const [pair = ''] = cookie.split(';');
	return {answer, cookie, headers: {...web, origin: url, cookie: pair}, pair};
}

test('the web app gets its refresh token as a cookie no script can read, and not in the body', async t => {
	const {answer, cookie} = await signUpInBrowser(await anAuthHouse(t));
	t.is(answer.status, 201);
	t.false('refresh_token' in answer.data);
	t.is(typeof answer.data.access_token, 'string');
	t.regex(cookie, /^hearth_refresh=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/);
});

test('behind https the cookie is bound to the host', async t => {
	const house = await anAuthHouse(t, {
		settings: {HEARTH_TRUSTED_PROXIES: '127.0.0.1,::1', HEARTH_REGISTRATION: 'open'},
	});
	await house.signUp('ada@example.org');
	const proxied = {
		'x-forwarded-proto': 'https',
		'x-forwarded-for': '203.0.113.7',
		'x-forwarded-host': 'hearth.example.org',
	};
	const signedIn = await house.ask('POST', '/api/v1/auth/login', {
		body: {email: 'ada@example.org', password: PASSWORD},
		headers: {...web, ...proxied},
	});
	const cookie = signedIn.headers.get('set-cookie') ?? '';
	t.regex(cookie, /^__Host-hearth_refresh=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure$/);
	const [pair = ''] = cookie.split(';');
	const refreshFrom = async (origin: string) =>
		(await house.ask('POST', refresh, {body: {}, headers: {...web, ...proxied, origin, cookie: pair}})).status;
	t.is(await refreshFrom('http://hearth.example.org'), 403);
	t.is(await refreshFrom('https://hearth.example.org'), 200);
});

test('the cookie refreshes, and each time brings the next one', async t => {
	const house = await anAuthHouse(t);
	const {headers, pair} = await signUpInBrowser(house);
	const answer = await house.ask('POST', refresh, {body: {}, headers});
	t.is(answer.status, 200);
	t.false('refresh_token' in answer.data);
	const [next = ''] = (answer.headers.get('set-cookie') ?? '').split(';');
	t.not(next, pair);
	t.is((await house.ask('POST', refresh, {body: {}, headers: {...headers, cookie: next}})).status, 200);
});

test('another site cannot refresh or sign out by cookie', async t => {
	const house = await anAuthHouse(t);
	const {headers, pair} = await signUpInBrowser(house);
	const {url} = house;
	const forged: [string, Record<string, string>][] = [
		['another origin', {...headers, origin: 'https://evil.example'}],
		['another port', {...headers, origin: 'http://localhost:1'}],
		['https for http', {...headers, origin: url.replace('http:', 'https:')}],
		['a null origin', {...headers, origin: 'null'}],
		['no origin', {...web, cookie: pair}],
		['no header', {origin: url, cookie: pair}],
		['another header', {...headers, 'x-hearth-client': 'phone'}],
	];
	for (const [title, sent] of forged) {
		for (const path of [refresh, logout]) {
			t.like(
				await house.ask('POST', path, {body: {}, headers: sent}),
				{status: 403, error: {code: 'FORBIDDEN'}},
				title,
			);
		}
	}
	t.is((await house.ask('POST', refresh, {body: {}, headers})).status, 200);
});

test('signing out by cookie ends the session and takes the cookie away', async t => {
	const house = await anAuthHouse(t);
	const {answer, headers} = await signUpInBrowser(house);
	const out = await house.ask('POST', logout, {body: {}, headers});
	t.is(out.status, 204);
	t.regex(out.headers.get('set-cookie') ?? '', /^hearth_refresh=; Path=\/; Max-Age=0;/);
	t.is(await house.statusOf(answer.data.access_token), 401);
	t.is((await house.ask('POST', refresh, {body: {}, headers})).status, 401);
});

test('a web app without a cookie is told to sign in', async t => {
	const house = await anAuthHouse(t);
	const answer = await house.ask('POST', refresh, {body: {}, headers: {...web, origin: house.url}});
	t.like(answer, {status: 401, error: {code: 'UNAUTHENTICATED'}});
});
