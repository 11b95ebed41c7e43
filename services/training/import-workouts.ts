import {hash} from 'node:crypto';
import {getProfile} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, route, type Transaction, type User} from '@hearth/host/plugin.js';
import type {Applied} from '@hearth/records/apply.js';
import {canonicalJson, sameValue} from '@hearth/records/canonical.js';
import {timeZone} from '@hearth/records/fields.js';
import type {Data} from '@hearth/records/merge.js';
import type {Mutation} from '@hearth/records/mutation.js';
import {IANAZone} from 'luxon';
import {z} from 'zod';
import {type Assumed, type Reader, readerOf, type WeightUnit} from './import-formats.js';
import {Sessions, type Wanted} from './import-records.js';
import {type Row, rowsOf} from './import-rows.js';
import {BadCell} from './import-times.js';

/** Some two hundred thousand sets. */
const MAX_FILE_BYTES = 20 * 1024 * 1024;
/** Written together; other devices of the person wait so long. */
const BATCH = 1000;
/** What is wrong is said so often; beyond that it is counted. */
const MAX_ERRORS = 200;

/** What the import writes bears this device, so that the records know what a person has changed since. */
const IMPORT_DEVICE = 'import:workouts';
/** Older than whatever a person does: where both wrote a field, theirs stays. */
const LONG_AGO = '1970-01-01T00:00:00Z';

const zone = timeZone.refine(name => IANAZone.isValidZone(name), 'must be a time zone such as Europe/Berlin');
const count = z.number().int();

const imported = z.object({
	format: z.enum(['strong', 'hevy']),
	dry_run: z.boolean(),
	/** What the file did not say itself, as it was taken. */
	assumed: z.object({
		time_zone: z.string(),
		weight_unit: z.enum(['kg', 'lb']).nullable(),
		distance_unit: z.enum(['km', 'mi']).nullable(),
	}),
	/** In the file, as far as it could be read. */
	workouts: count,
	exercises: count,
	sets: count,
	/** Of these records, as many as all three together: those that are new … */
	added: count,
	/** … were imported before, and the file says otherwise now … */
	updated: count,
	/** … were as they are, or a person has changed them since … */
	unchanged: count,
	/** … or a person has deleted them since, and they stay deleted. */
	skipped: count,
	/** Rows that were left out; of the first of them why. */
	bad_rows: count,
	errors: z.array(z.object({line: count, message: z.string()})),
});
type Imported = z.output<typeof imported>;

/** Workout history as another app exports it becomes `logs`, `log_exercise` and `log_exercise_sets`. */
export const importWorkouts = route('POST', '/api/v1/import/workouts', {
	summary:
		'Take in the workouts that Strong or Hevy exports as CSV; the same again, or a longer export, adds only what is new',
	role: 'member',
	limit: {per_minute: 10, by: 'user', bucket: 'imports'},
	upload: {field: 'file', max_bytes: MAX_FILE_BYTES, types: ['text/csv', 'application/csv', 'text/plain']},
	query: z.object({
		/** Of the times in the file; without it the profile's. */
		timezone: zone.optional(),
		/** Of the weights and distances of a file that does not say; without it as the profile counts. */
		weight_unit: z.enum(['kg', 'lb'], 'must be kg or lb').optional(),
		distance_unit: z.enum(['km', 'mi'], 'must be km or mi').optional(),
		/** `true`: the answer is what would happen, and nothing does. */
		dry_run: z.enum(['true', 'false'], 'must be true or false').default('false'),
	}),
	data: imported,
	handle: async ({file, query, user}, context) => {
		if (file === undefined) throw new PublicError('VALIDATION_ERROR', 'Send the file in the field "file".');
		if (underWay.has(user.id)) {
			throw new PublicError('CONFLICT', 'An import of yours is still under way. Wait until it is done.');
		}
		underWay.add(user.id);
		try {
			const assumed = await assume(query, user, context);
			return await importFile(file.path, assumed, query.dry_run === 'true', user, context);
		} finally {
			underWay.delete(user.id);
		}
	},
});

/** One at a time for a person: a second would only read as much again, to find all of it there. */
const underWay = new Set<string>();

