import {createRequire} from 'node:module';
import {aHouse, type HouseOptions, type Person, type TestHouse} from '@hearth/host/testing.js';
import sync from '@hearth/sync/plugin.js';
import training from '@hearth/training/plugin.js';
import {
	appSchema,
	type ColumnSchema,
	type ColumnType,
	columnName,
	Database,
	type DirtyRaw,
	Model,
	tableName,
	tableSchema,
} from '@nozbe/watermelondb';
import loki from '@nozbe/watermelondb/adapters/lokijs/index.js';
import migrations from '@nozbe/watermelondb/Schema/migrations/index.js';
import syncing, {type SyncPullArgs, type SyncPushArgs} from '@nozbe/watermelondb/sync/index.js';
import logging from '@nozbe/watermelondb/utils/common/logger/index.js';
import type {ExecutionContext} from 'ava';
import watermelon from '../plugin.js';

// It tells the console of each thing that it puts right; the tests look at what comes of it.
logging.default.silence();

export const aTrainingHouse = (t: ExecutionContext, options: Partial<HouseOptions> = {}): Promise<TestHouse> =>
	aHouse(t, {plugins: [sync, training, watermelon], ...options});

type Columns = Record<string, ColumnType>;

/** The app's schema as of its first version; `?` at the end of a name where the column may be null. */
const firstSchema: Record<string, Columns> = {
	routines: {title: 'string', 'description?': 'string', 'order?': 'number', default_routine: 'boolean'},
	workouts: {title: 'string', 'notes?': 'string', 'order?': 'number', 'estimated_duration?': 'number'},
	// Before its children, after them: the order is the app's own.
	workout_exercise_sets: {
		workout_exercise_id: 'string',
		'reps?': 'number',
		'weight?': 'number',
		'rpe?': 'number',
		'duration?': 'number',
		'distance?': 'number',
		'notes?': 'string',
	},
	workout_exercise: {
		workout_id: 'string',
		exercise_id: 'string',
		is_saved: 'boolean',
		'rest_time?': 'number',
		sets: 'string',
		'order?': 'number',
		'notes?': 'string',
	},
	logs: {
		'workout_title?': 'string',
		'duration?': 'string',
		'notes?': 'string',
		is_imported: 'boolean',
		'imported_at?': 'number',
		'session_date?': 'number',
	},
	log_exercise: {log_id: 'string', exercise_id: 'number', 'notes?': 'string', 'order?': 'number'},
	log_exercise_sets: {log_exercise_id: 'string', 'reps?': 'number', 'weight?': 'number', 'notes?': 'string'},
	routine_workout: {routine_id: 'string', workout_id: 'string', 'order?': 'number'},
	user_settings: {'weight_unit?': 'string', 'theme?': 'string', 'rest_time?': 'number', 'haptics?': 'boolean'},
};

export type ChangeSets = Record<string, {created: DirtyRaw[]; updated: DirtyRaw[]; deleted: string[]}>;

/** What an older version of the app did not have yet. */
export interface Older {
	version: number;
	without: Record<string, string[] | 'all'>;
}

const columnOf = ([name, type]: [string, ColumnType]): ColumnSchema => ({
	name: columnName(name.replace('?', '')),
	type,
	isOptional: name.endsWith('?'),
});

function schemaOf({version, without}: Older) {
	const known = Object.entries(firstSchema).filter(([name]) => without[name] !== 'all');
	return appSchema({
		version,
		tables: known.map(([name, columns]) =>
			tableSchema({
				name: tableName(name),
				columns: Object.entries(columns)
					.map(columnOf)
					.filter(column => !without[name]?.includes(column.name)),
			}),
		),
	});
}

const newest: Older = {version: 2, without: {}};

/** From version 1, as `older` describes it, to 2. */
const upgradeFrom = (older: Older) =>
	migrations.schemaMigrations({
		migrations: [
			{
				toVersion: 2,
				steps: Object.entries(older.without).map(([name, missing]) => {
					const columns = Object.entries(firstSchema[name] ?? {}).map(columnOf);
					return missing === 'all'
						? migrations.createTable({name: tableName(name), columns})
						: migrations.addColumns({
								table: tableName(name),
								columns: columns.filter(column => missing.includes(column.name)),
							});
				}),
			},
		],
	});

const require = createRequire(createRequire(import.meta.url).resolve('@nozbe/watermelondb'));
const {LokiMemoryAdapter} = require('lokijs');

async function open(memory: unknown, schema: Older, older: Older = newest): Promise<Database> {
	const adapter = new loki.default({
		dbName: 'app',
		schema: schemaOf(schema),
		migrations: schema === newest ? upgradeFrom(older) : migrations.schemaMigrations({migrations: []}),
		useWebWorker: false,
		useIncrementalIndexedDB: true,
		_testLokiAdapter: memory,
		extraLokiOptions: {autosave: false},
	});
	const modelClasses = Object.keys(schemaOf(schema).tables).map(
		name =>
			class extends Model {
				static override table = tableName(name);
			},
	);
	return new Database({adapter, modelClasses});
}

