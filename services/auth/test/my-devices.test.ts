import test from 'ava';
import {anAuthHouse, asPerson, MINUTE} from './fixtures.js';

const devices = '/api/v1/users/me/devices';

test('a person sees their devices, the last seen first, and nobody else’s', async t => {
	const house = await anAuthHouse(t);
	const phone = await house.signUp('ada@example.org', {device: {name: 'Phone'}});
	house.pass(MINUTE);
	const laptop = await house.signIn('ada@example.org', {device: {name: 'Laptop'}});
	await house.signUp('bob@example.org', {device: {name: "Bob's phone"}});
	const list = async () => (await house.get(devices, asPerson(laptop))).data;
	t.deepEqual(
		(await list()).map(({name, current}: {name: string; current: boolean}) => [name, current]),
		[
			['Laptop', true],
			['Phone', false],
		],
	);
	house.pass(MINUTE);
	await house.refresh(phone.refresh_token);
	t.is((await list())[0].name, 'Phone');
});

test('a removed device is out at once, and may sign in anew', async t => {
	const house = await anAuthHouse(t);
	const device = {id: '0190a5e4-7b6c-7d1e-8f90-112233445566', name: 'Phone'};
	const phone = await house.signUp('ada@example.org', {device});
	const laptop = await house.signIn('ada@example.org');
	t.is(await house.statusOf(phone.access_token), 200);
	t.is((await house.delete(`${devices}/${device.id.toUpperCase()}`, asPerson(laptop))).status, 204);
	t.is(await house.statusOf(phone.access_token), 401);
	t.is((await house.refresh(phone.refresh_token)).status, 401);
	t.is(await house.statusOf(laptop.access_token), 200);
	t.is((await house.delete(`${devices}/${device.id}`, asPerson(laptop))).status, 404);

	const again = await house.signIn('ada@example.org', {device});
	t.is(await house.statusOf(again.access_token), 200);
});

test('another person’s device is as if it were not there', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const bob = await house.signUp('bob@example.org');
	const answer = await house.delete(`${devices}/${ada.device.id}`, asPerson(bob));
	t.like(answer, {status: 404, error: {code: 'NOT_FOUND'}});
	t.is(await house.statusOf(ada.access_token), 200);
	t.is((await house.delete(`${devices}/1`, asPerson(bob))).status, 400);
});

test('two people may share one device; who leaves it does not sign out the other', async t => {
	const house = await anAuthHouse(t);
	const device = {id: '0190a5e4-7b6c-7d1e-8f90-112233445566', name: 'Tablet'};
	const ada = await house.signUp('ada@example.org', {device});
	const bob = await house.signUp('bob@example.org', {device});
	t.is((await house.delete(`${devices}/${device.id}`, asPerson(ada))).status, 204);
	t.is(await house.statusOf(ada.access_token), 401);
	t.is(await house.statusOf(bob.access_token), 200);
});

test('an account keeps its hundred last seen devices', async t => {
	const house = await anAuthHouse(t);
	const first = await house.signUp('ada@example.org');
	// Straight into the table: a hundred sign-ins would hash a hundred passwords.
	await house.house.ports.database.run(
		`insert into auth.devices (user_id, id, name, created_at, last_seen_at)
		select $1, gen_random_uuid(), 'Phone', $2, $2 from generate_series(1, 99)`,
		[first.user.id, new Date(Date.now() + MINUTE)],
	);
	house.pass(2 * MINUTE);
	const newest = await house.signIn('ada@example.org', {device: {name: 'Newest'}});
	const list = async (query: string) => house.get(`${devices}?limit=60${query}`, asPerson(newest));
	const page = await list('');
	const rest = await list(`&cursor=${page.meta?.next_cursor}`);
	t.is(new Set([...page.data, ...rest.data].map(({id}: {id: string}) => id)).size, 100);
	t.is(page.data[0].name, 'Newest');
	t.is(rest.meta?.next_cursor, null);
	t.is(await house.statusOf(first.access_token), 401);
});
