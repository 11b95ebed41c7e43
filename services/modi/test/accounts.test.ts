import test from 'ava';
import {API, aModiHouseWithAccounts, PASSWORD, signIn} from './fixtures.js';

const ann = {email: 'ann@example.org', password: PASSWORD};

test('an account made through the dialect signs in, reads and changes its profile, and signs out', async t => {
	const house = await aModiHouseWithAccounts(t);
	const made = await house.post(`${API}/auth/register`, {...ann, privacy_policy_version: 2, terms_version: 1});
	t.is(made.status, 201);
	t.like(made.data, {user: {email: ann.email}, token_type: 'Bearer', expires_in: 900});
	const phone = await signIn(house, ann.email);
	t.like((await house.get(`${API}/users/me`, phone)).data, {id: made.data.user.id, email: ann.email});
	const changed = await house.put(`${API}/users/me`, {name: 'Ann', time_zone: 'Europe/Berlin', role: 'admin'}, phone);
	t.like(changed.data, {name: 'Ann', time_zone: 'Europe/Berlin'});
	t.like((await house.get('/api/v1/users/me', phone)).data, {name: 'Ann', time_zone: 'Europe/Berlin'});
	const bad = await house.put(`${API}/users/me`, {time_zone: 'Moon/Sea'}, phone);
	t.like(bad.error, {code: 'VALIDATION_ERROR', details: {field: 'time_zone'}});
	const {refresh_token} = phone;
	t.is((await house.post(`${API}/auth/logout`, {refresh_token})).status, 204);
	t.is((await house.post(`${API}/auth/refresh`, {refresh_token})).status, 401);
	t.is((await house.post(`${API}/auth/logout`, {refresh_token})).status, 204);
	t.is((await house.post(`${API}/auth/logout`, {})).status, 400);
});

test('a refresh token is exchanged for another pair, and one that was spent ends the session', async t => {
	let now = Date.now();
	const house = await aModiHouseWithAccounts(t, {now: () => now});
	await house.post(`${API}/auth/register`, ann);
	const {refresh_token} = await signIn(house, ann.email);
	const next = await house.post(`${API}/auth/refresh`, {refresh_token});
	t.is(next.status, 200);
	t.not(next.data.refresh_token, refresh_token);
	now += 60_000;
	t.is((await house.post(`${API}/auth/refresh`, {refresh_token})).status, 401);
	t.is((await house.post(`${API}/auth/refresh`, {refresh_token: next.data.refresh_token})).status, 401);
});

test('bad input is told with its field and the reason, and a wrong password answers as an unknown e-mail does', async t => {
	const house = await aModiHouseWithAccounts(t);
	await house.post(`${API}/auth/register`, ann);
	const bad = await house.post(`${API}/auth/register`, {email: 'ann', password: 'short'});
	t.is(bad.status, 400);
	t.like(bad.error, {code: 'VALIDATION_ERROR', details: {field: 'email', others: [{field: 'password'}]}});
	t.is((await house.post(`${API}/auth/register`, ann)).status, 409);
	const wrong = await house.post(`${API}/auth/login`, {...ann, password: 'another one'});
	const unknown = await house.post(`${API}/auth/login`, {email: 'zoe@example.org', password: 'another one'});
	t.is(wrong.status, 401);
	t.deepEqual([wrong.status, wrong.error], [unknown.status, unknown.error]);
});

test('attempts to sign in count against the same limit as the house’s own', async t => {
	const house = await aModiHouseWithAccounts(t, {settings: {HEARTH_RATE_LIMITS: 'on', HEARTH_AUTH_LIMIT: '2'}});
	const attempt = (path: string) => house.post(path, {email: ann.email, password: 'wrong'});
	t.is((await attempt(`${API}/auth/login`)).status, 401);
	t.is((await attempt('/api/v1/auth/login')).status, 401);
	const refused = await attempt(`${API}/auth/login`);
	t.is(refused.status, 429);
	t.is(refused.error?.code, 'RATE_LIMITED');
	t.truthy(refused.headers.get('x-rate-limit-reset'));
});
