import test from 'ava';
import {eraseFoods, exportFoods} from '../export-and-erase.js';
import {aFoodHouse} from './fixtures.js';

test('the archive of a person holds their foods, proposals and favourites, and nobody else’s', async t => {
	const {house, aFood, ask, put, person} = await aFoodHouse(t);
	const [mine, other] = [await person(), await person()];
	const verified = await aFood({name: 'Ours'}, {by: mine});
	await aFood({name: 'Theirs'}, {by: other});
	await put(`/api/v1/foods/${verified.id}`, {name: 'Ours too'}, mine);
	await ask('PUT', `/api/v1/foods/${verified.id}/favourite`, {as: mine});
	const files: Record<string, unknown[]> = {};
	for await (const {file, rows} of exportFoods(mine.id, house.contextOf('food')))
		files[file] = [...(files[file] ?? []), ...rows];
	t.deepEqual(Object.keys(files).sort(), ['favourite-foods.json', 'food-proposals.json', 'foods.json']);
	t.like(files['foods.json'], [{name: 'Ours'}]);
	t.like(files['food-proposals.json'], [{food_id: verified.id, edits: {name: 'Ours too'}}]);
	t.like(files['favourite-foods.json'], [{id: verified.id}]);
	t.is(files['foods.json']?.length, 1);
});

test('an erased person’s verified foods stay without them, and erasing again changes nothing', async t => {
	const {house, aFood, ask, get, put, person, moderator} = await aFoodHouse(t);
	const [mine, reader] = [await person(), await person()];
	const relative = await person('member', {household_of: mine});
	const verified = await aFood({name: 'Kept'}, {by: mine});
	const pending = await aFood({name: 'Household’s'}, {by: mine, status: 'pending'});
	const foreign = await aFood({name: 'Foreign'});
	await put(`/api/v1/foods/${pending.id}`, {brand: 'Ours'}, mine);
	await put(`/api/v1/foods/${foreign.id}`, {name: 'Proposed'}, mine);
	await ask('PUT', `/api/v1/foods/${foreign.id}/favourite`, {as: mine});
	const context = house.contextOf('food');
	for (let round = 0; round < 2; round++) await eraseFoods(mine.id, context);
	t.like((await get(`/api/v1/foods/${verified.id}`, reader)).data, {name: 'Kept', created_by: null});
	t.like((await get(`/api/v1/foods/${pending.id}`, relative)).data, {name: 'Household’s', created_by: null});
	const queue = await get('/api/v1/admin/foods/queue', moderator);
	t.deepEqual(
		queue.data.map(({food, submitted_by}: {food: {name: string}; submitted_by: unknown}) => [food.name, submitted_by]),
		[['Household’s', null]],
	);
	for await (const {file} of exportFoods(mine.id, context)) t.fail(`${file} still names the person`);
	const named = await context.db.one<{count: number}>(
		`select count(*)::integer as count from (
			select created_by from food.foods union all select created_by from food.proposals union all select decided_by from food.proposals
			union all select actor_id from food.history) as people (id) where id = $1`,
		[mine.id],
	);
	t.is(named.count, 0);
});
