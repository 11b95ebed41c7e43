import type pg from 'pg';

// Object ids of PostgreSQL's types, fixed by its catalogue (pg_type.dat).
const INT8 = 20;
const NUMERIC = 1700;
const DATE = 1082;
const TEXT_ARRAY: number = 1009;
const arrayOf = {[INT8]: 1016, [NUMERIC]: 1231, [DATE]: 1182};

type Parser = (text: string) => unknown;

// A sum or a count is a number to whoever asks; one that a double cannot hold stays text, never a wrong number.
const bigint: Parser = text => (Number.isSafeInteger(Number(text)) ? Number(text) : text);
const numeric: Parser = text => (Number.isFinite(Number(text)) ? Number(text) : text);
// A day is not an instant: as a Date it would move with the server's time zone.
const date: Parser = text => text;

type Nested = (string | null | Nested)[];

/** How values come, as the docstring of `Database` says; the rest as `pg` itself parses them. */
export function typeParsersOver(builtin: typeof pg.types): pg.CustomTypesConfig {
	const textArray = builtin.getTypeParser(TEXT_ARRAY, 'text') as (text: string) => Nested;
	const inArray =
		(parse: Parser): Parser =>
		text => {
			const each = (entry: Nested[number]): unknown =>
				entry === null ? null : Array.isArray(entry) ? entry.map(each) : parse(entry);
			return textArray(text).map(each);
		};
	const ours = new Map<number, Parser>([
		[INT8, bigint],
		[NUMERIC, numeric],
		[DATE, date],
		[arrayOf[INT8], inArray(bigint)],
		[arrayOf[NUMERIC], inArray(numeric)],
		[arrayOf[DATE], inArray(date)],
	]);
	return {
		getTypeParser(oid: number, format?: 'text' | 'binary') {
			return (format !== 'binary' && ours.get(oid)) || builtin.getTypeParser(oid, format);
		},
	};
}