async function assume(
	given: {
		timezone?: string | undefined;
		weight_unit?: 'kg' | 'lb' | undefined;
		distance_unit?: 'km' | 'mi' | undefined;
	},
	user: User,
	{call, db}: Context,
): Promise<Assumed> {
	const {time_zone, units} = await call(getProfile, {user_id: user.id});
	return {
		time_zone: given.timezone ?? time_zone,
		weight_unit: given.weight_unit ?? (units === 'imperial' ? 'lb' : 'kg'),
		distance_unit: given.distance_unit ?? (units === 'imperial' ? 'mi' : 'km'),
		kept_weight_unit: await db.as(user.id, tx => keptWeightUnit(tx, user)),
	};
}

/** Weights of `log_exercise_sets` are in the unit of the training app’s settings. */
async function keptWeightUnit(tx: Transaction, user: User): Promise<WeightUnit> {
	const settings = await tx.many<{unit: string | null}>(
		`select data->>'weight_unit' as unit from records.records
		where space_id = $1 and collection = 'user_settings' and deleted_at is null order by version desc`,
		[user.id],
	);
	const said = settings.find(({unit}) => unit !== null)?.unit ?? '';
	return /^(?:lbs?|pounds?)$/i.test(said) ? 'lb' : 'kg';
}

async function importFile(
	path: string,
	assumed: Assumed,
	dry_run: boolean,
	user: User,
	context: Context,
): Promise<Imported> {
	const work = new Import(user, dry_run, context);
	let reader: Reader | null = null;
	for await (const row of rowsOf(path)) {
		if (reader !== null) await work.take(row, reader);
		else if ('cells' in row) reader = readerOf(row.cells, assumed);
	}
	if (reader === null) throw new PublicError('UNPROCESSABLE', 'The first line of this file cannot be read.');
	await work.end();
	const {format, knows} = reader;
	const answer = {
		format,
		dry_run,
		assumed: {
			time_zone: assumed.time_zone,
			weight_unit: knows.weight_unit ? null : assumed.weight_unit,
			distance_unit: knows.distance_unit ? null : assumed.distance_unit,
		},
		...work.counts,
		errors: work.errors,
	};
	if (!dry_run) {
		const {errors: _, ...detail} = answer;
		await context.db.as(user.id, tx => tx.audit({action: 'training.workouts_imported', actor_id: user.id, detail}));
	}
	return answer;
}

const countOf = {logs: 'workouts', log_exercise: 'exercises', log_exercise_sets: 'sets'} as const;

interface Stored {
	id: string;
	data: Data;
	version: number;
	is_deleted: boolean;
}

/** One file on its way into the records, some sessions at a time: whatever is killed, the same file again goes on from there. */
class Import {
	readonly counts = {
		workouts: 0,
		exercises: 0,
		sets: 0,
		added: 0,
		updated: 0,
		unchanged: 0,
		skipped: 0,
		bad_rows: 0,
	};
	readonly errors: {line: number; message: string}[] = [];
	readonly #sessions = new Sessions();
	/** Sessions and exercises that are not there, because a person deleted them or they were refused; nor is what belongs to them. */
	readonly #gone = new Set<string>();
	readonly #user: User;
	readonly #isDry: boolean;
	readonly #context: Context;
	#wanted: Wanted[] = [];

	constructor(user: User, isDry: boolean, context: Context) {
		this.#user = user;
		this.#isDry = isDry;
		this.#context = context;
	}

	async take(row: Row, reader: Reader): Promise<void> {
		if ('problem' in row) return this.#refuse(row.line, row.problem);
		let complete: Wanted[] | null = [];
		try {
			const entry = reader.read(row.cells);
			if (entry !== null) complete = this.#sessions.add(entry, row.line);
		} catch (error) {
			if (!(error instanceof BadCell)) throw error;
			return this.#refuse(row.line, error.message);
		}
		if (complete === null) return this.#refuse(row.line, 'The file holds too many workouts. Import it in parts.');
		this.#wanted.push(...complete);
		if (this.#wanted.length >= BATCH) await this.#write();
	}

	async end(): Promise<void> {
		this.#wanted.push(...this.#sessions.end());
		await this.#write();
	}

	#refuse(line: number, message: string): void {
		this.counts.bad_rows += 1;
		if (this.errors.length < MAX_ERRORS) this.errors.push({line, message});
	}

