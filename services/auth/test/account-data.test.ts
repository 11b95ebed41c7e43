import test from 'ava';
import {eraseAccount, exportAccount} from '../account-data.js';
import {anAuthHouse, asPerson, PASSWORD} from './fixtures.js';

test('what is held on a person can be had by them, without secrets', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org', {device: {name: 'Phone'}});
	await house.post('/api/v1/households/me/invites', {email: 'bob@example.org', role: 'member'}, asPerson(ada));
	const files = new Map<string, unknown[]>();
	for await (const {file, rows} of exportAccount(ada.user.id, house.house.contextOf('auth'))) files.set(file, rows);
	t.deepEqual([...files.keys()].sort(), ['account.json', 'devices.json', 'invites.json', 'sessions.json']);
	for (const rows of files.values()) t.is(rows.length, 1);
	t.like(files.get('account.json')?.[0], {email: 'ada@example.org', household_role: 'owner'});
	t.notRegex(JSON.stringify([...files]), /argon2|hash|salt/);
});

test('an erased account leaves no row that names it, and its tokens end at once', async t => {
	const house = await anAuthHouse(t);
	const admin = asPerson(await house.signUp('admin@example.org'));
	const ada = await house.signUp('ada@example.org');
	const {data} = await house.post('/api/v1/households/me/invites', {role: 'member'}, asPerson(ada));
	const bob = await house.signUp('bob@example.org', {invite: data.code});
	await house.post('/api/v1/households/me/invites', {email: 'cem@example.org', role: 'member'}, asPerson(ada));
	await house.ask('POST', '/api/v1/auth/ticket', {as: asPerson(ada)});
	const context = house.house.contextOf('auth');
	await eraseAccount(ada.user.id, context);
	await eraseAccount(ada.user.id, context);

	t.is(await house.statusOf(ada.access_token), 401);
	t.is((await house.refresh(ada.refresh_token)).status, 401);
	t.is((await house.post('/api/v1/auth/login', {email: 'ada@example.org', password: PASSWORD})).status, 401);
	const {database} = house.house.ports;
	for (const table of ['users', 'devices', 'sessions', 'refresh_tokens', 'tickets', 'invites']) {
		const rows = await database.many<{text: string}>(`select row_to_json(${table})::text as text from auth.${table}`);
		t.false(
			rows.some(({text}) => text.includes(ada.user.id) || text.includes('ada@example.org')),
			table,
		);
	}
	// Who is left goes on, as the owner of the household.
	const household = await house.get('/api/v1/households/me', asPerson(bob));
	t.like(household.data, {
		id: ada.user.household_id,
		members: {0: {id: bob.user.id, household_role: 'owner'}, length: 1},
	});
	t.is((await house.get('/api/v1/admin/users', admin)).data.length, 2);
});

test('a household goes with its last member', async t => {
	const house = await anAuthHouse(t);
	await house.signUp('admin@example.org');
	const ada = await house.signUp('ada@example.org');
	await house.post('/api/v1/households/me/invites', {role: 'member'}, asPerson(ada));
	await eraseAccount(ada.user.id, house.house.contextOf('auth'));
	const rows = await house.house.ports.database.many('select from auth.households where id = $1', [
		ada.user.household_id,
	]);
	t.is(rows.length, 0);
});
