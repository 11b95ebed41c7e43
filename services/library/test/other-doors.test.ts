import food from '@hearth/food/plugin.js';
import type {PublicError} from '@hearth/host/errors.js';
import test from 'ava';
import {recommendNutrition, recommendPrograms, search} from '../contract.js';
import library from '../plugin.js';
import {aLibraryHouse, namesOf} from './fixtures.js';

const withFoods = {plugins: [library, food]};

test('the foods are those that the food search finds, page by page, with what waits for a moderator only for its own people', async t => {
	const {allPages, get, person, post, reader} = await aLibraryHouse(t, withFoods);
	for (const q of ['apple', 'appel', 'CRÈME', '4006381333931', '%', '💪']) {
		const query = `q=${encodeURIComponent(q)}&limit=7`;
		const [here, there] = [
			await get(`/api/v1/library/foods?${query}`, reader),
			await get(`/api/v1/foods/search?${query}`, reader),
		];
		t.deepEqual([here.data, here.meta], [there.data, there.meta], q);
	}
	t.true((await allPages('foods?q=ra&limit=3', reader)).length > 3);
	const author = await person();
	await post('/api/v1/foods', {name: 'Grandmother’s pudding', nutrients: {energy_kcal: 150}}, author);
	t.deepEqual(namesOf(await get('/api/v1/library/foods?q=pudding', author)), ['Grandmother’s pudding']);
	t.deepEqual(namesOf(await get('/api/v1/library/foods?q=pudding', reader)), []);
});

test('who asks for no food in particular goes through all of them', async t => {
	const {allPages, get, reader} = await aLibraryHouse(t, withFoods);
	const all = await allPages('foods?limit=60', reader);
	t.true(all.length > 100);
	t.is(new Set(all.map(({id}) => id)).size, all.length);
	t.is((await get('/api/v1/library/foods?cursor=nonsense', reader)).status, 400);
	t.is((await get('/api/v1/library/foods?muscle=chest', reader)).status, 400);
	t.is((await get('/api/v1/library/foods?q=a&barcode=12', reader)).status, 400);
});

test('where the food part is down, the other libraries answer, and the foods say which part it is', async t => {
	const {found, get, reader} = await aLibraryHouse(t);
	t.like(await get('/api/v1/library/foods?q=apple', reader), {
		status: 503,
		error: {code: 'UNAVAILABLE', details: {part: 'food'}},
	});
	t.deepEqual(await found('exercises?number=45'), ['Push-up']);
});

test('other plugins find the same by a call, with the same pages and refusals', async t => {
	const {get, house, reader} = await aLibraryHouse(t, withFoods);
	const {call} = house.contextOf('food');
	const user = {id: reader.id, household_id: reader.household_id, role: 'member'} as const;
	for (const [name, query] of [
		['exercises', {q: 'sqaut', equipment: 'none', limit: '3'}],
		['supplements', {}],
		['settings-options', {setting: 'theme'}],
		['foods', {q: 'apple', limit: '2'}],
	] as const) {
		const there = await get(`/api/v1/library/${name}?${new URLSearchParams(query)}`, reader);
		const {entries, next_cursor} = await call(search, {library: name, query, user});
		t.deepEqual([JSON.parse(JSON.stringify(entries)), next_cursor], [there.data, there.meta?.next_cursor]);
	}
	const error = await t.throwsAsync<PublicError>(() =>
		call(search, {library: 'exercises', query: {muscle: 'brain'}, user}),
	);
	t.is(error?.code, 'VALIDATION_ERROR');
});

test('other plugins are recommended the same by a call', async t => {
	const {house, recommend} = await aLibraryHouse(t);
	const {call} = house.contextOf('library');
	const program = {
		goal: 'muscle',
		level: 'beginner',
		days_per_week: 3,
		age_years: 40,
		health: [],
		equipment: [],
	} as const;
	t.deepEqual(
		await call(recommendPrograms, {...program, equipment: [], health: []}),
		(await recommend('programs', program)).data,
	);
	t.is((await call(recommendNutrition, {age_years: 12})).refused?.reason, 'minor');
});

test('what another process has changed is seen by the next request', async t => {
	const one = await aLibraryHouse(t);
	const moderator = await one.person('moderator');
	const {data} = await one.get('/api/v1/library/supplements/creatine', one.reader);
	// What another process has written, as this one finds it: a row and a later revision.
	const {database} = one.house.ports;
	await one.put('/api/v1/library/supplements/creatine', {use: 'First'}, moderator);
	t.is((await one.get('/api/v1/library/supplements/creatine', one.reader)).data.use, 'First');
	await database.transaction(async tx => {
		await tx.run(`update library.revisions set revision = revision + 1 where library = 'supplements'`);
		await tx.run(`update library.entries set fields = '{"use": "Second"}' where id = $1`, [data.id]);
	});
	t.is((await one.get('/api/v1/library/supplements/creatine', one.reader)).data.use, 'Second');
});

test('a library of large entries is answered in pages that go over any bus, and recommendations stay short', async t => {
	const {allPages, get, house, person, post, reader, recommend} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	const {id: _, key: __, origin: ___, ...program} = (await get('/api/v1/library/programs/walking', reader)).data;
	const [day] = program.days;
	const long = {...day, exercises: Array.from({length: 50}, () => ({...day.exercises[0], name: '腕'.repeat(120)}))};
	const days = [long, long];
	for (let n = 0; n < 80; n++) {
		const {status} = await post('/api/v1/library/programs', {...program, days, name: `Long program ${n}`}, moderator);
		t.is(status, 201);
	}
	const {call} = house.contextOf('library');
	const user = {id: reader.id, household_id: reader.household_id, role: 'member'} as const;
	const page = await call(search, {library: 'programs', query: {limit: '200'}, user});
	t.true(Buffer.byteLength(JSON.stringify(page)) < 600_000);
	t.not(page.next_cursor, null);
	const all = await allPages('programs?limit=200');
	t.is(new Set(all.map(({id}) => id)).size, 21 + 80);
	const {data} = await recommend('programs', {
		goal: 'strength',
		level: 'beginner',
		days_per_week: 1,
		age_years: 30,
		health: [],
	});
	t.is(data.left_out.length, 50);
});
