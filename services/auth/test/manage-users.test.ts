import test from 'ava';
import {anAuthHouse, asPerson, PASSWORD} from './fixtures.js';

const users = '/api/v1/admin/users';

test('an admin sees everybody, page by page', async t => {
	const house = await anAuthHouse(t);
	const admin = asPerson(await house.signUp('ada@example.org'));
	for (const name of ['bob', 'cem', 'dan']) await house.signUp(`${name}@example.org`);
	const first = await house.get(`${users}?limit=3`, admin);
	t.is(first.data.length, 3);
	const second = await house.get(`${users}?limit=3&cursor=${first.meta?.next_cursor}`, admin);
	t.is(second.meta?.next_cursor, null);
	const emails = [...first.data, ...second.data].map(({email}) => email);
	t.deepEqual(emails, ['dan@example.org', 'cem@example.org', 'bob@example.org', 'ada@example.org']);
	t.false('password_hash' in first.data[0]);
	t.is((await house.get(`${users}?cursor=x`, admin)).status, 400);
});

test('only an admin manages accounts', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const bob = asPerson(await house.signUp('bob@example.org'));
	t.is((await house.get(users, bob)).status, 403);
	t.is((await house.put(`${users}/${bob.id}`, {role: 'admin'}, bob)).status, 403);
	t.is((await house.get(users)).status, 401);
	await house.put(`${users}/${bob.id}`, {role: 'moderator'}, asPerson(ada));
	const moderator = asPerson(await house.signIn('bob@example.org'));
	t.is((await house.get(users, moderator)).status, 403);
});

test('a new role holds from the next request on: the old token ends, and the session brings a new one', async t => {
	const house = await anAuthHouse(t);
	const admin = asPerson(await house.signUp('ada@example.org'));
	const bob = await house.signUp('bob@example.org');
	const changed = await house.put(`${users}/${bob.user.id}`, {role: 'admin'}, admin);
	t.like(changed, {status: 200, data: {role: 'admin', disabled_at: null}});
	t.is(await house.statusOf(bob.access_token), 401);
	const {data} = await house.refresh(bob.refresh_token);
	t.is((await house.get(users, {...asPerson(bob), token: data.access_token})).status, 200);

	await house.put(`${users}/${bob.user.id}`, {role: 'member'}, admin);
	t.is((await house.get(users, {...asPerson(bob), token: data.access_token})).status, 401);
	const again = await house.refresh(data.refresh_token);
	t.is((await house.get(users, {...asPerson(bob), token: again.data.access_token})).status, 403);
});

test('a disabled account is out at once, on every device, until it is enabled', async t => {
	const house = await anAuthHouse(t);
	const admin = asPerson(await house.signUp('ada@example.org'));
	const phone = await house.signUp('bob@example.org');
	const laptop = await house.signIn('bob@example.org');
	const changed = await house.put(`${users}/${phone.user.id}`, {disabled: true}, admin);
	t.is(typeof changed.data.disabled_at, 'string');
	for (const {access_token, refresh_token} of [phone, laptop]) {
		t.is(await house.statusOf(access_token), 401);
		t.is((await house.refresh(refresh_token)).status, 401);
	}
	const again = await house.put(`${users}/${phone.user.id}`, {disabled: true}, admin);
	t.is(again.data.disabled_at, changed.data.disabled_at);
	await house.put(`${users}/${phone.user.id}`, {disabled: false}, admin);
	t.truthy(await house.signIn('bob@example.org'));
});

test('the only admin can be neither demoted nor disabled', async t => {
	const house = await anAuthHouse(t);
	const admin = asPerson(await house.signUp('ada@example.org'));
	for (const change of [{role: 'member'}, {disabled: true}]) {
		t.like(await house.put(`${users}/${admin.id}`, change, admin), {status: 409, error: {code: 'CONFLICT'}});
	}
	t.is((await house.get(users, admin)).status, 200);
});

test('two admins who demote each other at once leave one', async t => {
	const house = await anAuthHouse(t);
	const ada = asPerson(await house.signUp('ada@example.org'));
	const bob = await house.signUp('bob@example.org');
	await house.put(`${users}/${bob.user.id}`, {role: 'admin'}, ada);
	const {data} = await house.refresh(bob.refresh_token);
	const second = {...asPerson(bob), token: data.access_token};
	const answers = await Promise.all([
		house.put(`${users}/${second.id}`, {role: 'member'}, ada),
		house.put(`${users}/${ada.id}`, {role: 'member'}, second),
	]);
	const statuses = answers.map(({status}) => status);
	t.is(statuses.filter(status => status === 200).length, 1, String(statuses));
	const {admins} = await house.house.ports.database.one<{admins: number}>(
		`select count(*)::int as admins from auth.users where role = 'admin'`,
	);
	t.is(admins, 1);
});

test('what is no change, or nobody’s account, is refused', async t => {
	const house = await anAuthHouse(t);
	const admin = asPerson(await house.signUp('ada@example.org'));
	for (const body of [{}, {role: 'owner'}, {disabled: 'yes'}, {role: 'member', password: PASSWORD}]) {
		t.is((await house.put(`${users}/${admin.id}`, body, admin)).status, 400, JSON.stringify(body));
	}
	t.is((await house.put(`${users}/0190a5e4-7b6c-7d1e-8f90-112233445566`, {role: 'member'}, admin)).status, 404);
	t.is((await house.put(`${users}/1`, {role: 'member'}, admin)).status, 400);
});

test('what an admin does with an account stands in its owner’s log', async t => {
	const house = await anAuthHouse(t);
	const admin = asPerson(await house.signUp('ada@example.org'));
	const bob = await house.signUp('bob@example.org');
	await house.put(`${users}/${bob.user.id}`, {role: 'moderator'}, admin);
	const {data} = await house.get('/api/v1/users/me/audit', asPerson(await house.signIn('bob@example.org')));
	const entry = data.find(({action}: {action: string}) => action === 'user.changed_by_admin');
	t.like(entry, {
		actor_id: admin.id,
		user_id: bob.user.id,
		detail: {before: {role: 'member', disabled: false}, after: {role: 'moderator', disabled: false}},
	});
});
