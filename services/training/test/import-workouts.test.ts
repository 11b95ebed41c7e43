import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import auth from '@hearth/auth/plugin.js';
import {aHouse, type Person, type TestAnswer} from '@hearth/host/testing.js';
import sync from '@hearth/sync/plugin.js';
import test, {type ExecutionContext} from 'ava';
import training from '../plugin.js';

const STRONG = `Date,Workout Name,Duration,Exercise Name,Set Order,Weight,Reps,Distance,Seconds,Notes,Workout Notes,RPE
2024-03-28 17:05:09,"Push",1h 5m,"Bench Press (Barbell)",W,40.0,10,0,0,"","tired, but
glad",
2024-03-28 17:05:09,"Push",1h 5m,"Bench Press (Barbell)",1,80.0,8,0,0,"","tired, but
glad",8
2024-03-28 17:05:09,"Push",1h 5m,"Bench Press (Barbell)",Rest Timer,0,0,0,180,"","",
2024-03-28 17:05:09,"Push",1h 5m,"Bench Press (Barbell)",F,82.5,5,0,0,"with a ""spot""","",9.5
2024-03-28 17:05:09,"Push",1h 5m,"Bench Press (Barbell)",Note,0,0,0,0,"narrow grip","",
2024-03-28 17:05:09,"Push",1h 5m,"Running",1,0,0,5.2,1860,"","",
2024-03-30 07:00:00,"Legs",45m,"Squat (Barbell)",1,100,5,0,0,"","",
`;

const HEVY = `"title","start_time","end_time","description","exercise_title","superset_id","exercise_notes","set_index","set_type","weight_kg","reps","distance_km","duration_seconds","rpe"
"Legs","30 Mar 2024, 07:00","30 Mar 2024, 07:45","","Squat (Barbell)",,"deep",0,"warmup",60,5,,,
"Legs","30 Mar 2024, 07:00","30 Mar 2024, 07:45","","Squat (Barbell)",,"deep",1,"normal",100,5,,,8
"Legs","30 Mar 2024, 07:00","30 Mar 2024, 07:45","","Plank",0,"",0,"normal",,,,60,
"Legs","30 Mar 2024, 07:00","30 Mar 2024, 07:45","","Squat (Barbell)",,"",0,"dropset",50,12,,,
"Push","28 Mar 2024, 17:05","28 Mar 2024, 18:10","glad","Bench Press (Barbell)",,"",0,"failure",82.5,5,,,
`;

type Listed = {id: string; [field: string]: unknown};

async function aGym(t: ExecutionContext) {
	const house = await aHouse(t, {plugins: [auth, sync, training]});
	const ann = await house.person();
	await house.put('/api/v1/users/me', {time_zone: 'Europe/Berlin'}, ann);
	const list = async (collection: string, as = ann): Promise<Listed[]> =>
		(await house.get(`/api/v1/${collection}?limit=200`, as)).data;
	return Object.assign(house, {
		ann,
		/** As the body itself. */
		send: (csv: string | Buffer, query = '', {as = ann, type = 'text/csv'}: {as?: Person; type?: string} = {}) =>
			house.ask('POST', `/api/v1/import/workouts?${query}`, {as, body: csv, headers: {'content-type': type}}),
		/** As a browser sends a form. */
		sendForm: (...files: [field: string, csv: string][]) => {
			const form = new FormData();
			for (const [field, csv] of files) form.set(field, new Blob([csv], {type: 'text/csv'}), 'export.csv');
			return house.ask('POST', '/api/v1/import/workouts', {as: ann, body: form});
		},
		logs: async () => (await list('logs')).sort((one, other) => Number(one.session_date) - Number(other.session_date)),
		/** Each with its sets, in their order; without what the house says of every record. */
		exercisesOf: async (log_id: unknown) => {
			const [exercises, sets] = [await list('log-exercise'), await list('log-exercise-sets')];
			return exercises
				.filter(one => one.log_id === log_id)
				.sort((one, other) => Number(one.order) - Number(other.order))
				.map(({id, name, exercise_id, order, notes}) => ({
					name,
					exercise_id,
					order,
					notes,
					// Made together, they are listed by what is newest.
					sets: sets
						.filter(set => set.log_exercise_id === id)
						.sort((one, other) => Number(one.version) - Number(other.version))
						.map(({id: _, version: _v, created_at: _c, updated_at: _u, log_exercise_id: _l, ...set}) => set),
				}));
		},
		list,
	});
}

