import {importPublicKey, verifyAccessToken} from '@hearth/host/access-token.js';
import {verificationKeys} from '@hearth/host/identity.js';
import test from 'ava';
import {getHousehold, getUsers} from '../contract.js';
import {type AuthHouse, anAuthHouse, asPerson, type SignedIn} from './fixtures.js';

const household = '/api/v1/households/me';

/** An owner and two members. */
async function aFamily(house: AuthHouse) {
	const owner = await house.signUp('ada@example.org');
	const join = async (email: string) => {
		const {data} = await house.post(`${household}/invites`, {role: 'member'}, asPerson(owner));
		return house.signUp(email, {invite: data.code});
	};
	return {owner, bob: await join('bob@example.org'), cem: await join('cem@example.org')};
}

const remove = (house: AuthHouse, who: SignedIn, by: SignedIn) =>
	house.delete(`${household}/members/${who.user.id}`, asPerson(by));

test('a member who is removed keeps the account in a household of their own, and their old tokens end at once', async t => {
	const house = await anAuthHouse(t);
	const {owner, bob} = await aFamily(house);
	t.is(await house.statusOf(bob.access_token), 200);
	t.is((await remove(house, bob, owner)).status, 204);
	t.is(await house.statusOf(bob.access_token), 401);

	// In the same second: the clock stands still.
	const refreshed = await house.refresh(bob.refresh_token);
	t.is(refreshed.status, 200);
	t.is(await house.statusOf(refreshed.data.access_token), 200);
	t.not(refreshed.data.user.household_id, owner.user.household_id);
	t.is(refreshed.data.user.household_role, 'owner');
	const [key] = (await house.house.contextOf('auth').call(verificationKeys, {})).keys;
	if (key === undefined) return t.fail('there is no key');
	const token = verifyAccessToken(refreshed.data.access_token, importPublicKey(key), Date.now());
	t.is(token?.user.household_id, refreshed.data.user.household_id);

	const {data} = await house.get(household, asPerson(owner));
	t.deepEqual(
		data.members.map(({email}: {email: string}) => email),
		['ada@example.org', 'cem@example.org'],
	);
});

test('a member may leave, but not remove another', async t => {
	const house = await anAuthHouse(t);
	const {bob, cem} = await aFamily(house);
	t.like(await remove(house, cem, bob), {status: 403, error: {code: 'FORBIDDEN'}});
	t.is(await house.statusOf(cem.access_token), 200);
	t.is((await remove(house, bob, bob)).status, 204);
	t.is(await house.statusOf(bob.access_token), 401);
});

test('an owner cannot be removed, nor leave', async t => {
	const house = await anAuthHouse(t);
	const {owner, bob} = await aFamily(house);
	t.is((await remove(house, owner, bob)).status, 409);
	t.is((await remove(house, owner, owner)).status, 409);
});

test('somebody of another household is as if they were not there', async t => {
	const house = await anAuthHouse(t);
	const {owner, bob} = await aFamily(house);
	const stranger = await house.signUp('eve@example.org');
	t.is((await remove(house, bob, stranger)).status, 404);
	t.is((await remove(house, stranger, owner)).status, 404);
	t.is(await house.statusOf(bob.access_token), 200);
});

test('two who remove the same member at once, and one who leaves meanwhile, end in one removal', async t => {
	const house = await anAuthHouse(t);
	const {owner, bob} = await aFamily(house);
	const answers = await Promise.all([remove(house, bob, owner), remove(house, bob, owner), remove(house, bob, bob)]);
	const statuses = answers.map(({status}) => status);
	t.is(statuses.filter(status => status === 204).length, 1, String(statuses));
	t.false(
		statuses.some(status => status >= 500),
		String(statuses),
	);
});

test('other plugins ask who shares a household, and for names', async t => {
	const house = await anAuthHouse(t);
	const {owner, bob, cem} = await aFamily(house);
	const food = house.house.contextOf('food');
	const answer = await food.call(getHousehold, {user_id: bob.user.id});
	t.is(answer.household_id, owner.user.household_id);
	t.deepEqual(answer.member_ids.sort(), [owner.user.id, bob.user.id, cem.user.id].sort());

	const nobody = '0190a5e4-7b6c-7d1e-8f90-112233445566';
	await t.throwsAsync(food.call(getHousehold, {user_id: nobody}), {message: /no such user/});
	const {users} = await food.call(getUsers, {ids: [bob.user.id, nobody]});
	t.deepEqual(users, [{id: bob.user.id, name: 'bob', household_id: owner.user.household_id}]);
	await t.throwsAsync(food.call(getUsers, {ids: Array<string>(201).fill(nobody)}));
});
