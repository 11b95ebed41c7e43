import {readdir} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {aDevice, aTrainingHouse, type Older, Refused, raw} from './fixtures.js';

test('an answer holds every table with all three lists, and a timestamp that WatermelonDB takes, also of an empty account', async t => {
	const house = await aTrainingHouse(t);
	const {pull, push} = raw(house, await house.person());
	const empty = await pull('lastPulledAt=null&schemaVersion=1&migration=null');
	t.is(empty.timestamp, 1);
	await push({workouts: {created: [{id: 'w'}]}}, empty.timestamp);
	for (const {changes, timestamp} of [empty, await pull(), await pull(`lastPulledAt=${empty.timestamp}`)]) {
		t.deepEqual(Object.keys(changes).sort(), [
			'log_exercise',
			'log_exercise_sets',
			'logs',
			'routine_workout',
			'routines',
			'user_settings',
			'workout_exercise',
			'workout_exercise_sets',
			'workouts',
		]);
		for (const set of Object.values(changes))
			t.deepEqual(Object.keys(set as object), ['created', 'updated', 'deleted']);
		t.true(Number.isSafeInteger(timestamp) && timestamp >= 1);
	}
});

test('only a first sync creates, of live records alone; after it everything live is updated and what is gone deleted', async t => {
	const house = await aTrainingHouse(t);
	const {pull, push} = raw(house, await house.person());
	await push({logs: {created: [{id: 'a'}, {id: 'b'}]}});
	const first = await pull();
	await push(
		{logs: {created: [{id: 'c', notes: 'new'}], updated: [{id: 'a', notes: 'x'}], deleted: ['b']}},
		first.timestamp,
	);
	const {changes} = await pull(`lastPulledAt=${first.timestamp}`);
	t.deepEqual(changes.logs.created, []);
	t.like(changes.logs.updated, [
		{id: 'c', notes: 'new'},
		{id: 'a', notes: 'x'},
	]);
	t.deepEqual(changes.logs.deleted, ['b']);
	for (const never of ['', 'lastPulledAt=null', 'lastPulledAt=0', 'lastPulledAt=', 'lastPulledAt=undefined']) {
		const again = await pull(never);
		t.deepEqual(
			again.changes.logs.created.map(({id}: {id: string}) => id),
			['c', 'a'],
			never,
		);
		t.deepEqual([again.changes.logs.updated, again.changes.logs.deleted], [[], []]);
	}
});

test('a device that pulled when there was nothing yet is told of deletes, too', async t => {
	const house = await aTrainingHouse(t);
	const {pull, push} = raw(house, await house.person());
	const {timestamp} = await pull();
	await push({logs: {created: [{id: 'a'}]}}, timestamp);
	await push({logs: {deleted: ['a']}}, (await pull()).timestamp);
	t.deepEqual((await pull(`lastPulledAt=${timestamp}`)).changes.logs.deleted, ['a']);
});

test('pulling again with the same timestamp gives the same; with the newest, nothing', async t => {
	const house = await aTrainingHouse(t);
	const {pull, push} = raw(house, await house.person());
	const cursors: number[] = [(await pull()).timestamp];
	for (let index = 0; index < 9; index += 1) {
		const lastPulledAt = cursors.at(-1);
		await push({logs: {created: [{id: `a${index}`}, {id: `b${index}`}]}}, lastPulledAt);
		cursors.push((await pull(`lastPulledAt=${lastPulledAt}`)).timestamp);
	}
	t.deepEqual(
		cursors,
		[...cursors].sort((a, b) => a - b),
	);
	for (const [index, cursor] of cursors.entries()) {
		const {changes, timestamp} = await pull(`lastPulledAt=${cursor}`);
		t.is(changes.logs.updated.length, (cursors.length - 1 - index) * 2);
		t.is(timestamp, cursors.at(-1));
	}
});

