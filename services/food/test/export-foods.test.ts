import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {exportFoods} from '../export-foods.js';
import {importFile} from '../import-foods.js';
import {aFoodHouse, type FoodHouse} from './fixtures.js';

async function aFolder(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'hearth-export-'));
	t.teardown(() => rm(folder, {recursive: true}));
	return folder;
}
const context = (house: FoodHouse) => house.house.contextOf('food');

const OWN = [
	{
		name: 'Grandma’s\t"best" jam',
		brand: 'Grandma',
		barcode: '3017620422003',
		basis: '100g',
		servings: [{label: 'spoon', amount: 15, unit: 'g'}],
		nutrients: {energy_kcal: 250, sugars_g: 60, sodium_mg: 12, vitamin_d_ug: 0.7, salt_g: 0.03},
	},
	{name: 'Our cider', basis: '100ml', nutrients: {energy_kcal: 45, alcohol_g: 3.945}},
	{name: '=1+1 cookie', basis: 'serving', servings: [{label: 'cookie', amount: 1, unit: null}], nutrients: {fat_g: 4}},
];

test('the foods that people added are written as Open Food Facts names them, and no others', async t => {
	const house = await aFoodHouse(t, {settings: {HEARTH_STARTER_FOODS: 'on'}});
	for (const food of OWN) await house.aFood(food);
	await house.aFood({name: 'Not eaten'}, {status: 'rejected'});
	const path = join(await aFolder(t), 'own.jsonl.gz');
	t.is(await exportFoods(path, context(house)), 3);
	const text = gunzipSync(await readFile(path)).toString();
	const products = text
		.trimEnd()
		.split('\n')
		.map(line => JSON.parse(line));
	t.like(
		products.find(({code}) => code === '3017620422003'),
		{
			product_name: 'Grandma’s\t"best" jam'.replace('\t', ' '),
			brands: 'Grandma',
			serving_size: 'spoon (15 g)',
			serving_quantity: 15,
			nutrition_data_per: '100g',
			nutriments: {
				'energy-kcal_100g': 250,
				sugars_100g: 60,
				sodium_100g: 0.012,
				salt_100g: 0.03,
				'vitamin-d_100g': 0.0000007,
			},
		},
	);
	t.deepEqual(products.map(({product_name}) => product_name).sort(), [
		'=1+1 cookie',
		'Grandma’s "best" jam',
		'Our cider',
	]);
});

for (const name of ['own.jsonl', 'own.csv', 'own.csv.gz']) {
	test(`what was exported as ${name} comes into another house with the same amounts, and leaves its own house as it is`, async t => {
		const [house, other] = [await aFoodHouse(t), await aFoodHouse(t)];
		for (const food of OWN) await house.aFood(food);
		const path = join(await aFolder(t), name);
		await exportFoods(path, context(house));
		t.like(await importFile(path, context(house), () => {}), {rows: 3, added: 0, changed: 0, kept: 3});
		t.like(await importFile(path, context(other), () => {}), {rows: 3, added: 3});
		const person = await other.person();
		for (const {name: words, basis, nutrients} of OWN) {
			const [found] = (await other.get(`/api/v1/foods/search?q=${encodeURIComponent(words)}`, person)).data;
			t.like(found, {name: words.replace('\t', ' '), basis});
			t.deepEqual(found.nutrients, nutrients);
		}
	});
}

test('an export writes over no file and leaves no half one', async t => {
	const house = await aFoodHouse(t);
	const folder = await aFolder(t);
	await writeFile(join(folder, 'there.csv'), 'mine');
	await t.throwsAsync(exportFoods(join(folder, 'there.csv'), context(house)), {
		name: 'PublicError',
		message: /is there already/,
	});
	t.is(await readFile(join(folder, 'there.csv'), 'utf8'), 'mine');
	await t.throwsAsync(exportFoods(join(folder, 'foods.xlsx'), context(house)), {
		name: 'PublicError',
		message: /end in \.jsonl/,
	});
	await t.throwsAsync(exportFoods(join(folder, 'none', 'foods.csv'), context(house)), {message: /cannot be written/});
	t.deepEqual(await readdir(folder), ['there.csv']);
});
