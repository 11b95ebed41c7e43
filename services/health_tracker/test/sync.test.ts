import test from 'ava';
import {aHealthHouse, HEALTH, metric, Tracker, twoDevices} from './fixtures.js';

const MORNING = '2024-01-15T07:30:00.000Z';
const NOON = '2024-01-15T12:00:00.000Z';
const EVENING = '2024-01-15T20:00:00.000Z';

test('what a device pushes comes back as it was sent, and is a record of the house by its own names', async t => {
	const house = await aHealthHouse(t);
	const ann = await house.person();
	const data = {
		userId: ann.id,
		date: '2024-01-15T00:00:00Z',
		weight: 75.5,
		sleepQuality: 7,
		energyLevel: 8,
		restingHeartRate: 68,
		customThing: {deep: [1, null]},
	};
	const pushed = await house.post(`${HEALTH}/health-metrics/sync`, {metrics: [metric('m1', data, MORNING)]}, ann);
	t.like(pushed.data, {synced: 1, conflicts: 0, errors: []});
	const fetched = await house.get(`${HEALTH}/health-metrics`, ann);
	t.deepEqual(fetched.data.metrics, [{id: 'm1', data, updated_at: MORNING}]);
	t.false(fetched.data.has_more);
	const ours = await house.get('/api/v1/health-metrics/m1', ann);
	t.like(ours.data, {date: '2024-01-15', weight_kg: 75.5, resting_heart_rate_bpm: 68});
});

test('each kind has its own paths, and data may hold anything: it comes back as it was sent', async t => {
	const house = await aHealthHouse(t);
	const ann = await house.person();
	const kinds = {
		'health-metrics': ['metrics', {date: '2024-01-15T23:15:00.000', notes: 5, measurements: {waist: 80}}],
		medications: ['medications', {name: 'Ibuprofen', dosage: 200, sideEffects: ['nausea'], startDate: 'monday'}],
		meals: ['meals', {mealType: 'lunch', date: '2024-01-15T12:30:00+02:00', foods: ['apple', {name: 'bread'}]}],
		exercises: ['exercises', {name: 'Run', caloriesBurned: 300, energy_kcal: 301, duration: '00:30'}],
		'meal-plans': ['meal_plans', {startDate: '2024-01-15T00:00:00Z', days: 'all', version: 3}],
	} as const;
	for (const [path, [key, data]] of Object.entries(kinds)) {
		const pushed = await house.post(`${HEALTH}/${path}/sync`, {[key]: [metric('x', data, NOON)]}, ann);
		t.like(pushed.data, {synced: 1, errors: []}, path);
		const fetched = await house.get(`${HEALTH}/${path}`, ann);
		if (path === 'exercises') t.is(fetched.data[key][0].data.name, 'Run');
		else t.deepEqual(fetched.data[key], [{id: 'x', data, updated_at: NOON}], path);
	}
});

test('the later clock wins, at a tie what is here, and the client is told and given what there is', async t => {
	const house = await aHealthHouse(t);
	const ann = await house.person();
	const push = async (weight: number, at: string) =>
		(await house.post(`${HEALTH}/health-metrics/sync`, {metrics: [metric('m', {weight}, at)]}, ann)).data;
	await push(80, NOON);
	for (const [weight, at] of [
		[70, MORNING],
		[71, NOON],
	] as const) {
		t.like(await push(weight, at), {
			synced: 0,
			conflicts: 1,
			conflict_details: [
				{
					entity_id: 'm',
					entity_type: 'health_metrics',
					client_version: {weight},
					server_version: {weight: 80},
					resolution: 'server_wins',
				},
			],
			server_updates: [{id: 'm', data: {weight: 80}, updated_at: NOON}],
		});
	}
	t.like(await push(81, EVENING), {synced: 1, conflicts: 0});
	t.is((await house.get(`${HEALTH}/health-metrics`, ann)).data.metrics[0].data.weight, 81);
});

test('the same push twice, also at once, changes nothing and is no conflict', async t => {
	const house = await aHealthHouse(t);
	const ann = await house.person();
	const body = {metrics: Array.from({length: 50}, (_, index) => metric(`m${index}`, {weight: 60 + index}, NOON))};
	const answers = await Promise.all([1, 2, 3].map(() => house.post(`${HEALTH}/health-metrics/sync`, body, ann)));
	for (const {data} of answers) t.like(data, {synced: 50, conflicts: 0});
	const token = (await house.get(`${HEALTH}/health-metrics`, ann)).data.next_sync_token;
	t.is(Number(token.split('.')[0]), 50);
});