test('a record written elsewhere is whole and of the app’s types: no fields of other apps, times as numbers, nothing of its own keeping', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const {pull} = raw(house, person);
	await house.post(
		'/api/v1/logs',
		{id: 'l', session_date: '2025-01-10T10:00:00Z', notes: 'x', _status: 'synced', mood: 'own'},
		person,
	);
	await house.post('/api/v1/workouts', {id: 'w', title: 'Squat', weight_kg: 100, sets: 3}, person);
	const first = await pull();
	t.deepEqual(first.changes.logs.created, [
		{
			id: 'l',
			workout_title: null,
			duration: null,
			notes: 'x',
			is_imported: null,
			imported_at: null,
			session_date: Date.parse('2025-01-10T10:00:00Z'),
		},
	]);
	t.deepEqual(first.changes.workouts.created, [
		{id: 'w', title: 'Squat', notes: null, order: null, estimated_duration: null},
	]);
	await house.put('/api/v1/logs/l', {notes: null}, person);
	const {changes} = await pull(`lastPulledAt=${first.timestamp}`);
	t.like(changes.logs.updated, [{id: 'l', notes: null}], 'what was erased is said to be nothing');
});

test('what a push leaves out stays, and what it does not know of other apps does, too', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const {pull, push} = raw(house, person);
	await house.post('/api/v1/workouts', {id: 'w', title: 'Squat', notes: 'deep', weight_kg: 100}, person);
	await push({workouts: {updated: [{id: 'w', title: 'Front squat', order: null}]}}, (await pull()).timestamp);
	t.like((await house.get('/api/v1/workouts/w', person)).data, {title: 'Front squat', notes: 'deep', weight_kg: 100});
});

test('a timestamp that this server never gave out is told to start over, and nothing is pushed by it', async t => {
	const house = await aTrainingHouse(t);
	const {pull, push} = raw(house, await house.person());
	await push({logs: {created: [{id: 'a'}]}});
	const {timestamp} = await pull();
	for (const cursor of [timestamp + 3_600_000, timestamp - 1, 2, Number.MAX_SAFE_INTEGER]) {
		const answer = await pull(`lastPulledAt=${cursor}`);
		t.is(answer.status, 410);
		t.is(answer.error.code, 'RESYNC_REQUIRED');
		t.false('timestamp' in answer, 'or a client that looks at nothing else would go on from it');
		const replaced = await pull(`lastPulledAt=${cursor}&replacement=true`);
		t.is(replaced.experimentalStrategy, 'replacement');
		t.like(replaced.changes.logs.updated, [{id: 'a'}]);
		t.is((await push({logs: {created: [{id: 'b'}]}}, cursor)).status, 409);
	}
	for (const junk of ['yesterday', '-5', '1.5', '1e30']) t.is((await pull(`lastPulledAt=${junk}`)).status, 400);
	t.is((await pull('format=xml')).status, 400);
	t.is((await pull('migration=%7B')).status, 400);
	t.is((await pull('migration=[object Object]')).status, 400);
});

test('timestamps rise with every push though the server’s clock steps back', async t => {
	let at_ms = Date.parse('2026-03-01T12:00:00Z');
	const house = await aTrainingHouse(t, {now: () => at_ms});
	const {pull, push} = raw(house, await house.person());
	await push({logs: {created: [{id: 'a'}]}});
	const before = await pull();
	at_ms -= 600_000;
	t.is((await push({logs: {updated: [{id: 'a', notes: 'later'}]}}, before.timestamp)).status, 200);
	const after = await pull(`lastPulledAt=${before.timestamp}`);
	t.true(after.timestamp > before.timestamp);
	t.like(after.changes.logs.updated, [{notes: 'later'}]);
});

test('while others write all the time, who pulls sees each push whole and misses none', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const {pull, push} = raw(house, person);
	let {timestamp} = await pull();
	const start = timestamp;
	const seen = new Map<string, unknown>();
	let writing = true;
	const writers = [1, 2, 3, 4].map(async writer => {
		for (let round = 0; round < 15; round += 1) {
			const created = Array.from({length: writer}, (_, index) => ({
				id: `${writer}-${round}-${index}`,
				notes: `${writer}-${round}`,
			}));
			t.is((await push({logs: {created}}, start)).status, 200);
		}
	});
	const reading = (async () => {
		for (let isLast = false; !isLast; ) {
			isLast = !writing;
			const answer = await pull(`lastPulledAt=${timestamp}`);
			({timestamp} = answer);
			const arrived = new Map<string, number>();
			for (const {id, notes} of answer.changes.logs.updated) {
				seen.set(id, notes);
				arrived.set(notes, (arrived.get(notes) ?? 0) + 1);
			}
			for (const [notes, count] of arrived) t.is(count, Number(notes.split('-')[0]), 'a push is seen whole');
		}
	})();
	await Promise.all(writers);
	writing = false;
	await reading;
	const fresh = await pull();
	t.is(fresh.changes.logs.created.length, 150);
	t.deepEqual([...seen.keys()].sort(), fresh.changes.logs.created.map(({id}: {id: string}) => id).sort());
});

