import test from 'ava';
import {z} from 'zod';
import {PublicError} from '../errors.js';
import {definePlugin, type Plugin, route} from '../plugin.js';
import {aHouse} from '../testing.js';

// What may happen between a request's work and the storing of its answer.

const note = z.object({id: z.string(), text: z.string()});

/** Writes notes. `before` is awaited inside the transaction, `after` once it has committed. */
const notes = ({
	before = async () => {},
	after = async () => {},
}: {
	before?: () => Promise<void>;
	after?: () => Promise<void>;
}): Plugin =>
	definePlugin({
		name: 'notes',
		summary: 'Writes notes',
		routes: [
			route('POST', '/api/v1/notes', {
				summary: 'Write a note',
				role: 'member',
				body: z.object({text: z.string()}),
				data: note,
				status: 201,
				handle: async ({body, user}, {db}) => {
					const written = await db.transaction(async tx => {
						await before();
						await tx.audit({action: 'notes.written', actor_id: user.id, detail: {text: body.text}});
						return {id: user.id, text: body.text};
					});
					await after();
					return written;
				},
			}),
			route('GET', '/api/v1/notes', {
				summary: 'How many notes there are',
				role: 'member',
				data: z.object({count: z.number()}),
				handle: ({user}, {db}) =>
					db.as(user.id, tx => tx.one(`select count(*) as count from platform.audit where action = 'notes.written'`)),
			}),
		],
	});

const headers = {'idempotency-key': 'k'};
const body = {text: 'bread'};

test('work that was committed is not done again when its request broke off afterwards; the same key gets its answer', async t => {
	let broken = false;
	const after = async () => {
		if (broken) return;
		broken = true;
		throw new PublicError('UNAVAILABLE', 'The line broke.');
	};
	const {ask, get, person} = await aHouse(t, {plugins: [notes({after})]});
	const as = await person();
	t.is((await ask('POST', '/api/v1/notes', {as, headers, body})).status, 503);
	t.like(await ask('POST', '/api/v1/notes', {as, headers, body}), {status: 201, data: {id: as.id, text: 'bread'}});
	t.is((await get('/api/v1/notes', as)).data.count, 1);
	t.is((await ask('POST', '/api/v1/notes', {as, headers, body: {text: 'milk'}})).status, 409);
});

test('work that broke off before its commit is done by the next request with the key', async t => {
	let broken = false;
	const before = async () => {
		if (broken) return;
		broken = true;
		throw new PublicError('UNAVAILABLE', 'The line broke.');
	};
	const {ask, get, person} = await aHouse(t, {plugins: [notes({before})]});
	const as = await person();
	t.is((await ask('POST', '/api/v1/notes', {as, headers, body})).status, 503);
	t.is((await ask('POST', '/api/v1/notes', {as, headers, body})).status, 201);
	t.is((await get('/api/v1/notes', as)).data.count, 1);
});

test('of two requests with a key the one that lost its hold on it commits nothing', async t => {
	const gates: (() => void)[] = [];
	const before = () => new Promise<void>(resolve => gates.push(resolve));
	const {ask, get, house, person, until} = await aHouse(t, {plugins: [notes({before})]});
	const as = await person();
	const first = ask('POST', '/api/v1/notes', {as, headers, body});
	await until(async () => gates.length === 1);
	t.is((await ask('POST', '/api/v1/notes', {as, headers, body})).status, 409, 'it is still in work');

	// As where another took it over from a process that was killed, or away for so long, and was killed itself.
	await house.ports.database.as(as.id, tx =>
		tx.run(`update platform.idempotency set holder = gen_random_uuid(), held_until = now() - interval '1 second'`),
	);
	const second = ask('POST', '/api/v1/notes', {as, headers, body});
	await until(async () => gates.length === 2);
	gates[1]?.();
	t.is((await second).status, 201);
	gates[0]?.();
	t.like(await first, {status: 409, error: {code: 'CONFLICT'}});
	t.is((await get('/api/v1/notes', as)).data.count, 1);
	t.is((await ask('POST', '/api/v1/notes', {as, headers, body})).status, 201);
	t.is((await get('/api/v1/notes', as)).data.count, 1);
});

test('a key is free again once its request was refused', async t => {
	let refusals = 0;
	const before = async () => {
		refusals += 1;
		if (refusals === 1) throw new PublicError('UNPROCESSABLE', 'Not now.');
	};
	const {ask, person} = await aHouse(t, {plugins: [notes({before})]});
	const as = await person();
	t.is((await ask('POST', '/api/v1/notes', {as, headers, body})).status, 422);
	t.is((await ask('POST', '/api/v1/notes', {as, headers, body: {text: 'milk'}})).status, 201);
});
