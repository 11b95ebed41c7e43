import {chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {availableParallelism, loadavg, tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {suggest} from '@hearth/food/autocomplete.js';
import {kept} from '@hearth/food/keep-search.js';
import {learnWords} from '@hearth/food/near-words.js';
import food from '@hearth/food/plugin.js';
import {countWords, rankAll} from '@hearth/food/rank-foods.js';
import {findPage, questionOf} from '@hearth/food/search-foods.js';
import {migrateAll} from '@hearth/host/platform.js';
import type {Sql} from '@hearth/ports/database.js';
import {openServer} from '@hearth/ports/drivers/embedded-postgres/server.js';
import {openMemoryCache} from '@hearth/ports/drivers/memory-cache.js';
import {openPostgres} from '@hearth/ports/drivers/postgres.js';
import pg from 'pg';
import {median, megabytes, milliseconds, printTable, quantile, seconds} from './figures.js';
import {COLUMNS, madeFoods, numbersFrom, writeFoods} from './foods/made-foods.js';

// Search among a million foods, on the PostgreSQL a household has: `npm run bench -- foods [--foods 100000] [--queries 300] [--seed 1]`.
// With `--folder` the foods stay there for the next run. Each kind of query is another one every time and nothing of it is cached by us. The ratio is to the same statements sent by pg alone.

const {values: options} = parseArgs({
	options: {foods: {type: 'string'}, queries: {type: 'string'}, seed: {type: 'string'}, folder: {type: 'string'}},
});
const FOODS = Number(options.foods ?? 1_000_000);
const QUERIES = Number(options.queries ?? 300);
const SEED = Number(options.seed ?? 1);
if (![FOODS, QUERIES, SEED].every(number => Number.isSafeInteger(number) && number > 0)) {
	throw new Error(
		'Usage: npm run bench -- foods [--foods 1000000] [--queries 300] [--seed 1]; each a whole number above 0',
	);
}

const quiet = {info() {}, warn() {}, error() {}};
const person = {id: '10000000-0000-4000-8000-000000000001', household_id: '10000000-0000-4000-8000-000000000002'};
const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'hearth-bench-'));
mkdirSync(folder, {recursive: true});
chmodSync(folder, 0o711);
const server = await openServer({folder: join(folder, 'postgres'), guest: false, say() {}, log: quiet});
const database = await openPostgres({url: server.url, log: quiet});
const plain = new pg.Client({connectionString: server.url});
let backend = 0;
try {
	await plain.connect();
	backend = (await plain.query('select pg_backend_pid() as pid')).rows[0].pid;
	await migrateAll([food], database);
	const {there} = await database.one<{there: number}>('select count(*) as there from food.foods');
	if (there === 0) await fill();
	else if (there !== FOODS) throw new Error(`The folder holds ${there} foods: empty it, or say --foods ${there}`);
	await tellSizes();
	await measure();
} finally {
	await plain.end();
	await database.close();
	await server.stop();
	if (options.folder === undefined) rmSync(folder, {recursive: true, force: true, maxRetries: 5});
}

async function fill(): Promise<void> {
	const file = join(folder, 'foods.tsv');
	const words = await writeFoods(file, FOODS, SEED);
	chmodSync(file, 0o644);
	const {rows} = await plain.query(`select pg_get_indexdef('food.foods_terms'::regclass) as index`);
	await plain.query('drop index food.foods_terms');
	const copied = await timed(() => plain.query(`copy food.foods (${COLUMNS}) from '${file}'`));
	await plain.query('vacuum analyze food.foods');
	const learnt = await timed(() => learnWords(database, words));
	const ranked = await timed(() => rankAll(database));
	const indexed = await timed(() => plain.query(rows[0].index));
	const counted = await timed(async () => {
		await countWords(database);
		await plain.query('vacuum analyze food.foods');
		await plain.query('vacuum analyze food.words');
	});
	console.log(
		`${FOODS} foods, ${words.size} words: COPY ${told(copied)}, learnt ${seconds(learnt.ms)}, ranked ${seconds(ranked.ms)}`,
	);
	console.log(`counted ${seconds(counted.ms)}, the index built anew ${told(indexed)}`);
}

async function tellSizes(): Promise<void> {
	const sizes = await database.many<{name: string; bytes: number}>(
		`select 'rows' as name, pg_table_size('food.foods') as bytes
		union all select relname, pg_relation_size(oid) from pg_class
		where relnamespace = 'food'::regnamespace and relkind = 'i' and relname ~ '^(foods_(terms|named)|words_)'
		union all select 'words', pg_table_size('food.words') order by 2 desc`,
	);
	printTable(
		'Sizes',
		sizes.map(({name, bytes}) => [name, megabytes(bytes)]),
	);
}

