import {aDevice, tryCollections} from '@hearth/host/testing-collections.js';
import test from 'ava';
import body from '../plugin.js';

test('each collection keeps every field that its apps have, and refuses what is no quantity', async t => {
	await tryCollections(t, body, {
		weights: {
			full: {
				date: '2026-03-01',
				weight_kg: 75.5,
				measured_at: '2026-03-01T07:30:00+01:00',
				time_zone: 'Europe/Berlin',
				notes: 'before breakfast',
			},
			minimal: {date: '2026-03-01', weight_kg: 75.5},
			refused: [
				['weight_kg', 0],
				['weight_kg', -75.5],
				['weight_kg', '75.5'],
				['weight_kg', Number.MAX_VALUE],
				['date', '2026-02-30'],
				['date', '1 March'],
				['date', '2026-03-01T00:00:00Z'],
				['measured_at', '2026-03-01'],
				['measured_at', '2026-03-01T07:30:00'],
				['time_zone', '+01:00'],
				['notes', 'x'.repeat(10_001)],
			],
		},
		health_metrics: {
			full: {
				date: '2024-01-15',
				time_zone: 'America/Argentina/Buenos_Aires',
				weight_kg: 75.5,
				sleep_quality: 7,
				sleep_s: 27_000,
				energy_level: 8,
				mood: 'calm',
				resting_heart_rate_bpm: 68,
				measurements: [
					{id: 'waist', name: 'Waist', value: 82.5, unit: 'cm', measured_at: '2024-01-15T10:30:00Z', side: 'both'},
					{name: 'Chest', value: 101},
					'neck 38 cm',
				],
				notes: 'slept well',
			},
			minimal: {},
			refused: [
				['weight_kg', -1],
				['resting_heart_rate_bpm', 'fast'],
				['sleep_quality', '7'],
				['measurements', {waist: 82.5}],
				['measurements', [{id: 'waist', value: '82.5 cm'}]],
				['measurements', [82.5]],
			],
		},
		medications: {
			full: {
				name: 'Ibuprofen',
				dosage: '200 mg',
				dose: 200,
				dose_unit: 'mg',
				frequency: 'twice a day',
				times: ['08:00', '20:00'],
				start_date: '2026-03-01',
				end_date: '2026-03-08',
				is_active: true,
				reason: 'a sprained ankle',
				prescribed_by: 'Dr. Okafor',
				side_effects: [
					'nausea',
					{id: 'e1', name: 'drowsiness', severity: 3, noticed_at: '2026-03-02T12:00:00Z', notes: 'mild'},
				],
				notes: 'with food',
			},
			minimal: {},
			refused: [
				['dose', -200],
				['dose', '200 mg'],
				['times', ['8 am']],
				['times', ['24:00']],
				['side_effects', 'nausea'],
				['is_active', 'yes'],
			],
		},
		supplements: {
			full: {
				name: 'Vitamin D',
				brand: 'Sunny',
				library_id: 'vitamin-d3',
				dosage: '2000 IU',
				dose: 50,
				dose_unit: 'µg',
				frequency: 'daily',
				timing: 'with lunch',
				times: ['12:30'],
				with_food: true,
				is_active: true,
				order: 1.5,
				notes: 'in winter',
			},
			minimal: {},
			refused: [
				['dose', -1],
				['dose', 'two'],
				['order', 'first'],
				['library_id', ''],
			],
		},
		supplement_log: {
			full: {
				date: '2026-03-01',
				time_zone: 'UTC',
				supplement_id: 'vitamin-d',
				taken: true,
				taken_at: '2026-03-01T12:35:10.250Z',
				dose: 50,
				dose_unit: 'µg',
				notes: 'late',
			},
			minimal: {},
			refused: [
				['taken', 1],
				['dose', -50],
				['date', 20260301],
			],
		},
	});
});

test('of two devices that measured apart both measurements and both notes stay, and of each number the later', async t => {
	const {set, other, read} = await aDevice(t, body);
	const waist = {id: 'waist', name: 'Waist', value: 82, unit: 'cm'};
	const first = await set('health_metrics', 'm1', {date: '2026-03-01', measurements: [waist], weight_kg: 76});
	const base_version = first?.version ?? 0;
	const now = Date.now();
	const chest = {id: 'chest', name: 'Chest', value: 101, unit: 'cm'};
	await set(
		'health_metrics',
		'm1',
		{measurements: [waist, chest], notes: 'slept badly', weight_kg: 75.8},
		{base_version, at_ms: now},
	);
	const neck = {id: 'neck', name: 'Neck', value: 38, unit: 'cm'};
	const remeasured = {...waist, value: 81};
	const later = {base_version, at_ms: now - 60_000};
	t.like(
		await other.set(
			'health_metrics',
			'm1',
			{measurements: [remeasured, neck], notes: 'long walk', weight_kg: 75.5},
			later,
		),
		{status: 'merged'},
	);
	t.deepEqual(await read('health_metrics', 'm1'), {
		date: '2026-03-01',
		measurements: [remeasured, chest, neck],
		notes: 'slept badly\nlong walk',
		weight_kg: 75.8,
	});
});

test('a side effect that one device adds does not lose another’s, and one that was removed stays removed', async t => {
	const {set, other, read} = await aDevice(t, body);
	const first = await set('medications', 'ibuprofen', {name: 'Ibuprofen', side_effects: ['nausea', 'headache']});
	const base_version = first?.version ?? 0;
	await set('medications', 'ibuprofen', {side_effects: ['nausea', 'headache', 'dizziness']}, {base_version});
	await other.set(
		'medications',
		'ibuprofen',
		{side_effects: ['nausea', 'tiredness'], dosage: '400 mg'},
		{base_version},
	);
	t.deepEqual(await read('medications', 'ibuprofen'), {
		name: 'Ibuprofen',
		side_effects: ['nausea', 'dizziness', 'tiredness'],
		dosage: '400 mg',
	});
});
