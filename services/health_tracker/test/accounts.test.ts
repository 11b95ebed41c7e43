import test from 'ava';
import {aHealthHouseWithAccounts, HEALTH, PASSWORD, signIn} from './fixtures.js';

const ann = {email: 'ann@example.org', password: PASSWORD, name: 'Ann'};

const answerOf = ({status, body}: {status: number; body: Buffer}) => ({status, ...JSON.parse(body.toString())});

test('an account made through the dialect signs in there and opens its records', async t => {
	const house = await aHealthHouseWithAccounts(t);
	const made = answerOf(await house.post(`${HEALTH}/auth/register`, ann));
	t.is(made.status, 201);
	t.true(made.success);
	t.like(made.data.user, {email: 'ann@example.org', name: 'Ann'});
	t.is(typeof made.data.refresh_token, 'string');
	const {token, id} = await signIn(house, ann.email);
	t.is(id, made.data.user.id);
	const fetched = await house.ask('GET', `${HEALTH}/meals`, {headers: {authorization: `Bearer ${token}`}});
	t.is(fetched.status, 200);
});

test('bad input is told field by field, a taken e-mail is a conflict, and who may not come in is told why', async t => {
	const house = await aHealthHouseWithAccounts(t);
	const bad = answerOf(await house.post(`${HEALTH}/auth/register`, {email: 'ann', password: 'short'}));
	t.is(bad.status, 400);
	t.false(bad.success);
	t.is(bad.error.code, 'VALIDATION_ERROR');
	t.deepEqual(Object.keys(bad.error.details).sort(), ['email', 'password']);
	t.is((await house.post(`${HEALTH}/auth/register`, ann)).status, 201);
	t.is((await house.post(`${HEALTH}/auth/register`, ann)).status, 409);
	const weak = answerOf(await house.post(`${HEALTH}/auth/register`, {email: 'b@example.org', password: 'password1'}));
	t.is(weak.status, 400);
});

test('an unknown e-mail and a wrong password answer alike', async t => {
	const house = await aHealthHouseWithAccounts(t);
	await house.post(`${HEALTH}/auth/register`, ann);
	const wrong = answerOf(await house.post(`${HEALTH}/auth/login`, {...ann, password: 'another one'}));
	const unknown = answerOf(
		await house.post(`${HEALTH}/auth/login`, {email: 'zoe@example.org', password: 'another one'}),
	);
	t.is(wrong.status, 401);
	t.deepEqual(wrong, unknown);
});

test('attempts to sign in count against the same limit as the house’s own', async t => {
	const house = await aHealthHouseWithAccounts(t, {settings: {HEARTH_RATE_LIMITS: 'on', HEARTH_AUTH_LIMIT: '3'}});
	const attempt = (path: string) => house.post(path, {email: 'ann@example.org', password: 'wrong'});
	t.is((await attempt(`${HEALTH}/auth/login`)).status, 401);
	t.is((await attempt('/api/v1/auth/login')).status, 401);
	t.is((await attempt(`${HEALTH}/auth/login`)).status, 401);
	const refused = answerOf(await attempt(`${HEALTH}/auth/login`));
	t.is(refused.status, 429);
	t.is(refused.error.code, 'RATE_LIMITED');
	t.is((await attempt('/api/v1/auth/login')).status, 429);
});

test('a refresh token is taken as the bearer, again and again from a client that never heard of another', async t => {
	let now = Date.now();
	const house = await aHealthHouseWithAccounts(t, {now: () => now});
	await house.post(`${HEALTH}/auth/register`, ann);
	const {refresh_token} = await signIn(house, ann.email);
	const refresh = (token: string) =>
		house.ask('POST', `${HEALTH}/auth/refresh`, {headers: {authorization: `Bearer ${token}`}});
	for (let hours = 0; hours < 3; hours += 1) {
		now += 3_600_000;
		const {data, status} = await refresh(refresh_token);
		t.is(status, 200);
		const fetched = await house.ask('GET', `${HEALTH}/meals`, {headers: {authorization: `Bearer ${data.token}`}});
		t.is(fetched.status, 200);
	}
	t.is((await refresh('nonsense')).status, 401);
	t.is((await house.ask('POST', `${HEALTH}/auth/refresh`)).status, 401);
});

test('a spent refresh token is refused, and its session ended, once the one that followed it was used', async t => {
	let now = Date.now();
	const house = await aHealthHouseWithAccounts(t, {now: () => now});
	await house.post(`${HEALTH}/auth/register`, ann);
	const {refresh_token} = await signIn(house, ann.email);
	const refresh = (token: string) => house.post(`${HEALTH}/auth/refresh`, {refresh_token: token});
	const second = (await refresh(refresh_token)).data.refresh_token;
	now += 60_000;
	const third = (await refresh(second)).data.refresh_token;
	t.not(second, refresh_token);
	now += 60_000;
	t.is((await refresh(refresh_token)).status, 401);
	t.is((await refresh(third)).status, 401, 'the family is gone');
});

test('the house’s own refresh takes no spent token, whoever else has not used its successor', async t => {
	let now = Date.now();
	const house = await aHealthHouseWithAccounts(t, {now: () => now});
	await house.post(`${HEALTH}/auth/register`, ann);
	const {refresh_token} = await signIn(house, ann.email);
	await house.post('/api/v1/auth/refresh', {refresh_token});
	now += 60_000;
	t.is((await house.post('/api/v1/auth/refresh', {refresh_token})).status, 401);
});

test('without a token, with a bad one, and where there is nothing, errors are the dialect’s', async t => {
	const house = await aHealthHouseWithAccounts(t);
	for (const [path, status] of [
		[`${HEALTH}/meals`, 401],
		[`${HEALTH}/nowhere`, 404],
	] as const) {
		const told = answerOf(await house.ask('GET', path, {headers: {authorization: 'Bearer nonsense'}}));
		t.is(told.status, status);
		t.false(told.success);
		t.is(typeof told.error.message, 'string');
	}
});
