import test from 'ava';
import {z} from 'zod';
import {PublicError} from '../errors.js';
import {definePlugin, route} from '../plugin.js';
import {aHouse} from '../testing.js';

const parrot = definePlugin({
	name: 'parrot',
	summary: 'Speaks as it is spoken to',
	dialect: {
		at: '/compat/parrot',
		error: ({status, message}) => ({squawk: message, status}),
		token_header: 'x-parrot-token',
	},
	routes: [
		route('POST', '/compat/parrot/say', {
			summary: 'Say it again',
			role: 'member',
			body: z.looseObject({word: z.string()}),
			handle: async ({body}) => {
				if (body.word === 'cat') throw new PublicError('CONFLICT', 'No cats here.');
				return body;
			},
		}),
	],
});

test('a dialect answers without an envelope, keeps what it does not know, and takes the token in its own header', async t => {
	const {ask, person} = await aHouse(t, {plugins: [parrot]});
	const {token} = await person();
	const body = {word: 'hello', more: [1]};
	const said = await ask('POST', '/compat/parrot/say', {body, headers: {'x-parrot-token': token}});
	t.is(said.status, 200);
	t.deepEqual(JSON.parse(said.body.toString()), body);
	t.truthy(said.headers.get('x-request-id'));
});

test('all that goes wrong below a dialect’s path is said in its words: no token, bad input, a refusal, nothing there', async t => {
	const {ask, person} = await aHouse(t, {plugins: [parrot]});
	const as = await person();
	const told = async (path: string, options: Parameters<typeof ask>[2]) => {
		const {status, body} = await ask('POST', path, options);
		const {squawk, status: said} = JSON.parse(body.toString());
		t.is(typeof squawk, 'string');
		t.is(said, status);
		return status;
	};
	t.is(await told('/compat/parrot/say', {body: {word: 'x'}}), 401);
	t.is(await told('/compat/parrot/say', {as, body: {}}), 400);
	t.is(await told('/compat/parrot/say', {as, body: '{', headers: {'content-type': 'application/json'}}), 400);
	t.is(await told('/compat/parrot/say', {as, body: {word: 'cat'}}), 409);
	t.is(await told('/compat/parrot/nowhere', {as, body: {}}), 404);
	t.is((await ask('GET', '/compat/parakeet', {as})).error?.code, 'NOT_FOUND', 'not its neighbour’s');
});
