import {createWriteStream} from 'node:fs';
import {rm} from 'node:fs/promises';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {PublicError} from '@hearth/host/errors.js';
import type {Command, Context} from '@hearth/host/plugin.js';
import {stringify} from 'csv-stringify/sync';
import type {Food} from './contract.js';
import {ALCOHOL_G_PER_ML, OPEN_FOOD_FACTS_NUTRIENTS} from './openfoodfacts-names.js';

/** Foods that are read together. */
const PAGE = 1000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** For the person at the machine: what the people of this house have added, as Open Food Facts writes it. */
export const exportFoodsToFile: Command = {
	name: 'food export',
	summary:
		'Write the foods that people of this house added, in Open Food Facts’ field names (.jsonl or .csv, also .gz)',
	arguments: [{name: 'file', summary: 'A new file; how its name ends says what it is'}],
	run: async ({arguments: [path = '']}, {db}, {print}) => {
		const written = await exportFoods(path, {db});
		print(`${written.toLocaleString('en')} foods are in ${path}.`);
	},
};

/** Answers how many foods it wrote. CONFLICT where there is such a file; one that could not be finished is removed. */
export async function exportFoods(path: string, {db}: Pick<Context, 'db'>): Promise<number> {
	const kind = /\.(jsonl|csv)(\.gz)?$/i.exec(path);
	if (kind === null) {
		throw new PublicError('VALIDATION_ERROR', 'Let the name of the file end in .jsonl, .jsonl.gz, .csv or .csv.gz.');
	}
	let written = 0;
	async function* text(): AsyncGenerator<string> {
		const isTable = kind?.[1]?.toLowerCase() === 'csv';
		if (isTable) yield tableOf([COLUMNS]);
		for await (const foods of ownFoods(db)) {
			written += foods.length;
			const products = foods.map(asProduct);
			yield isTable
				? tableOf(products.map(rowOf))
				: products.map(({amounts, ...fields}) => `${JSON.stringify({...fields, nutriments: amounts})}\n`).join('');
		}
	}
	const file = createWriteStream(path, {flags: 'wx', mode: 0o600});
	try {
		await (kind[2] === undefined
			? pipeline(Readable.from(text()), file)
			: pipeline(Readable.from(text()), createGzip(), file));
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		if (code === 'EEXIST') throw new PublicError('CONFLICT', `${path} is there already. Name a new file.`);
		await rm(path, {force: true});
		if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOSPC') {
			throw new PublicError('VALIDATION_ERROR', `${path} cannot be written (${code}).`, {cause: error});
		}
		throw error;
	}
	return written;
}

async function* ownFoods(db: Context['db']): AsyncGenerator<OwnFood[]> {
	for (let after = FIRST_ID; ; ) {
		const foods = await db.many<OwnFood>(
			`select id, name, brand, barcode, basis, servings, nutrients from food.foods
			where id > $1 and source in ('user', 'label') and status <> 'rejected' order by id limit ${PAGE}`,
			[after],
		);
		const last = foods.at(-1);
		if (last === undefined) return;
		yield foods;
		after = last.id;
	}
}
type OwnFood = Pick<Food, 'id' | 'name' | 'brand' | 'barcode' | 'basis' | 'servings' | 'nutrients'>;

interface OwnProduct {
	[field: string]: unknown;
	amounts: Record<string, number>;
}

const FIELDS = [
	'code',
	'product_name',
	'brands',
	'serving_size',
	'serving_quantity',
	'serving_quantity_unit',
	'product_quantity_unit',
	'nutrition_data_per',
];
const COLUMNS = [
	...FIELDS,
	...['100g', 'serving'].flatMap(per => [
		...OPEN_FOOD_FACTS_NUTRIENTS.map(([name]) => `${name}_${per}`),
		`alcohol_${per}`,
	]),
];

/** Amounts are in grams there, per 100 g also where that is 100 ml. Without a barcode the food's id stands for the code. */
function asProduct({id, name, brand, barcode, basis, servings, nutrients}: OwnFood): OwnProduct {
	const per = basis === 'serving' ? 'serving' : '100g';
	const amounts: Record<string, number> = {};
	for (const [theirs, ours, factor] of OPEN_FOOD_FACTS_NUTRIENTS) {
		const amount = nutrients[ours];
		if (amount !== undefined) amounts[`${theirs}_${per}`] = rounded(amount / factor);
	}
	if (nutrients.alcohol_g !== undefined && basis === '100ml') {
		amounts.alcohol_100g = rounded(nutrients.alcohol_g / ALCOHOL_G_PER_ML);
	}
	const [serving] = servings;
	const unit = basis === '100ml' ? 'ml' : basis === '100g' ? 'g' : (serving?.unit ?? null);
	const isKnown = serving !== undefined && serving.unit !== null && serving.unit === unit;
	return {
		code: barcode ?? id,
		product_name: name,
		...(brand === null ? {} : {brands: brand}),
		...(serving === undefined ? {} : {serving_size: isKnown ? sizeOf(serving) : serving.label}),
		...(isKnown ? {serving_quantity: serving.amount, serving_quantity_unit: unit} : {}),
		...(unit === null ? {} : {product_quantity_unit: unit}),
		nutrition_data_per: per,
		amounts,
	};
}

const sizeOf = ({label, amount, unit}: Food['servings'][number]) =>
	label === `${amount} ${unit}` ? label : `${label} (${amount} ${unit})`;
const rounded = (amount: number) => Number(amount.toPrecision(7));

const rowOf = ({amounts, ...fields}: OwnProduct): unknown[] =>
	COLUMNS.map(column => fields[column] ?? amounts[column] ?? '');

/** Tabs between cells, as their own table has it. */
const tableOf = (rows: readonly unknown[][]): string => stringify([...rows], {delimiter: '\t'});
