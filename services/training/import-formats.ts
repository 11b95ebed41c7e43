import {PublicError} from '@hearth/host/errors.js';
import {BadCell, type Moment, momentOf, secondsOf, shown} from './import-times.js';

/** One set as a row of the file tells it, or only a note on its exercise. */
export interface Entry {
	workout: {start: Moment; title: string; duration_s: number | null; notes: string};
	exercise: {name: string; notes: string};
	/** Where the set stands within its exercise; null for one that is counted apart, such as a warm-up. */
	order: number | null;
	/** Fields of `log_exercise_sets`; null of a row that brings only a note. */
	set: Measures | null;
}

export interface Measures {
	reps?: number;
	weight?: number;
	notes?: string;
	rpe?: number;
	duration_s?: number;
	distance_m?: number;
	set_type?: string;
}

export type WeightUnit = 'kg' | 'lb';
export type DistanceUnit = 'km' | 'mi';

/** What the file leaves open, and what the sets are kept in. */
export interface Assumed {
	time_zone: string;
	/** Of the file, where neither a header nor a row says. */
	weight_unit: WeightUnit;
	distance_unit: DistanceUnit;
	/** In which the person's training app counts. */
	kept_weight_unit: WeightUnit;
}

export type Format = 'strong' | 'hevy';

type Column =
	| 'title'
	| 'start'
	| 'end'
	| 'duration'
	| 'workout_notes'
	| 'exercise'
	| 'exercise_notes'
	| 'order'
	| 'set_type'
	| 'weight'
	| 'weight_unit'
	| 'reps'
	| 'distance'
	| 'distance_unit'
	| 'seconds'
	| 'set_notes'
	| 'rpe';

/** The names of the columns in every version of the export that is known, in lower case and without their unit. */
const columnNames: Record<Format, Partial<Record<Column, readonly string[]>>> = {
	strong: {
		title: ['workout name'],
		start: ['date'],
		duration: ['duration', 'workout duration'],
		workout_notes: ['workout notes'],
		exercise: ['exercise name'],
		order: ['set order'],
		weight: ['weight'],
		weight_unit: ['weight unit'],
		reps: ['reps'],
		distance: ['distance'],
		distance_unit: ['distance unit'],
		seconds: ['seconds'],
		set_notes: ['notes'],
		rpe: ['rpe'],
	},
	hevy: {
		title: ['title'],
		start: ['start_time'],
		end: ['end_time'],
		workout_notes: ['description'],
		exercise: ['exercise_title'],
		exercise_notes: ['exercise_notes'],
		order: ['set_index'],
		set_type: ['set_type'],
		weight: ['weight'],
		reps: ['reps'],
		distance: ['distance'],
		seconds: ['duration'],
		rpe: ['rpe'],
	},
};

/** Without these a row is nowhere. */
const required: readonly Column[] = ['start', 'exercise', 'order'];

const KG_PER: Record<string, number> = {kg: 1, kgs: 1, lb: 0.45359237, lbs: 0.45359237};
const M_PER: Record<string, number> = {
	m: 1,
	meters: 1,
	metres: 1,
	km: 1000,
	mi: 1609.344,
	mile: 1609.344,
	miles: 1609.344,
	yd: 0.9144,
	yards: 0.9144,
	ft: 0.3048,
	feet: 0.3048,
};

/** What the apps call kinds of sets; an ordinary one has none. */
const setTypes: Record<string, string | null> = {
	w: 'warmup',
	warmup: 'warmup',
	'warm up': 'warmup',
	d: 'drop',
	drop: 'drop',
	dropset: 'drop',
	'drop set': 'drop',
	f: 'failure',
	failure: 'failure',
	normal: null,
	regular: null,
	'': null,
};

export interface Reader {
	format: Format;
	/** What a row says, null where that is nothing to keep. Throws `BadCell`. */
	read(cells: readonly string[]): Entry | null;
	/** Whether the file says itself what its weights are in. */
	knows: {weight_unit: boolean; distance_unit: boolean};
}

/** A reader of the rows below this header. Throws UNPROCESSABLE where no app that is known writes it. */
export function readerOf(header: readonly string[], assumed: Assumed): Reader {
	const named = header.map(nameAndUnit);
	for (const format of ['hevy', 'strong'] as const) {
		const at = new Map<Column, {index: number; unit: string | undefined}>();
		for (const [column, names] of Object.entries(columnNames[format]) as [Column, readonly string[]][]) {
			const index = named.findIndex(({name}) => names.includes(name));
			if (index !== -1) at.set(column, {index, unit: named[index]?.unit});
		}
		if (required.every(column => at.has(column))) return reader(format, at, assumed);
	}
	throw new PublicError(
		'UNPROCESSABLE',
		'This is no workout export of Strong or Hevy: its first line names other columns. Take the file as the app exports it, with its first line.',
		{details: [{path: 'file', message: `the first line is ${shown(header.join(','))}`}]},
	);
}

/** `Weight (kg)`, `weight_lbs` and `Duration (sec)` name a unit; `Weight` does not. */
function nameAndUnit(given: string): {name: string; unit: string | undefined} {
	const text = given.trim().toLowerCase();
	const parts = /^(.+?)\s*\((.+)\)$/.exec(text) ?? /^(weight|distance|duration)_([a-z]+)$/.exec(text);
	return parts === null ? {name: text, unit: undefined} : {name: parts[1] ?? text, unit: parts[2]};
}

