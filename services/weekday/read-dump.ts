import {hash} from 'node:crypto';
import {PublicError} from '@hearth/host/errors.js';
import {canonicalJson} from '@hearth/records/canonical.js';
import type {Data} from '@hearth/records/merge.js';
import {isRecordId} from '@hearth/records/mutation.js';
import {type Entity, entities, findEntity} from './entities.js';
import {checksumOf, FORMAT} from './export-state.js';
import {isTooDeep, millisecondsOf} from './mutation.js';

/** Under which the app keeps its state in a browser. */
const STORAGE_KEY = 'andi_weekday_os_v1';

/** A record as a dump or an export holds it. */
export interface Dumped {
	entity: Entity;
	id: string;
	payload: unknown;
	/** When it was written, by the device's clock; 0 where it does not say, so that whatever is here counts. */
	client_ms: number;
}

const isObject = (value: unknown): value is Data =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const DAY = /^\d{4}-\d\d-\d\d$/;
const DAY_AND_THING = /^(\d{4}-\d\d-\d\d)[:_|/.-](.+)$/;

/**
 * The records of what was given: an export of ours, a dump of the browser's storage (the text that lies under the app's key, or all of
 * the storage), or the state itself. What no entity has a place for is kept among the settings. Throws VALIDATION_ERROR for what is none
 * of these, UNPROCESSABLE for a damaged export.
 */
export function readDump(given: unknown): Dumped[] {
	const state = stateIn(given);
	if (isTooDeep(state, 0)) throw invalid('is nested too deeply');
	const dumped = new Map<string, Dumped>();
	const others: Data = {};
	for (const [key, value] of Object.entries(state)) {
		const entity = findEntity(key);
		if (entity === undefined) {
			if (key !== '__proto__') others[key] = value;
		} else if (value !== null) {
			for (const one of recordsOf(entity, value)) add(dumped, one);
		}
	}
	if (dumped.size === 0 && !Object.keys(state).some(key => findEntity(key) !== undefined)) {
		throw invalid(`holds nothing of the app: none of ${entities.map(({name}) => name).join(', ')}`);
	}
	const settings = findEntity('settings');
	if (settings !== undefined) for (const one of recordsOf(settings, others)) add(dumped, one);
	return [...dumped.values()];
}

/** Two things of one id under two days are two records. */
function add(dumped: Map<string, Dumped>, {within, ...one}: Dumped & {within: string}): void {
	const key = `${one.entity.name}\n${one.id}`;
	const other = dumped.get(key);
	if (other === undefined || canonicalJson(other.payload) === canonicalJson(one.payload)) dumped.set(key, one);
	else if (within !== '') add(dumped, {...one, id: `${within}:${one.id}`.slice(0, 256), within: ''});
	else if (one.client_ms >= other.client_ms) dumped.set(key, one);
}

const invalid = (message: string) =>
	new PublicError('VALIDATION_ERROR', `snapshot ${message}.`, {details: [{path: 'snapshot', message}]});

function stateIn(given: unknown): Data {
	let state = given;
	// A text within the storage within the snapshot within the body.
	for (let depth = 0; depth < 6; depth += 1) {
		if (typeof state === 'string') state = parsed(state);
		else if (isObject(state) && state.format === FORMAT) return checked(state);
		else if (isObject(state) && (state[STORAGE_KEY] ?? null) !== null) state = state[STORAGE_KEY];
		else break;
	}
	if (!isObject(state)) throw invalid('must be an export, or the state of the app as its browser keeps it');
	return state;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw invalid('is a text that is no JSON: it was changed or cut off. Take another copy');
	}
}

function checked({snapshot, checksum}: Data): Data {
	if (!isObject(snapshot) || isTooDeep(snapshot, 0) || checksum !== checksumOf(snapshot)) {
		throw new PublicError(
			'UNPROCESSABLE',
			'The checksum does not fit this export: it was changed or is damaged. Take another copy.',
		);
	}
	return snapshot;
}

/** However the app lays it out: a list, by id, by day, by day and thing. */
function recordsOf(entity: Entity, value: unknown): (Dumped & {within: string})[] {
	if (entity.name === 'settings' && isObject(value)) {
		return Object.entries(value).flatMap(([name, setting]) =>
			setting === null ? [] : [recordOf(entity, {name, value: setting}, name)],
		);
	}
	if (Array.isArray(value)) {
		// Of three things that matter without a day there is one record.
		if (entity.name === 'top3' && !value.some(item => isObject(item) && ('items' in item || 'date' in item))) {
			return [recordOf(entity, {items: value}, 'current')];
		}
		return value.flatMap(item => (item === null ? [] : [recordOf(entity, item)]));
	}
	if (!isObject(value)) return [recordOf(entity, value, 'current')];
	return Object.entries(value).flatMap(([key, item]) => (item === null ? [] : keyed(entity, key, item)));
}

function keyed(entity: Entity, key: string, item: unknown): (Dumped & {within: string})[] {
	const {thing} = entity;
	const [, date, name] = DAY_AND_THING.exec(key) ?? [];
	if (thing !== undefined && date !== undefined && name !== undefined) return [ofDay(entity, date, name, item)];
	if (!DAY.test(key)) {
		if (!Array.isArray(item)) return [recordOf(entity, item, key)];
		// Under a day of the week, or a group: each says where it was.
		return item.flatMap(one => (one === null ? [] : [recordOf(entity, withDays(entity, one, key), undefined, key)]));
	}
	if (thing !== undefined && Array.isArray(item)) {
		return item.flatMap(one =>
			isObject(one)
				? [ofDay(entity, key, String(one[thing] ?? one.id ?? ''), one)]
				: [ofDay(entity, key, String(one), true)],
		);
	}
	if (thing !== undefined && isObject(item)) {
		return Object.entries(item).flatMap(([name, one]) => (one === null ? [] : [ofDay(entity, key, name, one)]));
	}
	if (entity.name === 'top3') return [recordOf(entity, {...(isObject(item) ? item : {items: item}), date: key}, key)];
	if (Array.isArray(item)) {
		return item.flatMap(one => (one === null ? [] : [recordOf(entity, withDate(entity, one, key), undefined, key)]));
	}
	return [recordOf(entity, withDate(entity, item, key), key)];
}

const asObject = (entity: Entity, item: unknown): Data => (isObject(item) ? item : {[entity.plain]: item});

const withDate = (entity: Entity, item: unknown, date: string): Data => ({date, ...asObject(entity, item)});

const withDays = (entity: Entity, item: unknown, day: string): unknown =>
	entity.name === 'schedule_blocks' ? {days: [day], ...asObject(entity, item)} : item;

const ofDay = (entity: Entity, date: string, name: string, item: unknown) =>
	recordOf(entity, {date, [entity.thing ?? '']: name, ...asObject(entity, item)}, `${date}:${name}`);

/** Of a thing without an id it is made of what it holds, so that the same dump again is the same records. */
function recordOf(entity: Entity, item: unknown, named?: string, within = ''): Dumped & {within: string} {
	const own = isObject(item) ? item.id : undefined;
	const given = named ?? (typeof own === 'number' ? String(own) : own);
	const id =
		typeof given === 'string' && isRecordId(given)
			? given
			: `dump-${hash('sha256', canonicalJson([given ?? null, item]).toWellFormed()).slice(0, 32)}`;
	const written = isObject(item) ? (item.updated_at ?? item.updatedAt ?? item.timestamp) : undefined;
	return {entity, id, payload: item, client_ms: millisecondsOf(written, 0), within};
}