test('two devices’ edits of one metric both stay: measurements are united, notes combined, and each device ends with the same', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const [one, other] = [new Tracker(house, phone), new Tracker(house, tablet)];
	one.edit('m', {weight: 80, notes: 'tired', measurements: [{id: 'waist', value: 82}]});
	other.edit('m', {sleepQuality: 6, notes: 'slept badly', measurements: [{id: 'hip', value: 99}]});
	await one.sync();
	await other.sync();
	await one.sync();
	const merged = one.data().m;
	t.deepEqual(merged, other.data().m);
	t.like(merged, {weight: 80, sleepQuality: 6, notes: 'tired\nslept badly'});
	t.deepEqual(merged?.measurements, [
		{id: 'waist', value: 82},
		{id: 'hip', value: 99},
	]);
});

test('side effects of a medication are united, and a meal moved to two dates becomes two', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const push = (path: string, key: string, data: object, as: typeof phone, at: string) =>
		house.post(`${HEALTH}/${path}/sync`, {[key]: [{id: 'x', data, updated_at: at}]}, as);
	await push('medications', 'medications', {name: 'A', sideEffects: ['nausea']}, phone, MORNING);
	const met = await push('medications', 'medications', {name: 'A', sideEffects: ['rash']}, tablet, NOON);
	t.like(met.data, {synced: 1, conflicts: 1, conflict_details: [{resolution: 'merged'}]});
	t.deepEqual(met.data.server_updates[0].data.sideEffects, ['nausea', 'rash']);
	await push('meals', 'meals', {name: 'Soup', date: '2024-01-15T00:00:00Z'}, phone, MORNING);
	await push('meals', 'meals', {name: 'Soup', date: '2024-01-17T00:00:00Z'}, tablet, NOON);
	const {data} = await house.get(`${HEALTH}/meals`, tablet);
	t.deepEqual(data.meals.map(({data}: {data: {date: string}}) => data.date).sort(), [
		'2024-01-15T00:00:00Z',
		'2024-01-17T00:00:00Z',
	]);
});

test('an interrupted sync is done again without harm, and nobody misses what came between', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const [one, other] = [new Tracker(house, phone), new Tracker(house, tablet)];
	one.edit('a', {weight: 1});
	await one.sync({interrupted: true});
	other.edit('b', {weight: 2});
	await other.sync();
	await one.sync();
	await other.sync();
	t.deepEqual(one.data().b, {weight: 2});
	t.deepEqual(other.data(), one.data());
});

test('a device whose clock is twenty minutes fast, which it keeps as its cursor, misses nothing', async t => {
	let now = Date.now();
	const {house, phone, tablet} = await twoDevices(t, {now: () => now});
	const [fast, right] = [new Tracker(house, phone, () => now + 20 * 60_000), new Tracker(house, tablet, () => now)];
	fast.edit('a', {weight: 1});
	await fast.sync();
	for (let round = 0; round < 3; round += 1) {
		now += 2 * 60_000;
		right.edit(`b${round}`, {weight: round});
		await right.sync();
		now += 2 * 60_000;
		await fast.sync();
		t.true(fast.records.has(`b${round}`));
	}
});

test('a delete reaches the other device, by token and by time, and an edit that came before it does not undo it', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const other = new Tracker(house, tablet);
	await house.post(`${HEALTH}/health-metrics/sync`, {metrics: [metric('m', {weight: 80}, MORNING)]}, phone);
	await other.sync();
	const token = (await house.get(`${HEALTH}/health-metrics`, phone)).data.next_sync_token;
	const gone = await house.post(`${HEALTH}/health-metrics/sync`, {metrics: [{id: 'm', deleted_at: NOON}]}, phone);
	t.like(gone.data, {synced: 1, conflicts: 0});
	t.deepEqual((await house.get(`${HEALTH}/health-metrics?since=${token}`, phone)).data.deleted, ['m']);
	other.edit('m', {weight: 81});
	await other.sync();
	t.deepEqual(other.data(), {});
	t.deepEqual((await house.get(`${HEALTH}/health-metrics`, phone)).data.metrics, []);
});

