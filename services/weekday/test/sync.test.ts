import test from 'ava';
import {App, ask, aWeekdayHouse, mutation} from './fixtures.js';

test('what two devices enter offline is on both, and in the house, once both have synced', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const [phone, laptop] = [new App(house, ann), new App(house, ann)];
	phone.edit('schedule_blocks', 'walk', {title: 'Walk', startTime: '07:30', days: ['mon', 'tue'], emoji: '🚶'});
	phone.edit('completion', '2025-03-01:walk', {date: '2025-03-01', blockId: 'walk', done: true});
	laptop.edit('workout_programs', 'p', {name: 'Strength', daysPerWeek: 3});
	laptop.edit('settings', 'theme', {value: 'dark'});
	for (const app of [phone, laptop, phone]) await app.sync();
	t.deepEqual([...phone.state.keys()].sort(), [...laptop.state.keys()].sort());
	t.deepEqual(phone.shown(), laptop.shown());
	t.like(phone.state.get('schedule_blocks/walk'), {
		id: 'walk',
		title: 'Walk',
		startTime: '07:30',
		start_time: '07:30',
		emoji: '🚶',
	});
	t.like((await house.get('/api/v1/schedule-blocks/walk', ann)).data, {start_time: '07:30', days: ['mon', 'tue']});
	t.like((await house.get('/api/v1/workout-programs/p', ann)).data, {days_per_week: 3});
	await house.put('/api/v1/schedule-blocks/walk', {start_time: '08:00'}, ann);
	await phone.sync();
	t.is(phone.state.get('schedule_blocks/walk')?.startTime, '08:00');
});

test('different fields that two devices changed are both kept, though both send whole payloads', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const [phone, laptop] = [new App(house, ann), new App(house, ann)];
	phone.edit('supplements', 'd3', {name: 'Vitamin D', dosage: '1000 IU', timing: 'morning', mine: 1});
	await phone.sync();
	await laptop.sync();
	phone.edit('supplements', 'd3', {dosage: '2000 IU'});
	laptop.edit('supplements', 'd3', {timing: 'noon', mine: 2});
	await phone.sync();
	t.deepEqual((await laptop.sync()).conflicts, []);
	await phone.sync();
	t.like(phone.state.get('supplements/d3'), {dosage: '2000 IU', timing: 'noon', mine: 2});
	t.deepEqual(phone.shown(), laptop.shown());
});

test('of the same field the later one counts, and both versions are among the conflicts', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const [phone, laptop] = [new App(house, ann), new App(house, ann, {clock: () => Date.now() - 60_000})];
	phone.edit('meals', 'm', {name: 'Oats', mealType: 'breakfast'});
	await phone.sync();
	await laptop.sync();
	laptop.edit('meals', 'm', {name: 'Porridge'});
	phone.edit('meals', 'm', {name: 'Muesli'});
	await phone.sync();
	const pushed = await laptop.sync();
	t.is(pushed.accepted.length, 1);
	t.like(pushed.conflicts, [{entity: 'meals', entityId: 'm'}]);
	t.is(laptop.state.get('meals/m')?.name, 'Muesli');
	const {conflicts} = await ask(house, ann, 'GET', 'sync/conflicts');
	t.like(conflicts, [
		{
			id: pushed.conflicts[0].conflict_id,
			entity: 'meals',
			entity_id: 'm',
			fields: ['name'],
			base: {name: 'Oats'},
			local: {name: 'Porridge'},
			server: {name: 'Muesli'},
			deviceId: laptop.deviceId,
		},
	]);
	await house.post(`/api/v1/sync/conflicts/${conflicts[0].id}/resolve`, {resolution: 'keep_local'}, ann);
	t.deepEqual((await ask(house, ann, 'GET', 'sync/conflicts')).conflicts, []);
	await laptop.sync();
	t.is(laptop.state.get('meals/m')?.name, 'Porridge');
});