function reader(
	format: Format,
	at: ReadonlyMap<Column, {index: number; unit: string | undefined}>,
	assumed: Assumed,
): Reader {
	const unitOf = (column: Column) => at.get(column)?.unit;
	// The same session stands on each of its rows.
	let last: {text: string; moment: Moment} | null = null;
	const startOf = (text: string): Moment => {
		if (last?.text !== text) last = {text, moment: momentOf(text, assumed.time_zone)};
		return last.moment;
	};
	return {
		format,
		knows: {
			weight_unit: unitOf('weight') !== undefined || at.has('weight_unit'),
			distance_unit: unitOf('distance') !== undefined || at.has('distance_unit'),
		},
		read(cells) {
			const text = (column: Column): string => {
				const index = at.get(column)?.index;
				return index === undefined ? '' : plain(cells[index] ?? '');
			};
			const order = text('order');
			// How long a pause was set to is no part of what was done.
			if (/^rest timer$/i.test(order)) return null;
			const name = text('exercise').replaceAll(/\s+/g, ' ');
			if (name === '') throw new BadCell('This row names no exercise.');
			if (name.length > 500) throw new BadCell('The name of the exercise has more than 500 characters.');
			const start = startOf(text('start'));
			const workout = {
				start,
				title: text('title'),
				duration_s: durationOf(start, text('end'), text('duration'), unitOf('duration'), assumed),
				notes: text('workout_notes'),
			};
			if (/^note$/i.test(order)) {
				return {workout, exercise: {name, notes: text('set_notes')}, order: null, set: null};
			}
			const isCounted = /^\d+$/.test(order);
			const type = text('set_type') || (isCounted ? '' : order);
			return {
				workout,
				exercise: {name, notes: text('exercise_notes')},
				order: isCounted ? Number(order) : null,
				set: measures({
					reps: amountOf(text('reps')),
					weight: weightIn(
						numberOf(text('weight')),
						unitOf('weight') ?? (text('weight_unit') || assumed.weight_unit),
						assumed.kept_weight_unit,
					),
					distance_m: lengthIn(
						amountOf(text('distance')),
						unitOf('distance') ?? (text('distance_unit') || assumed.distance_unit),
					),
					duration_s: amountOf(text('seconds')),
					rpe: amountOf(text('rpe')),
					notes: text('set_notes'),
					set_type: typeOf(type),
				}),
			};
		},
	};
}

/** A cell as it is meant. Throws `BadCell` for what is no text. */
function plain(cell: string): string {
	if (cell.includes('\0') || cell.includes('\ufffd') || !cell.isWellFormed()) {
		throw new BadCell('This row holds bytes that are no text.');
	}
	return cell.trim();
}

function durationOf(
	start: Moment,
	end: string,
	duration: string,
	unit: string | undefined,
	{time_zone}: Assumed,
): number | null {
	if (end === '') return secondsOf(duration, unit);
	const seconds = Math.round((momentOf(end, time_zone).at_ms - start.at_ms) / 1000);
	// It went through an hour that the clock shows twice, or somebody mended one end: nobody knows.
	return seconds < 0 ? null : seconds;
}

/** Zeros stand where the app measures something else: of a run its weight, of a squat its distance. */
function measures(given: {[Name in keyof Measures]-?: Measures[Name] | null}): Measures {
	const {duration_s, distance_m} = given;
	const isTimed = (duration_s ?? 0) > 0 || (distance_m ?? 0) > 0;
	const said = Object.entries(given).filter(([name, value]) => {
		if (value === null || value === '') return false;
		if (name === 'duration_s' || name === 'distance_m' || name === 'rpe') return value !== 0;
		return !(isTimed && value === 0);
	});
	return Object.fromEntries(said);
}

const typeOf = (type: string): string | null => {
	const key = type.toLowerCase().replaceAll(/[_\s-]+/g, ' ');
	return Object.hasOwn(setTypes, key) ? (setTypes[key] ?? null) : key.slice(0, 100);
};

/** With a comma or a point before its fraction, and perhaps the other between thousands. Throws `BadCell`. */
function numberOf(text: string): number | null {
	if (text === '' || text === '-') return null;
	const digits = text.replaceAll(/[\s'’]/gu, '');
	const [comma, point] = [digits.lastIndexOf(','), digits.lastIndexOf('.')];
	const isThousands = comma !== -1 && (point > comma || digits.indexOf(',') !== comma);
	const written = isThousands
		? digits.replaceAll(',', '')
		: comma > point && point !== -1
			? digits.replaceAll('.', '').replace(',', '.')
			: digits.replace(',', '.');
	if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(written)) throw new BadCell(`${shown(text)} is no number.`);
	const number = Number(written);
	// More than anybody lifts, runs or counts; a slip of the columns.
	if (Math.abs(number) > 1_000_000) throw new BadCell(`${shown(text)} is too large a number.`);
	return number;
}

function amountOf(text: string): number | null {
	const number = numberOf(text);
	if (number !== null && number < 0) throw new BadCell(`${shown(text)} must not be negative.`);
	return number;
}

function weightIn(weight: number | null, unit: string, kept: WeightUnit): number | null {
	if (weight === null) return null;
	const [from, to] = [factor(KG_PER, unit), KG_PER[kept] ?? 1];
	return from === to ? weight : hundredths((weight * from) / to);
}

const lengthIn = (length: number | null, unit: string): number | null =>
	length === null ? null : hundredths(length * factor(M_PER, unit));

function factor(factors: Record<string, number>, unit: string): number {
	const key = unit.trim().toLowerCase();
	const found = Object.hasOwn(factors, key) ? factors[key] : undefined;
	if (found === undefined) throw new BadCell(`${shown(unit)} is a unit that is not known here.`);
	return found;
}

const hundredths = (number: number): number => Math.round(number * 100) / 100;