test('pages are cut only where a limit is asked for, and the token goes on from there', async t => {
	const house = await aHealthHouse(t);
	const ann = await house.person();
	const metrics = Array.from({length: 250}, (_, index) => metric(`m${index}`, {weight: index}, NOON));
	await house.post(`${HEALTH}/health-metrics/sync`, {metrics}, ann);
	t.is((await house.get(`${HEALTH}/health-metrics`, ann)).data.metrics.length, 250);
	const seen: string[] = [];
	let query = '?limit=100';
	for (;;) {
		const {data} = await house.get(`${HEALTH}/health-metrics${query}`, ann);
		seen.push(...data.metrics.map(({id}: {id: string}) => id));
		query = `?limit=100&since=${data.next_sync_token}`;
		if (!data.has_more) break;
	}
	t.is(new Set(seen).size, 250);
	t.is(seen.length, 250);
});

test('a token of another installation or from the future starts over; what is no time is refused', async t => {
	const house = await aHealthHouse(t);
	const ann = await house.person();
	await house.post(`${HEALTH}/meals/sync`, {meals: [metric('m', {name: 'Soup'}, NOON)]}, ann);
	for (const [kind, since] of [
		['exercises', '5.00000000-0000-4000-8000-000000000000'],
		['medications', '99.00000000-0000-0000-0000-000000000000'],
		['meals', '2999-01-01T00:00:00Z'],
	]) {
		const other = await house.person();
		t.deepEqual((await house.get(`${HEALTH}/meals?since=${since}`, other)).data.meals, [], 'another person’s');
		const {data} = await house.get(`${HEALTH}/${kind}?since=${since}`, ann);
		t.true(data.full_sync, since);
		if (kind === 'meals') t.is(data.meals.length, 1);
	}
	const bad = await house.get(`${HEALTH}/meals?since=yesterday`, ann);
	t.is(bad.status, 400);
	t.like(bad.error?.details, {since: 'must be a time or a next_sync_token'});
});

test('the bulk takes all kinds at once, counts each, and tells what changed here, but not what was just sent', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const bulk = async (body: object, as: typeof phone) => (await house.post(`${HEALTH}/sync/bulk`, body, as)).data;
	const first = await bulk(
		{health_metrics: [metric('m', {weight: 80}, MORNING)], meals: [metric('s', {name: 'Soup'}, MORNING)]},
		phone,
	);
	t.like(first.health_metrics, {synced: 1, conflicts: 0, server_updates: []});
	t.like(first.medications, {synced: 0, conflicts: 0, server_updates: []});
	const second = await bulk({medications: [metric('d', {name: 'A'}, NOON)], meals: null}, tablet);
	t.deepEqual(second.meals.server_updates, [{id: 's', data: {name: 'Soup'}, updated_at: MORNING}]);
	await bulk({meals: [{id: 's', deleted_at: EVENING}], last_sync_at: second.sync_timestamp}, tablet);
	const third = await bulk({meals: [], last_sync_at: first.next_sync_token}, phone);
	t.deepEqual(third.meals.server_deletes, ['s']);
	t.deepEqual(third.medications.server_updates, [{id: 'd', data: {name: 'A'}, updated_at: NOON}]);
	t.deepEqual(third.health_metrics.server_updates, []);
});

test('in the bulk a later edit that had not seen another device’s says so', async t => {
	const {house, phone, tablet} = await twoDevices(t);
	const bulk = async (body: object, as: typeof phone) => (await house.post(`${HEALTH}/sync/bulk`, body, as)).data;
	await bulk({exercises: [metric('e', {name: 'Run'}, MORNING)]}, phone);
	const {exercises} = await bulk({exercises: [metric('e', {name: 'Walk'}, NOON)], last_sync_at: MORNING}, tablet);
	t.like(exercises, {
		synced: 1,
		conflicts: 1,
		conflict_details: [{resolution: 'client_wins', server_version: {name: 'Walk'}}],
	});
});

