import {PublicError} from '@hearth/host/errors.js';
import type {Command} from '@hearth/host/plugin.js';
import {type GivenFile, look} from './import-file.js';
import {productsOf, type ReadRow, type ReadRows} from './import-openfoodfacts.js';
import {Progress, rateOf, say} from './import-progress.js';
import {foodWriter, type ImportContext, type ImportedFood} from './import-store.js';
import {FdcTables, FOOD_STEP, fdcFoods, forgetParts, otherRun, stageTables} from './import-usda.js';
import {rankFoods} from './rank-foods.js';

/** Foods that are written together. */
const BATCH_FOODS = 500;
/** And rows without a food, so that a stretch of these is not read again either. */
const BATCH_ROWS = 5000;

type Print = (line: string) => void;

/** For the person at the machine: loads another database of foods. Stopped and started again it goes on where it was. */
export const importFoods: Command = {
	name: 'food import',
	summary: 'Import foods: the CSV zip of USDA FoodData Central, or Open Food Facts as JSONL or CSV (.gz as it is)',
	arguments: [{name: 'file', summary: 'The file as its source offers it'}],
	run: async ({arguments: [path = '']}, context, {print}) => {
		const counts = await importFile(path, context, print);
		// By the house that runs, or the next that does.
		if (counts.added + counts.changed > 0) {
			await context.db.transaction(tx => tx.enqueue(rankFoods, {}, {key: 'all'}));
		}
		print(
			`Done: ${say(counts.rows)} rows, ${say(counts.added)} foods added, ${say(counts.changed)} brought up to date, ${say(counts.kept)} left as they are, ${say(counts.left_out)} rows left out.`,
		);
	},
};

export interface Counts {
	rows: number;
	added: number;
	changed: number;
	kept: number;
	/** Rows of which no food came. */
	left_out: number;
	/** Foods of which something had to be left out. */
	amended: number;
}

const NOTHING: Counts = {rows: 0, added: 0, changed: 0, kept: 0, left_out: 0, amended: 0};

/**
 * Imports a file, from where an earlier run of the same file stopped. Throws UNPROCESSABLE for a file that is damaged or another thing;
 * what came before the damage is in. CONFLICT while another run of it goes on.
 */
export async function importFile(path: string, context: ImportContext, print: Print): Promise<Counts> {
	const file = await look(path);
	const place = await findPlace(file, context);
	if (place.line > 0) print(`Going on after line ${say(place.line)}, where an earlier run stopped.`);
	const progress = new Progress(print);
	const counts =
		file.kind === 'zip'
			? await importFdc(file, place, context, progress)
			: await importRows(productsOf(file, place.line), file, place, context, progress);
	await context.db.run('delete from food.imports where file = $1', [file.key]);
	progress.end();
	return counts;
}

async function importFdc(file: GivenFile, place: Place, context: ImportContext, progress: Progress): Promise<Counts> {
	const tables = await FdcTables.open(file.path);
	try {
		await stageTables(tables, file.key, place, context, progress);
		const from = place.step === FOOD_STEP ? place : {...place, step: FOOD_STEP, line: 0};
		const counts = await importRows(fdcFoods(tables, file, from.line, context), file, from, context, progress);
		await forgetParts(file.key, context);
		return counts;
	} finally {
		tables.close();
	}
}

async function importRows(
	read: AsyncIterable<ReadRows>,
	file: GivenFile,
	place: Place,
	context: ImportContext,
	progress: Progress,
): Promise<Counts> {
	const run = new Run(file, place, context, progress);
	try {
		for await (const {rows, packed_bytes} of read) await run.take(rows, packed_bytes);
	} catch (error) {
		const told = asTold(error, run.line);
		// A failed write is the error itself; the rest of what was read before the damage is still good.
		if (told !== error) await run.flush();
		await run.settled();
		throw told;
	}
	await run.flush();
	return run.counts;
}

/** Where an import stands. */
interface Place {
	step: number;
	line: number;
	counts: Counts;
}

async function findPlace({key}: GivenFile, {db}: ImportContext): Promise<Place> {
	await db.run(
		'insert into food.imports (file, step, line, counts) values ($1, 0, 0, $2) on conflict (file) do nothing',
		[key, JSON.stringify(NOTHING)],
	);
	return db.one<Place>('select step, line, counts from food.imports where file = $1', [key]);
}

