import test from 'ava';
import {aFoodHouse, type FoodJson} from './fixtures.js';

const names = (foods: FoodJson[]) => foods.map(({name}) => name);

test('favourites are one’s own, the latest first, page by page', async t => {
	const {aFood, ask, get, person} = await aFoodHouse(t);
	const [mine, other] = [await person(), await person()];
	for (const name of ['One', 'Two', 'Three']) {
		const {id} = await aFood({name});
		t.is((await ask('PUT', `/api/v1/foods/${id}/favourite`, {as: mine})).status, 204);
		t.is((await ask('PUT', `/api/v1/foods/${id}/favourite`, {as: mine})).status, 204);
	}
	const first = await get('/api/v1/foods/favourites?limit=2', mine);
	t.deepEqual(names(first.data), ['Three', 'Two']);
	const second = await get(`/api/v1/foods/favourites?limit=2&cursor=${first.meta?.next_cursor}`, mine);
	t.deepEqual(names(second.data), ['One']);
	t.is(second.meta?.next_cursor, null);
	t.deepEqual((await get('/api/v1/foods/favourites', other)).data, []);
});

test('a favourite is taken away once, and taking it away again is fine', async t => {
	const {aFood, ask, get, person} = await aFoodHouse(t);
	const [mine, other] = [await person(), await person()];
	const {id} = await aFood();
	for (const as of [mine, other]) await ask('PUT', `/api/v1/foods/${id}/favourite`, {as});
	for (let round = 0; round < 2; round++)
		t.is((await ask('DELETE', `/api/v1/foods/${id}/favourite`, {as: mine})).status, 204);
	t.deepEqual((await get('/api/v1/foods/favourites', mine)).data, []);
	t.is((await get('/api/v1/foods/favourites', other)).data.length, 1);
});

test('only what one sees can be a favourite, and a rejected one disappears', async t => {
	const {aFood, ask, get, post, person, moderator} = await aFoodHouse(t);
	const author = await person();
	const relative = await person('member', {household_of: author});
	const {id} = await aFood({}, {by: author, status: 'pending'});
	t.is((await ask('PUT', `/api/v1/foods/${id}/favourite`, {as: await person()})).status, 404);
	t.is((await ask('PUT', `/api/v1/foods/${id}/favourite`, {as: relative})).status, 204);
	t.is((await get('/api/v1/foods/favourites', relative)).data.length, 1);
	await post(`/api/v1/admin/foods/${id}/reject`, {reason: 'no'}, moderator);
	t.deepEqual((await get('/api/v1/foods/favourites', relative)).data, []);
});

test('a favourite that was merged is the food it became, once', async t => {
	const {aFood, ask, get, post, person, moderator} = await aFoodHouse(t);
	const mine = await person();
	const into = await aFood({name: 'Into'});
	const pending = await aFood({name: 'Same'}, {by: mine, status: 'pending'});
	for (const {id} of [pending, into]) await ask('PUT', `/api/v1/foods/${id}/favourite`, {as: mine});
	await post(`/api/v1/admin/foods/${pending.id}/merge`, {into: into.id}, moderator);
	t.deepEqual(names((await get('/api/v1/foods/favourites', mine)).data), ['Into']);
	await ask('DELETE', `/api/v1/foods/${into.id}/favourite`, {as: mine});
	t.deepEqual((await get('/api/v1/foods/favourites', mine)).data, []);
});

test('the database itself shows favourites to their owner only', async t => {
	const {house, aFood, ask, person} = await aFoodHouse(t);
	const [mine, other] = [await person(), await person()];
	const {id} = await aFood();
	await ask('PUT', `/api/v1/foods/${id}/favourite`, {as: mine});
	const {db} = house.contextOf('food');
	t.deepEqual(await db.many('select * from food.favourites'), []);
	t.is((await db.as(mine.id, tx => tx.many('select * from food.favourites'))).length, 1);
	t.deepEqual(await db.as(other.id, tx => tx.many('select * from food.favourites')), []);
	await t.throwsAsync(
		db.as(other.id, tx =>
			tx.run('insert into food.favourites (user_id, food_id, created_at) values ($1, $2, now())', [mine.id, id]),
		),
		{message: /row-level security/},
	);
});
