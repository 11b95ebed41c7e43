import {createWriteStream} from 'node:fs';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import test, {type ExecutionContext} from 'ava';
import {ZipFile} from 'yazl';
import {importFile} from '../import-foods.js';
import {aFoodHouse, type FoodHouse} from './fixtures.js';

/** A table as FoodData Central writes it: each cell in quotation marks. */
const table = (...rows: (string | number)[][]) =>
	rows.map(row => `${row.map(cell => `"${String(cell).replaceAll('"', '""')}"`).join(',')}\n`).join('');

const TABLES = {
	food: table(
		['fdc_id', 'data_type', 'description', 'food_category_id', 'publication_date'],
		[171688, 'sr_legacy_food', 'Apples, raw, with skin', 9, '2019-04-01'],
		[2117388, 'branded_food', 'DARK "70%" CHOCOLATE', '', '2021-10-28'],
		[2117389, 'branded_food', 'SODA', '', '2021-10-28'],
		[319874, 'sub_sample_food', 'HUMMUS, SABRA CLASSIC', 16, '2019-04-01'],
		[999, 'foundation_food', 'Nothing known of it', 16, '2019-04-01'],
	),
	food_nutrient: table(
		['id', 'fdc_id', 'nutrient_id', 'amount', 'data_points'],
		[1, 171688, 1008, '52', 1],
		[2, 171688, 1003, '0.26', 1],
		[3, 2117388, 1008, '598', 1],
		[4, 171688, 1093, '1', 1],
		[5, 171688, 1051, '85.56', 1],
		[6, 171688, 1005, '13.8', 1],
		[7, 2117388, 1093, '20', 1],
		[8, 2117388, 1004, '-3', 1],
		[9, 2117388, 1005, 'Infinity', 1],
		[10, 2117389, 208, '42', 1],
		[11, 2117389, 1110, '40', 1],
		['12', 'x', 1008, '1', 1],
	),
	branded_food: table(
		[
			'fdc_id',
			'brand_owner',
			'brand_name',
			'gtin_upc',
			'serving_size',
			'serving_size_unit',
			'household_serving_fulltext',
		],
		[2117388, 'Makers Inc.', 'Good', '3017620422003', '30', 'g', '3 squares'],
		[2117389, 'Makers Inc.', '', '036000291459', '355', 'MLT', ''],
	),
	food_portion: table(
		['id', 'fdc_id', 'seq_num', 'amount', 'measure_unit_id', 'portion_description', 'modifier', 'gram_weight'],
		[1, 171688, 1, '1.0', 9999, '', 'medium (3" dia)', '182'],
		[2, 171688, 2, '0.5', 1000, '', 'sliced', '55'],
	),
	measure_unit: table(['id', 'name'], [1000, 'cup'], [9999, 'undetermined']),
};

async function aZip(t: ExecutionContext, tables: Record<string, string>): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'hearth-import-'));
	t.teardown(() => rm(folder, {recursive: true}));
	const zip = new ZipFile();
	for (const [name, content] of Object.entries(tables)) {
		zip.addBuffer(Buffer.from(content), `FoodData_Central_csv_2024-10-31/${name}.csv`);
	}
	zip.end();
	const path = join(folder, 'fdc.zip');
	await pipeline(zip.outputStream, createWriteStream(path));
	return path;
}

async function imported(house: FoodHouse, path: string) {
	const said: string[] = [];
	const counts = await importFile(path, house.house.contextOf('food'), line => said.push(line));
	return {counts, said: said.join('\n')};
}

