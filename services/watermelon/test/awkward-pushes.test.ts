import auth from '@hearth/auth/plugin.js';
import sync from '@hearth/sync/plugin.js';
import training from '@hearth/training/plugin.js';
import test from 'ava';
import watermelon from '../plugin.js';
import {aDevice, aTrainingHouse, Refused, raw} from './fixtures.js';

test('awkward values arrive with the good ones beside them, the next sync succeeds, and all devices hold the same', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person)];
	await phone.sync();
	const good = await phone.make('logs', {workout_title: 'Arms', is_imported: false});
	const odd = await phone.make('logs', {
		notes: `a\0b\ud800c${'x'.repeat(300_000)}`,
		workout_title: 'bytes \ufffd lost',
		duration: 'long',
	});
	const far = await phone.make('log_exercise_sets', {log_exercise_id: 'nowhere', reps: -3, weight: 1e300});
	const long = await phone.make('workout_exercise', {sets: 'y'.repeat(1_200_000), notes: '😀'.repeat(300_000)});
	await phone.sync();
	t.false(await phone.isDirty());
	await phone.sync();
	await tablet.sync();
	for (const table of ['logs', 'log_exercise_sets', 'workout_exercise']) {
		t.deepEqual(await phone.all(table), await tablet.all(table), table);
	}
	t.like((await tablet.all('logs'))[good], {workout_title: 'Arms'});
	t.like((await tablet.all('logs'))[odd], {notes: `abc${'x'.repeat(300_000)}`, workout_title: 'bytes  lost'});
	t.like((await tablet.all('log_exercise_sets'))[far], {reps: 0, weight: 1e300});
	t.true(Object.hasOwn(await tablet.all('workout_exercise'), long));
});

test('a value that is put right into what is stored already comes back to its author all the same', async t => {
	const house = await aTrainingHouse(t);
	const phone = await aDevice(house, await house.person());
	const [zero, none] = [
		await phone.make('log_exercise_sets', {reps: 0}),
		await phone.make('logs', {notes: 'abc', is_imported: false}),
	];
	await phone.sync();
	await phone.set('log_exercise_sets', zero, {reps: -5});
	await phone.set('logs', none, {notes: 'a\0bc'});
	await phone.sync();
	t.like((await phone.all('log_exercise_sets'))[zero], {reps: -5}, 'not before the next pull');
	await phone.sync();
	t.like((await phone.all('log_exercise_sets'))[zero], {reps: 0});
	t.like((await phone.all('logs'))[none], {notes: 'abc'});
});

test('a child that was made while its parent was deleted elsewhere is taken, and gone everywhere after the next sync', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person)];
	const log = await phone.make('logs', {notes: 'a'});
	await phone.sync();
	await tablet.sync();
	await phone.drop('logs', log);
	await phone.sync();
	const exercise = await tablet.make('log_exercise', {log_id: log});
	await tablet.make('log_exercise_sets', {log_exercise_id: exercise, reps: 5});
	const other = await tablet.make('log_exercise_sets', {log_exercise_id: 'not here yet', reps: 6});
	await tablet.sync();
	t.false(await tablet.isDirty());
	await tablet.sync();
	await phone.sync();
	for (const device of [phone, tablet]) {
		t.deepEqual(await device.all('log_exercise'), {});
		t.deepEqual(Object.keys(await device.all('log_exercise_sets')), [other]);
	}
});

test('what cannot be a record at all stays changed on its device, and keeps nothing else from syncing', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const phone = await aDevice(house, person);
	await phone.make('logs', {notes: 'bad'}, 'x'.repeat(300));
	const good = await phone.make('logs', {notes: 'good'});
	await phone.sync();
	t.true(await phone.isDirty());
	const fresh = await aDevice(house, person);
	await fresh.sync();
	t.deepEqual(Object.keys(await fresh.all('logs')), [good]);
});

