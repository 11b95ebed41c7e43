import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {checkDigit} from '@hearth/nutrition/gtin.js';
import test, {type ExecutionContext} from 'ava';
import {importFile} from '../import-foods.js';
import {aFoodHouse, type FoodHouse} from './fixtures.js';

const NUTELLA = {
	code: '3017620422003',
	product_name: 'Nutella',
	brands: 'Ferrero,Nutella',
	quantity: '400 g',
	serving_size: '15 g',
	serving_quantity: '15',
	nutriments: {
		'energy-kcal_100g': 539,
		'energy-kj_100g': 2255,
		fat_100g: 30.9,
		'saturated-fat_100g': 10.6,
		carbohydrates_100g: 57.5,
		sugars_100g: 56.3,
		proteins_100g: 6.3,
		salt_100g: 0.107,
		sodium_100g: 0.0428,
	},
};
const COLA = {
	code: '5449000000996',
	product_name: 'Cola',
	quantity: '330 ml',
	nutriments: {'energy-kcal_100g': 42, carbohydrates_100g: 10.6, sugars_100g: 10.6, 'vitamin-c_100g': 0.0015},
};
const jsonl = (...products: unknown[]) => products.map(product => `${JSON.stringify(product)}\n`).join('');

const barcodeOf = (at: number) => `${200_000_000_000 + at}${checkDigit(String(200_000_000_000 + at))}`;

async function aFile(t: ExecutionContext, name: string, content: string | Buffer): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'hearth-import-'));
	t.teardown(() => rm(folder, {recursive: true}));
	const path = join(folder, name);
	await writeFile(path, content);
	return path;
}

/** Imports as the command does; what it printed comes along. */
async function imported(t: ExecutionContext, house: FoodHouse, name: string, content: string | Buffer) {
	const said: string[] = [];
	const counts = await importFile(await aFile(t, name, content), house.house.contextOf('food'), line =>
		said.push(line),
	);
	return {counts, said: said.join('\n')};
}

test('products of Open Food Facts are verified foods in our units, found by name and barcode', async t => {
	const house = await aFoodHouse(t);
	const person = await house.person();
	const {counts} = await imported(t, house, 'off.jsonl.gz', gzipSync(jsonl(NUTELLA, COLA)));
	t.like(counts, {rows: 2, added: 2, left_out: 0});
	const {data} = await house.get('/api/v1/foods/barcode/3017620422003', person);
	t.like(data, {
		name: 'Nutella',
		brand: 'Ferrero',
		status: 'verified',
		source: 'openfoodfacts',
		licence: 'ODbL-1.0',
		basis: '100g',
		servings: [{label: '15 g', amount: 15, unit: 'g'}],
		flags: [],
	});
	t.like(data.nutrients, {energy_kcal: 539, saturated_fat_g: 10.6, sodium_mg: 42.8, salt_g: 0.107});
	t.is(data.nutrients.fiber_g, undefined);
	const [cola] = (await house.get('/api/v1/foods/search?q=cola', person)).data;
	t.like(cola, {basis: '100ml', nutrients: {vitamin_c_mg: 1.5}});
	t.deepEqual(await house.found('nutela', person), ['Nutella']);
});

test('a product of the newer exports, which give each amount with its unit, is the same food', async t => {
	const house = await aFoodHouse(t);
	const newer = (per: string, nutrients: Record<string, unknown>, preparation = 'as_sold') => ({
		nutrition: {aggregated_set: {per, preparation, nutrients}},
	});
	const {said} = await imported(
		t,
		house,
		'newer.jsonl',
		jsonl(
			{
				code: NUTELLA.code,
				product_name: 'Spread',
				unique_scans_n: 1500.5,
				...newer('100g', {
					'energy-kcal': {value: 539, unit: 'kcal'},
					fat: {value: '30,9', unit: 'g'},
					sodium: {value: 42.8, unit: 'mg'},
					'vitamin-d': {value: 2, unit: 'µg'},
					'vitamin-a': {value: 100, unit: 'IU'},
					proteins: {value: -1, unit: 'g'},
					salt: 5,
				}),
			},
			{
				code: COLA.code,
				product_name: 'Drink',
				...newer('100ml', {energy: {value: 10, unit: 'kcal'}, alcohol: {value: 5, unit: '% vol'}}),
			},
			{code: '96385074', product_name: 'Bar', ...newer('serving', {fat: {value: 4, unit: 'g'}})},
			{code: '73513537', product_name: 'Powder', ...newer('100g', {fat: {value: 4, unit: 'g'}}, 'prepared')},
		),
	);
	const foods = await house.house.ports.database.many(
		'select name, basis, nutrients, popularity from food.foods order by name',
	);
	t.deepEqual(foods, [
		{name: 'Bar', basis: 'serving', nutrients: {fat_g: 4}, popularity: 0},
		{name: 'Drink', basis: '100ml', nutrients: {energy_kj: 41.84, alcohol_g: 3.945}, popularity: 0},
		{
			name: 'Spread',
			basis: '100g',
			nutrients: {energy_kcal: 539, fat_g: 30.9, sodium_mg: 42.8, vitamin_d_ug: 2},
			popularity: 1500,
		},
	]);
	t.regex(said, /^line 1: proteins_100g is "-1", which is no amount/m);
	t.regex(said, /^line 4: .*nothing of what is in it/m);
});

