import test from 'ava';
import {aDevice, aTrainingHouse, Refused} from './fixtures.js';

test('what one device makes offline is on the other after both synchronize', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person, {tokenHeader: 'x-jwt-token'})];
	const id = await phone.make('workouts', {title: 'Push day', order: 2});
	await phone.sync();
	await tablet.sync();
	t.deepEqual(await tablet.all('workouts'), {
		[id]: {title: 'Push day', notes: null, order: 2, estimated_duration: null},
	});
	t.false(await phone.isDirty());
});

test('an empty account synchronizes, twice', async t => {
	const house = await aTrainingHouse(t);
	const phone = await aDevice(house, await house.person());
	await phone.sync();
	await phone.sync();
	t.is(phone.pulls[0]?.lastPulledAt, null as never);
	t.true((phone.pulls[1]?.lastPulledAt ?? 0) >= 1);
	t.deepEqual(await phone.all('workouts'), {});
});

test('every table and type of column comes back as the app wrote it', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person)];
	const records: Record<string, object> = {
		routines: {title: 'Strength', description: null, order: 0, default_routine: true},
		workouts: {title: 'Legs', notes: 'slowly', order: 1.5, estimated_duration: 3600},
		routine_workout: {routine_id: 'r-1', workout_id: 'w.1', order: 0},
		workout_exercise: {
			workout_id: 'w.1',
			exercise_id: '17',
			is_saved: false,
			rest_time: 90,
			sets: '[{"reps": 8,"weight":20.5}]',
			order: 3,
			notes: null,
		},
		workout_exercise_sets: {
			workout_exercise_id: 'e_1',
			reps: 8,
			weight: -12.5,
			rpe: 7.5,
			duration: 30,
			distance: 0,
			notes: '',
		},
		logs: {
			workout_title: 'Legs',
			duration: '01:12:30',
			notes: null,
			is_imported: true,
			imported_at: 1_736_500_000_123,
			session_date: 1_736_500_000_456,
		},
		log_exercise: {log_id: 'l', exercise_id: 17, notes: null, order: 0},
		log_exercise_sets: {log_exercise_id: 'x', reps: 5, weight: 100, notes: 'ä😀'},
		user_settings: {weight_unit: 'kg', theme: 'dark', rest_time: 60, haptics: true},
	};
	const ids = new Map<string, string>();
	for (const [table, columns] of Object.entries(records)) ids.set(table, await phone.make(table, columns));
	await phone.sync();
	await phone.sync();
	await tablet.sync();
	for (const [table, columns] of Object.entries(records)) {
		const expected = {[ids.get(table) ?? '']: columns};
		t.deepEqual(await tablet.all(table), expected, table);
		t.deepEqual(await phone.all(table), expected, `${table}, echoed`);
	}
	t.deepEqual(Object.keys(phone.pulled()).sort(), Object.keys(records).sort());
});

test('edits of two columns on two devices that were offline both stay', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person)];
	const id = await phone.make('workouts', {title: 'Push day', notes: 'heavy'});
	await phone.sync();
	await tablet.sync();
	await phone.set('workouts', id, {title: 'Pull day'});
	await tablet.set('workouts', id, {notes: 'light'});
	await phone.sync();
	await tablet.sync();
	await phone.sync();
	for (const device of [phone, tablet]) {
		t.like((await device.all('workouts'))[id], {title: 'Pull day', notes: 'light'});
	}
});

test('where something was changed between pull and push, the push is refused whole; synchronizing once more heals it', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const tablet = await aDevice(house, person);
	const id = await tablet.make('workouts', {title: 'Push day', notes: 'heavy'});
	await tablet.sync();
	let meanwhile = false;
	const phone = await aDevice(house, person, {
		onPulled: async () => {
			if (!meanwhile) return;
			meanwhile = false;
			await tablet.set('workouts', id, {title: 'Pull day'});
			await tablet.sync();
		},
	});
	await phone.sync();
	await phone.set('workouts', id, {notes: 'light'});
	const other = await phone.make('logs', {workout_title: 'Arms'});
	meanwhile = true;
	const refused = await t.throwsAsync(() => phone.sync(), {instanceOf: Refused});
	t.is(refused.status, 409);
	const fresh = await aDevice(house, person);
	await fresh.sync();
	t.deepEqual(await fresh.all('logs'), {}, 'nothing of it was kept');
	t.like((await fresh.all('workouts'))[id], {title: 'Pull day', notes: 'heavy'});
	t.true(await phone.isDirty());

	await phone.sync();
	await fresh.sync();
	t.like((await fresh.all('workouts'))[id], {title: 'Pull day', notes: 'light'});
	t.like((await fresh.all('logs'))[other], {workout_title: 'Arms'});
});

test('a delete reaches a device that was offline since before, beats its edit, and a fresh device never sees the record', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person)];
	const [edited, untouched] = [await phone.make('logs', {notes: 'a'}), await phone.make('logs', {notes: 'b'})];
	await phone.sync();
	await tablet.sync();
	await tablet.set('logs', edited, {notes: 'offline'});
	await phone.drop('logs', edited);
	await phone.drop('logs', untouched);
	await phone.sync();
	await tablet.sync();
	await phone.sync();
	const fresh = await aDevice(house, person);
	await fresh.sync();
	for (const device of [phone, tablet, fresh]) t.deepEqual(await device.all('logs'), {});
	t.deepEqual(fresh.pulled().logs?.deleted, [], 'a first sync holds live records only');
});