test('odd records lock nobody out: what cannot be kept is listed, what is slightly wrong is mended, the rest is taken', async t => {
	const house = await aHealthHouse(t);
	const ann = await house.person();
	const text = JSON.stringify({
		metrics: [
			null,
			'text',
			{data: {weight: 1}},
			{id: 'a\u0001', data: {}},
			{id: 7, data: {weight: 1}, updated_at: 'long ago'},
			{id: 'nul', data: {notes: 'a\u0000b\ud800c', 'k\u0000': 1}, updated_at: NOON},
			{id: 'long', data: {notes: 'x'.repeat(300_000), other: 'y'.repeat(300_000)}, updated_at: NOON},
			{id: 'numbers', data: {weight: 1e300, sleepQuality: -5, energyLevel: '7'}, updated_at: NOON},
			{id: 'twice', data: {weight: 1}, updated_at: NOON},
			{id: 'twice', data: {weight: 2}, updated_at: EVENING},
			{id: 'proto', data: {weight: 1}, updated_at: '2999-01-01T00:00:00Z'},
		],
	}).replace('"proto","data":{', '"proto","data":{"__proto__":{"x":1},');
	const pushed = await house.ask('POST', `${HEALTH}/health-metrics/sync`, {
		as: ann,
		body: text,
		headers: {'content-type': 'application/json'},
	});
	t.is(pushed.status, 200);
	t.is(pushed.data.synced, 6);
	t.deepEqual(
		pushed.data.errors.map(({index}: {index: number}) => index),
		[0, 1, 2, 3],
	);
	const {data} = await house.get(`${HEALTH}/health-metrics`, ann);
	const byId = Object.fromEntries(data.metrics.map((one: {id: string; data: object}) => [one.id, one.data]));
	t.deepEqual(byId.numbers, {weight: 1e300, sleepQuality: -5, energyLevel: '7'});
	t.is(byId.nul.notes, 'abc');
	t.is(byId.long.notes.length, 300_000);
	t.is(byId.twice.weight, 2);
});

test('three thousand records in one body are taken, and other bodies are refused in this protocol’s words', async t => {
	const house = await aHealthHouse(t);
	const ann = await house.person();
	const meals = Array.from({length: 3000}, (_, index) => metric(`m${index}`, {name: `Meal ${index}`}, NOON));
	t.is((await house.post(`${HEALTH}/meals/sync`, {meals}, ann)).data.synced, 3000);
	for (const body of [{meals: {created: []}}, {meals: 'all'}, []]) {
		const {status, body: told} = await house.post(`${HEALTH}/meals/sync`, body, ann);
		t.is(status, 400);
		t.false(JSON.parse(told.toString()).success);
	}
	t.is((await house.post(`${HEALTH}/meals/sync`, {}, ann)).status, 200);
});

test('another person sees and changes nothing, whatever ids and tokens they use', async t => {
	const house = await aHealthHouse(t);
	const [ann, ben] = [await house.person(), await house.person()];
	await house.post(`${HEALTH}/meals/sync`, {meals: [metric('m', {name: 'Soup'}, NOON)]}, ann);
	const token = (await house.get(`${HEALTH}/meals`, ann)).data.next_sync_token;
	t.deepEqual((await house.get(`${HEALTH}/meals?since=${token}`, ben)).data.meals, []);
	await house.post(
		`${HEALTH}/meals/sync`,
		{meals: [{id: 'm', deleted_at: EVENING}, metric('m', {name: 'X'}, EVENING)]},
		ben,
	);
	t.deepEqual((await house.get(`${HEALTH}/meals`, ann)).data.meals, [
		{id: 'm', data: {name: 'Soup'}, updated_at: NOON},
	]);
});

test('a record made elsewhere in the house has what the app needs to read it, and its edits there come along', async t => {
	const house = await aHealthHouse(t);
	const ann = await house.person();
	await house.post('/api/v1/health-metrics', {id: 'ours', date: '2024-01-15', weight_kg: 70}, ann);
	await house.post(
		`${HEALTH}/health-metrics/sync`,
		{metrics: [metric('theirs', {weight: 75, date: '2024-01-16T00:00:00.000'}, NOON)]},
		ann,
	);
	await house.put('/api/v1/health-metrics/theirs', {weight_kg: 76, date: '2024-01-17'}, ann);
	const {data} = await house.get(`${HEALTH}/health-metrics`, ann);
	const byId = Object.fromEntries(data.metrics.map((one: {id: string; data: object}) => [one.id, one.data]));
	t.deepEqual(byId.ours, {id: 'ours', userId: ann.id, date: '2024-01-15T00:00:00Z', weight: 70});
	t.deepEqual(byId.theirs, {weight: 76, date: '2024-01-17T00:00:00Z'});
});
