import {randomUUID} from 'node:crypto';
import test from 'ava';
import {API, aModiHouse} from './fixtures.js';

const oats = {name: 'Zorbel flakes', brand: 'Mill', calories: 370, protein: 13, carbs: 60, fat: 7};

test('a food is added by its four amounts, found by its author, and by everybody once it is verified', async t => {
	const house = await aModiHouse(t);
	const [ann, ben, moderator] = [await house.person(), await house.person(), await house.person('moderator')];
	const made = await house.post(`${API}/foods`, oats, ann);
	t.is(made.status, 201);
	t.like(made.data, {...oats, basis: '100g', verified: false, verified_at: null, created_by_user_id: ann.id});
	const {id} = made.data;
	t.like((await house.get(`/api/v1/foods/${id}`, ann)).data, {
		nutrients: {energy_kcal: 370, protein_g: 13, carbohydrate_g: 60, fat_g: 7},
		status: 'pending',
	});
	t.deepEqual((await house.get(`${API}/foods/search?q=zorbel`, ann)).data, [made.data]);
	t.deepEqual((await house.get(`${API}/foods/search?q=zorbel`, ben)).data, []);
	t.is((await house.get(`${API}/foods/${id}`, ben)).status, 404);
	await house.post(`/api/v1/admin/foods/${id}/approve`, {}, moderator);
	t.like((await house.get(`${API}/foods/${id}`, ben)).data, {verified: true, calories: 370});
	t.true((await house.get(`${API}/foods/recent`, ben)).data.some((food: {id: string}) => food.id === id));
});

test('the same food sent twice is one, another of its id a conflict, and what is no amount is refused by its name', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const id = randomUUID();
	t.is((await house.post(`${API}/foods`, {...oats, id}, ann)).status, 201);
	t.is((await house.post(`${API}/foods`, {...oats, id}, ann)).status, 200);
	t.is((await house.post(`${API}/foods`, {...oats, id, name: 'Other'}, ann)).status, 409);
	t.like((await house.post(`${API}/foods`, {...oats, calories: -1}, ann)).error, {details: {field: 'calories'}});
	t.like((await house.post(`${API}/foods`, {...oats, fat: 'much'}, ann)).error, {details: {field: 'fat'}});
	t.is((await house.post(`${API}/foods`, {calories: 1}, ann)).status, 400);
	t.is((await house.get(`${API}/foods/search`, ann)).status, 400);
	t.is((await house.get(`${API}/foods/search?q=${'x'.repeat(300)}`, ann)).status, 400);
	t.is((await house.get(`${API}/foods/popular`, ann)).status, 404);
	t.is((await house.get(`${API}/foods/no-uuid`, ann)).status, 400);
});

test('a page of foods says where the next one begins', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	for (const name of ['Zorbel', 'Zorbel cake', 'Zorbel jam']) await house.post(`${API}/foods`, {...oats, name}, ann);
	const first = await house.get(`${API}/foods/search?q=zorbel&limit=2`, ann);
	const cursor = first.headers.get('x-next-cursor');
	const second = await house.get(`${API}/foods/search?q=zorbel&limit=2&cursor=${cursor}`, ann);
	const names = [...first.data, ...second.data].map(({name}: {name: string}) => name);
	t.deepEqual(names, ['Zorbel', 'Zorbel cake', 'Zorbel jam']);
	t.is(second.headers.get('x-next-cursor'), null);
});

test('a food log counts what its food’s calories are for, and has its own calories once the food gave them', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const {data: food} = await house.post(`${API}/foods`, oats, ann);
	const log = {food_id: food.id, quantity: 1.1, meal_type: 'Breakfast', date: '2024-01-15'};
	const made = await house.post(`${API}/food-logs`, log, ann);
	t.is(made.status, 201);
	t.like(made.data, {...log, meal_type: 'breakfast', unit: '100g', user_id: ann.id});
	const {id} = made.data;
	t.like((await house.get(`/api/v1/food-logs/${id}`, ann)).data, {quantity: 110, unit: 'g', meal_type: 'breakfast'});
	const filled = await house.until(async () => {
		const {data} = await house.get(`${API}/food-logs/${id}`, ann);
		return data.calories === null ? null : data;
	});
	t.like(filled, {calories: 407, protein: 14.3, carbs: 66, fat: 7.7, quantity: 1.1});
	const changed = await house.put(`${API}/food-logs/${id}`, {...filled, quantity: 2}, ann);
	t.is(changed.status, 200);
	t.like((await house.get(`/api/v1/food-logs/${id}`, ann)).data, {quantity: 200, unit: 'g'});
	t.is((await house.delete(`${API}/food-logs/${id}`, ann)).status, 204);
	t.deepEqual((await house.get(`${API}/food-logs`, ann)).data, []);
});

test('logs of one day are listed alone; a meal of the app’s own keeps its name', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const log = {name: 'Soup', quantity: 1, unit: 'serving', calories: 120, date: '2024-01-15T12:00:00Z'};
	const made = await house.post(`${API}/food-logs`, {...log, meal_type: 'pre-workout'}, ann);
	t.like(made.data, {
		name: 'Soup',
		quantity: 1,
		unit: 'serving',
		calories: 120,
		meal_type: 'pre-workout',
		date: '2024-01-15',
	});
	await house.post(`${API}/food-logs`, {...log, date: '2024-01-16'}, ann);
	t.is((await house.get(`${API}/food-logs`, ann)).data.length, 2);
	const [only, ...others] = (await house.get(`${API}/food-logs?date=2024-01-15`, ann)).data;
	t.is(only.id, made.data.id);
	t.deepEqual(others, []);
	await house.put(`/api/v1/food-logs/${only.id}`, {meal_type: 'dinner'}, ann);
	t.is((await house.get(`${API}/food-logs/${only.id}`, ann)).data.meal_type, 'dinner');
	t.is((await house.get(`${API}/food-logs?date=today`, ann)).status, 400);
	t.is((await house.get(`${API}/food-logs/daily-summary?date=2024-01-15`, ann)).status, 404);
});

test('a log that cannot be is refused by the app’s names', async t => {
	const house = await aModiHouse(t);
	const ann = await house.person();
	const log = {name: 'Soup', quantity: 1, unit: 'serving', date: '2024-01-15'};
	for (const [wrong, field] of [
		[{quantity: -1}, 'quantity'],
		[{unit: 'bucket'}, 'unit'],
		[{date: 'today'}, 'date'],
		[{name: undefined}, 'food_id'],
		[{calories: 'many'}, 'calories'],
	] as const) {
		const {status, error} = await house.post(`${API}/food-logs`, {...log, ...wrong}, ann);
		t.is(status, 400, JSON.stringify(wrong));
		t.like(error?.details, {field}, JSON.stringify(error));
	}
});