test('a local delete beats an edit elsewhere', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person)];
	const id = await phone.make('logs', {notes: 'a'});
	await phone.sync();
	await tablet.sync();
	await tablet.drop('logs', id);
	await phone.set('logs', id, {notes: 'edited'});
	await phone.sync();
	await tablet.sync();
	await phone.sync();
	t.deepEqual(await phone.all('logs'), {});
	t.deepEqual(await tablet.all('logs'), {});
});

test('made, synchronized, deleted, synchronized: the echo of its own record does not undo the delete', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	for (const sendCreatedAsUpdated of [true, false]) {
		const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person)];
		const id = await phone.make('logs', {notes: 'a'});
		await phone.sync(sendCreatedAsUpdated);
		await phone.drop('logs', id);
		await phone.sync(sendCreatedAsUpdated);
		t.deepEqual(await phone.all('logs'), {});
		t.false(await phone.isDirty());
		await tablet.sync();
		t.deepEqual(await tablet.all('logs'), {});
	}
});

test('where the answer to a push is lost, the record is there once, with what was edited since', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	let loses = true;
	const phone = await aDevice(house, person, {
		onPush: async send => {
			const answer = await send();
			if (!loses) return answer;
			loses = false;
			throw new TypeError('fetch failed');
		},
	});
	const id = await phone.make('workouts', {title: 'Push day'});
	const gone = await phone.make('workouts', {title: 'Gone'});
	await t.throwsAsync(() => phone.sync(), {message: 'fetch failed'});
	await phone.set('workouts', id, {title: 'Pull day'});
	await phone.drop('workouts', gone);
	await phone.sync();
	t.false(await phone.isDirty());
	const fresh = await aDevice(house, person);
	await fresh.sync();
	t.deepEqual(Object.keys(await fresh.all('workouts')), [id]);
	t.like((await fresh.all('workouts'))[id], {title: 'Pull day'});
});

test('the same push twice over the wire, after one another or at once, is taken once', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const answers: number[] = [];
	const phone = await aDevice(house, person, {
		onPush: async send => {
			const both = await Promise.all([send(), send()]);
			const again = await send();
			answers.push(...both.map(({status}) => status), again.status);
			return again;
		},
	});
	const id = await phone.make('logs', {notes: 'a', is_imported: false});
	await phone.sync();
	await phone.set('logs', id, {notes: 'b'});
	await phone.sync();
	await phone.drop('logs', id);
	await phone.sync();
	t.deepEqual(answers, Array(9).fill(200));
	const {data} = await house.post('/api/v1/sync/pull', {since: 0}, person);
	t.is(data.latest_version, 3);
});

test('a sync that is interrupted after its pull misses nothing the next time', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const tablet = await aDevice(house, person);
	let breaks = true;
	const phone = await aDevice(house, person, {
		onPulled: async () => {
			if (breaks) throw new Error('killed');
		},
	});
	const id = await tablet.make('logs', {notes: 'a'});
	await tablet.sync();
	const own = await phone.make('logs', {notes: 'own'});
	await t.throwsAsync(() => phone.sync(), {message: 'killed'});
	breaks = false;
	await phone.sync();
	t.deepEqual(Object.keys(await phone.all('logs')).sort(), [id, own].sort());
});

test('an edit made while the push is on its way is pushed the next time', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	let id = '';
	let edits = true;
	const phone = await aDevice(house, person, {
		onPush: async send => {
			const answer = await send();
			if (edits) await phone.set('logs', id, {notes: 'later'});
			edits = false;
			return answer;
		},
	});
	id = await phone.make('logs', {notes: 'a'});
	await phone.sync();
	t.true(await phone.isDirty());
	await phone.sync();
	t.false(await phone.isDirty());
	const fresh = await aDevice(house, person);
	await fresh.sync();
	t.like((await fresh.all('logs'))[id], {notes: 'later'});
});

test('twelve edits in quick succession are each seen by the other device', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person)];
	const id = await phone.make('logs', {notes: '0'});
	for (let round = 1; round <= 12; round += 1) {
		await phone.set('logs', id, {notes: String(round)});
		await phone.sync();
		await tablet.sync();
		t.like((await tablet.all('logs'))[id], {notes: String(round)});
	}
});

test('three thousand records are one push and one pull', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person)];
	const makes = [];
	for (let index = 0; index < 3_000; index += 1)
		makes.push(phone.make('log_exercise_sets', {reps: index % 20, weight: index}));
	await Promise.all(makes);
	await phone.sync();
	t.false(await phone.isDirty());
	await tablet.sync();
	t.deepEqual(await tablet.all('log_exercise_sets'), await phone.all('log_exercise_sets'));
	t.is(Object.keys(await tablet.all('log_exercise_sets')).length, 3_000);
});