test('after an update of the app, what its older version had no place for arrives, and that version wiped none of it', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const older: Older = {version: 1, without: {logs: ['notes'], user_settings: 'all', routine_workout: 'all'}};
	const [old, tablet] = [await aDevice(house, person, {schema: older}), await aDevice(house, person)];
	const log = await tablet.make('logs', {workout_title: 'Arms', notes: 'kept'});
	const plain = await tablet.make('logs', {workout_title: 'Legs'});
	const setting = await tablet.make('user_settings', {theme: 'dark'});
	await tablet.sync();
	await old.sync();
	await old.set('logs', log, {workout_title: 'Shoulders'});
	await old.sync();
	await tablet.sync();
	t.like((await tablet.all('logs'))[log], {workout_title: 'Shoulders', notes: 'kept'});

	await old.upgrade();
	await old.sync();
	t.deepEqual(old.pulls.at(-1)?.migration, {
		from: 1,
		tables: ['user_settings', 'routine_workout'],
		columns: [{table: 'logs', columns: ['notes']}],
	} as never);
	t.deepEqual(await old.all('logs'), await tablet.all('logs'));
	t.like((await old.all('user_settings'))[setting], {theme: 'dark'});
	t.false(
		old.pulled().logs?.updated.some(({id}) => id === plain),
		'only where the new columns hold something',
	);
});

test('after a backup was restored a client starts over: it keeps what it made and edited, and lets go of what the server lost', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, stubborn] = [await aDevice(house, person), await aDevice(house, person, {replaces: false})];
	const kept = await phone.make('logs', {notes: 'kept', workout_title: 'Arms'});
	await phone.sync();
	const lost = await phone.make('logs', {notes: 'lost with the server'});
	await phone.sync();
	await phone.sync();
	await stubborn.sync();
	// The state of one change ago, as a restore leaves it, and then somebody went on.
	await house.house.ports.database.as(person.id, async tx => {
		await tx.run('delete from records.records where version > 1');
		await tx.run('delete from records.changes where version > 1');
		await tx.run(`update records.heads set version = 1, epoch = gen_random_uuid(),
				at_ms = (select extract(epoch from server_timestamp) * 1000 from records.changes)`);
	});
	t.is((await house.post('/api/v1/logs', {id: 'since', notes: 'since'}, person)).status, 201);
	await phone.set('logs', kept, {notes: 'edited'});
	const made = await phone.make('logs', {notes: 'made'});

	const refused = await t.throwsAsync(() => stubborn.sync(), {instanceOf: Refused});
	t.is(refused.status, 410);
	await phone.sync();
	const fresh = await aDevice(house, person);
	await fresh.sync();
	for (const device of [phone, fresh]) {
		const logs = await device.all('logs');
		t.deepEqual(Object.keys(logs).sort(), [kept, made, 'since'].sort());
		t.like(logs[kept], {notes: 'edited', workout_title: 'Arms'});
		t.false(lost in logs);
	}
});

test('a client that was away until deletes were forgotten starts over, and brings none of them back', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person)];
	const [gone, stays] = [await phone.make('logs', {notes: 'gone'}), await phone.make('logs', {notes: 'stays'})];
	await phone.sync();
	await tablet.sync();
	await phone.drop('logs', gone);
	await phone.sync();
	await phone.sync();
	await house.house.ports.database.as(person.id, async tx => {
		await tx.run('delete from records.records where deleted_at is not null');
		await tx.run('update records.heads set floor = version');
	});
	await tablet.set('logs', gone, {notes: 'zombie'});
	const {push} = raw(house, person);
	const stale = tablet.pulls.at(-1)?.lastPulledAt;
	t.is((await push({logs: {updated: [{id: gone, notes: 'late'}]}}, 1)).status, 409, `not by an old cursor, ${stale}`);
	await tablet.sync();
	await phone.sync();
	for (const device of [phone, tablet]) t.deepEqual(Object.keys(await device.all('logs')), [stays]);
	t.false(await tablet.isDirty());
});

