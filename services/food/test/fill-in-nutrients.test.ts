import {randomUUID} from 'node:crypto';
import auth from '@hearth/auth/plugin.js';
import {definePlugin} from '@hearth/host/plugin.js';
import type {Person} from '@hearth/host/testing.js';
import {devicesOf} from '@hearth/host/testing-collections.js';
import test from 'ava';
import {aFoodHouse, type FoodHouse} from './fixtures.js';

const LOG = {quantity: 200, unit: 'g', meal_type: 'breakfast', date: '2026-03-01'};
const OATS = {name: 'Oats', basis: '100g', nutrients: {energy_kcal: 370, protein_g: 13.3, salt_g: 0.01}};

function aPhone(house: FoodHouse, person: Person, plugin = 'food') {
	const {set, read} = devicesOf(house.house.contextOf(plugin), person.id);
	const log = async (id: string) =>
		(await read('food_logs', id)) as {nutrients?: unknown; [field: string]: unknown} | null;
	return {
		write: (id: string, data: Record<string, unknown>) => set('food_logs', id, data),
		log,
		/** The log's nutrients, once there are any other than those. */
		nutrients: (id: string, before?: unknown) =>
			house.until(async () => {
				const nutrients = (await log(id))?.nutrients;
				return nutrients !== undefined && JSON.stringify(nutrients) !== JSON.stringify(before) && {nutrients};
			}),
	};
}

test('a log without nutrients is given those of its food for what was eaten; what the log brings stays', async t => {
	const house = await aFoodHouse(t);
	const person = await house.person();
	const {write, nutrients, log} = aPhone(house, person);
	const oats = await house.aFood(OATS);
	const bread = await house.aFood({
		name: 'Bread',
		basis: '100g',
		nutrients: {energy_kcal: 250, fiber_g: 7},
		servings: [{label: 'slice', amount: 40, unit: 'g'}],
	});
	const bar = await house.aFood({
		name: 'Bar',
		basis: 'serving',
		nutrients: {energy_kcal: 190},
		servings: [{label: 'bar', amount: 38, unit: 'g'}],
	});
	const drink = await house.aFood({name: 'Oat drink', basis: '100ml', nutrients: {energy_kcal: 46}});
	const brought = {energy_kcal: 1};
	await write('brought', {...LOG, food_id: oats.id, nutrients: brought});
	await write('quick', {...LOG, name: 'Soup'});
	const millilitres = {...LOG, food_id: oats.id, unit: 'ml'};
	await write('of no known weight', millilitres);
	const eaten: [id: string, food_id: string, quantity: number, unit: string, expected: object][] = [
		['grams', oats.id, 30, 'g', {energy_kcal: 111, protein_g: 3.99, salt_g: 0.003}],
		['slices', bread.id, 1.5, 'serving', {energy_kcal: 150, fiber_g: 4.2}],
		['bars', bar.id, 2, 'serving', {energy_kcal: 380}],
		['grams of a bar', bar.id, 19, 'g', {energy_kcal: 95}],
		['a glass', drink.id, 250, 'ml', {energy_kcal: 115}],
		['nothing of it', oats.id.toUpperCase(), 0, 'g', {energy_kcal: 0, protein_g: 0, salt_g: 0}],
	];
	for (const [id, food_id, quantity, unit, expected] of eaten) {
		t.like(await write(id, {...LOG, food_id, quantity, unit}), {status: 'accepted'});
		t.deepEqual(await nutrients(id), {nutrients: expected}, id);
	}
	// Written before all that was filled in.
	t.deepEqual((await log('brought'))?.nutrients, brought);
	t.deepEqual(await log('quick'), {...LOG, name: 'Soup'});
	t.deepEqual(await log('of no known weight'), millilitres);
});

