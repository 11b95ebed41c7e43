import {v5 as uuidv5} from 'uuid';
import type {Entry, Measures} from './import-formats.js';

/** A record that the file asks for. Its id says what it is of, so that the same file, or a longer one, asks for the same. */
export interface Wanted {
	collection: 'logs' | 'log_exercise' | 'log_exercise_sets';
	id: string;
	data: Record<string, unknown>;
	/** Ids of the records it belongs to, the session's first. */
	within: readonly string[];
	/** Of the file. */
	line: number;
}

/** The namespace of their ids. */
const IMPORTS = '6f1f7d3a-3c52-5b0e-9d57-0d2b1f0a8c41';

/** More than anybody does in a life. */
const MAX_SESSIONS = 50_000;

interface Exercise {
	id: string;
	/** Of the sets that are numbered, the last one's number. */
	last_order: number;
	sets: number;
}

interface OpenSession {
	id: string;
	exercises: Map<string, Exercise[]>;
	/** How many exercises it has. */
	count: number;
	wanted: Wanted[];
	/** Of the exercises that are new with these rows, by id. */
	fresh: Map<string, Wanted>;
	/** Of the row before. */
	exercise: Exercise | null;
}

/**
 * Gathers rows into sessions. Rows of a session mostly stand together; where a spreadsheet has sorted them otherwise, a session is gone
 * on with. In memory are the records of one session, and of each other only how many exercises and sets it has.
 */
export class Sessions {
	readonly #known = new Map<string, Pick<OpenSession, 'exercises' | 'count'>>();
	#open: OpenSession | null = null;

	/** What is complete with this row: the session before it, where it begins another. Null where there are too many sessions. */
	add(entry: Entry, line: number): Wanted[] | null {
		const id = uuidv5(JSON.stringify([entry.workout.start.key, entry.workout.title]), IMPORTS);
		if (this.#open?.id === id) {
			take(this.#open, entry, line);
			return [];
		}
		const known = this.#known.get(id);
		if (known === undefined && this.#known.size >= MAX_SESSIONS) return null;
		const complete = this.end();
		this.#open = {id, exercises: new Map(), count: 0, ...known, wanted: [], fresh: new Map(), exercise: null};
		if (known === undefined) this.#open.wanted.push(logOf(id, entry, line));
		take(this.#open, entry, line);
		return complete;
	}

	/** What is left. */
	end(): Wanted[] {
		if (this.#open === null) return [];
		const {id, exercises, count, wanted} = this.#open;
		this.#known.set(id, {exercises, count});
		this.#open = null;
		return wanted;
	}
}

const logOf = (id: string, {workout: {start, title, duration_s, notes}}: Entry, line: number): Wanted => ({
	collection: 'logs',
	id,
	data: {
		...(title === '' ? {} : {workout_title: title}),
		...(duration_s === null ? {} : {duration: clock(duration_s)}),
		...(notes === '' ? {} : {notes}),
		session_date: start.at_ms,
	},
	within: [],
	line,
});

function take(session: OpenSession, entry: Entry, line: number): void {
	const exercise = exerciseOf(session, entry, line);
	session.exercise = exercise;
	const record = session.fresh.get(exercise.id);
	if (record !== undefined && entry.exercise.notes !== '') record.data.notes ??= entry.exercise.notes;
	if (entry.set === null) return;
	if (entry.order !== null) exercise.last_order = entry.order;
	exercise.sets += 1;
	session.wanted.push({
		collection: 'log_exercise_sets',
		id: uuidv5(`set ${exercise.sets}`, exercise.id),
		data: {log_exercise_id: exercise.id, ...(entry.set satisfies Measures)},
		within: [session.id, exercise.id],
		line,
	});
}

/** The one that this row goes on with, or the next of that name: somebody came back to it, and its sets are counted anew. */
function exerciseOf(session: OpenSession, {exercise: {name}, order, set}: Entry, line: number): Exercise {
	const alike = session.exercises.get(name) ?? [];
	const latest = alike.at(-1);
	const goesOn = (one: Exercise) => {
		if (order !== null) return order > one.last_order;
		return set === null || one === session.exercise;
	};
	if (latest !== undefined && goesOn(latest)) return latest;
	const id = uuidv5(JSON.stringify([name, alike.length]), session.id);
	const exercise = {id, last_order: -1, sets: 0};
	session.exercises.set(name, [...alike, exercise]);
	const record: Wanted = {
		collection: 'log_exercise',
		id,
		data: {log_id: session.id, exercise_id: slug(name), name, order: session.count},
		within: [session.id],
		line,
	};
	session.count += 1;
	session.fresh.set(id, record);
	session.wanted.push(record);
	return exercise;
}

/** By which an app finds what was done of one exercise in all sessions. */
const slug = (name: string): string =>
	name
		.normalize('NFKC')
		.toLowerCase()
		.replaceAll(/[^\p{L}\p{N}]+/gu, '-')
		.replaceAll(/^-|-$/g, '')
		.slice(0, 256) || 'exercise';

/** `01:05:00`, as the training app writes durations. */
const clock = (seconds: number): string =>
	[Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
		.map(part => String(part).padStart(2, '0'))
		.join(':');
