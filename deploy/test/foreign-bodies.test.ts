import test from 'ava';
import {aHouse, type TestAnswer} from '../../libs/host/testing.js';
import body from '../../services/body/plugin.js';
import couchdb from '../../services/couchdb/plugin.js';
import food from '../../services/food/plugin.js';
import healthTracker from '../../services/health_tracker/plugin.js';
import modi from '../../services/modi/plugin.js';
import packing from '../../services/packing/plugin.js';
import planner from '../../services/planner/plugin.js';
import rxdb from '../../services/rxdb/plugin.js';
import sync from '../../services/sync/plugin.js';
import training from '../../services/training/plugin.js';
import watermelon from '../../services/watermelon/plugin.js';
import weekday from '../../services/weekday/plugin.js';

// An app that was given the address of another protocol must learn that: who is told that all went well forgets what it had to send.

const now = '2026-03-01T08:00:00.000Z';

interface Door {
	path: string;
	/** One record, as this protocol's client pushes it. */
	push: unknown;
	/** Whether the answer to a push says that something was taken. */
	hasTaken: (answer: ReturnType<typeof parsed>) => boolean;
}

const doors: Record<string, Door> = {
	native: {
		path: '/api/v1/sync/push',
		push: {
			device_id: 'phone',
			mutations: [
				{
					id: 'm1',
					collection: 'workouts',
					record_id: 'native',
					op: 'upsert',
					data: {title: 'x'},
					client_timestamp: now,
				},
			],
		},
		hasTaken: ({data}) => data.accepted.length > 0,
	},
	WatermelonDB: {
		path: '/compat/watermelon/api/sync/push-changes',
		push: {
			changes: {workouts: {created: [{id: 'watermelon', title: 'x'}], updated: [], deleted: []}},
			lastPulledAt: null,
		},
		hasTaken: () => true,
	},
	PouchDB: {
		path: '/compat/couchdb/workouts/_bulk_docs',
		push: {docs: [{_id: 'pouch', _rev: '1-a', _revisions: {start: 1, ids: ['a']}, title: 'x'}], new_edits: false},
		hasTaken: () => true,
	},
	RxDB: {
		path: '/compat/rxdb/workouts/push',
		push: [{newDocumentState: {id: 'rx', title: 'x', _deleted: false}}],
		hasTaken: () => true,
	},
	packing: {
		path: '/compat/packing/changes',
		push: {
			changes: [
				{
					id: 'c1',
					entityType: 'items',
					entityId: 'packing',
					operation: 'create',
					timestamp: 1,
					version: 0,
					deviceId: 'phone',
					data: {name: 'x', listId: 'l'},
				},
			],
		},
		hasTaken: ({accepted}) => accepted.length > 0,
	},
	'health tracker': {
		path: '/compat/health/api/health-metrics/sync',
		push: {metrics: [{id: 'health', data: {weight: 80}, updated_at: now}]},
		hasTaken: ({data}) => data.synced > 0,
	},
	modi: {
		path: '/compat/modi/api/v1/workouts/sync',
		push: {modified: [{id: 'modi', name: 'x', weight: 1}], deleted: [], last_sync_timestamp: null},
		hasTaken: () => true,
	},
	weekday: {
		path: '/compat/weekday/sync/push',
		push: {
			mutations: [
				{
					id: 'w1',
					entity: 'log_entries',
					entity_id: 'weekday',
					op: 'upsert',
					payload: {text: 'x'},
					client_timestamp: now,
				},
			],
			deviceId: 'phone',
		},
		hasTaken: ({accepted}) => accepted.length > 0,
	},
};

// Both call their list `changes`, and its entries have ids: modi keeps them, as workouts with fields that it does not know.
const alike = new Set(['packing at modi']);

// biome-ignore lint/suspicious/noExplicitAny: eight protocols' answers
const parsed = (answer: TestAnswer): any => JSON.parse(answer.body.toString('utf8'));

test('what one app’s protocol pushes is never taken at another’s door as if all went well, and does no harm to either', async t => {
	const plugins = [
		sync,
		body,
		food,
		planner,
		training,
		couchdb,
		rxdb,
		watermelon,
		packing,
		healthTracker,
		modi,
		weekday,
	];
	const house = await aHouse(t, {plugins});
	const person = await house.person();
	const everything = async () => (await house.post('/api/v1/sync/pull', {since: 0}, person)).data.changes.length;
	for (const [at, {path, hasTaken}] of Object.entries(doors)) {
		for (const [of, {push}] of Object.entries(doors)) {
			if (of === at || alike.has(`${of} at ${at}`)) continue;
			const answer = await house.post(path, push, person);
			const said = `${of} at ${at}: ${answer.status} ${answer.body.toString().slice(0, 300)}`;
			t.true(answer.status < 500, said);
			if (answer.status < 300) t.false(hasTaken(parsed(answer)), said);
		}
	}
	t.is(await everything(), 0);
	for (const [at, {path, push, hasTaken}] of Object.entries(doors)) {
		const answer = await house.post(path, push, person);
		t.true(answer.status < 300 && hasTaken(parsed(answer)), `${at}: ${answer.status} ${answer.body.toString()}`);
	}
	t.is(await everything(), Object.keys(doors).length);
});
