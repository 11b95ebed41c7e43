import {aDevice, tryCollections} from '@hearth/host/testing-collections.js';
import test from 'ava';
import training from '../plugin.js';

// As WatermelonDB makes them.
const [routine_id, workout_id, workout_exercise_id] = ['kX81hUaZ02LmQv7c', 'Pq9ZtR4sW1yNb6Ef', 'u3JdG8oVx5CiTh2A'];
const [log_id, log_exercise_id] = ['Mw7RkY0eBn4SfL9p', 'd6HzQ1jXo8UaVt3K'];

const negative: [string, unknown][] = [
	['reps', -8],
	['reps', '8'],
];

test('each collection keeps every field that its apps have, and refuses what is no quantity', async t => {
	await tryCollections(t, training, {
		routines: {
			full: {title: 'Push pull legs', description: 'Six days', order: 1, default_routine: false},
			minimal: {},
			refused: [
				['title', 7],
				['order', '1'],
				['default_routine', 'no'],
			],
		},
		workouts: {
			full: {
				title: 'Bench press',
				notes: 'slowly down',
				order: 2,
				estimated_duration: 45,
				weight_kg: 62.5,
				sets: 3,
				reps: 8,
				day: 1,
				day_order: 0,
			},
			minimal: {},
			refused: [
				...negative,
				['weight_kg', -62.5],
				['weight_kg', 'heavy'],
				['sets', 2.5],
				['estimated_duration', -1],
				['day', 'Monday'],
			],
		},
		routine_workout: {full: {routine_id, workout_id, order: 0}, minimal: {}, refused: [['routine_id', 7]]},
		workout_exercise: {
			full: {
				workout_id,
				exercise_id: 314,
				is_saved: true,
				rest_time: 90,
				sets: '[{"reps":8,"weight":60,"restTime":90},{"reps":6,"rpe":9}]',
				order: 0,
				notes: '',
			},
			minimal: {},
			refused: [
				['sets', [{reps: 8, weight: 60}]],
				['rest_time', -90],
				['is_saved', 'true'],
			],
		},
		workout_exercise_sets: {
			full: {workout_exercise_id, reps: 8, weight: 60.5, rpe: 8.5, duration: 40, distance: 1.2, notes: 'with a belt'},
			minimal: {},
			refused: [...negative, ['weight', 'heavy'], ['duration', -40], ['distance', -1.2]],
		},
		logs: {
			full: {
				workout_title: 'Push',
				duration: '01:12:30',
				notes: 'tired',
				is_imported: true,
				imported_at: 1_772_352_000_000,
				session_date: 1_772_265_600_000,
			},
			minimal: {},
			refused: [
				['duration', -60],
				['session_date', true],
			],
		},
		log_exercise: {
			full: {log_id, exercise_id: 'barbell-row', name: 'Row (Barbell)', notes: 'left side weaker', order: 3},
			minimal: {},
			refused: [['order', 'third']],
		},
		log_exercise_sets: {
			full: {
				log_exercise_id,
				reps: 5,
				weight: 100,
				notes: 'spotted',
				rpe: 9.5,
				duration_s: 40,
				distance_m: 20,
				set_type: 'warmup',
			},
			minimal: {},
			refused: [...negative, ['weight', '100 kg'], ['duration_s', -40], ['distance_m', '20 m'], ['set_type', 1]],
		},
		exercises: {
			full: {
				name: 'Morning run',
				type: 'cardio',
				date: '2026-03-01',
				time_zone: 'Asia/Kolkata',
				time: '06:40',
				started_at: '2026-03-01T06:40:00+05:30',
				duration_s: 1860,
				distance_m: 5200,
				steps: 6100,
				energy_kcal: 410,
				average_heart_rate_bpm: 148,
				max_heart_rate_bpm: 176,
				intensity: 'high',
				sets: 1,
				reps: 1,
				weight_kg: 0,
				notes: 'uphill',
			},
			minimal: {},
			refused: [
				['duration_s', -1860],
				['distance_m', '5.2 km'],
				['energy_kcal', 1e12],
				['steps', 0.5],
				['time', '6:40'],
			],
		},
		workout_programs: {
			full: {
				name: 'Four days',
				description: 'Upper and lower body',
				template_id: 'upper-lower',
				goal: 'strength',
				level: 'beginner',
				days_per_week: 4,
				duration_weeks: 8,
				start_date: '2026-03-02',
				is_active: true,
				days: [
					{
						id: 'd1',
						name: 'Upper',
						day: 1,
						exercises: [
							{id: 'e1', exercise_id: 'row', name: 'Row', sets: 4, reps: '8-12', weight_kg: 40, rest_s: 120, notes: ''},
						],
						notes: '',
					},
					{id: 'd2', day: 'thursday', exercises: []},
				],
				notes: 'after the holidays',
			},
			minimal: {},
			refused: [
				['days_per_week', -4],
				['days', {monday: []}],
				['days', [{exercises: [{sets: -4}]}]],
				['days', [{exercises: [{weight_kg: -40}]}]],
			],
		},
		workout_history: {
			full: {
				date: '2026-03-02',
				time_zone: 'Europe/Berlin',
				program_id: 'four-days',
				day_id: 'd1',
				name: 'Upper',
				started_at: '2026-03-02T18:00:00+01:00',
				ended_at: '2026-03-02T18:50:00+01:00',
				duration_s: 3000,
				completed: true,
				exercises: [
					{
						id: 'e1',
						name: 'Row',
						sets: [
							{id: 1, reps: 10, weight_kg: 40, rpe: 7, done: true},
							{reps: 8, duration_s: 30, distance_m: 0},
						],
					},
				],
				notes: 'good',
			},
			minimal: {},
			refused: [
				['duration_s', '50 min'],
				['exercises', [{sets: [{weight_kg: '40'}]}]],
				['exercises', [{sets: [{reps: -1}]}]],
			],
		},
		user_settings: {
			full: {weight_unit: 'kg', distance_unit: 2, theme: 'dark', language: 'en', rest_time: 90},
			minimal: {},
			refused: [['rest_time', -90]],
		},
	});
});

