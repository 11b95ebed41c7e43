import {chmodSync, createWriteStream, mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, loadavg, tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {parseArgs} from 'node:util';
import {createGzip} from 'node:zlib';
import {importFile} from '@hearth/food/import-foods.js';
import food from '@hearth/food/plugin.js';
import {migrateAll} from '@hearth/host/platform.js';
import {checkDigit} from '@hearth/nutrition/gtin.js';
import {openServer} from '@hearth/ports/drivers/embedded-postgres/server.js';
import {openPostgres} from '@hearth/ports/drivers/postgres.js';
import pg from 'pg';
import {megabytes, printTable, seconds} from './figures.js';

// How fast products of Open Food Facts come in, against a plain COPY of the very same rows into the same table with the same indexes:
// `npm run bench -- food-import [--foods 100000]`.

const {values: options} = parseArgs({options: {foods: {type: 'string'}}});
const FOODS = Number(options.foods ?? 100_000);
if (!Number.isSafeInteger(FOODS) || FOODS < 1) throw new Error('Usage: npm run bench -- food-import [--foods 100000]');

const quiet = {info() {}, warn() {}, error() {}};
const folder = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
chmodSync(folder, 0o711);
const server = await openServer({folder: join(folder, 'postgres'), guest: false, say() {}, log: quiet});
const database = await openPostgres({url: server.url, log: quiet});
const plain = new pg.Client({connectionString: server.url});
try {
	await plain.connect();
	await migrateAll([food], database);
	await measure();
} finally {
	await plain.end();
	await database.close();
	await server.stop();
	rmSync(folder, {recursive: true, force: true, maxRetries: 5});
}

async function measure(): Promise<void> {
	const file = join(folder, 'products.jsonl.gz');
	await pipeline(Readable.from(products()), createGzip(), createWriteStream(file));
	const importing = () => importFile(file, {db: database, now: Date.now}, () => {});

	const before = process.memoryUsage.rss();
	let highest = before;
	const watch = setInterval(() => {
		highest = Math.max(highest, process.memoryUsage.rss());
	}, 100);
	const [imported, counts] = await timed(importing);
	clearInterval(watch);
	if (counts.added !== FOODS) throw new Error(`${counts.added} foods came in instead of ${FOODS}`);
	const [again] = await timed(importing);

	const {rows} = await plain.query<{columns: string}>(
		`select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
		where attrelid = 'food.foods'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
	);
	const columns = rows[0]?.columns ?? '';
	const dump = join(folder, 'foods.copy');
	await plain.query(`copy (select ${columns} from food.foods) to '${dump}'`);
	await plain.query('truncate food.foods cascade');
	const [copied] = await timed(() => plain.query(`copy food.foods (${columns}) from '${dump}'`));
	await plain.query('create table bare as select * from food.foods limit 0');
	const [bare] = await timed(() => plain.query(`copy bare (${columns}) from '${dump}'`));

	const row = (what: string, ms: number) => [
		what,
		seconds(ms),
		`${Math.round((1000 * FOODS) / ms)} rows/s`,
		(copied / ms).toFixed(2),
	];
	printTable(
		`${FOODS} products (load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors); the last column is of COPY, aim 0.33`,
		[
			row('import of JSONL.gz', imported),
			row('the same again, nothing new', again),
			row('COPY into the same table and indexes', copied),
			row('COPY into a table without indexes', bare),
		],
	);
	console.log(`  memory: ${megabytes(before)} before, at most ${megabytes(highest)} during the import`);
}

async function timed<T>(work: () => Promise<T>): Promise<[ms: number, result: T]> {
	const started = performance.now();
	const result = await work();
	return [performance.now() - started, result];
}

/** Products of made-up names, as long as real ones; the same every time. */
function* products(): Generator<string> {
	let state = 1;
	// Park and Miller's generator: no two runs differ.
	const random = (below: number) => {
		state = (state * 48_271) % 2_147_483_647;
		return state % below;
	};
	const syllables = 'ba cho da fe gra ho jo ki la mi no pa qui ru sa te vo zu li mon'.split(' ');
	const word = (most: number) =>
		Array.from({length: 2 + random(2)}, () => syllables[random(Math.min(most, syllables.length))]).join('');
	for (let at = 0; at < FOODS; at++) {
		const digits = String(400_000_000_000 + at);
		const [fat, sugars, protein] = [random(300) / 10, random(300) / 10, random(200) / 10];
		const carbohydrates = sugars + random(200) / 10;
		yield `${JSON.stringify({
			code: `${digits}${checkDigit(digits)}`,
			lang: 'en',
			product_name: Array.from({length: 2 + random(4)}, () => word(20)).join(' '),
			brands: word(6),
			quantity: '400 g',
			serving_size: '30 g',
			serving_quantity: 30,
			categories_tags: ['en:snacks', 'en:sweet-snacks'],
			countries_tags: ['en:france'],
			ingredients_text: Array.from({length: 12}, () => word(20)).join(', '),
			nutriments: {
				'energy-kcal_100g': Math.round(9 * fat + 4 * carbohydrates + 4 * protein),
				fat_100g: fat,
				'saturated-fat_100g': fat / 2,
				carbohydrates_100g: carbohydrates,
				sugars_100g: sugars,
				proteins_100g: protein,
				salt_100g: random(200) / 100,
				fiber_100g: random(80) / 10,
			},
		})}\n`;
	}
}
