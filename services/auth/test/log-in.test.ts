import test from 'ava';
import {isPassword} from '../passwords.js';
import {anAuthHouse, asPerson, PASSWORD} from './fixtures.js';

const login = '/api/v1/auth/login';

test('who signs in gets a pair of tokens that works, and the device they named', async t => {
	const house = await anAuthHouse(t);
	await house.signUp('ada@example.org');
	const device = {id: '0190A5E4-7B6C-7D1E-8F90-112233445566', name: "Ada's phone"};
	const {status, data} = await house.post(login, {
		email: 'ADA@example.org ',
		password: PASSWORD,
		totp: '123456',
		device,
	});
	t.is(status, 200);
	t.deepEqual(data.device, {id: device.id.toLowerCase(), name: device.name});
	t.is(await house.statusOf(data.access_token), 200);
	t.is((await house.refresh(data.refresh_token)).status, 200);
});

test('an unknown e-mail and a wrong password are answered alike', async t => {
	const house = await anAuthHouse(t);
	await house.signUp('ada@example.org');
	const wrong = await house.post(login, {email: 'ada@example.org', password: 'not the right one'});
	const unknown = await house.post(login, {email: 'eve@example.org', password: 'not the right one'});
	t.like(wrong, {status: 401, error: {code: 'UNAUTHENTICATED'}});
	t.deepEqual(unknown.error, wrong.error);
	t.is(unknown.status, wrong.status);
});

test('nobody’s hash opens for no password, the empty one included', async t => {
	t.false(await isPassword(null, 'anything'));
	t.false(await isPassword(null, ''));
});

test('the same password is the same on another keyboard', async t => {
	const house = await anAuthHouse(t);
	// é composed and decomposed; the ligature ﬁ and f with i; full width and plain
	await house.signUp('ada@example.org', {password: 'caf\u00e9 \ufb01ve Ａｂｃ'});
	t.truthy(await house.signIn('ada@example.org', {password: 'cafe\u0301 five Abc'}));
});

test('an eleventh attempt within a minute on one account is refused, and says when to come back', async t => {
	const house = await anAuthHouse(t, {settings: {HEARTH_RATE_LIMITS: 'on'}});
	await house.signUp('ada@example.org');
	for (let attempt = 1; attempt <= 10; attempt++) {
		const answer = await house.post(login, {email: 'ada@example.org', password: 'not the right one'});
		t.is(answer.status, 401);
		t.is(answer.headers.get('x-rate-limit-remaining'), String(10 - attempt));
	}
	const refused = await house.post(login, {email: ' ADA@example.org', password: PASSWORD});
	t.like(refused, {status: 429, error: {code: 'RATE_LIMITED'}});
	t.true(Number(refused.headers.get('retry-after')) > 0);
	t.is((await house.post(login, {email: 'bob@example.org', password: PASSWORD})).status, 401);
});

test('the limit is the setting’s', async t => {
	const house = await anAuthHouse(t, {settings: {HEARTH_RATE_LIMITS: 'on', HEARTH_AUTH_LIMIT: '2'}});
	const statuses = [];
	for (let attempt = 0; attempt < 3; attempt++) {
		statuses.push((await house.post(login, {email: 'ada@example.org', password: 'not the right one'})).status);
	}
	t.deepEqual(statuses, [401, 401, 429]);
});

test('a disabled account is refused clearly, but only to who knows its password', async t => {
	const house = await anAuthHouse(t);
	const ada = asPerson(await house.signUp('ada@example.org'));
	const bob = await house.signUp('bob@example.org');
	await house.put(`/api/v1/admin/users/${bob.user.id}`, {disabled: true}, ada);
	const right = await house.post(login, {email: 'bob@example.org', password: PASSWORD});
	t.like(right, {status: 403, error: {code: 'FORBIDDEN'}});
	t.regex(right.error?.message ?? '', /disabled/);
	t.is((await house.post(login, {email: 'bob@example.org', password: 'not the right one'})).status, 401);
});

test('a hash made with other parameters is made anew when its owner signs in', async t => {
	const {argon2id, hash} = await import('argon2');
	const house = await anAuthHouse(t);
	const {user} = await house.signUp('ada@example.org');
	const {database} = house.house.ports;
	const weak = await hash(PASSWORD, {type: argon2id, memoryCost: 8192, timeCost: 1, parallelism: 1});
	await database.run('update auth.users set password_hash = $2 where id = $1', [user.id, weak]);
	await house.signIn('ada@example.org');
	const {password_hash} = await database.one<{password_hash: string}>(
		'select password_hash from auth.users where id = $1',
		[user.id],
	);
	t.regex(password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$|^\$argon2id\$v=19\$m=19456,p=1,t=2\$/);
	t.truthy(await house.signIn('ada@example.org'));
});

test('signing in again on a device makes no second device', async t => {
	const house = await anAuthHouse(t);
	const device = {id: '0190a5e4-7b6c-7d1e-8f90-112233445566', name: 'Phone'};
	await house.signUp('ada@example.org', {device});
	const again = await house.signIn('ada@example.org', {device: {...device, name: 'New name'}});
	const {data} = await house.get('/api/v1/users/me/devices', asPerson(again));
	t.is(data.length, 1);
	t.like(data[0], {id: device.id, name: 'New name', signed_in: true, current: true, last_sync_at: null});
});

test('a device that signs in without end keeps its ten newest sessions', async t => {
	const house = await anAuthHouse(t);
	const device = {id: '0190a5e4-7b6c-7d1e-8f90-112233445566', name: 'Phone'};
	const sessions = [await house.signUp('ada@example.org', {device})];
	for (let index = 0; index < 10; index++) sessions.push(await house.signIn('ada@example.org', {device}));
	const [oldest, second] = sessions;
	t.is(await house.statusOf(oldest?.access_token ?? ''), 401);
	t.is((await house.refresh(oldest?.refresh_token ?? '')).status, 401);
	t.is(await house.statusOf(second?.access_token ?? ''), 200);
});