test('the same file twice changes nothing; a newer one corrects what the house has not', async t => {
	const house = await aFoodHouse(t);
	const person = await house.person();
	await imported(t, house, 'off.jsonl', jsonl(NUTELLA, COLA));
	t.like((await imported(t, house, 'off.jsonl', jsonl(NUTELLA, COLA))).counts, {added: 0, changed: 0, kept: 2});
	const {data: cola} = await house.get('/api/v1/foods/barcode/5449000000996', person);
	await house.put(`/api/v1/foods/${cola.id}`, {name: 'Our cola'}, house.moderator);
	const newer = jsonl({...NUTELLA, product_name: 'Nutella spread'}, {...COLA, product_name: 'Theirs'});
	t.like((await imported(t, house, 'newer.jsonl', newer)).counts, {added: 0, changed: 1, kept: 1});
	t.is((await house.get('/api/v1/foods/barcode/5449000000996', person)).data.name, 'Our cola');
	t.deepEqual(await house.found('spread', person), ['Nutella spread']);
	const same = (await house.get('/api/v1/foods/barcode/3017620422003', person)).data;
	t.is(same.name, 'Nutella spread');
});

test('a product that the house has verified itself is not brought in beside it', async t => {
	const house = await aFoodHouse(t);
	const own = await house.aFood({name: 'Our spread', barcode: '3017620422003'});
	t.like((await imported(t, house, 'off.jsonl', jsonl(NUTELLA, COLA))).counts, {added: 1, kept: 1});
	t.is((await house.get('/api/v1/foods/barcode/3017620422003', await house.person())).data.id, own.id);
});

test('a bad line is told by its number and keeps no other from coming in', async t => {
	const house = await aFoodHouse(t);
	const bad = [
		'{"code": "1", "product_name": ',
		'[1, 2]',
		JSON.stringify({product_name: 'No code'}),
		JSON.stringify({code: '4000417025005', product_name: ' \u0000 '}),
		JSON.stringify({code: '4000417025005', product_name: 'Unknown inside'}),
		`{"code": "${'9'.repeat(9 * 1024 * 1024)}"}`,
	].map(line => `${line}\n`);
	const {counts, said} = await imported(t, house, 'off.jsonl', `${bad.join('')}\n${jsonl(COLA)}`);
	t.like(counts, {rows: 7, added: 1, left_out: 6});
	for (const [line, what] of [
		[1, 'no JSON'],
		[2, 'no product'],
		[3, 'no code'],
		[4, 'no name'],
		[5, 'nothing of what is in it'],
		[6, 'longer'],
	]) {
		t.regex(said, new RegExp(`^line ${line}: .*${what}`, 'm'));
	}
});

test('what is no amount or no barcode is left out of its food, and the rest comes in', async t => {
	const house = await aFoodHouse(t);
	const odd = {
		code: '3017620422004',
		product_name: 'Odd\u0000 one',
		nutriments: {
			fat_100g: -3,
			proteins_100g: '1e999',
			sugars_100g: 'much',
			salt_100g: '0,25',
			carbohydrates_100g: '< 0.5',
			'energy-kcal_100g': 95_000,
			fiber_100g: '',
		},
	};
	const {counts, said} = await imported(t, house, 'off.jsonl', jsonl(odd));
	t.like(counts, {added: 1, amended: 1});
	for (const what of ['fat_100g', 'proteins_100g', 'sugars_100g', 'last digit']) t.regex(said, new RegExp(what));
	const [found] = (await house.get('/api/v1/foods/search?q=odd', await house.person())).data;
	t.deepEqual(found.nutrients, {energy_kcal: 95_000, carbohydrate_g: 0.5, salt_g: 0.25});
	t.like(found, {name: 'Odd one', barcode: null});
	t.true(found.flags.some(({code}: {code: string}) => code === 'energy_too_high'));
});

