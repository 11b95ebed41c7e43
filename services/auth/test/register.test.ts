import test from 'ava';
import {anAuthHouse, asPerson, DAY, PASSWORD} from './fixtures.js';

const register = '/api/v1/auth/register';
const invites = '/api/v1/households/me/invites';
const invite = {HEARTH_REGISTRATION: 'invite'};

test('without an invite nobody but the first gets in', async t => {
	const house = await anAuthHouse(t, {settings: invite});
	await house.signUp('ada@example.org');
	const answer = await house.post(register, {email: 'eve@example.org', password: PASSWORD});
	t.like(answer, {status: 403, error: {code: 'FORBIDDEN', details: {needs: 'invite'}}});
});

test('who registers with an invite joins that household as a verified member', async t => {
	const house = await anAuthHouse(t, {settings: invite});
	const ada = await house.signUp('ada@example.org');
	const {status, data} = await house.post(invites, {role: 'member'}, asPerson(ada));
	t.is(status, 201);
	t.is(data.url, `${house.url}/invite/${data.code}`);
	const bob = await house.signUp('bob@example.org', {invite: data.code, name: 'Bob'});
	t.like(bob.user, {
		role: 'member',
		household_id: ada.user.household_id,
		household_role: 'member',
		email_verified: true,
		name: 'Bob',
	});
	const household = await house.get('/api/v1/households/me', asPerson(bob));
	t.deepEqual(
		household.data.members.map(({name, household_role}: {name: string; household_role: string}) => [
			name,
			household_role,
		]),
		[
			['ada', 'owner'],
			['Bob', 'member'],
		],
	);
});

test('an invite is used once, also by two at the same moment', async t => {
	const house = await anAuthHouse(t, {settings: invite});
	const ada = await house.signUp('ada@example.org');
	const {data} = await house.post(invites, {role: 'member'}, asPerson(ada));
	const answers = await Promise.all(
		['bob', 'cem', 'dan'].map(name =>
			house.post(register, {email: `${name}@example.org`, password: PASSWORD, invite: data.code}),
		),
	);
	t.deepEqual(answers.map(({status}) => status).sort(), [201, 403, 403]);
	t.regex(answers.find(({status}) => status === 403)?.error?.message ?? '', /used already/);
});

test('an invite expires after seven days', async t => {
	const house = await anAuthHouse(t, {settings: invite});
	const ada = await house.signUp('ada@example.org');
	const {data} = await house.post(invites, {role: 'member'}, asPerson(ada));
	house.pass(7 * DAY + 1000);
	const answer = await house.post(register, {email: 'bob@example.org', password: PASSWORD, invite: data.code});
	t.is(answer.status, 403);
	t.regex(answer.error?.message ?? '', /expired/);
});

test('an invite bound to an e-mail lets only that one in, however it is written', async t => {
	const house = await anAuthHouse(t, {settings: invite});
	const ada = await house.signUp('ada@example.org');
	const {data} = await house.post(invites, {email: 'Bob@Example.org', role: 'member'}, asPerson(ada));
	const other = await house.post(register, {email: 'eve@example.org', password: PASSWORD, invite: data.code});
	t.is(other.status, 403);
	t.regex(other.error?.message ?? '', /another e-mail/);
	t.is((await house.signUp('BOB@example.org', {invite: data.code})).user.email, 'bob@example.org');
});

test('an invite nobody made is refused', async t => {
	const house = await anAuthHouse(t, {settings: invite});
	await house.signUp('ada@example.org');
	t.is((await house.post(register, {email: 'eve@example.org', password: PASSWORD, invite: 'x'})).status, 403);
});

test('an owner invites members; only an admin gives a role in the installation with it', async t => {
	const house = await anAuthHouse(t);
	const admin = await house.signUp('ada@example.org');
	const owner = await house.signUp('bob@example.org');
	t.is((await house.post(invites, {role: 'moderator'}, asPerson(owner))).status, 403);
	const {data} = await house.post(invites, {role: 'moderator'}, asPerson(admin));
	const moderator = await house.signUp('cem@example.org', {invite: data.code});
	t.is(moderator.user.role, 'moderator');
	const byGuest = await house.post(invites, {role: 'member'}, asPerson(moderator));
	t.like(byGuest, {status: 403, error: {code: 'FORBIDDEN'}});
});

test('the open invites of a former admin, or of a member who was removed, are withdrawn', async t => {
	const house = await anAuthHouse(t);
	const admin = await house.signUp('ada@example.org');
	const inviteAs = async (who: typeof admin, role: string) =>
		(await house.post(invites, {role}, asPerson(who))).data.code;
	const second = await house.signUp('bob@example.org', {invite: await inviteAs(admin, 'admin')});
	const codes = [await inviteAs(second, 'admin'), await inviteAs(second, 'member')];
	await house.put(`/api/v1/admin/users/${second.user.id}`, {role: 'member'}, asPerson(admin));
	const third = await house.signUp('cem@example.org', {invite: await inviteAs(admin, 'admin')});
	codes.push(await inviteAs(third, 'member'));
	await house.delete(`/api/v1/households/me/members/${third.user.id}`, asPerson(admin));
	for (const code of codes) {
		const answer = await house.post(register, {email: 'eve@example.org', password: PASSWORD, invite: code});
		t.is(answer.status, 403);
		t.regex(answer.error?.message ?? '', /no such invite/);
	}
});