/** One run: gathers what is read, and writes it while the next is read. */
class Run {
	readonly counts: Counts;
	/** The last line that was taken. */
	line: number;
	readonly #file: GivenFile;
	readonly #context: ImportContext;
	readonly #progress: Progress;
	readonly #writer;
	readonly #rate = rateOf();
	readonly #rowsBefore: number;
	#stored: number;
	#foods: ImportedFood[] = [];
	#gathered: Counts = {...NOTHING};
	#writing: Promise<void> = Promise.resolve();

	constructor(file: GivenFile, place: Place, context: ImportContext, progress: Progress) {
		this.#file = file;
		this.#context = context;
		this.#progress = progress;
		this.#writer = foodWriter(context);
		this.counts = {...place.counts};
		this.#rowsBefore = place.counts.rows;
		this.line = place.line;
		this.#stored = place.line;
	}

	async take(rows: readonly ReadRow[], packed_bytes: number): Promise<void> {
		for (const {line, reading} of rows) {
			this.line = line;
			this.#gathered.rows += 1;
			for (const problem of reading.problems) this.#progress.tell(line, problem);
			if (reading.food === null) this.#gathered.left_out += 1;
			else {
				this.#foods.push(reading.food);
				if (reading.problems.length > 0) this.#gathered.amended += 1;
			}
			if (this.#foods.length >= BATCH_FOODS || this.#gathered.rows >= BATCH_ROWS) await this.#write();
		}
		const {rows: done, added} = this.counts;
		this.#progress.show(() => {
			const percent = Math.min(100, Math.floor((100 * packed_bytes) / this.#file.size_bytes));
			return `${percent} %: ${say(done)} rows, ${say(added)} foods added, ${this.#rate(done - this.#rowsBefore)}`;
		});
	}

	/** Resolves when all that was taken is in. */
	async flush(): Promise<void> {
		await this.#write();
		await this.#writing;
	}

	/** Resolves when nothing is being written any longer, however it ended. */
	async settled(): Promise<void> {
		await this.#writing.catch(() => {}); // told by whoever waited for it
	}

	async #write(): Promise<void> {
		const [gathered, line] = [this.#gathered, this.line];
		const prepared = this.#writer.prepare(this.#foods);
		const twice = this.#foods.length - prepared.length;
		this.#gathered = {...NOTHING};
		this.#foods = [];
		await this.#writing;
		if (gathered.rows === 0) return;
		this.#writing = (async () => {
			const {db} = this.#context;
			await this.#writer.learn(db, prepared);
			await db.transaction(async tx => {
				const {added, changed, kept} = await this.#writer.write(tx, prepared);
				const {counts} = this;
				counts.rows += gathered.rows;
				counts.left_out += gathered.left_out;
				counts.amended += gathered.amended;
				counts.added += added;
				counts.changed += changed;
				counts.kept += kept + twice;
				const moved = await tx.run('update food.imports set line = $3, counts = $4 where file = $1 and line = $2', [
					this.#file.key,
					this.#stored,
					line,
					JSON.stringify(counts),
				]);
				if (moved === 0) throw otherRun();
			});
			this.#stored = line;
		})();
		this.#writing.catch(() => {}); // whoever writes next, or flushes, waits for it
	}
}

/** What zlib says of a file that is cut off or damaged; anything else stays as it is. */
function asTold(error: unknown, line: number): unknown {
	if (error instanceof PublicError && error.code === 'UNPROCESSABLE') return withLine(error, line);
	const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
	if (code === undefined || !code.startsWith('Z_')) return error;
	const what = code === 'Z_BUF_ERROR' ? 'ends too early' : 'is damaged';
	return new PublicError(
		'UNPROCESSABLE',
		`This file ${what}. What came before, to line ${say(line)}, is in; fetch the file again and import it for the rest.`,
		{cause: error},
	);
}

const withLine = (error: PublicError, line: number): PublicError =>
	line === 0
		? new PublicError(error.code, error.message, {cause: error})
		: new PublicError(error.code, `${error.message} What came before, to line ${say(line)}, is in.`, {cause: error});
