import test from 'ava';
import {z} from 'zod';
import {PublicError} from '../errors.js';
import {call, definePlugin, event, job, on, onBroadcast, type Plugin, respond, route} from '../plugin.js';
import {aHouse} from '../testing.js';

const payload = z.object({n: z.number()});
const happened = event('giver.happened', payload);
const told = event('giver.told', payload);

/** Publishes, queues and asks on request. */
const giver = (count: Plugin['jobs'] = []): Plugin =>
	definePlugin({
		name: 'giver',
		summary: 'Gives others something to do',
		events: [happened, told],
		jobs: count,
	});

test('an event reaches each plugin that listens once its transaction has committed, and not if it failed', async t => {
	const heard: string[] = [];
	const listener = (name: string) =>
		definePlugin({
			name,
			summary: 'Listens',
			subscriptions: [
				on(happened, async ({n}) => {
					heard.push(`${name} ${n}`);
				}),
			],
		});
	const {house, until} = await aHouse(t, {plugins: [giver(), listener('one'), listener('two')]});
	const {db} = house.contextOf('giver');
	await t.throwsAsync(
		db.transaction(async tx => {
			await tx.publish(happened, {n: 1});
			throw new Error('rolled back');
		}),
	);
	await db.transaction(tx => tx.publish(happened, {n: 2}));
	await until(async () => heard.length === 2);
	t.deepEqual(heard.sort(), ['one 2', 'two 2']);
	t.deepEqual(await until(async () => (await db.many('select * from platform.outbox')).length === 0), true);
});

test('an event that left no further than the outbox goes out at the next start', async t => {
	const heard: number[] = [];
	const listener = definePlugin({
		name: 'listener',
		summary: 'Listens',
		subscriptions: [
			on(happened, async ({n}) => {
				heard.push(n);
			}),
		],
	});
	const world = await aHouse(t, {plugins: [giver(), listener]});
	await world.house
		.contextOf('giver')
		.db.run(
			`insert into platform.outbox (id, subject, payload) values (gen_random_uuid(), 'events.giver.happened', '{"n": 3}')`,
		);
	t.deepEqual(heard, []);
	await world.restart();
	await world.until(async () => heard.length > 0);
	t.deepEqual(heard, [3]);
});

test('a broadcast reaches every listener and is not kept', async t => {
	const heard: number[] = [];
	const listener = definePlugin({
		name: 'listener',
		summary: 'Listens',
		subscriptions: [
			onBroadcast(told, async ({n}) => {
				heard.push(n);
			}),
		],
	});
	const {house, until} = await aHouse(t, {plugins: [giver(), listener]});
	await house.contextOf('giver').broadcast(told, {n: 4});
	await until(async () => heard.length > 0);
	t.deepEqual(heard, [4]);
});

const double = call('answerer.double', payload, payload);

test('a call brings the answer, the refusal as it was said, and UNAVAILABLE that names the part when nobody is there', async t => {
	const answerer = definePlugin({
		name: 'answerer',
		summary: 'Doubles',
		calls: [
			respond(double, async ({n}) => {
				if (n < 0) throw new PublicError('UNPROCESSABLE', 'Only what is positive can be doubled.');
				if (n === 13) throw new Error('a bug');
				return {n: n * 2};
			}),
		],
	});
	const {house} = await aHouse(t, {plugins: [giver(), answerer]});
	const {call: ask} = house.contextOf('giver');
	t.deepEqual(await ask(double, {n: 2}), {n: 4});
	t.like(await t.throwsAsync(ask(double, {n: -1})), {
		code: 'UNPROCESSABLE',
		message: 'Only what is positive can be doubled.',
	});
	t.like(await t.throwsAsync(ask(double, {n: 13})), {code: 'INTERNAL'});
	const alone = await aHouse(t, {plugins: [giver()]});
	t.like(await t.throwsAsync(alone.house.contextOf('giver').call(double, {n: 2})), {
		code: 'UNAVAILABLE',
		details: {part: 'answerer'},
	});
});

test('a job is done once, with its transaction, and one key is one unfinished job', async t => {
	const done: number[] = [];
	let release: () => void = () => {};
	const gate = new Promise<void>(resolve => {
		release = resolve;
	});
	const count = job('giver.count', payload, {
		handle: async ({n}) => {
			await gate;
			done.push(n);
		},
	});
	const {house, until} = await aHouse(t, {plugins: [giver([count])]});
	const {db} = house.contextOf('giver');
	const first = await db.transaction(tx => tx.enqueue(count, {n: 1}, {key: 'same'}));
	const second = await db.transaction(tx => tx.enqueue(count, {n: 2}, {key: 'same'}));
	t.is(first, second);
	release();
	await until(async () => done.length > 0 && (await db.many('select 1 from platform.jobs')).length === 0);
	t.deepEqual(done, [1]);
});

