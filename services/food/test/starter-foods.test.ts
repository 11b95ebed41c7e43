import {foodFlags} from '@hearth/nutrition/food-sanity.js';
import test from 'ava';
import {loadStarterFoods, nutrientsOf, starterFoodId} from '../load-starter-foods.js';
import {STARTER_FOODS} from '../starter-foods.js';
import {aFoodHouse} from './fixtures.js';

test('a new house finds common foods at once, with their source and licence', async t => {
	const {found, get, person} = await aFoodHouse(t, {settings: {HEARTH_STARTER_FOODS: 'on'}});
	const reader = await person();
	t.is((await found('aple', reader))[0], 'Apple');
	t.true((await found('rice', reader)).includes('White rice, cooked'));
	const {data} = await get(`/api/v1/foods/${starterFoodId('Beer')}`, reader);
	t.like(data, {
		status: 'verified',
		source: 'builtin',
		licence: 'CC0-1.0',
		created_by: null,
		basis: '100g',
		nutrients: {energy_kcal: 43, alcohol_g: 3.9, sodium_mg: 4, salt_g: 0.01},
	});
});

test('starter foods are added once, and stay as a moderator has made them', async t => {
	const {house, get, put, restart, person, moderator} = await aFoodHouse(t, {settings: {HEARTH_STARTER_FOODS: 'on'}});
	const id = starterFoodId('Apple');
	t.is((await put(`/api/v1/foods/${id}`, {name: 'Apple, with skin'}, moderator)).status, 200);
	const context = house.contextOf('food');
	await Promise.all([loadStarterFoods(context), loadStarterFoods(context)]);
	const count = async () => (await context.db.one<{n: number}>('select count(*)::integer as n from food.foods')).n;
	t.is(await count(), STARTER_FOODS.length);
	await restart();
	t.is((await get(`/api/v1/foods/${id}`, await person())).data.name, 'Apple, with skin');
});

test('no starter food is odd or named twice', t => {
	t.is(new Set(STARTER_FOODS.map(([name]) => name.toLowerCase())).size, STARTER_FOODS.length);
	for (const food of STARTER_FOODS) {
		const flags = foodFlags({basis: '100g', nutrients: nutrientsOf(food), carbohydrate_basis: 'total'});
		t.deepEqual(flags, [], food[0]);
	}
});
