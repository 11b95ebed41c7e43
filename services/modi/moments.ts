import {instant} from '@hearth/records/fields.js';

// A moment as apps write it: RFC 3339, a time without a zone (which counts as UTC), a day, or epoch milliseconds.

const LOOSE = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i;
const WITH_ZONE = /T.*(?:Z|[+-]\d\d:?\d\d)$/i;

/** Epoch milliseconds; NaN for what is no moment. */
export function millisecondsOf(given: unknown): number {
	if (typeof given === 'number') return given >= 0 && given < 8.64e15 ? Math.trunc(given) : Number.NaN;
	if (typeof given !== 'string' || given.length > 64) return Number.NaN;
	const text = given.trim().replace(' ', 'T');
	if (!LOOSE.test(text)) return Number.NaN;
	const ms = Date.parse(WITH_ZONE.test(text) || !text.includes('T') ? text : `${text}Z`);
	return ms >= 0 && ms < 8.64e15 ? ms : Number.NaN;
}

/** As the house keeps it: as it was sent where that is exact, else in UTC; null for what is no moment. */
export function instantOf(given: unknown): string | null {
	if (typeof given === 'string' && instant.safeParse(given).success) return given;
	const ms = millisecondsOf(given);
	return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

/** The person's day of a moment: the one that is written, unless it is written in UTC. */
export function dayOf(given: unknown, time_zone: string): string {
	const isUtc = typeof given !== 'string' || /Z$/i.test(given.trim());
	if (!isUtc) return given.trim().slice(0, 10);
	const at = new Date(millisecondsOf(given));
	// This language writes days as the house does.
	return new Intl.DateTimeFormat('sv-SE', {timeZone: time_zone, dateStyle: 'short'}).format(at);
}
