import {randomUUID} from 'node:crypto';
import {definePlugin} from '@hearth/host/plugin.js';
import {aDevice, tryCollections} from '@hearth/host/testing-collections.js';
import test from 'ava';
import food from '../plugin.js';

// The collections alone, without the food database that comes with the plugin.
const diary = definePlugin({name: 'diary', summary: 'What food declares', collections: food.collections ?? []});

const porridge = {
	id: 'p1',
	food_id: randomUUID(),
	name: 'Porridge',
	quantity: 250,
	unit: 'g',
	nutrients: {energy_kcal: 180},
	notes: '',
};

test('each collection keeps every field that its apps have, and refuses what is no quantity', async t => {
	await tryCollections(t, diary, {
		food_logs: {
			full: {
				food_id: randomUUID(),
				name: 'Porridge',
				nutrients: {energy_kcal: 180, protein_g: 6.5, manganese_mg: 1.2, a_nutrient_of_a_newer_app_g: 0.1},
				quantity: 250,
				unit: 'g',
				meal_type: 'breakfast',
				date: '2026-03-01',
				time_zone: 'Europe/Berlin',
				logged_at: '2026-03-01T08:00:00+01:00',
				notes: 'with plums',
			},
			minimal: {food_id: randomUUID(), quantity: 1, unit: 'serving', meal_type: 'snack', date: '2026-03-01'},
			refused: [
				['quantity', -1],
				['quantity', '250'],
				['quantity', 1e300],
				['unit', 'cups'],
				['meal_type', 'brunch'],
				['food_id', 'porridge'],
				['nutrients', {energy_kcal: -180}],
				['nutrients', {energy_kcal: '180'}],
				['nutrients', {a_nutrient_of_a_newer_app_g: -0.1}],
				['nutrients', [180]],
				['date', '2026-03-01T08:00:00Z'],
			],
		},
		meals: {
			full: {
				name: 'Breakfast',
				description: 'Every day but Sunday',
				date: '2026-03-01',
				time_zone: 'UTC',
				time: '07:30',
				meal_type: 'breakfast',
				foods: [porridge, {name: 'Plums'}],
				servings: 1,
				prep_time_min: 10,
				nutrients: {energy_kcal: 240},
				order: 0,
				is_active: true,
				notes: 'soak the oats',
			},
			minimal: {},
			refused: [
				['foods', 'porridge'],
				['foods', [{quantity: -250}]],
				['foods', [{nutrients: {energy_kcal: '180'}}]],
				['nutrients', {energy_kcal: -240}],
				['servings', -1],
				['prep_time_min', 'ten'],
			],
		},
		meal_log: {
			full: {
				date: '2026-03-01',
				time_zone: 'UTC',
				meal_id: 'breakfast',
				meal_type: 'breakfast',
				name: 'Breakfast',
				eaten: true,
				eaten_at: '2026-03-01T07:45:00Z',
				servings: 1.5,
				foods: [porridge],
				nutrients: {energy_kcal: 360},
				notes: 'hungry',
			},
			minimal: {},
			refused: [
				['eaten', 'all of it'],
				['servings', -1.5],
			],
		},
		meal_plans: {
			full: {
				name: 'A light week',
				description: 'Soups',
				template_id: 'light',
				start_date: '2026-03-02',
				end_date: '2026-03-08',
				is_active: true,
				targets: {energy_kcal: 1900, protein_g: 90},
				days: [
					{
						id: 'mon',
						date: '2026-03-02',
						name: 'Monday',
						meals: [
							{id: 1, meal_id: 'breakfast', meal_type: 'breakfast', name: 'Porridge', foods: [porridge], notes: ''},
						],
						notes: '',
					},
				],
				notes: 'buy leeks',
			},
			minimal: {},
			refused: [
				['targets', {energy_kcal: -1900}],
				['days', {mon: []}],
				['days', [{date: 'Monday'}]],
				['start_date', '2026-13-01'],
			],
		},
	});
});

test('a food log says what was eaten: a food, or a name', async t => {
	const {set} = await aDevice(t, diary);
	const log = {quantity: 1, unit: 'serving', meal_type: 'lunch', date: '2026-03-01'};
	t.like(await set('food_logs', 'a', log), {
		status: 'rejected',
		message: 'data.food_id: say what was eaten: the id of a food, or a name',
	});
	t.like(await set('food_logs', 'a', {...log, name: '  '}), {status: 'rejected'});
	t.like(await set('food_logs', 'a', {...log, name: 'Soup', nutrients: {energy_kcal: 220}}), {status: 'accepted'});
});

test('a meal that two devices move to two dates becomes two meals; on one date the later edit counts', async t => {
	const {set, other, read, all} = await aDevice(t, diary);
	const first = await set('meals', 'stew', {name: 'Stew', date: '2026-03-01'});
	const base_version = first?.version ?? 0;
	const now = Date.now();
	await set('meals', 'stew', {date: '2026-03-02'}, {base_version, at_ms: now - 3_600_000});
	t.like(await other.set('meals', 'stew', {date: '2026-03-03'}, {base_version, at_ms: now}), {status: 'merged'});
	t.deepEqual(await all('meals'), [
		{name: 'Stew', date: '2026-03-02'},
		{name: 'Stew', date: '2026-03-03'},
	]);
	await other.set('meals', 'stew', {name: 'Lamb stew'}, {base_version, at_ms: now});
	await set('meals', 'stew', {name: 'Bean stew'}, {base_version, at_ms: now - 3_600_000});
	t.like(await read('meals', 'stew'), {name: 'Lamb stew', date: '2026-03-02'});
});
