import type {Data} from '@hearth/records/merge.js';
import {dayOf, instantOf} from './moments.js';

/** What the app may leave unsaid. */
export interface Circumstances {
	now_ms: number;
	/** The person's. */
	time_zone: string;
	/** The record as it is; null where it is made by this. */
	stored: Data | null;
	/** What is wrong is mended; else it is for the records to refuse. */
	mends: boolean;
}

/** A kind of record of this protocol, by its names and by ours. */
export interface Kind {
	/** In paths. */
	path: string;
	/** One of them, in sentences. */
	what: string;
	collection: string;
	/** What the app calls the collection's fields, where it calls them otherwise. */
	names: Readonly<Record<string, string>>;
	/** What the app calls parts of fields. */
	parts?: Readonly<Record<string, string>>;
	/** The fields that the app reads of every record, as they are where nobody has said. */
	columns: Readonly<Data>;
	/** What is kept, by our names, as the app wants it. */
	outward?: (data: Data) => Data;
	/** What was sent, by our names, as it is kept. */
	inward?: (data: Data, given: Circumstances) => Data;
}

export const workouts: Kind = {
	path: 'workouts',
	what: 'workout',
	collection: 'workouts',
	names: {name: 'title', weight: 'weight_kg'},
	columns: {name: '', weight: null, sets: null, reps: null, notes: null, day: 0, day_order: 0},
};

/** The moment is the app's, the day the person's. */
export const weights: Kind = {
	path: 'weights',
	what: 'weight',
	collection: 'weights',
	names: {weight: 'weight_kg', date_time: 'measured_at'},
	columns: {weight: 0, date_time: null},
	inward(data, {now_ms, time_zone, stored, mends}) {
		const isGiven = (data.measured_at ?? null) !== null && (!mends || instantOf(data.measured_at) !== null);
		const moment = isGiven || stored !== null ? data.measured_at : now_ms;
		const measured_at = instantOf(moment);
		return measured_at === null ? data : {date: dayOf(moment, time_zone), ...data, measured_at};
	},
};
