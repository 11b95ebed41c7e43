import {DateTime, Info} from 'luxon';

/** What a cell says cannot be taken; the message is for whoever exported the file. */
export class BadCell extends Error {
	override readonly name = 'BadCell';
}

/** When a session began. */
export interface Moment {
	/** The same for the same session in every export, to the minute, also where another time zone is given with the file. */
	key: string;
	at_ms: number;
}

/** In which Hevy writes months. */
const LANGUAGES = ['en', 'de', 'es', 'fr', 'it', 'pt', 'tr', 'ru'];

const months = monthNames();

const CLOCK = String.raw`(?:,?[\sT]+(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.\d+)?)?\s*(?<half>[ap]\.?\s?m\.?)?)?`;
const OFFSET = String.raw`\s*(?<offset>Z|[+-]\d\d:?\d\d)?`;
const shapes = [
	// 2024-03-28 17:05:09, 2024-03-28T17:05:09.000Z, 2024-03-28 5:05:09 PM
	String.raw`(?<year>\d{4})[-/.](?<month>\d{1,2})[-/.](?<day>\d{1,2})`,
	// 28 Mar 2024, 17:05 and 28. März 2024
	String.raw`(?<day>\d{1,2})\.?\s+(?:de\s+)?(?<name>\p{L}+)\.?\s+(?:de\s+)?(?<year>\d{4})`,
	// Mar 28, 2024, 5:05 PM
	String.raw`(?<name>\p{L}+)\.?\s+(?<day>\d{1,2}),?\s+(?<year>\d{4})`,
	// 28.03.2024 17:05
	String.raw`(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})`,
	// 2024年3月28日 17:05, 2024년 3월 28일
	String.raw`(?<year>\d{4})[年년]\s*(?<month>\d{1,2})[月월]\s*(?<day>\d{1,2})[日일]`,
].map(date => new RegExp(`^${date}${CLOCK}${OFFSET}$`, 'iu'));

/** Where a file says no zone, the time is that of the wall in this one. Throws `BadCell`. */
export function momentOf(text: string, zone: string): Moment {
	const parts = shapes.map(shape => shape.exec(text)?.groups).find(groups => groups !== undefined);
	if (parts === undefined) {
		const hint = /^\d{1,2}\/\d{1,2}\//.test(text) ? ' Day and month cannot be told apart there.' : '';
		throw new BadCell(`${shown(text)} is no date that could be read; 2024-03-28 17:05:00 would be.${hint}`);
	}
	const {year, day, name, minute = '0', second = '0', half, offset} = parts;
	const month = name === undefined ? Number(parts.month) : months.get(folded(name));
	if (month === undefined) throw new BadCell(`${shown(text)} names a month in a language that is not known here.`);
	const wall = {
		year: Number(year),
		month,
		day: Number(day),
		hour: hourOf(Number(parts.hour ?? 0), half),
		minute: Number(minute),
		second: Number(second),
	};
	// An hour that a clock skips in spring counts from before it did.
	const at = DateTime.fromObject(wall, {zone: offset === undefined ? zone : offsetZone(offset)});
	if (!at.isValid || at.year < 1900 || at.year > 2200)
		throw new BadCell(`${shown(text)} is a time that does not exist.`);
	const key = offset === undefined ? DateTime.fromObject(wall, {zone: 'utc'}) : at.toUTC();
	return {key: key.toFormat("yyyy-MM-dd'T'HH:mm"), at_ms: at.toMillis()};
}

/** Seconds of `1h 5m`, `2h 3m 10s`, `7 min`, `1:05:00`, or a number where the header names the unit; null where there is none. */
export function secondsOf(text: string, unit: string | undefined): number | null {
	if (text === '') return null;
	if (/^\d+$/.test(text) && unit !== undefined) return Number(text);
	const clock = /^(?:(\d+):)?(\d{1,2}):(\d\d)$/.exec(text);
	if (clock !== null) return Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
	const parts = /^(?:(\d+)\s*h\w*)?\s*(?:(\d+)\s*m\w*)?\s*(?:(\d+)\s*s\w*)?$/i.exec(text);
	if (parts === null) throw new BadCell(`${shown(text)} is no duration that could be read; 1h 5m would be.`);
	return Number(parts[1] ?? 0) * 3600 + Number(parts[2] ?? 0) * 60 + Number(parts[3] ?? 0);
}

/** As a message can bear it. */
export const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

function hourOf(hour: number, half: string | undefined): number {
	if (half === undefined) return hour;
	// 13 PM is no time, nor is 0 AM.
	if (hour < 1 || hour > 12) return -1;
	return (hour % 12) + (half.toLowerCase().startsWith('p') ? 12 : 0);
}

const offsetZone = (offset: string): string =>
	offset.toUpperCase() === 'Z' ? 'utc' : `utc${offset.slice(0, 3)}:${offset.slice(-2)}`;

/** Without accents and dots: `févr.` and `fevr` are one. */
function folded(name: string): string {
	const letters = name.normalize('NFKD').replaceAll(/[\p{M}.]/gu, '');
	return letters.toLowerCase();
}

function monthNames(): ReadonlyMap<string, number> {
	const names = new Map<string, number>();
	const ambiguous = new Set<string>();
	for (const locale of LANGUAGES) {
		for (const length of ['long', 'short'] as const) {
			// Within a date some languages bend the name.
			for (const list of [Info.months(length, {locale}), Info.monthsFormat(length, {locale})]) {
				for (const [index, name] of list.entries()) {
					const key = folded(name);
					if ((names.get(key) ?? index + 1) !== index + 1) ambiguous.add(key);
					names.set(key, index + 1);
				}
			}
		}
	}
	for (const name of ambiguous) names.delete(name);
	return names;
}
