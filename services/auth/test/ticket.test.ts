import {redeemTicket} from '@hearth/host/identity.js';
import {definePlugin, route} from '@hearth/host/plugin.js';
import test from 'ava';
import auth from '../plugin.js';
import {anAuthHouse, asPerson, MINUTE} from './fixtures.js';

const pictures = definePlugin({
	name: 'pictures',
	summary: 'A route that takes tickets',
	routes: [
		route('GET', '/api/v1/pictures/mine', {
			summary: 'Who asks',
			role: 'member',
			ticket: true,
			handle: async ({user}) => user,
		}),
	],
});
const plugins = [auth, pictures];
const at = (ticket: string) => `/api/v1/pictures/mine?ticket=${ticket}`;

test('a ticket opens one request as its owner, once', async t => {
	const house = await anAuthHouse(t, {plugins});
	const ada = await house.signUp('ada@example.org');
	const {status, data} = await house.ask('POST', '/api/v1/auth/ticket', {as: asPerson(ada)});
	t.is(status, 200);
	t.is(data.expires_in, 60);
	const first = await house.get(at(data.ticket));
	t.like(first, {
		status: 200,
		data: {id: ada.user.id, role: 'admin', household_id: ada.user.household_id},
	});
	t.is((await house.get(at(data.ticket))).status, 401);
});

test('of two who bring the same ticket at once one gets in', async t => {
	const house = await anAuthHouse(t, {plugins});
	const ada = asPerson(await house.signUp('ada@example.org'));
	const {data} = await house.ask('POST', '/api/v1/auth/ticket', {as: ada});
	const answers = await Promise.all([1, 2, 3].map(() => house.get(at(data.ticket))));
	t.deepEqual(answers.map(({status}) => status).sort(), [200, 401, 401]);
});

test('a ticket is good for a minute, and only while its session is', async t => {
	const house = await anAuthHouse(t, {plugins});
	const ada = await house.signUp('ada@example.org');
	const ticketOf = async () => (await house.ask('POST', '/api/v1/auth/ticket', {as: asPerson(ada)})).data.ticket;
	const old = await ticketOf();
	house.pass(MINUTE);
	t.is((await house.get(at(old))).status, 401);
	const good = await ticketOf();
	await house.post('/api/v1/auth/logout', {refresh_token: ada.refresh_token});
	t.is((await house.get(at(good))).status, 401);
	t.is((await house.ask('POST', '/api/v1/auth/ticket', {as: asPerson(ada)})).status, 401);
});

test('a ticket opens nothing that does not say it takes one', async t => {
	const house = await anAuthHouse(t, {plugins});
	const ada = asPerson(await house.signUp('ada@example.org'));
	const {data} = await house.ask('POST', '/api/v1/auth/ticket', {as: ada});
	t.is((await house.get(`/api/v1/users/me?ticket=${data.ticket}`)).status, 401);
	t.is((await house.get(at(data.ticket))).status, 200);
});

test('what is no ticket is nobody’s', async t => {
	const house = await anAuthHouse(t, {plugins});
	t.deepEqual(await house.house.contextOf('auth').call(redeemTicket, {ticket: 'x'}), {user: null});
	t.is((await house.get(at('x'.repeat(5000)))).status, 401);
});