const countsOf = ({data: {added, updated, unchanged, skipped, bad_rows}}: TestAnswer) => ({
	added,
	updated,
	unchanged,
	skipped,
	bad_rows,
});
const nothing = {added: 0, updated: 0, unchanged: 0, skipped: 0, bad_rows: 0};

test('what Strong exports becomes sessions with their exercises and sets, marked as imported', async t => {
	const {sendForm, logs, exercisesOf, list, ann, get} = await aGym(t);
	const answer = await sendForm(['file', STRONG]);
	t.is(answer.status, 200, answer.body.toString());
	t.deepEqual(answer.data, {
		format: 'strong',
		dry_run: false,
		assumed: {time_zone: 'Europe/Berlin', weight_unit: 'kg', distance_unit: 'km'},
		...{workouts: 2, exercises: 3, sets: 5, ...nothing, added: 10},
		errors: [],
	});
	const [push, legs] = await logs();
	t.like(push, {
		workout_title: 'Push',
		duration: '01:05:00',
		notes: 'tired, but\nglad',
		is_imported: true,
		session_date: Date.parse('2024-03-28T17:05:09+01:00'),
	});
	t.true(Math.abs(Number(push?.imported_at) - Date.now()) < 60_000);
	t.like(legs, {workout_title: 'Legs', duration: '00:45:00', is_imported: true});
	t.deepEqual(await exercisesOf(push?.id), [
		{
			name: 'Bench Press (Barbell)',
			exercise_id: 'bench-press-barbell',
			order: 0,
			notes: 'narrow grip',
			sets: [
				{set_type: 'warmup', weight: 40, reps: 10},
				{weight: 80, reps: 8, rpe: 8},
				{set_type: 'failure', weight: 82.5, reps: 5, rpe: 9.5, notes: 'with a "spot"'},
			],
		},
		{
			name: 'Running',
			exercise_id: 'running',
			order: 1,
			notes: undefined,
			sets: [{distance_m: 5200, duration_s: 1860}],
		},
	]);
	t.is((await list('log-exercise')).length, 3);
	const {data: audit} = await get('/api/v1/users/me/audit', ann);
	t.true(audit.some(({action}: {action: string}) => action === 'training.workouts_imported'));
});

test('what Hevy exports becomes the same, whichever workout comes first; an exercise that somebody came back to is there twice', async t => {
	const {send, logs, exercisesOf} = await aGym(t);
	const answer = await send(HEVY);
	t.like(answer.data, {format: 'hevy', workouts: 2, exercises: 4, sets: 5, ...nothing, added: 11});
	t.deepEqual(answer.data.assumed, {time_zone: 'Europe/Berlin', weight_unit: null, distance_unit: null});
	const [push, legs] = await logs();
	t.like(push, {workout_title: 'Push', duration: '01:05:00', notes: 'glad'});
	t.is(push?.session_date, Date.parse('2024-03-28T17:05:00+01:00'));
	const exercises = await exercisesOf(legs?.id);
	t.deepEqual(
		exercises.map(({name, notes, sets}) => ({name, notes, sets})),
		[
			{
				name: 'Squat (Barbell)',
				notes: 'deep',
				sets: [
					{set_type: 'warmup', weight: 60, reps: 5},
					{weight: 100, reps: 5, rpe: 8},
				],
			},
			{name: 'Plank', notes: undefined, sets: [{duration_s: 60}]},
			{name: 'Squat (Barbell)', notes: undefined, sets: [{set_type: 'drop', weight: 50, reps: 12}]},
		],
	);
});

const NEWER =
	'Workout #;Date;Workout Name;Duration (sec);Exercise Name;Set Order;Weight (kg);Reps;RPE;Distance (meters);Seconds;Notes;Workout Notes';
