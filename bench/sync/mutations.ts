import {randomUUID} from 'node:crypto';

// What all three are given: sets of an exercise, the smallest records there are many of, where all that is not the record weighs most.

export const COLLECTION = 'log_exercise_sets';

export interface SetDone {
	id: string;
	data: {log_exercise_id: string; reps: number; weight: number; notes: string};
}

const NOTES = ['', 'felt strong, one more next time', 'last two with help', 'Kurzhanteln statt Stange'];

export function someSets(count: number): SetDone[] {
	const log_exercise_id = randomUUID();
	return Array.from({length: count}, (_, index) => ({
		id: randomUUID(),
		data: {log_exercise_id, reps: 5 + (index % 8), weight: 40 + (index % 50) * 2.5, notes: NOTES[index % 4] ?? ''},
	}));
}

/** The body of a push to the house. */
export const pushOf = (sets: readonly SetDone[], collection = COLLECTION, device_id = 'bench-a'): string =>
	JSON.stringify({
		device_id,
		mutations: sets.map(({id, data}) => ({
			id: randomUUID(),
			collection,
			record_id: id,
			op: 'upsert',
			data,
			client_timestamp: new Date().toISOString(),
		})),
	});

/** The body of a push to the peer. */
export const docsOf = (sets: readonly SetDone[]): string =>
	JSON.stringify({docs: sets.map(({id, data}) => ({_id: id, collection: COLLECTION, ...data}))});