test('unknown tables and columns, missing lists and things that are no records are passed over', async t => {
	const house = await aTrainingHouse(t);
	const {push, pull} = raw(house, await house.person());
	const answer = await push({
		logs: {created: [{id: 'a', notes: 'kept', _status: 'created', _changed: '', secret: 1}, null, 7, 'text', {}]},
		workouts: {updated: [{id: 'w', title: 7, order: '2', estimated_duration: 'soon'}], deleted: [null, {}, 'unknown']},
		routines: {created: 'none', updated: {}, deleted: 3},
		routine_workout: null,
		// Nested more deeply than it could be written again.
		workout_exercise: {created: [{id: 'e', is_saved: 1, sets: [{reps: 8}]}]},
		user_settings: {created: [{id: 's', theme: 'dark', own: {a: 1}, _status: 'created'}]},
		passwords: {created: [{id: 'a'}], updated: [], deleted: []},
		['__proto__']: {created: [{id: 'a'}]},
	});
	t.is(answer.status, 200);
	const {changes} = await pull();
	t.deepEqual(changes.logs.created, [
		{
			id: 'a',
			notes: 'kept',
			workout_title: null,
			duration: null,
			is_imported: null,
			imported_at: null,
			session_date: null,
		},
	]);
	t.like(changes.workouts.created, [{id: 'w', title: '7', order: 2, estimated_duration: null}]);
	t.like(changes.workout_exercise.created, [{is_saved: true, sets: '[{"reps":8}]'}]);
	t.deepEqual(changes.user_settings.created, [{id: 's', theme: 'dark', own: '{"a":1}'}]);
	t.false('passwords' in changes);
});

test('a body that is no push is told so, and never an error of ours', async t => {
	const house = await aTrainingHouse(t);
	const as = await house.person();
	const {push} = raw(house, as);
	for (const body of [
		[],
		{},
		{changes: []},
		{changes: null},
		{changes: 'x'},
		{mutations: [{id: 'a'}], device_id: 'd'},
		{changes: [{id: 1, entityType: 'lists', operation: 'create'}]},
		{changes: {}, lastPulledAt: 'yesterday'},
		{changes: {}, lastPulledAt: -1},
		{changes: {}, lastPulledAt: 1.5},
	]) {
		const {status, error} = await house.post('/compat/watermelon/api/sync/push-changes', body, as);
		t.is(status, 400, JSON.stringify(body));
		t.is(typeof error?.message, 'string');
	}
	let deep: unknown = 'x';
	for (let depth = 0; depth < 5_000; depth += 1) deep = [deep];
	t.is((await push({logs: {created: [{id: 'a', notes: deep}]}})).status, 200);
	t.is(
		(
			await push({
				logs: {
					created: [
						{id: 'b', notes: 1},
						{id: 'b', notes: 2},
					],
					deleted: ['b'],
				},
			})
		).status,
		200,
	);
	const ids = ['', ' ', 'a\0', '\ud800', 'ä😀', 'x'.repeat(300_000), '../..', "'; drop table"];
	t.is((await push({logs: {created: ids.map(id => ({id})), updated: [], deleted: ids}})).status, 200);
	const many = Array.from({length: 3_000}, (_, index) => ({id: `n${index}`, reps: index}));
	t.is((await push({log_exercise_sets: {created: many, updated: many, deleted: []}})).status, 200);
});

test('one pushed record that conflicts refuses all of its push', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const {push, pull} = raw(house, person);
	await push({
		logs: {
			created: [
				{id: 'a', notes: '1'},
				{id: 'd', notes: '1'},
			],
		},
	});
	const {timestamp} = await pull();
	t.is((await push({logs: {updated: [{id: 'a', notes: '2'}], deleted: ['d']}}, timestamp)).status, 200);
	for (const changes of [
		{logs: {created: [{id: 'new'}], updated: [{id: 'a', notes: '3'}]}},
		{logs: {created: [{id: 'new'}, {id: 'a', notes: '3'}]}},
		{logs: {created: [{id: 'new'}], deleted: ['a']}},
		{logs: {created: [{id: 'new'}], updated: [{id: 'd', notes: 'back'}]}},
	]) {
		const refused = await push(changes, timestamp);
		t.is(refused.status, 409);
		t.is(refused.error.code, 'CONFLICT');
	}
	t.is((await push({logs: {deleted: ['d', 'never']}}, timestamp)).status, 200, 'both deleted it');
	const now = await pull();
	t.deepEqual(
		now.changes.logs.created.map(({id, notes}: {id: string; notes: string}) => [id, notes]),
		[['a', '2']],
	);
});

test('what is there is updated and what is not there is made, whichever list it came in', async t => {
	const house = await aTrainingHouse(t);
	const {push, pull} = raw(house, await house.person());
	await push({logs: {created: [{id: 'a', notes: '1', workout_title: 'x'}]}});
	const {timestamp} = await pull();
	t.is(
		(await push({logs: {created: [{id: 'a', notes: '2'}], updated: [{id: 'b', notes: '3'}]}}, timestamp)).status,
		200,
	);
	const {changes} = await pull(`lastPulledAt=${timestamp}`);
	t.like(changes.logs.updated, [
		{id: 'a', notes: '2', workout_title: 'x'},
		{id: 'b', notes: '3'},
	]);
	t.deepEqual(changes.logs.created, []);
});