test('a delete reaches the other device, wins over an edit that did not know of it, and stays', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const [phone, laptop] = [new App(house, ann), new App(house, ann)];
	for (const id of ['a', 'b']) phone.edit('log_entries', id, {text: id});
	const old = [...phone.queue];
	await phone.sync();
	await laptop.sync();
	phone.remove('log_entries', 'a');
	laptop.edit('log_entries', 'a', {text: 'edited'});
	await phone.sync();
	t.is((await laptop.sync()).conflicts.length, 1);
	phone.queue.push(...old);
	await phone.sync();
	t.deepEqual([...phone.state.keys()], ['log_entries/b']);
	t.deepEqual([...laptop.state.keys()], ['log_entries/b']);
	phone.edit('log_entries', 'c', {text: 'c'});
	phone.remove('log_entries', 'c');
	phone.edit('log_entries', 'c', {text: 'again'});
	await phone.sync();
	t.is(phone.state.get('log_entries/c')?.text, 'again');
});

test('a push whose answer was lost is done once, also after others went on', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const [phone, laptop] = [new App(house, ann), new App(house, ann)];
	phone.edit('schedule_blocks', 'a', {title: 'one', order: 1});
	await phone.push({interrupted: true});
	await laptop.sync();
	laptop.edit('schedule_blocks', 'a', {order: 2});
	await laptop.sync();
	phone.edit('schedule_blocks', 'a', {title: 'two'});
	t.like(await phone.sync(), {rejected: [], conflicts: []});
	t.like(phone.state.get('schedule_blocks/a'), {title: 'two', order: 2});
	const {latestVersion} = await ask(house, ann, 'POST', 'sync/pull', {});
	t.is(latestVersion, 3);
});

test('a version from the future, of another state of the house or before forgotten deletes starts over', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const app = new App(house, ann);
	for (const id of ['a', 'b', 'c']) app.edit('schedule_blocks', id, {title: id});
	await app.sync();
	await house.delete('/api/v1/schedule-blocks/b', ann);
	for (const clientVersion of [99_999, Number.MAX_SAFE_INTEGER + 1, 2.5]) {
		app.version = clientVersion;
		const answer = await app.pull();
		t.true(answer.reset, String(clientVersion));
		t.deepEqual([...app.state.keys()], ['schedule_blocks/a', 'schedule_blocks/c']);
	}
	const other = await ask(house, ann, 'POST', 'sync/pull', {
		clientVersion: 4,
		epoch: '00000000-0000-4000-8000-000000000000',
	});
	t.true(other.reset);
	await house.house.contextOf('sync').db.as(ann.id, async tx => {
		await tx.run(`delete from records.records where space_id = $1 and id = 'b'`, [ann.id]);
		await tx.run('update records.heads set floor = 4 where space_id = $1', [ann.id]);
	});
	t.true((await ask(house, ann, 'POST', 'sync/pull', {clientVersion: 3})).reset);
	const zombie = {clientVersion: 3, mutations: [mutation({entityId: 'b'})]};
	t.is((await ask(house, ann, 'POST', 'sync/push', zombie)).conflicts.length, 1);
	t.is(
		(await ask(house, ann, 'POST', 'sync/push', {clientVersion: 999_999, mutations: [mutation({entityId: 'n'})]}))
			.accepted.length,
		1,
	);
	for (const clientVersion of ['soon', -1, {}]) {
		t.is((await ask(house, ann, 'POST', 'sync/pull', {clientVersion})).status, 400);
	}
});

test('many edits of one thing in one push follow each other, whatever another device did meanwhile', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const [phone, laptop] = [new App(house, ann), new App(house, ann)];
	phone.edit('completion', 'walk', {done: false, notes: 'none'});
	await phone.sync();
	await laptop.sync();
	laptop.edit('completion', 'walk', {percent: 40});
	await laptop.sync();
	for (let step = 0; step <= 500; step += 1) phone.edit('completion', 'walk', {done: step % 2 === 1, step});
	phone.edit('completion', 'walk', {notes: null});
	phone.edit('completion', 'new', {done: true, notes: 'one'});
	phone.edit('completion', 'new', {done: 'perhaps', notes: null});
	phone.edit('completion', 'new', {done: false});
	t.is((await phone.sync()).accepted.length, 505);
	t.like(phone.state.get('completion/walk'), {done: false, step: 500, percent: 40});
	t.is(phone.state.get('completion/walk')?.notes, undefined);
	const {id, done, notes} = phone.state.get('completion/new') ?? {};
	t.deepEqual({id, done, notes}, {id: 'new', done: false, notes: undefined});
	t.deepEqual((await ask(house, ann, 'GET', 'sync/conflicts')).conflicts, []);
});
