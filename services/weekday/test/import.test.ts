import test from 'ava';
import {App, ask, aWeekdayHouse, mutation} from './fixtures.js';

/** The state as the app keeps it in its browser. */
const state = {
	version: 3,
	theme: 'dark',
	schedule: [
		{id: 'walk', title: 'Walk', startTime: '07:30', days: ['mon']},
		{id: 'read', title: 'Read', startTime: 'evening'},
	],
	completion: {'2025-03-01': {walk: true, read: false}, '2025-03-02:walk': true, '2025-03-03': ['read']},
	top3: {'2025-03-01': ['Ship', 'Rest', {id: 'x', text: 'Call', done: true}]},
	mechanism: 'Small steps',
	supplements: [{id: 'd3', name: 'Vitamin D', dosage: '1000 IU'}, 'Magnesium'],
	supplementLog: {'2025-03-01': {d3: {taken: true, takenAt: '2025-03-01T08:00:00Z'}}},
	meals: [{id: 1, name: 'Oats', foods: [{name: 'Oats', quantity: 80, unit: 'g'}]}],
	mealLog: {'2025-03-01': {'1': true}},
	logEntries: [
		{id: 'l1', date: '2025-03-01', text: 'Slept well', updatedAt: '2025-03-01T09:00:00Z'},
		{date: '2025-03-01', text: 'No id'},
	],
	workoutPrograms: {p: {name: 'Strength', daysPerWeek: 3}},
	workoutHistory: {'2025-03-01': [{id: 'h1', name: 'Strength', exercises: [{name: 'Squat', sets: 3}]}]},
	settings: {units: 'metric', week: {start: 'monday'}},
};

test('a dump of the browser’s storage becomes records, the same each time, and every device gets them', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const app = new App(house, ann);
	await app.sync();
	const dump = {andi_weekday_os_v1: JSON.stringify(state), other: 'x'};
	const made = await ask(house, ann, 'POST', 'import', {mode: 'merge', snapshot: dump});
	t.like(made, {status: 200, created: 21, updated: 0, deleted: 0, unchanged: 0, rejected: []});
	for (const snapshot of [state, JSON.stringify(state), JSON.stringify(dump)]) {
		t.like(await ask(house, ann, 'POST', 'import', {snapshot}), {created: 0, updated: 0, unchanged: 21});
	}
	t.like(await ask(house, ann, 'POST', 'import', dump), {unchanged: 21});
	await app.pull();
	const at = (key: string) => app.state.get(key);
	t.like(at('schedule_blocks/walk'), {title: 'Walk', startTime: '07:30', days: ['mon']});
	t.is(at('schedule_blocks/read')?.startTime, 'evening');
	t.like(at('completion/2025-03-01:walk'), {date: '2025-03-01', blockId: 'walk', done: true});
	t.like(at('completion/2025-03-01:read'), {done: false});
	t.like(at('completion/2025-03-02:walk'), {date: '2025-03-02', done: true});
	t.like(at('completion/2025-03-03:read'), {date: '2025-03-03', done: true});
	t.like(at('top3/2025-03-01')?.items, ['Ship', 'Rest', {text: 'Call'}]);
	t.like(at('mechanism/current'), {value: 'Small steps'});
	t.like(at('supplement_log/2025-03-01:d3'), {supplementId: 'd3', taken: true, takenAt: '2025-03-01T08:00:00Z'});
	t.like(at('meals/1'), {name: 'Oats', foods: [{quantity: 80}]});
	t.like(at('meal_log/2025-03-01:1'), {mealId: '1', eaten: true});
	t.like(at('workout_programs/p'), {daysPerWeek: 3});
	t.like(at('workout_history/h1'), {date: '2025-03-01', name: 'Strength'});
	t.like(at('settings/week'), {value: {start: 'monday'}});
	t.like(at('settings/theme'), {value: 'dark'});
	t.like((await house.get('/api/v1/meal-log?date=2025-03-01', ann)).data, [{eaten: true, meal_id: '1'}]);
});

test('a dump that is older than what is here changes nothing of that, and brings back what was deleted', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	await ask(house, ann, 'POST', 'import', {snapshot: state});
	await house.put('/api/v1/schedule-blocks/walk', {title: 'Long walk'}, ann);
	await house.put('/api/v1/log-entries/l1', {text: 'Slept badly'}, ann);
	await house.delete('/api/v1/meals/1', ann);
	const again = await ask(house, ann, 'POST', 'import', {snapshot: state});
	t.like(again, {created: 1, updated: 0});
	t.is((await house.get('/api/v1/schedule-blocks/walk', ann)).data.title, 'Long walk');
	t.is((await house.get('/api/v1/log-entries/l1', ann)).data.text, 'Slept badly');
	t.is((await house.get('/api/v1/meals/1', ann)).data.name, 'Oats');
	const later = {logEntries: [{...state.logEntries[0], text: 'Slept', updatedAt: new Date().toISOString()}]};
	t.like(await ask(house, ann, 'POST', 'import', {snapshot: later}), {updated: 1});
});