const OLDER =
	'Date;Workout Name;Exercise Name;Set Order;Weight;Weight Unit;Reps;RPE;Distance;Distance Unit;Seconds;Notes;Workout Notes;Workout Duration';
const STRONGS =
	'Date,Workout Name,Duration,Exercise Name,Set Order,Weight,Reps,Distance,Seconds,Notes,Workout Notes,RPE';
const HEVYS =
	'title,start_time,end_time,description,exercise_title,superset_id,exercise_notes,set_index,set_type,weight_lbs,reps,distance_miles,duration_seconds,rpe';

/** The same set of one session: 72.5 kg eight times, and 1.5 km in ten minutes; on 28 March 2024 at 17:05 in Berlin. */
const variants: Record<string, [csv: string | Buffer, query?: string]> = {
	'Strong’s columns of today': [
		`${NEWER}\n1;2024-03-28 17:05:00;Größe;3900;Row;1;72,5;8;;;;;\n1;2024-03-28 17:05:00;Größe;3900;Run;1;;;;1500;600;;\n`,
	],
	'Strong’s first columns, in pounds and miles': [
		`${OLDER}\n2024-03-28 17:05:00;Größe;Row;1;159.835;lbs;8;;;;0;;;1h 5m\n2024-03-28 17:05:00;Größe;Run;1;0;lbs;0;;0.932057;mi;600;;;1h 5m\n`,
	],
	'units that the file does not name': [
		`${STRONGS}\n2024-03-28 17:05:00,Größe,1h 5m,Row,1,159.835,8,0,0,,,\n2024-03-28 17:05:00,Größe,1h 5m,Run,1,0,0,0.932057,600,,,\n`,
		'weight_unit=lb&distance_unit=mi',
	],
	'a clock of twelve hours, as phones write it': [
		`${STRONGS}\n2024-03-28 5:05:00\u202fPM,Größe,65 min,Row,1,72.5,8,0,0,,,\n2024-03-28 5:05:00\u202fPM,Größe,65 min,Run,1,0,0,1.5,600,,,\n`,
	],
	'Hevy in pounds and miles': [
		`${HEVYS}\nGröße,"28 Mar 2024, 17:05","28 Mar 2024, 18:10",,Row,,,0,normal,159.835,8,,,\nGröße,"28 Mar 2024, 17:05","28 Mar 2024, 18:10",,Run,,,0,normal,,,0.932057,600,\n`,
	],
	'Hevy in German and French': [
		`${HEVYS}\nGröße,"28. März 2024, 17:05","28. März 2024, 18:10",,Row,,,0,normal,159.835,8,,,\nGröße,"28 mars 2024, 17:05","28 mars 2024, 18:10",,Run,,,0,normal,,,0.932057,600,\n`,
	],
	'Hevy with times of UTC': [
		`${HEVYS}\nGröße,2024-03-28T16:05:00.000Z,2024-03-28T17:10:00+00:00,,Row,,,0,normal,159.835,8,,,\nGröße,2024-03-28T16:05:00.000Z,2024-03-28T17:10:00Z,,Run,,,0,normal,,,0.932057,600,\n`,
	],
	'a byte order mark, line ends of Windows, and the separator said first': [
		`\ufeffsep=;\r\n${NEWER}\r\n1;2024-03-28 17:05:00;Größe;3900;Row;1;72,5;8;;;;;\r\n1;2024-03-28 17:05:00;Größe;3900;Run;1;;;;1.500,0;600;;\r\n`,
	],
	'what a spreadsheet of Windows makes of it': [
		Buffer.from(
			`${NEWER}\r\n1;28.03.2024 17:05;Größe;3900;Row;1;72,5;8\r\n1;28.03.2024 17:05;Größe;3900;Run;1;;;;1500;600;;\r\n`,
			'latin1',
		),
	],
	'UTF-16 with tabs': [
		Buffer.concat([
			Buffer.from([0xff, 0xfe]),
			Buffer.from(
				`${NEWER}\n1;2024-03-28 17:05:00;Größe;3900;Row;1;72,5;8;;;;;\n1;2024-03-28 17:05:00;Größe;3900;Run;1;;;;1500;600;;\n`.replaceAll(
					';',
					'\t',
				),
				'utf16le',
			),
		]),
	],
	'rows that a spreadsheet has sorted by exercise': [
		`${STRONGS}\n2024-03-28 17:05:00,Größe,1h 5m,Row,1,72.5,8,0,0,,,\n2023-01-01 10:00:00,Other,1h,Row,1,50,8,0,0,,,\n2024-03-28 17:05:00,Größe,1h 5m,Run,1,0,0,1.5,600,,,\n2023-01-01 10:00:00,Other,1h,Run,1,0,0,2,600,,,\n`,
	],
};

