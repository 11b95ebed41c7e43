import {type Place, placeOf, type Row} from './rows.js';

export type PrintedUnit = 'kJ' | 'kcal' | 'g' | 'mg' | 'µg' | 'ml' | '%' | 'IU';

/** A number found in a row, as it stands there. */
export interface Amount {
	/** All of it, with what belongs to it: `< 0,5 g`. */
	text: string;
	/** The digits and separators alone, look-alike letters included: `0,5`, `O`. */
	digits: string;
	unit: PrintedUnit | null;
	/** Printed as a bound: "< 0.5", "less than 1". */
	bound: boolean;
	start: number;
	end: number;
	place: Place;
}

const BOUND = [
	...[
		'[<≤‹]',
		'less than',
		'under',
		'moins de',
		'inférieure? à',
		'weniger als',
		'unter',
		'menos de',
		'inferior a',
		'meno di',
	],
	...['inferiore a', 'minder dan', 'mniej niż', 'poniżej'],
].join('|');
// An engine's letters for digits are taken within a number that has a real digit, or where a unit follows directly: "Og", "lOmg".
const DIGITS = String.raw`\d(?:[\dOolI|]|i(?=[\dgG]))*`;
const NUMBER = [
	// 1 970 kJ
	String.raw`\d{1,2} \d{3}(?=\s?[kK][jJ])`,
	String.raw`[oO]\s?[.,]\s?\d+`,
	// A decimal point that was taken for a colon.
	String.raw`\d{1,3}:\d{1,2}(?=\s?m?g)`,
	String.raw`(?<![\p{L}\d.,])[lI]${DIGITS}(?:[.,]\d+)?`,
	String.raw`${DIGITS}(?:[.,'’]\d{3}(?!\d))*(?: ?[.,·] ?[\dOolI|]{1,4}(?![\dOolI|]))?`,
	String.raw`(?<![\p{L}\d])(?:[OoQBSs]|[lI|iT]{1,2}[Oo]?|t[il1])(?=\s?m?[gG9](?!\p{L}))`,
	// A cell that holds nothing else.
	String.raw`(?<=\t)[OoQ](?=\t|$)`,
	String.raw`(?<=\p{Ll})O(?=\s?m?[gG](?!\p{L}))`,
].join('|');
const UNITS: readonly (readonly [PrintedUnit, string])[] = [
	['kJ', String.raw`[kK]?[jJ](?:oules?)?|k[\])I1]?(?!\w)`],
	['kcal', String.raw`[kK]\s?[ceoC]?[aoA][lL1Iif|t]?|[cC]al(?:ories|s)?(?!\s*from)`],
	['µg', '[µμu][g9q]|m[co][g9q]'],
	['mg', '[mM][gG9q]|rng'],
	['ml', 'm[lLI1]|mL|ML'],
	// A 9 that stands apart behind a number is no digit of it.
	['g', '[gGq](?:r(?:ams?)?|ms?|M)?|¢|(?<=\\d )9(?![\\d.,%])'],
	['IU', String.raw`I\.?U\.?|UI|IE`],
	['%', '%|％'],
];
const UNIT = UNITS.map(([, pattern]) => `(${pattern})(?!\\p{Ll})`)
	.join('|')
	.replace('％)(?!\\p{Ll})', '％)');
const AMOUNT = new RegExp(
	String.raw`(?:(?<bound>(?:${BOUND}))\s?)?(?<!\d[.,]?)(?<!(?<!\p{L})\p{L}{1,3}-?(?=\d{1,2}(?![\d.,]|\s?(?:m?g|k|%))))(?<digits>(?!(?<![\p{L}\d.,])[01589](?!gram|kcal|cal)\p{Ll}{4})(?:${NUMBER})) ?(?:${UNIT})?`,
	'gu',
);

// What a number follows that is a part of the name: omega 3, vitamin B 12.
const NUMBERED_NAME = /(?:om[eé]ga|\b[vw]it(?:amin\p{L}?)?\.? ?[a-k])[ -]?$/iu;

/** Every number in a row with its unit, left to right. Numbers that are a part of a name (B12, omega 3) are left out. */
export function findAmounts(row: Row): Amount[] {
	return [...row.text.matchAll(AMOUNT)].flatMap((match): Amount[] => {
		const text = match[0].trimEnd();
		const before = row.text.slice(Math.max(0, match.index - 20), match.index);
		if (/^\d{1,2}$/.test(text) && NUMBERED_NAME.test(before)) return [];
		// Groups 1 and 2 are the named ones.
		const unit = UNITS.find((_, index) => match[index + 3] !== undefined)?.[0] ?? null;
		const end = match.index + text.length;
		return [
			{
				text,
				digits: (match.groups?.digits ?? '').replaceAll(' ', ''),
				unit,
				bound: match.groups?.bound !== undefined,
				start: match.index,
				end,
				place: placeOf(row, match.index, end),
			},
		];
	});
}

/** A unit that stands by itself in a row, as in "Energy (kJ)" or in a column of units. */
export interface BareUnit {
	unit: PrintedUnit;
	start: number;
	end: number;
	place: Place;
}

const BARE_UNIT =
	/(?<![\p{L}\d])(?:(kJ|KJ|kj)|(kca[l1I]?|Kcal|KCAL|keal|Cal)|(mcg|µg|μg|ug)|(mg|MG)|(?:(g))(?=\s*[)\]]|\s|$))(?!\p{L})/gu;
const BARE_UNITS: readonly PrintedUnit[] = ['kJ', 'kcal', 'µg', 'mg', 'g'];

/** Units without a number before them. */
export function findBareUnits(row: Row, amounts: readonly Amount[]): BareUnit[] {
	return [...row.text.matchAll(BARE_UNIT)].flatMap(match => {
		const [start, end] = [match.index, match.index + match[0].length];
		if (amounts.some(amount => amount.start < end && start < amount.end)) return [];
		const unit = BARE_UNITS.find((_, index) => match[index + 1] !== undefined);
		return unit ? [{unit, start, end, place: placeOf(row, start, end)}] : [];
	});
}