test('a table with a mark of the byte order, broken quotes and decimal commas is read row by row', async t => {
	const house = await aFoodHouse(t);
	const table = [
		'\uFEFFcode\tproduct_name\tbrands\tquantity\tfat_100g\tproteins_100g',
		'3017620422003\tPizza 12"\tHers\t1 l\t3,5\t2',
		'5449000000996\t"Said ""well"""\tHis\t\t1\t2',
		'96385074\t"never closed\tTheirs\t\t1',
		'4006381333931\t"Two\r\nlines"\tOurs\t\t1\t2',
		'4000417025005\tToo\tmany\t\t1\t2\t3\t4',
		'4000417025005\t\tNameless\t\t1\t2',
		'73513537\tLast\tOne\t\t7\t',
	];
	const {counts, said} = await imported(t, house, 'off.csv', table.join('\r\n'));
	const names = await house.house.ports.database.many<{name: string}>('select name from food.foods order by name');
	t.deepEqual(
		names.map(({name}) => name),
		['Last', 'Pizza 12"', 'Said "well"', 'Two lines'],
	);
	t.like(counts, {added: 4, left_out: 3});
	t.regex(said, /^line 4: .*quotation mark/m);
	t.regex(said, /^line 7: .*8 columns/m);
	t.regex(said, /^line 8: .*no name/m);
});

test('a quotation mark that nothing closes takes no other row with it, at the end of the file either', async t => {
	const house = await aFoodHouse(t);
	const row = (at: number, name: string) => `${barcodeOf(at)},${name},1`;
	const table = [
		'code,product_name,fat_100g',
		row(1, '"open, and'),
		`${'x'.repeat(9 * 1024 * 1024)}`,
		row(2, 'Whole'),
		row(3, '"open again, and'),
		row(4, 'Second'),
		row(5, '"once more, and'),
		row(6, '"Third, in marks"'),
	];
	const {counts, said} = await imported(t, house, 'off.csv', table.join('\n'));
	const names = await house.house.ports.database.many<{name: string}>('select name from food.foods order by name');
	t.deepEqual(
		names.map(({name}) => name),
		['Second', 'Third, in marks', 'Whole'],
	);
	t.like(counts, {rows: 7, left_out: 4});
	for (const line of [2, 5, 7]) t.regex(said, new RegExp(`^line ${line}: .*quotation mark`, 'm'));
	t.regex(said, /^line 3: .*longer than any food/m);
});

test('a file that ends too early gives what came before, and says so; whole, it goes on without a second copy', async t => {
	const house = await aFoodHouse(t);
	const many = Array.from({length: 3000}, (_, at) => ({
		...COLA,
		code: barcodeOf(at),
		product_name: `Cola ${(at * 7919) % 10_007} ${Math.sin(at)}`,
	}));
	const whole = gzipSync(jsonl(...many));
	const count = async () =>
		(await house.house.ports.database.one<{n: number}>('select count(*) as n from food.foods')).n;
	await t.throwsAsync(imported(t, house, 'cut.jsonl.gz', whole.subarray(0, whole.length / 2)), {
		name: 'PublicError',
		message: /ends too early.*line [\d,]+, is in/,
	});
	const before = await count();
	t.true(before > 100 && before < 2000, `${before} foods`);
	t.like((await imported(t, house, 'whole.jsonl.gz', whole)).counts, {added: 3000 - before, kept: before});
	t.is(await count(), 3000);
	const damaged = Buffer.from(whole);
	damaged.fill(0xff, whole.length / 2, whole.length / 2 + 200);
	await t.throwsAsync(imported(t, house, 'damaged.jsonl.gz', damaged), {message: /is damaged/});
});

test('an import that was stopped goes on after the last line that is in', async t => {
	const house = await aFoodHouse(t);
	const many = Array.from({length: 3000}, (_, at) => ({...COLA, code: barcodeOf(at), product_name: `Cola ${at}`}));
	// The line that is told of stands where the fourth batch is being gathered.
	const path = await aFile(t, 'off.jsonl', `${jsonl(...many.slice(0, 1700))}no JSON\n${jsonl(...many.slice(1700))}`);
	const context = house.house.contextOf('food');
	const stop = (line: string) => {
		if (line.startsWith('line ')) throw new Error('the terminal is gone');
	};
	await t.throwsAsync(importFile(path, context, stop), {message: 'the terminal is gone'});
	const said: string[] = [];
	const counts = await importFile(path, context, line => said.push(line));
	t.like(counts, {rows: 3001, added: 3000, kept: 0});
	t.regex(said.join('\n'), /Going on after line 1,500/);
});

test('what is no list of foods, or unpacks without end, is refused with a reason', async t => {
	const house = await aFoodHouse(t);
	const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024));
	const refused: [name: string, content: string | Buffer, message: RegExp][] = [
		['bomb.jsonl.gz', bomb, /200 times its size/],
		['empty.csv', '', /is empty/],
		['other.csv', 'date,steps\n2024-01-01,3000\n', /no list of foods/],
		['half.csv', 'code,fat_100g\n1,2\n', /does not name the column product_name/],
		['wide.csv', Buffer.from('\uFEFFcode\tproduct_name\n', 'utf16le'), /UTF-16/],
	];
	for (const [name, content, message] of refused) {
		await t.throwsAsync(imported(t, house, name, content), {name: 'PublicError', message}, name);
	}
	await t.throwsAsync(
		importFile('/nowhere/at/all', house.house.contextOf('food'), () => {}),
		{message: /ENOENT/},
	);
});