test('a job that keeps failing is parked, an admin sees it with its reason and gives it its attempts back', async t => {
	let healthy = false;
	const parked: string[] = [];
	const fragile = job('giver.fragile', payload, {
		attempts: 1,
		handle: async () => {
			if (!healthy) throw new Error('the engine is out of order');
		},
		parked: async ({n}, error) => {
			parked.push(`${n}: ${error}`);
		},
	});
	const {house, get, post, person, until} = await aHouse(t, {plugins: [giver([fragile])]});
	const {db} = house.contextOf('giver');
	const id = await db.transaction(tx => tx.enqueue(fragile, {n: 1}));
	const admin = await person('admin');
	const [seen] = await until(async () => {
		const {data} = await get('/api/v1/admin/jobs?state=parked', admin);
		return data.length > 0 && data;
	});
	t.like(seen, {id, kind: 'job', name: 'giver.fragile', attempts: 1, error: 'the engine is out of order'});
	t.deepEqual(parked, ['1: the engine is out of order']);
	t.is((await post(`/api/v1/admin/jobs/${id}/retry`, undefined, await person('moderator'))).status, 403);
	healthy = true;
	t.is((await post(`/api/v1/admin/jobs/${id}/retry`, undefined, admin)).status, 202);
	await until(async () => (await db.many('select 1 from platform.jobs')).length === 0);
	t.is((await post(`/api/v1/admin/jobs/${id}/retry`, undefined, admin)).status, 404);
	t.like((await get('/api/v1/admin/audit-logs', admin)).data[0], {
		action: 'job.retried',
		actor_id: admin.id,
		resource: {type: 'job', id},
	});
});

test('a job that is running when the house stops is handed back and finished after the next start', async t => {
	const attempts: number[] = [];
	const slow = job('giver.slow', payload, {
		handle: async (_payload, {attempt, signal}) => {
			attempts.push(attempt);
			if (attempts.length > 1) return;
			await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
		},
	});
	const world = await aHouse(t, {plugins: [giver([slow])], settings: {HEARTH_DRAIN_SECONDS: '1'}});
	await world.house.contextOf('giver').db.transaction(tx => tx.enqueue(slow, {n: 1}));
	await world.until(async () => attempts.length === 1);
	await world.restart();
	await world.until(async () => attempts.length === 2);
	t.deepEqual(attempts, [1, 1], 'the attempt that was cut off does not count');
});

test('a plugin that fails to start is down with its reason, answers 503, and the others run', async t => {
	const broken = definePlugin({
		name: 'broken',
		summary: 'Never starts',
		routes: [route('GET', '/api/v1/broken', {summary: 'Never', role: 'public', handle: async () => 'never'})],
		start: async () => {
			throw new Error('no stove here');
		},
	});
	const fine = definePlugin({
		name: 'fine',
		summary: 'Runs',
		routes: [route('GET', '/api/v1/fine', {summary: 'Runs', role: 'public', handle: async () => ({fine: true})})],
	});
	const world = await aHouse(t, {plugins: [broken, fine], outside: ['broken']});
	t.like(await world.get('/api/v1/fine'), {status: 200, data: {fine: true}});
	const refused = await world.get('/api/v1/broken');
	t.like(refused, {status: 503, error: {code: 'UNAVAILABLE', details: {part: 'broken'}}});
	t.regex(refused.error?.message ?? '', /no stove here/);
	const ready = await world.get('/ready');
	t.is(ready.status, 200, 'a plugin from outside does not make the house unready');
	t.like(JSON.parse(ready.body.toString()), {
		plugins: {broken: {status: 'down', reason: 'no stove here'}, fine: {status: 'up'}},
	});
	const ours = await aHouse(t, {plugins: [broken, fine]});
	t.is((await ours.get('/ready')).status, 503, 'one of the house itself does');
});

test('a person sees in the audit what concerns them, and nothing of others', async t => {
	const {house, get, person} = await aHouse(t, {plugins: [giver()]});
	const [mine, other] = [await person(), await person()];
	const {db} = house.contextOf('giver');
	await db.transaction(tx => tx.audit({action: 'thing.done', actor_id: mine.id, detail: {n: 1}}));
	t.like((await get('/api/v1/users/me/audit', mine)).data, [
		{action: 'thing.done', actor_id: mine.id, user_id: mine.id},
	]);
	t.deepEqual((await get('/api/v1/users/me/audit', other)).data, []);
	t.is((await db.many('select * from platform.audit')).length, 0, 'row-level security hides it where no user is set');
});