test('deletes are kept for as long as a client may not have pulled them', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const {pull, push} = raw(house, person);
	const acked = async () => {
		const {data} = await house.get('/api/v1/sync/checksum', person);
		const devices = await house.house.ports.database.as(person.id, tx =>
			tx.many<{acked_version: number}>('select acked_version from records.devices'),
		);
		return {version: data.version, acked: devices.map(({acked_version}) => acked_version)};
	};
	await push({logs: {created: [{id: 'a'}]}});
	const {timestamp} = await pull();
	await push({logs: {deleted: ['a']}}, timestamp);
	t.deepEqual(await acked(), {version: 2, acked: [0]});
	const {timestamp: next} = await pull(`lastPulledAt=${timestamp}`);
	t.deepEqual(await acked(), {version: 2, acked: [1]});
	await pull(`lastPulledAt=${next}`);
	t.deepEqual(await acked(), {version: 2, acked: [2]});
});

test('a first sync of thirty thousand records is one answer, whole, and nothing of it stays on the disk', async t => {
	const house = await aTrainingHouse(t);
	const {pull, push} = raw(house, await house.person());
	const count = 30_000;
	const created = Array.from({length: count}, (_, index) => ({
		id: `set-${index}`,
		log_exercise_id: 'x',
		reps: index,
		notes: 'as it was',
	}));
	t.is((await push({log_exercise_sets: {created}})).status, 200);
	const {changes, timestamp} = await pull();
	t.is(changes.log_exercise_sets.created.length, count);
	t.deepEqual(changes.log_exercise_sets.created.at(-1), {...created.at(-1), weight: null});
	const after = await pull(`lastPulledAt=${timestamp}`);
	t.deepEqual([after.changes.log_exercise_sets.updated, after.timestamp], [[], timestamp]);
	const folder = path.join(house.data_folder, 'uploads');
	await house.until(async () => (await readdir(folder)).length === 0);
});

test('format=log is the list of changes: consolidated at first, then one by one in their order', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const {pull, push} = raw(house, person);
	await push({
		workouts: {
			created: [
				{id: 'w', title: 'Push day', order: 1},
				{id: 'x', title: 'gone'},
			],
		},
	});
	await push({workouts: {deleted: ['x']}}, (await pull()).timestamp);
	const first = await pull('lastPulledAt=0&format=log');
	t.like(first.changes, [
		{
			tableName: 'workouts',
			recordId: 'w',
			changeType: 'created',
			changes: {id: 'w', title: 'Push day', notes: null, order: 1, estimated_duration: null},
			userId: person.id,
		},
	]);
	t.is(first.changes.length, 1);
	let {timestamp} = first;
	for (const changes of [
		{workouts: {updated: [{id: 'w', title: 'Pull day', order: 1}]}},
		{workouts: {created: [{id: 'x', title: 'back'}]}},
		{workouts: {deleted: ['w']}},
	]) {
		t.is((await push(changes, timestamp)).status, 200);
		({timestamp} = await pull(`lastPulledAt=${timestamp}`));
	}
	const then = await pull(`lastPulledAt=${first.timestamp}&format=log`);
	t.is(then.timestamp, timestamp);
	t.deepEqual(
		then.changes.map(({recordId, changeType, changes}: Record<string, unknown>) => [recordId, changeType, changes]),
		[
			['w', 'updated', {id: 'w', title: 'Pull day'}],
			['x', 'created', {id: 'x', title: 'back', notes: null, order: null, estimated_duration: null}],
			['w', 'deleted', null],
		],
	);
	t.true(then.changes.every((change: {timestamp: number}) => change.timestamp > first.timestamp));
	t.deepEqual((await pull(`lastPulledAt=${timestamp}&format=log`)).changes, []);
	t.is((await pull(`lastPulledAt=${timestamp + 1}&format=log`)).status, 410);
});