test('a household has at most fifty open invites', async t => {
	const house = await anAuthHouse(t);
	const ada = asPerson(await house.signUp('ada@example.org'));
	for (let index = 0; index < 50; index++) t.is((await house.post(invites, {role: 'member'}, ada)).status, 201);
	t.is((await house.post(invites, {role: 'member'}, ada)).status, 409);
	house.pass(8 * DAY);
	const again = await house.signIn('ada@example.org');
	t.is((await house.post(invites, {role: 'member'}, asPerson(again))).status, 201);
});

test('open registration makes a household of one’s own', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const bob = await house.signUp('bob@example.org');
	t.not(bob.user.household_id, ada.user.household_id);
	t.like(bob.user, {role: 'member', household_role: 'owner', email_verified: false});
});

test('an e-mail has one account, however it is written, also when two register at once', async t => {
	const house = await anAuthHouse(t);
	await house.signUp('ada@example.org');
	const again = await house.post(register, {email: '  ADA@example.org', password: PASSWORD});
	t.like(again, {status: 409, error: {code: 'CONFLICT'}});
	// é as one character, and as e with an accent after it
	const answers = await Promise.all(
		['andr\u00e9@example.org', 'andre\u0301@example.org'].map(email =>
			house.post(register, {email, password: PASSWORD}),
		),
	);
	t.deepEqual(answers.map(({status}) => status).sort(), [201, 409]);
});

const refusedBodies: [string, Record<string, unknown>, string][] = [
	['no e-mail', {email: undefined}, 'email'],
	['no address', {email: 'ada'}, 'email'],
	['an address with a line break', {email: 'ada@example.org\nbcc: x'}, 'email'],
	['an address of 10 kB', {email: `${'a'.repeat(10_000)}@example.org`}, 'email'],
	['an address of 255 characters', {email: `${'a'.repeat(60)}@${'b'.repeat(190)}.org`}, 'email'],
	['a password of seven characters', {password: 'kX9#vPq'}, 'password'],
	['a password of seven characters that look like fourteen', {password: '🦊🐻🐼🐨🐯🦁🐮'}, 'password'],
	['a password of 1025 characters', {password: 'xY9-'.repeat(257)}, 'password'],
	['a common password', {password: 'password1'}, 'password'],
	['a common password in capitals', {password: 'PASSWORD1'}, 'password'],
	['a common password in full width', {password: 'ｐａｓｓｗｏｒｄ１'}, 'password'],
	['the e-mail as password', {password: 'ADA@example.org'}, 'password'],
	['a name of 10 kB', {name: 'a'.repeat(10_000)}, 'name'],
	['a name of spaces', {name: '   '}, 'name'],
	['a name of two lines', {name: 'Ada\nLovelace'}, 'name'],
	['NUL in a name', {name: 'Ada\u0000'}, 'name'],
	['half a character in a name', {name: 'Ada\ud83d'}, 'name'],
	['a number for a name', {name: 7}, 'name'],
	['an unknown field', {is_admin: true}, 'is_admin'],
	['a role of one’s own choice', {role: 'admin'}, 'role'],
	['an unknown field of the device', {device: {name: 'Phone', root: true}}, 'device.root'],
	['a device id that is none', {device: {id: '1', name: 'Phone'}}, 'device.id'],
	['half a consent', {consent: {terms_version: '1'}}, 'consent.privacy_policy_version'],
];

test('register refuses what cannot be, says where, and makes nothing', async t => {
	const house = await anAuthHouse(t);
	for (const [what, change, at] of refusedBodies) {
		const answer = await house.post(register, {email: 'ada@example.org', password: PASSWORD, ...change});
		t.like(answer, {status: 400, error: {code: 'VALIDATION_ERROR', details: {0: {path: at}}}}, what);
	}
	t.true((await house.get('/api/v1/auth/registration')).data.first_account);
});

test('__proto__ in a body is an unknown field like any other', async t => {
	const house = await anAuthHouse(t);
	const answer = await house.ask('POST', register, {
		body: `{"email": "ada@example.org", "password": "${PASSWORD}", "__proto__": {"role": "admin"}}`,
		headers: {'content-type': 'application/json'},
	});
	t.is(answer.status, 400);
});

test('a password of 1024 characters is taken whole, and one of eight', async t => {
	const house = await anAuthHouse(t);
	const long = '🦊'.repeat(1024);
	await house.signUp('ada@example.org', {password: long});
	t.is((await house.signIn('ada@example.org', {password: long})).user.role, 'admin');
	const cut = await house.post('/api/v1/auth/login', {email: 'ada@example.org', password: '🦊'.repeat(1023)});
	t.is(cut.status, 401);
	await house.signUp('bob@example.org', {password: 'kX9#vPq!'});
});

test('what was agreed to at registration is kept', async t => {
	const house = await anAuthHouse(t);
	const consent = {privacy_policy_version: '2026-01', terms_version: '3'};
	const {user} = await house.signUp('ada@example.org', {consent});
	const row = await house.house.ports.database.one(
		'select privacy_policy_version, terms_version, consented_at from auth.users where id = $1',
		[user.id],
	);
	t.like(row, consent);
	t.true(row.consented_at instanceof Date);
});
