import {existsSync} from 'node:fs';
import path from 'node:path';
import type {Command} from '@hearth/host/plugin.js';
import test from 'ava';
import {addUser, promoteUser, resetPassword} from '../account-commands.js';
import {type AuthHouse, anAuthHouse, asPerson, PASSWORD} from './fixtures.js';

/** Runs a command as the person at the machine who types these secrets. */
async function run(
	house: AuthHouse,
	command: Command,
	address: string,
	{options = {}, secrets = [PASSWORD, PASSWORD]}: {options?: Record<string, string>; secrets?: string[]} = {},
): Promise<string> {
	const lines: string[] = [];
	const typed = [...secrets];
	await command.run({arguments: [address], options}, house.house.contextOf('auth'), {
		print: line => lines.push(line),
		secret: async () => typed.shift() ?? '',
	});
	return lines.join('\n');
}

test('`user add` makes an account that can sign in, in a household of its own or another’s', async t => {
	const house = await anAuthHouse(t, {settings: {HEARTH_REGISTRATION: 'closed'}});
	await run(house, addUser, 'Ada@example.org', {options: {name: 'Ada'}});
	const ada = await house.signIn('ada@example.org');
	t.like(ada.user, {name: 'Ada', role: 'member', household_role: 'owner'});
	await run(house, addUser, 'bob@example.org', {options: {'household-of': 'ada@example.org', role: 'moderator'}});
	const bob = await house.signIn('bob@example.org');
	t.like(bob.user, {role: 'moderator', household_role: 'member', household_id: ada.user.household_id});
});

test('the first admin may be made at the machine, and then the setup code is gone', async t => {
	const house = await anAuthHouse(t, {settings: {HEARTH_REGISTRATION: 'invite'}});
	const file = path.join(house.data_folder, 'setup-code');
	await run(house, addUser, 'bob@example.org');
	t.true(existsSync(file));
	await run(house, addUser, 'ada@example.org', {options: {role: 'admin'}});
	t.false(existsSync(file));
	t.is((await house.signIn('ada@example.org')).user.role, 'admin');
	t.is((await house.post('/api/v1/auth/register', {email: 'eve@example.org', password: PASSWORD})).status, 403);
});

const mistakes: [string, Parameters<typeof run>[2], Parameters<typeof run>[3], RegExp][] = [
	['no address', 'ada', {}, /The e-mail address must be an e-mail address/],
	['a role nobody has', 'bob@example.org', {options: {role: 'king'}}, /--role must be member, moderator or admin/],
	['a short password', 'bob@example.org', {secrets: ['short']}, /The password must have 8–1024 characters/],
	['a common password', 'bob@example.org', {secrets: ['iloveyou', 'iloveyou']}, /guessers try first/],
	['two passwords that differ', 'bob@example.org', {secrets: [PASSWORD, 'another one']}, /differ/],
	['an address in use', 'ada@example.org', {}, /has an account already/],
	['a household of nobody', 'bob@example.org', {options: {'household-of': 'eve@example.org'}}, /no account here/],
];

test('`user add` says what is wrong, and makes nothing', async t => {
	const house = await anAuthHouse(t);
	await run(house, addUser, 'ada@example.org');
	for (const [what, address, given, message] of mistakes) {
		await t.throwsAsync(run(house, addUser, address, given), {name: 'PublicError', message}, what);
	}
	const {users} = await house.house.ports.database.one<{users: number}>(
		'select count(*)::int as users from auth.users',
	);
	t.is(users, 1);
});

test('`user reset-password` ends every session; only the new password opens', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const secrets = ['a whole new password', 'a whole new password'];
	await run(house, resetPassword, 'ada@example.org', {secrets});
	t.is((await house.refresh(ada.refresh_token)).status, 401);
	t.is(await house.statusOf(ada.access_token), 401);
	t.is((await house.post('/api/v1/auth/login', {email: 'ada@example.org', password: PASSWORD})).status, 401);
	t.truthy(await house.signIn('ada@example.org', {password: secrets[0]}));
	await t.throwsAsync(run(house, resetPassword, 'eve@example.org'), {message: /no account here/});
});

test('`user promote` makes an admin, enables whom it finds disabled, and demotes when told', async t => {
	const house = await anAuthHouse(t);
	const ada = asPerson(await house.signUp('ada@example.org'));
	const bob = await house.signUp('bob@example.org');
	await house.put(`/api/v1/admin/users/${bob.user.id}`, {disabled: true}, ada);
	await run(house, promoteUser, 'bob@example.org');
	const admin = await house.signIn('bob@example.org');
	t.is(admin.user.role, 'admin');
	await run(house, promoteUser, 'bob@example.org', {options: {role: 'moderator'}});
	t.is(await house.statusOf(admin.access_token), 401);
	await t.throwsAsync(run(house, promoteUser, 'ada@example.org', {options: {role: 'member'}}), {message: /only admin/});
	const {data} = await house.get('/api/v1/users/me/audit', asPerson(await house.signIn('bob@example.org')));
	const entry = data.find(({action}: {action: string}) => action === 'user.promoted');
	t.like(entry, {actor_id: null, detail: {before: 'admin', after: 'moderator', by: 'command line'}});
});
