import {type Kind, keptKinds} from './columns.js';

/** A table of the app's WatermelonDB schema, which is the collection of the same name. */
export interface Table {
	name: string;
	/** Undefined for a column that the table does not have. */
	kindOf: (column: string) => Kind | undefined;
	/** All that a record has; null where the app alone knows. */
	columns: readonly string[] | null;
	/** Columns that name the record to which one belongs, with its table: gone with it, not left over. */
	parents: Readonly<Record<string, string>>;
}

const table = (name: string, columns: Readonly<Record<string, Kind>>, parents: Table['parents'] = {}): Table => ({
	name,
	kindOf: column => (Object.hasOwn(columns, column) ? columns[column] : undefined),
	columns: Object.keys(columns),
	parents,
});

/** Parents before their children. */
const all: readonly Table[] = [
	table('routines', {title: 'text', description: 'text', order: 'number', default_routine: 'flag'}),
	table('workouts', {title: 'text', notes: 'text', order: 'number', estimated_duration: 'amount'}),
	table('logs', {
		workout_title: 'text',
		duration: 'duration',
		notes: 'text',
		is_imported: 'flag',
		imported_at: 'time',
		session_date: 'time',
	}),
	table(
		'routine_workout',
		{routine_id: 'id', workout_id: 'id', order: 'number'},
		{routine_id: 'routines', workout_id: 'workouts'},
	),
	table(
		'workout_exercise',
		{
			workout_id: 'id',
			exercise_id: 'library_id',
			is_saved: 'flag',
			rest_time: 'amount',
			sets: 'text',
			order: 'number',
			notes: 'text',
		},
		{workout_id: 'workouts'},
	),
	table(
		'workout_exercise_sets',
		{
			workout_exercise_id: 'id',
			reps: 'amount',
			weight: 'number',
			rpe: 'amount',
			duration: 'amount',
			distance: 'amount',
			notes: 'text',
		},
		{workout_exercise_id: 'workout_exercise'},
	),
	table('log_exercise', {log_id: 'id', exercise_id: 'library_id', notes: 'text', order: 'number'}, {log_id: 'logs'}),
	table(
		'log_exercise_sets',
		{log_exercise_id: 'id', reps: 'amount', weight: 'number', notes: 'text'},
		{log_exercise_id: 'log_exercise'},
	),
	{name: 'user_settings', kindOf: keptKinds, columns: null, parents: {}},
];

export const tables: ReadonlyMap<string, Table> = new Map(all.map(one => [one.name, one]));