export interface DeviceOptions {
	schema?: Older;
	/** As the seed's clients send it. */
	tokenHeader?: 'authorization' | 'x-jwt-token';
	/** Hands on what the server says about starting over. */
	replaces?: boolean;
	/** Between the client and the wire. */
	onPush?: (send: () => Promise<Response>, args: SyncPushArgs) => Promise<Response>;
	onPulled?: () => Promise<void>;
}

export class Refused extends Error {
	readonly status: number;
	constructor(status: number, text: string) {
		super(`${status} ${text}`);
		this.status = status;
	}
}

/** WatermelonDB as it runs in the app, synchronizing over HTTP by the snippet of the docs. */
export async function aDevice(house: TestHouse, person: Person, options: DeviceOptions = {}) {
	const {tokenHeader = 'authorization', replaces = true} = options;
	const memory = new LokiMemoryAdapter();
	let db = await open(memory, options.schema ?? newest);
	const pulled: ChangeSets[] = [];
	const pulls: SyncPullArgs[] = [];
	const pushes: SyncPushArgs[] = [];
	const headers = {
		[tokenHeader]: tokenHeader === 'authorization' ? `Bearer ${person.token}` : person.token,
		'content-type': 'application/json',
	};
	const answerOf = async (response: Response) => {
		if (!response.ok) throw new Refused(response.status, await response.text());
		return JSON.parse(await response.text());
	};
	const base = () => `${house.url}/compat/watermelon/api/sync`;
	const collection = (table: string) => db.get(tableName(table));
	const find = (table: string, id: string) => collection(table).find(id);
	return {
		pulls,
		pushes,
		/** What came with the last pull. */
		pulled: () => pulled.at(-1) ?? {},
		sync: (sendCreatedAsUpdated = true) =>
			syncing.synchronize({
				database: db,
				sendCreatedAsUpdated,
				migrationsEnabledAtVersion: 1,
				pullChanges: async args => {
					pulls.push(args);
					const {lastPulledAt, schemaVersion, migration} = args;
					const query = `lastPulledAt=${lastPulledAt}&schemaVersion=${schemaVersion}&migration=${encodeURIComponent(JSON.stringify(migration))}`;
					const answer = await answerOf(
						await fetch(`${base()}/pull-changes?${query}${replaces ? '&replacement=true' : ''}`, {headers}),
					);
					pulled.push(answer.changes);
					await options.onPulled?.();
					return answer;
				},
				pushChanges: async args => {
					pushes.push(args);
					const send = () => fetch(`${base()}/push-changes`, {method: 'POST', headers, body: JSON.stringify(args)});
					return answerOf(await (options.onPush === undefined ? send() : options.onPush(send, args)));
				},
			}),
		/** Under an id of its own making where none is given. */
		make: (table: string, columns: DirtyRaw, id?: string): Promise<string> =>
			db.write(async () => {
				const record = await collection(table).create(made => {
					if (id !== undefined) Object.assign(made._raw, {id});
					for (const [name, value] of Object.entries(columns)) made._setRaw(columnName(name), value);
				});
				return record.id;
			}),
		set: (table: string, id: string, columns: DirtyRaw): Promise<void> =>
			db.write(async () => {
				const record = await find(table, id);
				await record.update(changed => {
					for (const [name, value] of Object.entries(columns)) changed._setRaw(columnName(name), value);
				});
			}),
		drop: (table: string, id: string): Promise<void> => db.write(async () => (await find(table, id)).markAsDeleted()),
		/** By id, without what WatermelonDB notes for itself. */
		all: async (table: string): Promise<Record<string, DirtyRaw>> => {
			const records = await collection(table).query().fetch();
			return Object.fromEntries(
				records.map(({id, _raw}) => {
					const {id: _id, _status, _changed, ...columns}: DirtyRaw = _raw;
					return [id, columns];
				}),
			);
		},
		isDirty: () => syncing.hasUnsyncedChanges({database: db}),
		/** The app starts again in its newest version, on the same data. */
		upgrade: async () => {
			const driver = db.adapter.underlyingAdapter;
			await new Promise<void>((resolve, reject) => {
				const {loki: file} = Reflect.get(driver, '_driver');
				file.saveDatabase((error: unknown) => (error === undefined || error === null ? resolve() : reject(error)));
			});
			db = await open(memory, newest, options.schema);
		},
	};
}

/** The protocol without the client. */
export function raw(house: TestHouse, person: Person) {
	const parse = ({status, body}: {status: number; body: Buffer}) => ({status, ...JSON.parse(body.toString())});
	return {
		pull: async (query = '') => parse(await house.get(`/compat/watermelon/api/sync/pull-changes?${query}`, person)),
		push: async (changes: unknown, lastPulledAt: unknown = null) =>
			parse(await house.post('/compat/watermelon/api/sync/push-changes', {changes, lastPulledAt}, person)),
	};
}
