import test from 'ava';
import {ask, aWeekdayHouseWithAccounts} from './fixtures.js';

const ann = {email: 'ann@example.org', password: 'correct horse battery staple'};

test('an account made through the dialect signs in, syncs, and exchanges its refresh token', async t => {
	let now = Date.now();
	const house = await aWeekdayHouseWithAccounts(t, {now: () => now});
	const made = await ask(house, undefined, 'POST', 'auth/register', ann);
	t.like(made, {status: 201, user: {email: ann.email}, expiresIn: 900});
	const {accessToken: token, refreshToken, access_token} = await ask(house, undefined, 'POST', 'auth/login', ann);
	t.is(token, access_token);
	const person = {id: made.user.id, household_id: '', token};
	t.is((await ask(house, person, 'POST', 'sync/pull', {})).status, 200);
	const next = await ask(house, undefined, 'POST', 'auth/refresh', {refreshToken});
	t.is(next.status, 200);
	t.not(next.refreshToken, refreshToken);
	now += 60_000;
	t.is((await ask(house, undefined, 'POST', 'auth/refresh', {refreshToken})).status, 401);
	t.is((await ask(house, undefined, 'POST', 'auth/refresh', {refresh_token: next.refreshToken})).status, 401);
	t.is((await ask(house, undefined, 'POST', 'auth/refresh', {})).status, 400);
});

test('bad input is told field by field, a taken e-mail is a conflict, an unknown one answers as a wrong password does', async t => {
	const house = await aWeekdayHouseWithAccounts(t);
	await ask(house, undefined, 'POST', 'auth/register', ann);
	const bad = await ask(house, undefined, 'POST', 'auth/register', {email: 'ann', password: 'short'});
	t.like(bad, {status: 400, error: {code: 'VALIDATION_ERROR', details: [{path: 'email'}, {path: 'password'}]}});
	t.is((await ask(house, undefined, 'POST', 'auth/register', ann)).status, 409);
	const wrong = await ask(house, undefined, 'POST', 'auth/login', {...ann, password: 'another one'});
	const unknown = await ask(house, undefined, 'POST', 'auth/login', {
		email: 'zoe@example.org',
		password: 'another one',
	});
	t.is(wrong.status, 401);
	t.deepEqual(wrong, unknown);
	t.is((await ask(house, undefined, 'POST', 'auth/verify-email', {token: 'x'})).status, 404);
});

test('attempts to sign in count against the same limit as the house’s own', async t => {
	const house = await aWeekdayHouseWithAccounts(t, {settings: {HEARTH_RATE_LIMITS: 'on', HEARTH_AUTH_LIMIT: '2'}});
	const wrong = {email: ann.email, password: 'wrong'};
	t.is((await ask(house, undefined, 'POST', 'auth/login', wrong)).status, 401);
	t.is((await house.post('/api/v1/auth/login', wrong)).status, 401);
	t.like(await ask(house, undefined, 'POST', 'auth/login', wrong), {status: 429, error: {code: 'RATE_LIMITED'}});
});