test('what WatermelonDB may push of its tables is taken, however odd: a refusal would keep the phone from ever syncing again', async t => {
	const {set, read} = await aDevice(t, training);
	const odd = [
		['workout_exercise', {sets: 'not JSON [', notes: 'n'.repeat(300_000), workout_id: '', exercise_id: ''}],
		['workout_exercise_sets', {workout_exercise_id: 'of a parent that was deleted', reps: 1e300, weight: -20}],
		['logs', {duration: '', session_date: 0, imported_at: null, workout_title: null}],
		['routine_workout', {routine_id: null, workout_id: null}],
		['user_settings', {weight_unit: null, push_notifications: true}],
	] as const;
	for (const [collection, data] of odd) {
		t.like(await set(collection, 'kX81hUaZ02LmQv7c', data), {status: 'accepted'}, collection);
		t.deepEqual(await read(collection, 'kX81hUaZ02LmQv7c'), data, collection);
	}
});

test('days of a program that two devices add apart are all there', async t => {
	const {set, other, read} = await aDevice(t, training);
	const [monday, tuesday, friday] = ['monday', 'tuesday', 'friday'].map(day => ({id: day, day, exercises: []}));
	const first = await set('workout_programs', 'p', {name: 'Four days', days: [monday]});
	const base_version = first?.version ?? 0;
	await set('workout_programs', 'p', {days: [monday, tuesday]}, {base_version});
	await other.set('workout_programs', 'p', {days: [monday, friday]}, {base_version});
	t.deepEqual(await read('workout_programs', 'p'), {name: 'Four days', days: [monday, tuesday, friday]});
});