test('a later correction of the food changes no past log; what was filled in goes with the quantity', async t => {
	const house = await aFoodHouse(t);
	const person = await house.person();
	const {write, nutrients, log} = aPhone(house, person);
	const food = await house.aFood({
		...OATS,
		nutrients: {energy_kcal: 370},
		servings: [{label: 'bowl', amount: 50, unit: 'g'}],
	});
	await write('log', {...LOG, food_id: food.id});
	const before = await nutrients('log');
	t.deepEqual(before, {nutrients: {energy_kcal: 740}});
	await write('brought', {...LOG, food_id: food.id, nutrients: {energy_kcal: 700}});

	const corrected = await house.put(`/api/v1/foods/${food.id}`, {nutrients: {energy_kcal: 400}}, house.moderator);
	t.is(corrected.status, 200, corrected.body.toString());
	t.deepEqual((await log('log'))?.nutrients, {energy_kcal: 740});

	await write('brought', {quantity: 100});
	await write('log', {quantity: 100});
	const halved = await nutrients('log', before.nutrients);
	t.deepEqual(halved, {nutrients: {energy_kcal: 370}}, 'of what was filled in, not of the corrected food');
	await write('log', {quantity: 3, unit: 'serving'});
	const served = await nutrients('log', halved.nutrients);
	t.deepEqual(served, {nutrients: {energy_kcal: 555}});
	t.deepEqual((await log('brought'))?.nutrients, {energy_kcal: 700}, 'what a log brought is the log’s');

	const other = await house.aFood({name: 'Millet', basis: '100g', nutrients: {energy_kcal: 350}});
	await write('log', {food_id: other.id, quantity: 10, unit: 'g'});
	t.deepEqual(await nutrients('log', served.nutrients), {nutrients: {energy_kcal: 35}}, 'another food was meant');
	await write('log', {nutrients: {energy_kcal: 36}});
	await write('log', {quantity: 1000});
	await write('last', {...LOG, food_id: other.id});
	await nutrients('last');
	t.deepEqual((await log('log'))?.nutrients, {energy_kcal: 36}, 'a person knows better');
});

test('nothing is filled in of a food that the person may not see, and their household’s is', async t => {
	const house = await aFoodHouse(t, {plugins: [auth]});
	const author = await house.person();
	const [relative, stranger] = [await house.person('member', {household_of: author}), await house.person()];
	const {id: food_id} = await house.aFood({...OATS, nutrients: {energy_kcal: 370}}, {by: author, status: 'pending'});
	const {id: open_id} = await house.aFood({name: 'Rye', basis: '100g', nutrients: {energy_kcal: 330}}, {by: author});
	const [theirs, strangers] = [aPhone(house, relative), aPhone(house, stranger)];
	await strangers.write('secret', {...LOG, food_id});
	await theirs.write('shared', {...LOG, food_id});
	t.deepEqual(await theirs.nutrients('shared'), {nutrients: {energy_kcal: 740}});
	await strangers.write('open', {...LOG, food_id: open_id});
	t.deepEqual(await strangers.nutrients('open'), {nutrients: {energy_kcal: 660}});
	t.deepEqual(await strangers.log('secret'), {...LOG, food_id});
});

test('a food that comes after the log that names it, as from a phone that was away, still gives its nutrients', async t => {
	const house = await aFoodHouse(t);
	const person = await house.person();
	const {write, nutrients} = aPhone(house, person);
	const id = randomUUID();
	await write('early', {...LOG, food_id: id});
	// By the time this one is done, so is the one before.
	const other = await house.aFood(OATS);
	await write('other', {...LOG, food_id: other.id});
	await nutrients('other');
	t.is((await house.post('/api/v1/foods', {id, name: 'Plum jam', nutrients: {energy_kcal: 240}}, person)).status, 201);
	t.deepEqual(await nutrients('early'), {nutrients: {energy_kcal: 480}});
});

test('logs written while the food service is away are filled in once it is back', async t => {
	const diary = definePlugin({name: 'diary', summary: 'Stands for whoever writes records'});
	const only = ['food', 'diary'];
	const house = await aFoodHouse(t, {plugins: [diary], only});
	const person = await house.person();
	const food = await house.aFood({...OATS, nutrients: {energy_kcal: 370}});
	only.splice(0, 1);
	await house.restart();
	t.is((await house.get(`/api/v1/foods/${food.id}`, person)).status, 404, 'food is away');
	t.like(await aPhone(house, person, 'diary').write('log', {...LOG, food_id: food.id}), {status: 'accepted'});
	only.push('food');
	await house.restart();
	t.deepEqual(await aPhone(house, person).nutrients('log'), {nutrients: {energy_kcal: 740}});
});