	async #write(): Promise<void> {
		const wanted = this.#wanted;
		this.#wanted = [];
		for (let from = 0; from < wanted.length; from += BATCH) await this.#writeBatch(wanted.slice(from, from + BATCH));
	}

	async #writeBatch(wanted: readonly Wanted[]): Promise<void> {
		const {db, records, now} = this.#context;
		const by = {space_id: this.#user.id, actor_id: this.#user.id, device_id: IMPORT_DEVICE};
		const imported_at = now();
		const work = async (tx: Transaction): Promise<Outcome> => {
			// The lock, so that what is compared with stays as it is.
			await records.applyIn(tx, {...by, mutations: []});
			const stored = await findStored(tx, this.#user.id, wanted);
			const mutations = wanted.flatMap(one => this.#mutationFor(one, stored.get(one.id), imported_at) ?? []);
			const outcome = {stored, mutations, applied: await records.applyIn(tx, {...by, mutations})};
			if (this.#isDry) throw new Undone(outcome);
			return outcome;
		};
		const outcome = await db.as(this.#user.id, work).catch((error: unknown) => {
			if (error instanceof Undone) return error.outcome;
			throw error;
		});
		this.#count(wanted, outcome);
	}

	/** Null where there is nothing to write. */
	#mutationFor(
		{collection, id, data, within}: Wanted,
		stored: Stored | undefined,
		imported_at: number,
	): Mutation | null {
		if (stored?.is_deleted === true || within.some(parent => this.#gone.has(parent))) {
			this.#gone.add(id);
			return null;
		}
		const fields = Object.entries(data).filter(([field, value]) => !sameValue(value, stored?.data[field]));
		if (stored !== undefined && fields.length === 0) return null;
		const isNewLog = stored === undefined && collection === 'logs';
		return {
			// The same of the same: two imports at once, of two processes, do it once.
			id: hash('sha256', canonicalJson([id, stored?.version ?? 0, data])),
			collection,
			record_id: id,
			op: 'upsert',
			data: {...Object.fromEntries(fields), ...(isNewLog ? {is_imported: true, imported_at} : {})},
			client_timestamp: LONG_AGO,
		};
	}

	#count(wanted: readonly Wanted[], {stored, mutations, applied}: Outcome): void {
		const written = new Set(applied.changes.map(({record_id}) => record_id));
		const refused = new Map(
			mutations.flatMap(({record_id}, index) => {
				const result = applied.results[index];
				return result?.status === 'rejected' && result.code !== 'MUTATION_REUSED' ? [[record_id, result.message]] : [];
			}),
		);
		for (const {collection, id, line} of wanted) {
			this.counts[countOf[collection]] += 1;
			const refusal = refused.get(id);
			if (refusal !== undefined) {
				this.#gone.add(id);
				this.#refuse(line, refusal);
			} else if (written.has(id)) this.counts[stored.has(id) ? 'updated' : 'added'] += 1;
			else this.counts[this.#gone.has(id) ? 'skipped' : 'unchanged'] += 1;
		}
	}
}

interface Outcome {
	/** What was there before, by id. */
	stored: ReadonlyMap<string, Stored>;
	mutations: readonly Mutation[];
	applied: Applied;
}

/** Ends the transaction of a dry run, so that it leaves nothing. */
class Undone extends Error {
	override readonly name = 'Undone';
	readonly outcome: Outcome;

	constructor(outcome: Outcome) {
		super('Nothing was to be written');
		this.outcome = outcome;
	}
}

async function findStored(
	tx: Transaction,
	user_id: string,
	wanted: readonly Wanted[],
): Promise<ReadonlyMap<string, Stored>> {
	const stored = await tx.many<Stored>(
		// `offset 0`: each by its key, whatever the planner believes of the table.
		`select r.id, r.data, r.version, r.deleted_at is not null as is_deleted from unnest($2::text[], $3::text[]) as asked(c, i),
			lateral (select * from records.records where space_id = $1 and collection = c and id = i offset 0) as r`,
		[user_id, wanted.map(({collection}) => collection), wanted.map(({id}) => id)],
	);
	return new Map(stored.map(one => [one.id, one]));
}
