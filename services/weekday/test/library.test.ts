import food from '@hearth/food/plugin.js';
import library from '@hearth/library/plugin.js';
import planner from '@hearth/planner/plugin.js';
import sync from '@hearth/sync/plugin.js';
import test from 'ava';
import weekday from '../plugin.js';
import {ask, aWeekdayHouse} from './fixtures.js';

const withLibrary = {plugins: [sync, food, planner, library, weekday]};

test('each of the app’s libraries is searched where the house keeps it, and page follows page', async t => {
	const house = await aWeekdayHouse(t, withLibrary);
	const ann = await house.person();
	for (const name of ['supplements', 'nutrients', 'foods', 'exercises', 'programs']) {
		const query = name === 'foods' ? '?q=oats&limit=2' : '?limit=2';
		const {status, items, nextCursor, error} = await ask(house, ann, 'GET', `library/${name}${query}`);
		t.is(status, 200, JSON.stringify(error));
		t.true(items.length > 0, name);
		const native = await house.get(`/api/v1/library/${name}${query}`, ann);
		t.deepEqual(items, native.data);
		t.is(nextCursor, native.meta?.next_cursor);
	}
	const found = await ask(house, ann, 'GET', 'library/exercises?q=squat');
	t.regex(found.items[0].name, /squat/i);
	t.is((await ask(house, ann, 'GET', 'library/secrets')).status, 400);
	t.is((await ask(house, ann, 'GET', 'library/exercises?limit=lots')).status, 400);
	t.is((await ask(house, undefined, 'GET', 'library/exercises')).status, 401);
});

test('programs and nutrition are recommended as the house does, asked in the words of the app or ours', async t => {
	const house = await aWeekdayHouse(t, withLibrary);
	const ann = await house.person();
	const native = {
		goal: 'strength',
		level: 'beginner',
		days_per_week: 3,
		equipment: ['barbell', 'rack', 'bench'],
		age_years: 30,
		health: [],
	};
	const {days_per_week, age_years, ...same} = native;
	const asked = {...same, daysPerWeek: days_per_week, ageYears: age_years};
	const {status, ...programs} = await ask(house, ann, 'POST', 'recommendations/programs', asked);
	t.is(status, 200);
	t.true(programs.items.length > 0);
	t.deepEqual(programs, (await house.post('/api/v1/recommendations/programs', native, ann)).data);
	const nutrition = await ask(house, ann, 'POST', 'recommendations/nutrition', {goal: 'maintain'});
	t.is(nutrition.status, 200);
	for (const path of ['programs', 'nutrition']) {
		const bad = await ask(house, ann, 'POST', `recommendations/${path}`, {goal: 'fame'});
		t.like(bad, {status: 400, error: {code: 'VALIDATION_ERROR', details: [{path: 'goal'}]}});
	}
});

test('where the library is not installed, the app is told which part is missing, and syncs all the same', async t => {
	const house = await aWeekdayHouse(t);
	const ann = await house.person();
	t.like(await ask(house, ann, 'GET', 'library/programs'), {status: 503, error: {code: 'UNAVAILABLE'}});
	t.is((await ask(house, ann, 'POST', 'sync/pull', {})).status, 200);
});