for (const [name, [csv, query = '']] of Object.entries(variants)) {
	test(`read alike: ${name}`, async t => {
		const {send, logs, exercisesOf} = await aGym(t);
		const answer = await send(csv, query);
		t.deepEqual(answer.data?.errors, [], answer.body.toString());
		const log = (await logs()).at(-1);
		t.like(log, {workout_title: 'Größe', duration: '01:05:00', session_date: Date.parse('2024-03-28T17:05:00+01:00')});
		const [row, run] = await exercisesOf(log?.id);
		t.like(row, {name: 'Row', sets: [{weight: 72.5, reps: 8}]});
		t.is(run?.name, 'Run');
		t.is(run?.sets.length, 1);
		t.is(Math.round(Number(run?.sets[0]?.distance_m)), 1500);
		t.is(run?.sets[0]?.duration_s, 600);
	});
}

test('the same file again adds nothing; a longer one adds what is new and mends what the other app has mended', async t => {
	const {send, list} = await aGym(t);
	t.like(countsOf(await send(STRONG)), {...nothing, added: 10});
	const before = await list('log-exercise-sets');
	t.deepEqual(countsOf(await send(STRONG)), {...nothing, unchanged: 10});
	t.deepEqual(await list('log-exercise-sets'), before, 'not even a version');
	const longer = STRONG.replace('Legs",45m', 'Legs",50m').concat(
		'2024-03-30 07:00:00,"Legs",50m,"Squat (Barbell)",2,105,5,0,0,"","",\n',
		'2024-04-01 18:00:00,"Pull",1h,"Deadlift (Barbell)",1,120,5,0,0,"","",\n',
	);
	t.deepEqual(countsOf(await send(longer)), {...nothing, added: 4, updated: 1, unchanged: 9});
	t.is((await list('logs')).length, 3);
	t.deepEqual(countsOf(await send(longer)), {...nothing, unchanged: 14});
});

test('what a person has changed or deleted since stays so, and opens no conflict', async t => {
	const {send, logs, exercisesOf, list, put, delete: remove, get, ann} = await aGym(t);
	await send(STRONG);
	const [push, legs] = await logs();
	await put(`/api/v1/logs/${push?.id}`, {workout_title: 'Chest', notes: null}, ann);
	const heavy = (await list('log-exercise-sets')).find(({weight}) => weight === 82.5);
	await put(`/api/v1/log-exercise-sets/${heavy?.id}`, {weight: 85}, ann);
	await remove(`/api/v1/logs/${legs?.id}`, ann);
	t.deepEqual(countsOf(await send(STRONG)), {...nothing, unchanged: 7, skipped: 3});
	// Another field of the same record, mended in the other app, still comes in.
	const mended = STRONG.replace('F,82.5,5,', 'F,82.5,6,').replaceAll('1h 5m', '1h 6m');
	t.deepEqual(countsOf(await send(mended)), {...nothing, updated: 2, unchanged: 5, skipped: 3});
	const [chest, ...others] = await logs();
	t.deepEqual(others, []);
	t.like(chest, {workout_title: 'Chest', notes: null, duration: '01:06:00'});
	t.like((await exercisesOf(chest?.id))[0]?.sets[2], {weight: 85, reps: 6});
	t.deepEqual((await get('/api/v1/sync/conflicts', ann)).data, []);
});

