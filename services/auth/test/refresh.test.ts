import test from 'ava';
import {anAuthHouse, asPerson, DAY, MINUTE, SECOND} from './fixtures.js';

test('a refresh token is exchanged for a new pair, once', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const {status, data} = await house.refresh(ada.refresh_token);
	t.is(status, 200);
	t.not(data.refresh_token, ada.refresh_token);
	t.deepEqual(data.device, ada.device);
	t.is(await house.statusOf(data.access_token), 200);
	t.is((await house.refresh(data.refresh_token)).status, 200);
});

test('two tabs that refresh at once get the same successor, and both go on', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const answers = await Promise.all([1, 2, 3, 4].map(() => house.refresh(ada.refresh_token)));
	t.deepEqual(
		answers.map(({status}) => status),
		[200, 200, 200, 200],
	);
	t.is(new Set(answers.map(({data}) => data.refresh_token)).size, 1);
	for (const {data} of answers) t.is(await house.statusOf(data.access_token), 200);
	t.is((await house.refresh(answers[0]?.data.refresh_token)).status, 200);
});

test('a second tab that is nine seconds late still gets the same successor, after a restart too', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const first = await house.refresh(ada.refresh_token);
	await house.restart();
	house.pass(9 * SECOND);
	const second = await house.refresh(ada.refresh_token);
	t.is(second.status, 200);
	t.is(second.data.refresh_token, first.data.refresh_token);
});

test('a spent token again, later than the grace, ends the session with all its tokens', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const {data: thief} = await house.refresh(ada.refresh_token);
	house.pass(11 * SECOND);
	const reused = await house.refresh(ada.refresh_token);
	t.like(reused, {status: 401, error: {code: 'UNAUTHENTICATED'}});
	t.regex(reused.error?.message ?? '', /used before/);
	t.is((await house.refresh(thief.refresh_token)).status, 401);
	t.is(await house.statusOf(thief.access_token), 401);
	t.is(await house.statusOf(ada.access_token), 401);

	const again = await house.signIn('ada@example.org');
	const audit = await house.get('/api/v1/users/me/audit', asPerson(again));
	const entry = audit.data.find(({action}: {action: string}) => action === 'auth.refresh_token_reused');
	t.like(entry, {actor_id: null, user_id: ada.user.id, resource: {type: 'device', id: ada.device.id}});
});

test('a spent token from another device ends the session at once', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const {data} = await house.refresh(ada.refresh_token, {'user-agent': 'Firefox'});
	const reused = await house.refresh(ada.refresh_token, {'user-agent': 'curl'});
	t.is(reused.status, 401);
	t.is((await house.refresh(data.refresh_token, {'user-agent': 'Firefox'})).status, 401);
});

test('a token two steps back ends the session, however soon', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const {data: second} = await house.refresh(ada.refresh_token);
	house.pass(11 * SECOND);
	const {data: third} = await house.refresh(second.refresh_token);
	t.is((await house.refresh(ada.refresh_token)).status, 401);
	t.is((await house.refresh(third.refresh_token)).status, 401);
});

test('one session that ends leaves the others of its person alone', async t => {
	const house = await anAuthHouse(t);
	const phone = await house.signUp('ada@example.org');
	const laptop = await house.signIn('ada@example.org');
	await house.refresh(phone.refresh_token);
	house.pass(11 * SECOND);
	await house.refresh(phone.refresh_token);
	t.is(await house.statusOf(phone.access_token), 401);
	t.is(await house.statusOf(laptop.access_token), 200);
	t.is((await house.refresh(laptop.refresh_token)).status, 200);
});

test('a session that is refreshed lives on, and one that is idle for 30 days ends', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	house.pass(29 * DAY);
	const {status, data} = await house.refresh(ada.refresh_token);
	t.is(status, 200);
	house.pass(30 * DAY);
	t.is((await house.refresh(data.refresh_token)).status, 401);
});

test('a session ends a year after its sign-in, however often it was refreshed', async t => {
	const house = await anAuthHouse(t);
	let {refresh_token} = await house.signUp('ada@example.org');
	for (let day = 0; day < 364; day += 28) {
		const {status, data} = await house.refresh(refresh_token);
		t.is(status, 200, `day ${day}`);
		refresh_token = data.refresh_token;
		house.pass(28 * DAY);
	}
	house.pass(DAY);
	t.is((await house.refresh(refresh_token)).status, 401);
});

test('spent tokens are forgotten after 30 days, so that a session does not grow without end', async t => {
	const house = await anAuthHouse(t);
	let {refresh_token} = await house.signUp('ada@example.org');
	for (let round = 0; round < 4; round++) {
		house.pass(16 * DAY);
		refresh_token = (await house.refresh(refresh_token)).data.refresh_token;
	}
	const {tokens} = await house.house.ports.database.one<{tokens: number}>(
		'select count(*)::int as tokens from auth.refresh_tokens',
	);
	t.is(tokens, 3);
});

test('what is no refresh token is refused', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	for (const token of ['x', ada.access_token.slice(0, 500), 'Ω'.repeat(400)]) {
		t.is((await house.refresh(token)).status, 401, token.slice(0, 10));
	}
	t.is((await house.post('/api/v1/auth/refresh', {})).status, 400);
	t.is((await house.post('/api/v1/auth/refresh', {refresh_token: 'x'.repeat(501)})).status, 400);
	t.is((await house.post('/api/v1/auth/refresh', {refresh_token: ada.refresh_token, role: 'admin'})).status, 400);
	t.is((await house.refresh(ada.refresh_token)).status, 200);
});

test('signing out ends the session at once, and twice is fine', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const out = await house.post('/api/v1/auth/logout', {refresh_token: ada.refresh_token});
	t.is(out.status, 204);
	t.is(out.body.length, 0);
	t.is((await house.refresh(ada.refresh_token)).status, 401);
	t.is(await house.statusOf(ada.access_token), 401);
	t.is((await house.post('/api/v1/auth/logout', {refresh_token: ada.refresh_token})).status, 204);
	t.is((await house.post('/api/v1/auth/logout', {})).status, 400);
});

test('no refresh token lies readable in the database', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const {data} = await house.refresh(ada.refresh_token);
	const rows = await house.house.ports.database.many<{text: string}>(
		'select row_to_json(refresh_tokens)::text as text from auth.refresh_tokens',
	);
	t.is(rows.length, 2);
	for (const token of [ada.refresh_token, data.refresh_token]) {
		for (const secret of [token, Buffer.from(token).toString('hex'), Buffer.from(token, 'base64url').toString('hex')]) {
			t.false(rows.some(({text}) => text.includes(secret)));
		}
	}
});

test('a lost cache loses no login', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	await house.restart(); // the cache lives in the process
	t.is(await house.statusOf(ada.access_token), 200);
	t.is((await house.refresh(ada.refresh_token)).status, 200);
});

test('what was revoked stays revoked over a restart', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	await house.post('/api/v1/auth/logout', {refresh_token: ada.refresh_token});
	await house.restart();
	t.is(await house.statusOf(ada.access_token), 401);
	house.pass(MINUTE);
	t.is(await house.statusOf(ada.access_token), 401);
});