test('foods of FoodData Central come together from its tables, in whatever order these have them', async t => {
	const house = await aFoodHouse(t);
	const person = await house.person();
	const path = await aZip(t, TABLES);
	const {counts, said} = await imported(house, path);
	t.like(counts, {rows: 4, added: 3, left_out: 1});
	const [apple] = (await house.get('/api/v1/foods/search?q=apples', person)).data;
	t.like(apple, {
		name: 'Apples, raw, with skin',
		source: 'usda',
		licence: 'CC0-1.0',
		basis: '100g',
		carbohydrate_basis: 'total',
		status: 'verified',
		servings: [
			{label: 'medium (3" dia)', amount: 182, unit: 'g'},
			{label: '0.5 cup sliced', amount: 55, unit: 'g'},
		],
	});
	t.deepEqual(apple.nutrients, {
		energy_kcal: 52,
		protein_g: 0.26,
		carbohydrate_g: 13.8,
		sodium_mg: 1,
		salt_g: 0.0025,
	});
	const {data: chocolate} = await house.get('/api/v1/foods/barcode/3017620422003', person);
	t.like(chocolate, {name: 'DARK "70%" CHOCOLATE', brand: 'Good'});
	t.deepEqual(chocolate.servings, [{label: '3 squares', amount: 30, unit: 'g'}]);
	t.deepEqual(chocolate.nutrients, {energy_kcal: 598, sodium_mg: 20, salt_g: 0.05});
	const [soda] = (await house.get('/api/v1/foods/search?q=soda', person)).data;
	t.like(soda, {basis: '100ml', barcode: null, brand: 'Makers Inc.', nutrients: {energy_kcal: 42, vitamin_d_ug: 1}});
	t.deepEqual(await house.found('hummus', person), []);
	t.regex(said, /^food_nutrient\.csv line 9: The amount "-3" of nutrient 1004/m);
	t.regex(said, /^food_nutrient\.csv line 10: The amount "Infinity"/m);
	t.regex(said, /^food_nutrient\.csv line 13: "x" is no fdc_id/m);
	t.regex(said, /^line 4: 036000291459 is no barcode/m);
	t.like((await imported(house, path)).counts, {added: 0, changed: 0, kept: 3});
	const staged = await house.house.ports.database.one(
		'select (select count(*) from food.import_parts) as parts, (select count(*) from food.imports) as imports',
	);
	t.deepEqual(staged, {parts: 0, imports: 0});
});

test('an import that was stopped while tables are staged, or foods written, goes on there', async t => {
	const house = await aFoodHouse(t);
	const nutrients: (string | number)[][] = [['id', 'fdc_id', 'nutrient_id', 'amount']];
	const foods: (string | number)[][] = [['fdc_id', 'data_type', 'description']];
	for (let fdc_id = 1; fdc_id <= 6000; fdc_id++) {
		// One line each is amiss: where it is told of, the terminal goes away.
		nutrients.push([fdc_id, fdc_id, 1008, fdc_id === 5900 ? 'much' : 100], [fdc_id, fdc_id, 1003, 2]);
		foods.push([fdc_id, 'sr_legacy_food', fdc_id === 1700 ? '' : `Food ${fdc_id}`]);
	}
	const path = await aZip(t, {food: table(...foods), food_nutrient: table(...nutrients)});
	const context = house.house.contextOf('food');
	const stopAt = (start: string) => (line: string) => {
		if (line.startsWith(start)) throw new Error('the terminal is gone');
	};
	const state = () => house.house.ports.database.one('select step, line from food.imports');
	await t.throwsAsync(importFile(path, context, stopAt('food_nutrient.csv line')), {message: 'the terminal is gone'});
	t.deepEqual(await state(), {step: 0, line: 10_001});
	await t.throwsAsync(importFile(path, context, stopAt('line 1701')), {message: 'the terminal is gone'});
	t.deepEqual(await state(), {step: 3, line: 1501});
	t.like((await imported(house, path)).counts, {rows: 6000, added: 5999, kept: 0, left_out: 1});
	const {n} = await house.house.ports.database.one<{n: number}>(
		`select count(*) as n from food.foods where nutrients = '{"energy_kcal": 100, "protein_g": 2}'`,
	);
	t.is(n, 5998);
});

test('a zip that is cut off, damaged or of something else is refused with a reason, and changes nothing', async t => {
	const house = await aFoodHouse(t);
	const path = await aZip(t, TABLES);
	const whole = await readFile(path);
	await writeFile(path, whole.subarray(0, whole.length - 200));
	await t.throwsAsync(imported(house, path), {name: 'PublicError', message: /zip is cut off or damaged/});
	const broken = Buffer.from(whole);
	broken.fill(0xff, 60, 260);
	await writeFile(path, broken);
	await t.throwsAsync(imported(house, path), {name: 'PublicError', message: /zip is cut off or damaged/});
	const other = await aZip(t, {photos: 'a,b\n'});
	await t.throwsAsync(imported(house, other), {name: 'PublicError', message: /no food\.csv and no food_nutrient\.csv/});
	const bomb = await aZip(t, {...TABLES, food_nutrient: '0'.repeat(300 * 1024 * 1024)});
	await t.throwsAsync(imported(house, bomb), {name: 'PublicError', message: /200 times its size/});
	const {n} = await house.house.ports.database.one<{n: number}>('select count(*) as n from food.foods');
	t.is(n, 0);
});