test('a file that was taken in the wrong unit or time zone is mended by taking it in once more', async t => {
	const {send, list, logs} = await aGym(t);
	await send(STRONG, 'weight_unit=lb&timezone=America/New_York');
	const [push] = await logs();
	t.is(push?.session_date, Date.parse('2024-03-28T17:05:09-04:00'));
	t.true((await list('log-exercise-sets')).some(({weight}) => weight === 37.42));
	t.like(countsOf(await send(STRONG, 'weight_unit=kg')), {added: 0, updated: 6, unchanged: 4});
	t.like((await logs())[0], {id: push?.id, session_date: Date.parse('2024-03-28T17:05:09+01:00')});
	t.true((await list('log-exercise-sets')).some(({weight}) => weight === 82.5));
});

test('weights are kept in the unit in which the person’s training app counts', async t => {
	const {send, post, list, put, ann} = await aGym(t);
	await post('/api/v1/user-settings', {weight_unit: 'lbs'}, ann);
	await put('/api/v1/users/me', {units: 'imperial'}, ann);
	const answer = await send(STRONG);
	t.like(answer.data.assumed, {weight_unit: 'lb', distance_unit: 'mi'});
	t.true((await list('log-exercise-sets')).some(({weight}) => weight === 82.5));
	await send(HEVY.replace('100,5', '45.359237,5'));
	t.true((await list('log-exercise-sets')).some(({weight}) => weight === 100));
});

test('a row that cannot be read is named with its line and costs none of the others', async t => {
	const {send, list} = await aGym(t);
	const bad: [row: string, message: RegExp][] = [
		['2024-02-30 10:00:00,A,1h,Row,1,50,8,0,0,,,', /does not exist/],
		['28/03/2024,A,1h,Row,1,50,8,0,0,,,', /cannot be told apart/],
		['yesterday,A,1h,Row,1,50,8,0,0,,,', /no date/],
		[',A,1h,Row,1,50,8,0,0,,,', /no date/],
		['2024-03-01 13:00:00 PM,A,1h,Row,1,50,8,0,0,,,', /does not exist/],
		['2024-03-01 25:00:00,A,1h,Row,1,50,8,0,0,,,', /does not exist/],
		['2024-03-01 10:00:00,A,1h,,1,50,8,0,0,,,', /no exercise/],
		['2024-03-01 10:00:00,A,1h,Row,1,heavy,8,0,0,,,', /"heavy" is no number/],
		['2024-03-01 10:00:00,A,1h,Row,1,50,-8,0,0,,,', /negative/],
		['2024-03-01 10:00:00,A,1h,Row,1,1e999,8,0,0,,,', /no number/],
		['2024-03-01 10:00:00,A,1h,Row,1,99999999999,8,0,0,,,', /too large/],
		['2024-03-01 10:00:00,A,soon,Row,1,50,8,0,0,,,', /no duration/],
		['2024-03-01 10:00:00,A,1h,Row,1,72,5,8,0,0,,,', /13 columns/],
		['2024-03-01 10:00:00,"A,1h,Row,1,50,8,0,0,,,', /quotation mark/],
		['2024-03-01 10:00:00,"A"b,1h,"Row,1,50,8,0,0,,,', /quotation mark/],
		['2024-03-01 10:00:00,A\0,1h,Row,1,50,8,0,0,,,', /no text/],
		[`2024-03-01 10:00:00,A,1h,${'x'.repeat(501)},1,50,8,0,0,,,`, /500 characters/],
		[`2024-03-01 10:00:00,A,1h,${'x'.repeat(300_000)},1,50,8,0,0,,,`, /./],
		['2024-03-01 10:00:00,cut', /cut off/],
	];
	// Between any two a good one, each a session of its own.
	const good = (at: number) => `2024-01-${String(at + 1).padStart(2, '0')} 10:00:00,"Good",1h,"Row",1,50,8,0,0,"","",`;
	const csv = [STRONGS, ...bad.flatMap(([row], at) => [good(at), row])].join('\n');
	const answer = await send(csv);
	t.is(answer.status, 200, answer.body.toString());
	t.like(answer.data, {workouts: bad.length, sets: bad.length, added: bad.length * 3, bad_rows: bad.length});
	for (const [at, [row, message]] of bad.entries()) {
		t.is(answer.data.errors[at]?.line, 2 * at + 3, row.slice(0, 100));
		t.regex(answer.data.errors[at]?.message, message, row.slice(0, 100));
	}
	t.is((await list('logs')).length, bad.length);
	t.like(countsOf(await send(csv)), {unchanged: bad.length * 3, bad_rows: bad.length});
});