async function measure(): Promise<void> {
	const random = numbersFrom(SEED + 1);
	const sample = [...madeFoods(Math.min(FOODS, 20_000), SEED)];
	const some = () => sample[Math.floor(random() * sample.length)] ?? {name: '', brand: null, barcode: null};
	const words = () =>
		some()
			.name.split(' ')
			.filter(word => /^\p{L}{5,}$/u.test(word));
	const word = (): string => words()[0] ?? word();
	const slip = (text: string) => {
		const at = 1 + Math.floor(random() * (text.length - 2));
		const kind = random();
		if (kind < 0.25) return text.slice(0, at) + text.slice(at + 1);
		if (kind < 0.5) return `${text.slice(0, at)}x${text.slice(at)}`;
		if (kind < 0.75) return text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
		return `${text.slice(0, at)}e${text.slice(at + 1)}`;
	};
	const long = (): string => {
		const found = words().find(one => one.length >= 7);
		return found ?? long();
	};
	const kinds: Record<string, () => string> = {
		'exact name': () => some().name,
		'one word': word,
		'beginning, 1 letter': () => word().slice(0, 1),
		'beginning, 2 letters': () => word().slice(0, 2),
		'beginning, 3 letters': () => word().slice(0, 3),
		'beginning, 4 letters': () => word().slice(0, 4),
		'two words': () => `${word()} ${word()}`,
		'two words of one name': () => words().slice(-2).reverse().join(' ') || word(),
		'brand and word': () => `${some().brand ?? 'Alpro'} ${word()}`,
		'one slip': () => slip(word()),
		'two slips': () => slip(slip(long())),
		'slip in one of two': () => `${word()} ${slip(word())}`,
		nothing: () => `qqzx${Math.floor(random() * 1e9).toString(36)}jjw`,
		barcode: () => some().barcode ?? '4006381333931',
	};
	console.log(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}; seed ${SEED}`);
	const rows = [['', 'p50', 'p95', 'p99', 'longest', 'processor p50', 'p99', 'of bare SQL', 'found']];
	const search = async (sql: Sql, q: string) => (await findPage(sql, {q, limit: 50}, person)).foods.length;
	const complete = async (sql: Sql, q: string) => {
		const asked = questionOf(q);
		return asked === null ? 0 : (await suggest(sql, asked, person, [], 8)).length;
	};
	const typed = (text: string) => text.slice(0, 1 + Math.floor(random() * text.length));
	const doors: [string, () => string, (sql: Sql, q: string) => Promise<number>][] = [
		...Object.entries(kinds).map(([kind, next]) => [kind, next, search] as (typeof doors)[number]),
		['autocomplete, a word', () => typed(word()), complete],
		['autocomplete, a name', () => typed(some().name), complete],
	];
	for (const [kind, next, ask] of doors) {
		const all: number[] = [];
		const ratios: number[] = [];
		const processor: number[] = [];
		let found = 0;
		let slowest = '';
		for (let at = -20; at < QUERIES; at += 1) {
			const q = next();
			const asked: [string, readonly unknown[]][] = [];
			const spied: Sql = {
				...database,
				many: (query, given) => {
					asked.push([String(query), given ?? []]);
					return database.many(query, given);
				},
			};
			const {ms, result} = await timed(() => ask(spied, q));
			if (at < 0) continue;
			if (ms > Math.max(0, ...all)) slowest = q;
			all.push(ms);
			found += result > 0 ? 1 : 0;
			const bare = await timed(async () => {
				for (const [query, given] of asked) await plain.query(query, [...given]);
			});
			ratios.push(ms / bare.ms);
			processor.push(bare.processor_ms);
		}
		rows.push([
			kind,
			...[quantile(all, 0.5), quantile(all, 0.95), quantile(all, 0.99), Math.max(...all)].map(milliseconds),
			milliseconds(quantile(processor, 0.5)),
			milliseconds(quantile(processor, 0.99)),
			median(ratios).toFixed(2),
			`${Math.round((100 * found) / all.length)} %  ${slowest}`,
		]);
	}
	rows.push(await keptAnswers());
	printTable(`Search, the first 50 foods, ${QUERIES} queries of each kind, uncached`, rows);
}

/** One question over and over: what is left of it where the answer is kept in memory. */
async function keptAnswers(): Promise<string[]> {
	const cache = openMemoryCache();
	const all: number[] = [];
	for (let at = 0; at < QUERIES; at += 1) {
		const {ms} = await timed(() =>
			kept({db: database, cache}, person, ['bench'], 60_000, () =>
				findPage(database, {q: 'chocolate', limit: 50}, person),
			),
		);
		if (at > 0) all.push(ms);
	}
	await cache.close();
	return ['kept', ...[0.5, 0.95, 0.99, 0.999].map(part => milliseconds(quantile(all, part))), '', '', '', ''];
}

interface Timed<T> {
	ms: number;
	/** Of the plain connection's process at the server alone; what else the machine does hardly changes it. Linux only. */
	processor_ms: number;
	result: T;
}

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
	const before = serverProcessor();
	const started = performance.now();
	const result = await work();
	const ms = performance.now() - started;
	return {ms, processor_ms: serverProcessor() - before, result};
}

function told({ms, processor_ms}: Timed<unknown>): string {
	return `${seconds(ms)} (processor ${seconds(processor_ms)})`;
}

function serverProcessor(): number {
	return Number(readFileSync(`/proc/${backend}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}
