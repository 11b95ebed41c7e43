import {PublicError} from '@hearth/host/errors.js';
import {SALT_PER_SODIUM} from '@hearth/nutrition/energy.js';
import {parseGtin} from '@hearth/nutrition/gtin.js';
import {type Entry, openPromise, type ZipFile} from 'yauzl';
import {FDC_NUTRIENTS} from './fdc-nutrients.js';
import {Amounts, plainText, readAmount} from './import-amounts.js';
import {linesOf} from './import-lines.js';
import type {ReadRows} from './import-openfoodfacts.js';
import type {Reading} from './import-product.js';
import {type Progress, rateOf, say} from './import-progress.js';
import {type Row, rowsOf} from './import-rows.js';
import type {ImportContext, ImportedFood} from './import-store.js';

/** What people eat; the rest of the table are samples of laboratories and markets. */
const WANTED = new Set(['branded_food', 'foundation_food', 'sr_legacy_food', 'survey_fndds_food']);
/** Rows that are staged together. */
const BATCH_ROWS = 10_000;
/** As many as a food may have. */
const MAX_SERVINGS = 20;

/** Of the tables that are staged, in this order; then comes `food`, which makes foods of all. */
const STAGED = ['food_nutrient', 'branded_food', 'food_portion'] as const;
export const FOOD_STEP = STAGED.length;

/** What is staged of one food. */
interface Part {
	/** Amounts by FDC's id or number of the nutrient. */
	nutrients?: Record<string, number>;
	servings?: ImportedFood['servings'];
	branded?: {brand: string; gtin: string; unit: string; serving: ImportedFood['servings'][number] | null};
}

/** The tables of FoodData Central in a zip. */
export class FdcTables {
	readonly #zip: ZipFile;
	readonly #entries: ReadonlyMap<string, Entry>;

	private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
		this.#zip = zip;
		this.#entries = entries;
	}

	/** Throws UNPROCESSABLE for a zip that is damaged or holds something else. */
	static async open(path: string): Promise<FdcTables> {
		let zip: ZipFile | undefined;
		const entries = new Map<string, Entry>();
		try {
			zip = await openPromise(path, {autoClose: false});
			for await (const entry of zip.eachEntry()) {
				const table = /(?:^|\/)([a-z_]+)\.csv$/.exec(entry.fileName)?.[1];
				if (table !== undefined) entries.set(table, entry);
			}
		} catch (error) {
			zip?.close();
			throw damaged(error);
		}
		const missing = ['food', 'food_nutrient'].filter(table => !entries.has(table));
		if (missing.length > 0) {
			zip.close();
			throw new PublicError(
				'UNPROCESSABLE',
				`This zip has no ${missing.join('.csv and no ')}.csv, so it is none of FoodData Central's. Fetch one of its CSV downloads.`,
			);
		}
		return new FdcTables(zip, entries);
	}

	/** The rows of a table after a line, and what part of it has been read; nothing where the zip has no such table. */
	async *rows(table: string, needed: readonly string[], after: number): AsyncGenerator<{rows: Row[]; part: number}> {
		const entry = this.#entries.get(table);
		if (entry === undefined) return;
		let read = 0;
		const stream = await this.#zip.openReadStreamPromise(entry).catch((error: unknown) => {
			throw damaged(error);
		});
		async function* bytes(): AsyncGenerator<Buffer> {
			try {
				for await (const chunk of stream) {
					read += chunk.length;
					yield chunk;
				}
			} catch (error) {
				throw damaged(error);
			}
		}
		try {
			for await (const rows of rowsOf(
				linesOf(bytes(), () => entry.compressedSize),
				needed,
			)) {
				const part = Math.min(1, read / Math.max(1, entry.uncompressedSize));
				yield {rows: rows.filter(({line}) => line > after), part};
			}
		} finally {
			stream.destroy();
		}
	}

	close(): void {
		this.#zip.close();
	}
}

const damaged = (cause: unknown) =>
	new PublicError(
		'UNPROCESSABLE',
		`This zip is cut off or damaged (${cause instanceof Error ? cause.message : cause}). Fetch it again and import it anew.`,
		{cause},
	);