test('a file in which nothing can be read says so of its first rows, counts the others and ends', async t => {
	const {send} = await aGym(t);
	const answer = await send(
		[STRONGS, ...Array.from({length: 5000}, (_, at) => `2024-03-01,"never closed ${at}`)].join('\n'),
	);
	t.like(answer.data, {workouts: 0, added: 0, bad_rows: 5000});
	t.is(answer.data.errors.length, 200);
});

test('a dry run answers what would happen, and nothing does', async t => {
	const {send, list} = await aGym(t);
	const dry = await send(STRONG, 'dry_run=true');
	t.like(dry.data, {dry_run: true, workouts: 2, added: 10});
	t.deepEqual(await list('logs'), []);
	const {data: done} = await send(STRONG);
	t.deepEqual({...done, dry_run: true}, dry.data);
	const longer = `${STRONG.replace('100,5', '101,5')}2024-04-01 18:00:00,"Pull",1h,"Row",1,120,5,0,0,"","",\n`;
	t.like(countsOf(await send(longer, 'dry_run=true')), {added: 3, updated: 1, unchanged: 9});
	t.is((await list('logs')).length, 2);
});

test('what is no workout export, and what is asked wrongly, is refused with what to do instead', async t => {
	const {send, sendForm, ask, ann, data_folder} = await aGym(t);
	const refused = {status: 422, error: {code: 'UNPROCESSABLE'}};
	for (const csv of ['date,food\n2024-03-28,apple\n', '\n \n', '"', '\0\0\0', '{"mode":"merge"}', 'PK\u0003\u0004']) {
		t.like(await send(csv), refused, csv);
	}
	t.like(await sendForm(['file', '']), refused);
	for (const query of [
		'timezone=Mars/Olympus',
		'timezone=',
		'weight_unit=stone',
		'dry_run=perhaps',
		'distance_unit=ly',
	]) {
		t.like(await send(STRONG, query), {status: 400, error: {code: 'VALIDATION_ERROR'}}, query);
	}
	t.like(await sendForm(['export', STRONG]), {status: 400});
	t.like(await sendForm(['file', STRONG], ['second', STRONG]), {status: 400});
	t.like(await send(JSON.stringify({file: STRONG}), '', {type: 'application/json'}), {status: 415});
	const large = `${STRONGS}\n${'2024-03-28 17:05:00,A,1h,Row,1,50,8,0,0,,,\n'.repeat(500_000)}`;
	t.like(await send(large), {status: 413});
	t.like(await ask('POST', '/api/v1/import/workouts', {body: STRONG, headers: {'content-type': 'text/csv'}}), {
		status: 401,
	});
	const zipped = (body: Buffer) =>
		ask('POST', '/api/v1/import/workouts', {
			as: ann,
			body,
			headers: {'content-type': 'text/csv', 'content-encoding': 'gzip'},
		});
	t.like(await zipped(gzipSync(large)), {status: 413});
	t.like(await zipped(Buffer.from(STRONG)), {status: 400});
	t.like(await zipped(gzipSync(STRONG)), {status: 200, data: {workouts: 2}});
	t.deepEqual(await readdir(path.join(data_folder, 'uploads')), []);
});

test('two imports of one person at once come to one, and another person’s is their own', async t => {
	const {send, list, person} = await aGym(t);
	const bob = await person();
	const answers = await Promise.all([send(STRONG), send(STRONG), send(STRONG, '', {as: bob})]);
	for (const {status} of answers) t.true([200, 409].includes(status));
	t.deepEqual(countsOf(await send(STRONG)), {...nothing, unchanged: 10});
	t.is((await list('logs')).length, 2);
	t.is((await list('logs', bob)).length, 2);
});