test('an export is imported elsewhere as it was, and one that was changed on the way is refused', async t => {
	const house = await aWeekdayHouse(t);
	const [ann, ben] = [await house.person(), await house.person()];
	await ask(house, ann, 'POST', 'import', {snapshot: state});
	const {status: _, ...exported} = await ask(house, ann, 'GET', 'export');
	t.is(exported.format, 'weekday-snapshot/1');
	t.is(exported.latestVersion, 21);
	const taken = await ask(house, ben, 'POST', 'import', {mode: 'replace', snapshot: exported});
	t.like(taken, {created: 21, rejected: []});
	const other = await ask(house, ben, 'GET', 'export');
	t.deepEqual(other.snapshot, exported.snapshot);
	t.is(other.checksum, exported.checksum);
	const changed = {...exported, snapshot: {...exported.snapshot, meals: []}};
	t.is((await ask(house, ben, 'POST', 'import', {snapshot: changed})).status, 422);
	t.is((await ask(house, ben, 'GET', 'export')).checksum, exported.checksum);
});

test('replacing deletes what the dump does not hold, of the app alone, and answers what was there to import again', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	await house.post('/api/v1/weights', {id: 'w', date: '2025-03-01', weight_kg: 70}, ann);
	await ask(house, ann, 'POST', 'import', {snapshot: state});
	await house.put('/api/v1/schedule-blocks/walk', {notes: 'in the woods'}, ann);
	const small = {schedule: [{id: 'walk', title: 'Walk', startTime: '07:30', days: ['mon']}]};
	const replaced = await ask(house, ann, 'POST', 'import', {mode: 'replace', snapshot: small});
	t.like(replaced, {created: 0, updated: 1, deleted: 20});
	t.deepEqual(Object.values(replaced.previous.snapshot as Record<string, unknown[]>).flat().length, 21);
	const {snapshot} = await ask(house, ann, 'GET', 'export');
	t.like(snapshot.schedule_blocks, [{id: 'walk', title: 'Walk'}]);
	t.is(snapshot.schedule_blocks[0].notes, undefined);
	t.is((await house.get('/api/v1/weights/w', ann)).status, 200);
	t.like(await ask(house, ann, 'POST', 'import', {mode: 'replace', snapshot: replaced.previous}), {
		created: 20,
		updated: 1,
	});
	t.is((await house.get('/api/v1/schedule-blocks/walk', ann)).data.notes, 'in the woods');
});

test('however the state is laid out, nothing of it is lost', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const odd = {
		schedule_blocks: {mon: [{id: 'a', title: 'Run'}], tue: [{id: 'a', title: 'Swim'}, 'Nap']},
		completion: [{id: 'c', date: '2025-03-01', done: true}],
		top3: ['One', 'Two'],
		mechanism: {'2025-03-01': 'Calm'},
		log: {'2025-03-01': ['first', 'second']},
		meals: {m: {name: 'Soup'}, n: 'Bread'},
		settings: null,
		unknown: {deep: [1, 2]},
	};
	t.like(await ask(house, ann, 'POST', 'import', {snapshot: odd}), {created: 11, rejected: []});
	const {snapshot} = await ask(house, ann, 'GET', 'export');
	t.deepEqual(
		snapshot.schedule_blocks.map(({title, days}: Record<string, unknown>) => [title, days]),
		[
			['Run', ['mon']],
			['Swim', ['tue']],
			['Nap', ['tue']],
		],
	);
	t.deepEqual(snapshot.top3[0].items, ['One', 'Two']);
	t.like(snapshot.mechanism, [{date: '2025-03-01', value: 'Calm'}]);
	t.deepEqual(
		snapshot.log_entries.map(({text, date}: Record<string, unknown>) => [text, date]),
		[
			['first', '2025-03-01'],
			['second', '2025-03-01'],
		],
	);
	t.deepEqual(
		snapshot.meals.map(({name}: {name: string}) => name),
		['Soup', 'Bread'],
	);
	t.like(snapshot.settings, [{id: 'unknown', value: {deep: [1, 2]}}]);
});

test('what is no state of the app is refused in words, and odd records in it are mended or listed', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	const deep = JSON.parse(`{"meals":${'['.repeat(500)}${']'.repeat(500)}}`);
	for (const snapshot of ['{"meals":', 7, [], {}, {collections: {}}, deep, {andi_weekday_os_v1: 'gone'}]) {
		const {status, error} = await ask(house, ann, 'POST', 'import', {snapshot});
		t.is(status, 400, JSON.stringify(snapshot).slice(0, 60));
		t.is(error.code, 'VALIDATION_ERROR');
	}
	t.is((await ask(house, ann, 'POST', 'import', {mode: 'erase', snapshot: state})).status, 400);
	const odd = `{"snapshot":{"meals":[{"id":"a\\u0001","name":"x"},{"id":"b","name":"a\\u0000b\\ud800","__proto__":{"y":1}},
		{"id":"c","name":"${'x'.repeat(300_000)}"},null,{"id":{}},[]],"__proto__":{"z":1}}}`;
	const taken = await ask(house, ann, 'POST', 'import', odd);
	t.like(taken, {status: 200, created: 5, rejected: []});
	t.is((await house.get('/api/v1/meals/b', ann)).data.name, 'ab');
});

test('three thousand records are imported, and another person has none of them', async t => {
	const house = await aWeekdayHouse(t);
	const [ann, ben] = [await house.person(), await house.person()];
	const logEntries = Array.from({length: 3000}, (_, n) => ({id: `l${n}`, date: '2025-03-01', text: `Entry ${n}`}));
	t.like(await ask(house, ann, 'POST', 'import', {snapshot: {logEntries}}), {created: 3000});
	await ask(house, ben, 'POST', 'sync/push', {
		mutations: [mutation({entity: 'log_entries', entityId: 'l1', op: 'delete'})],
	});
	t.deepEqual((await ask(house, ben, 'GET', 'export')).snapshot.log_entries, []);
	t.is((await ask(house, ann, 'GET', 'export')).snapshot.log_entries.length, 3000);
});
