import {aDevice, tryCollections} from '@hearth/host/testing-collections.js';
import test from 'ava';
import planner from '../plugin.js';

test('each collection keeps every field that its apps have, and refuses what is no quantity', async t => {
	await tryCollections(t, planner, {
		schedule_blocks: {
			full: {
				title: 'Deep work',
				description: 'No telephone',
				type: 'work',
				date: '2026-03-02',
				days: [1, 2, 'friday'],
				start_time: '09:00',
				end_time: '11:30:00',
				duration_min: 150,
				color: '#3366cc',
				order: 1,
				is_active: true,
				notes: 'in the library',
			},
			minimal: {},
			refused: [
				['start_time', '9am'],
				['end_time', '25:00'],
				['duration_min', -150],
				['days', 'mon'],
				['days', [1.5]],
			],
		},
		completion: {
			full: {
				date: '2026-03-02',
				time_zone: 'Europe/Berlin',
				block_id: 'deep-work',
				done: true,
				done_at: '2026-03-02T11:30:00+01:00',
				percent: 80,
				notes: 'interrupted once',
			},
			minimal: {},
			refused: [
				['done', 'yes'],
				['percent', -1],
				['percent', '80 %'],
			],
		},
		top3: {
			full: {
				date: '2026-03-02',
				time_zone: 'UTC',
				items: [{id: 1, text: 'Call the dentist', done: false, order: 0}, 'Water the plants'],
				notes: '',
			},
			minimal: {},
			refused: [
				['items', 'Call the dentist'],
				['items', [3]],
				['items', Array.from({length: 501}, () => 'x')],
			],
		},
		mechanism: {
			full: {
				date: '2026-03-02',
				time_zone: 'UTC',
				title: 'Shoes by the door',
				text: 'Seeing them makes me go for a run',
				type: 'cue',
				value: 3,
				done: true,
			},
			minimal: {},
			refused: [
				['value', -3],
				['title', 'x'.repeat(501)],
			],
		},
		log_entries: {
			full: {
				date: '2026-03-02',
				time_zone: 'Pacific/Auckland',
				logged_at: '2026-03-02T21:15:00+13:00',
				title: 'Evening',
				text: 'Tired but content',
				type: 'mood',
				value: 7,
				unit: 'of 10',
				tags: ['mood', 'evening'],
			},
			minimal: {},
			refused: [
				['value', -7],
				['tags', 'mood'],
				['logged_at', 'this evening'],
			],
		},
		settings: {
			full: {name: 'week_starts_on', value: {day: 1, of: ['home', 'work']}, time_zone: 'Europe/Berlin'},
			minimal: {},
			refused: [['time_zone', '+01:00']],
		},
		lists: {
			full: {
				name: 'Norway',
				description: 'A week in the hut',
				destination: 'Lofoten',
				start_date: '2026-07-01',
				end_date: '2026-07-08',
				type: 'packing',
				color: 'green',
				icon: 'tent',
				is_template: false,
				template_id: 'hiking',
				is_archived: false,
				order: 2,
				notes: 'mosquito net!',
			},
			minimal: {},
			refused: [
				['start_date', '2026-06-31'],
				['is_archived', 0],
			],
		},
		items: {
			full: {
				list_id: 'norway',
				name: 'Socks',
				quantity: 6,
				unit: 'pairs',
				category: 'clothes',
				packed: false,
				assigned_to: 'Ada',
				weight_g: 420,
				tags: ['wool'],
				order: 0.5,
				notes: 'the thick ones',
			},
			minimal: {},
			refused: [
				['quantity', -6],
				['quantity', 'six'],
				['weight_g', -1],
				['packed', 'no'],
			],
		},
	});
});

test('two devices that each change another of the day’s three things both succeed', async t => {
	const {set, other, read} = await aDevice(t, planner);
	const things = ['dentist', 'plants', 'taxes'].map(id => ({id, text: `See to the ${id}`, done: false}));
	const first = await set('top3', '2026-03-02', {date: '2026-03-02', items: things});
	const base_version = first?.version ?? 0;
	const ticked = (which: string) => things.map(thing => (thing.id === which ? {...thing, done: true} : thing));
	await set('top3', '2026-03-02', {items: ticked('dentist')}, {base_version});
	await other.set('top3', '2026-03-02', {items: ticked('taxes')}, {base_version});
	t.like(await read('top3', '2026-03-02'), {
		items: [
			{id: 'dentist', done: true},
			{id: 'plants', done: false},
			{id: 'taxes', done: true},
		],
	});
});

test('of two devices that tick the same thing of a day apart the later one counts', async t => {
	const {set, other, read} = await aDevice(t, planner);
	const now = Date.now();
	await set(
		'completion',
		'2026-03-02:walk',
		{date: '2026-03-02', block_id: 'walk', done: true},
		{base_version: 0, at_ms: now - 3_600_000},
	);
	await other.set(
		'completion',
		'2026-03-02:walk',
		{date: '2026-03-02', block_id: 'walk', done: false},
		{base_version: 0, at_ms: now},
	);
	t.like(await read('completion', '2026-03-02:walk'), {done: false});
});