/** Puts what the other tables say of each food where its own row will find it, going on at the step and line where an earlier run was. */
export async function stageTables(
	tables: FdcTables,
	key: string,
	from: {step: number; line: number},
	{db}: Pick<ImportContext, 'db'>,
	progress: Progress,
): Promise<void> {
	if (from.step === 0 && from.line === 0) await forgetParts(key, {db});
	const units = await measureUnits(tables);
	for (let step = from.step; step < STAGED.length; step++) {
		const table = STAGED[step] ?? 'food_nutrient';
		const partOf = partsOf(table, units);
		const rate = rateOf();
		let [stored, last, gathered, seen] = [step === from.step ? from.line : 0, 0, 0, 0];
		last = stored;
		let parts = new Map<number, Part>();
		const store = async (next: {step: number; line: number}) => {
			await db.transaction(async tx => {
				await tx.run(
					`insert into food.import_parts (file, fdc_id, nutrients, servings, branded)
					select $1, fdc_id, coalesce(nutrients, '{}'), coalesce(servings, '[]'), branded
					from jsonb_to_recordset($2::jsonb) as part (fdc_id bigint, nutrients jsonb, servings jsonb, branded jsonb)
					on conflict (file, fdc_id) do update set nutrients = import_parts.nutrients || excluded.nutrients,
						servings = import_parts.servings || excluded.servings, branded = coalesce(excluded.branded, import_parts.branded)`,
					[key, JSON.stringify([...parts].map(([fdc_id, part]) => ({fdc_id, ...part})))],
				);
				const moved = await tx.run(
					'update food.imports set step = $4, line = $5 where file = $1 and step = $2 and line = $3',
					[key, step, stored, next.step, next.line],
				);
				if (moved === 0) throw otherRun();
			});
			stored = next.line;
			parts = new Map();
			gathered = 0;
		};
		for await (const {rows, part} of tables.rows(table, NEEDED[table], last)) {
			for (const row of rows) {
				last = row.line;
				gathered += 1;
				seen += 1;
				if (row.problem !== undefined) progress.tell(row.line, row.problem, `${table}.csv`);
				else {
					const problem = partOf(row, parts);
					if (problem !== null) progress.tell(row.line, problem, `${table}.csv`);
				}
				if (gathered >= BATCH_ROWS) await store({step, line: last});
			}
			progress.show(() => `${table}.csv ${Math.floor(100 * part)} %: ${say(seen)} rows, ${rate(seen)}`);
		}
		await store({step: step + 1, line: 0});
	}
}

export const otherRun = () =>
	new PublicError('CONFLICT', 'Another run imports this file at the moment. Let it end, or stop it.');

/** Rows deleted at once: a statement has half a minute. */
const FORGET_ROWS = 50_000;

export async function forgetParts(key: string, {db}: Pick<ImportContext, 'db'>): Promise<void> {
	let forgotten: number;
	do {
		forgotten = await db.run(
			'delete from food.import_parts where ctid = any(array(select ctid from food.import_parts where file = $1 limit $2))',
			[key, FORGET_ROWS],
		);
	} while (forgotten === FORGET_ROWS);
}

const NEEDED = {
	food_nutrient: ['fdc_id', 'nutrient_id', 'amount'],
	branded_food: ['fdc_id', 'gtin_upc'],
	food_portion: ['fdc_id', 'gram_weight'],
};

type Cells = Extract<Row, {cell: unknown}>;
/** Adds a row to the part of its food; answers what is wrong with it, or null. */
type Stage = (row: Cells, parts: Map<number, Part>) => string | null;

function partsOf(table: (typeof STAGED)[number], units: ReadonlyMap<string, string>): Stage {
	const stage = {food_nutrient: stageNutrient, branded_food: stageBranded, food_portion: portionStage(units)}[table];
	return (row, parts) => {
		const fdc_id = idOf(row);
		return fdc_id === null
			? `${JSON.stringify(row.cell('fdc_id').slice(0, 40))} is no fdc_id.`
			: stage(row, partFor(parts, fdc_id));
	};
}