test('an edit of what its device knew to be deleted raises nothing from the dead; what the app makes anew under the old id is made', async t => {
	const house = await aTrainingHouse(t);
	const {push, pull} = raw(house, await house.person());
	await push({
		logs: {
			created: [
				{id: 'a', notes: '1'},
				{id: 'b', notes: '1'},
			],
		},
	});
	const first = await pull();
	await push({logs: {deleted: ['a', 'b']}}, first.timestamp);
	const {timestamp} = await pull(`lastPulledAt=${first.timestamp}`);
	const answer = await push(
		{logs: {updated: [{id: 'a', notes: '2', _status: 'updated'}], created: [{id: 'b', notes: '2'}]}},
		timestamp,
	);
	t.is(answer.status, 200);
	const {changes} = await pull(`lastPulledAt=${timestamp}`);
	t.deepEqual(changes.logs.deleted, ['a'], 'and its device is told so');
	t.like(changes.logs.updated, [{id: 'b', notes: '2'}]);
});

test('two that push at once never both win over the same record', async t => {
	const house = await aTrainingHouse(t);
	const {push, pull} = raw(house, await house.person());
	await push({logs: {created: [{id: 'a', notes: '0'}]}});
	const {timestamp} = await pull();
	const answers = await Promise.all(
		['1', '2', '3', '4'].map(notes => push({logs: {updated: [{id: 'a', notes}]}}, timestamp)),
	);
	t.deepEqual(answers.map(({status}) => status).sort(), [200, 409, 409, 409]);
});

test('another person’s ids and cursors show nothing and change nothing', async t => {
	const house = await aTrainingHouse(t);
	const [one, other] = [raw(house, await house.person()), raw(house, await house.person())];
	await one.push({logs: {created: [{id: 'a', notes: 'mine'}]}});
	const {timestamp} = await one.pull();
	t.is((await other.push({logs: {created: [{id: 'a', notes: 'other'}], deleted: ['a']}})).status, 200);
	t.is((await other.pull(`lastPulledAt=${timestamp}`)).status, 410);
	const {changes} = await one.pull();
	t.like(changes.logs.created, [{id: 'a', notes: 'mine'}]);
});

test('without a token, with a bad one or on another path the answer is an error that the client can read', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const phone = await aDevice(house, {...person, token: 'x.y.z'}, {tokenHeader: 'x-jwt-token'});
	const refused = await t.throwsAsync(() => phone.sync(), {instanceOf: Refused});
	t.is(refused.status, 401);
	t.is((await house.get('/compat/watermelon/api/sync/pull-changes')).error?.code, 'UNAUTHENTICATED');
	t.is((await house.get('/compat/watermelon/api/sync', person)).error?.code, 'NOT_FOUND');
});

test('who has switched sync off in their profile is neither answered nor taken from', async t => {
	const house = await aTrainingHouse(t, {plugins: [auth, sync, training, watermelon]});
	const person = await house.person();
	const {pull, push} = raw(house, person);
	t.is((await push({logs: {created: [{id: 'a'}]}})).status, 200);
	await house.put('/api/v1/users/me', {sync_enabled: false}, person);
	for (const answer of [await pull(), await push({logs: {created: [{id: 'b'}]}})]) {
		t.is(answer.status, 403);
		t.is(answer.error.code, 'SYNC_DISABLED');
	}
	await house.put('/api/v1/users/me', {sync_enabled: true}, person);
	t.like((await pull()).changes.logs.created, [{id: 'a'}]);
});

test('two of a person’s sessions are two devices, and either’s push is the other’s conflict', async t => {
	const house = await aTrainingHouse(t, {plugins: [auth, sync, training, watermelon]});
	const person = await house.person();
	const signedIn = await house.post('/api/v1/auth/login', {
		email: 'person2@example.org',
		password: 'correct horse battery staple',
	});
	t.is(signedIn.data.user.id, person.id);
	const [one, other] = [raw(house, person), raw(house, {...person, token: signedIn.data.access_token})];
	await one.push({logs: {created: [{id: 'a', notes: '1'}]}});
	const {timestamp} = await other.pull();
	const changes = {logs: {updated: [{id: 'a', notes: '2'}]}};
	t.is((await one.push(changes, timestamp)).status, 200);
	t.is((await one.push(changes, timestamp)).status, 200, 'its own, told again');
	t.is((await other.push({logs: {updated: [{id: 'a', notes: '3'}]}}, timestamp)).status, 409);
	t.is((await other.push(changes, timestamp)).status, 409, 'not its own');
});