function idOf({cell}: Cells): number | null {
	const text = cell('fdc_id').trim();
	return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function partFor(parts: Map<number, Part>, fdc_id: number): Part {
	const known = parts.get(fdc_id);
	if (known !== undefined) return known;
	const made: Part = {};
	parts.set(fdc_id, made);
	return made;
}

const KNOWN_NUTRIENTS = new Set([...FDC_NUTRIENTS.map(([id]) => id), ...FDC_NUTRIENTS.map(([, number]) => number)]);

function stageNutrient({cell}: Cells, part: Part): string | null {
	const nutrient = cell('nutrient_id').trim();
	if (!KNOWN_NUTRIENTS.has(nutrient)) return null;
	const given = cell('amount');
	const amount = readAmount(given);
	if (amount === undefined) return null;
	if (amount === null) {
		return `The amount ${JSON.stringify(given.slice(0, 40))} of nutrient ${nutrient} is none; it was left out of food ${cell('fdc_id')}.`;
	}
	part.nutrients ??= {};
	part.nutrients[nutrient] = amount;
	return null;
}

function stageBranded({cell}: Cells, part: Part): null {
	const unit = {g: 'g', grm: 'g', ml: 'ml', mlt: 'ml'}[cell('serving_size_unit').trim().toLowerCase()] ?? '';
	const size = readAmount(cell('serving_size'));
	const isSize = typeof size === 'number' && size > 0 && size <= 100_000;
	part.branded = {
		brand: plainText(cell('brand_name'), 100) || plainText(cell('brand_owner'), 100),
		gtin: plainText(cell('gtin_upc'), 40),
		unit,
		serving:
			isSize && (unit === 'g' || unit === 'ml')
				? {label: plainText(cell('household_serving_fulltext'), 60) || 'serving', amount: size, unit}
				: null,
	};
	return null;
}

function portionStage(units: ReadonlyMap<string, string>): (row: Cells, part: Part) => string | null {
	return ({cell}, part) => {
		const grams = readAmount(cell('gram_weight'));
		if (grams === undefined || grams === 0) return null;
		if (grams === null || grams > 100_000)
			return `The weight ${JSON.stringify(cell('gram_weight').slice(0, 40))} is none.`;
		const amount = cell('amount').trim().replace(/\.0+$/, '');
		const modifier = cell('modifier').trim();
		const label = [
			amount === '1' ? '' : amount,
			units.get(cell('measure_unit_id').trim()) ?? '',
			cell('portion_description'),
			// The survey's foods have a code there.
			/^\d+$/.test(modifier) ? '' : modifier,
		].join(' ');
		if (/quantity not specified/i.test(label)) return null;
		part.servings = [
			...(part.servings ?? []),
			{label: plainText(label, 60) || 'serving', amount: grams, unit: 'g' as const},
		].slice(0, MAX_SERVINGS);
		return null;
	};
}

async function measureUnits(tables: FdcTables): Promise<Map<string, string>> {
	const units = new Map<string, string>();
	for await (const {rows} of tables.rows('measure_unit', ['id', 'name'], 0)) {
		for (const row of rows) {
			if (row.problem !== undefined) continue;
			const name = row.cell('name').trim();
			if (name !== 'undetermined') units.set(row.cell('id').trim(), name);
		}
	}
	return units;
}

/** The foods themselves, each with what was staged of it. */
export async function* fdcFoods(
	tables: FdcTables,
	{key, size_bytes}: {key: string; size_bytes: number},
	after: number,
	{db}: Pick<ImportContext, 'db'>,
): AsyncGenerator<ReadRows> {
	for await (const {rows, part} of tables.rows('food', ['fdc_id', 'data_type', 'description'], after)) {
		const wanted = rows.filter(row => row.problem !== undefined || WANTED.has(row.cell('data_type').trim()));
		const ids = wanted.flatMap(row => (row.problem === undefined ? (idOf(row) ?? []) : []));
		const staged = await db.many<Required<Part> & {fdc_id: number}>(
			'select fdc_id, nutrients, servings, branded from food.import_parts where file = $1 and fdc_id = any($2)',
			[key, ids],
		);
		const parts = new Map(staged.map(row => [row.fdc_id, row]));
		yield {
			rows: wanted.map(row => ({
				line: row.line,
				reading: row.problem === undefined ? readFood(row, parts) : {food: null, problems: [row.problem]},
			})),
			packed_bytes: part * size_bytes,
		};
	}
}

function readFood(row: Cells, parts: ReadonlyMap<number, Part>): Reading {
	const fdc_id = idOf(row);
	if (fdc_id === null) return {food: null, problems: ['This row has no fdc_id.']};
	const name = plainText(row.cell('description'), 200);
	if (name === '') return {food: null, problems: [`The food ${fdc_id} has no name.`]};
	const {nutrients: given = {}, servings = [], branded = null} = parts.get(fdc_id) ?? {};
	const amounts = new Amounts();
	for (const [id, number, nutrient, factor] of FDC_NUTRIENTS) {
		amounts.add(nutrient, given[id] ?? given[number], `nutrient ${id}`, factor);
	}
	const {nutrients} = amounts;
	if (Object.keys(nutrients).length === 0) {
		return {food: null, problems: [`The food ${fdc_id} has no nutrients.`]};
	}
	// American labels print sodium alone.
	if (nutrients.sodium_mg !== undefined) {
		nutrients.salt_g = Number(((nutrients.sodium_mg / 1000) * SALT_PER_SODIUM).toPrecision(7));
	}
	const barcode = branded?.gtin ?? '';
	const gtin = barcode === '' ? null : parseGtin(barcode);
	const problems = [...amounts.problems];
	if (gtin?.reason !== undefined) problems.push(`${barcode} is no barcode and was left out: ${gtin.reason}`);
	return {
		problems,
		food: {
			source: 'usda',
			source_id: String(fdc_id),
			licence: 'CC0-1.0',
			popularity: 0,
			name,
			brand: branded?.brand || null,
			barcode: gtin?.gtin === undefined ? null : barcode.replace(/\D/g, ''),
			basis: branded?.unit === 'ml' ? '100ml' : '100g',
			servings: (branded?.serving ? [branded.serving, ...servings] : servings).slice(0, MAX_SERVINGS),
			nutrients,
			carbohydrate_basis: 'total',
		},
	};
}
