import type {ReadingBasis} from './nutrients.js';
import {type Place, placeAround, placeOf, type Row} from './rows.js';

/** What stands over a column. `container`, `prepared` and `percent` are known so that they are told apart, and not kept. */
export type HeadKind = ReadingBasis | 'container' | 'prepared' | 'percent';

export interface Head {
	kind: HeadKind;
	place: Place;
	row: Row;
	/** In the row's text. */
	start: number;
	end: number;
	/** The quantity that a head per serving prints: "per 30 g serving". */
	size: Size | null;
}
export interface Size {
	amount: number;
	unit: 'g' | 'ml';
}

const HUNDRED = '[1Il][0Oo]{2}';
const SERVING = [
	...[
		'servings?',
		'serves?',
		'portion',
		'porci[oó]n',
		'raci[oó]n',
		'porzione',
		'portie',
		'por[cç][aã]o',
		'porcj[aięe]',
		'dose',
		'prise',
	],
	...[
		'slice',
		'biscuits?',
		'cookies?',
		'bar',
		'piece',
		'scoop',
		'sachet',
		'tranche',
		'scheibe',
		'stück',
		'riegel',
		'glas+',
		'cup',
		'tbsp',
	],
].join('|');
const CONTAINER =
	'container|pack(?:age|ung|et)?|bottle|can|tin|pot|tray|jar|box|bouteille|flasche|becher|dose|botella|envase|confezione|opakowani[ae]';
const PER = 'per|pe[ri]|je|pro|par|por|pour|na|w|op|/';

/** In the order in which they take their text: what one has taken, no later one sees. */
const PATTERNS: readonly (readonly [HeadKind | 'none', RegExp])[] = [
	// Sentences that speak of servings without standing over a column.
	['none', /serv(?:ing|e)s? ?siz.*|(?:servings|portions|porties) (?:per|in)\b[^\t]*|servings? ?:/giu],
	['none', /not a significant[^\t]*|based on[^\t]*/giu],
	[
		'percent',
		/X?RDA ?per|(?<!\d\s?)%\s?(?:\p{L}+\*?(?:\s?per (?:serving|serve))?)?|(?:\b|(?<=[%X]))(?:GDA|RDA|RI|NRV|VNR|RWS|NRW|RDI|%?DV)\b|reference intake|daily (?:value|intake)|referenzmenge|ingesta de referencia|apports? de référence/giu,
	],
	[
		'prepared',
		/\b(?:as )?prepared\b|zubereitet\w*|préparée?s?\b|preparad[oa]s?\b|preparat[oa]\b|\bbereid\b|przygotowan\w*|with (?:\S+ )?milk|mit milch/giu,
	],
	['per_100ml', new RegExp(`(?:\\b(?:${PER})\\s?)?(?<![\\d.,])${HUNDRED}\\s?m[lLI1!|]?(?!\\p{L})`, 'giu')],
	['per_100g', new RegExp(`(?:\\b(?:${PER})\\s?)?(?<![\\d.,])${HUNDRED}\\s?(?:grams?|gramm|gr?)(?!\\p{Ll}{2})`, 'giu')],
	['per_100g', new RegExp(`\\b(?:${PER})\\s?${HUNDRED}9(?!\\d)`, 'giu')],
	['per_serving', new RegExp(`\\b(?:${PER})\\s?\\d[\\d.,]*\\s?(?:gm?s?|ml)\\b(?:\\s(?:${SERVING})\\b)?`, 'giu')],
	[
		'per_serving',
		new RegExp(
			`(?:\\b(?:${PER})\\s?|\\b)(?:1\\s?)?(?:${SERVING})\\b(?: ?\\(?[^\\t(\\p{L}]{0,3}(?:(?:of|de|di|à|a|von|van) ?)?\\d[\\d.,]*\\s?(?:g|ml)\\b\\)?)?`,
			'giu',
		),
	],
	// Behind a word that an engine joined to it: "Qtyperserving".
	['per_serving', /per\s?(?:serving|serve|portion)\b/giu],
	['container', new RegExp(`\\b(?:${PER})\\s?(?:${CONTAINER})\\b`, 'giu')],
];
const SIZE = /(?<![\d.,])(\d{1,4}(?:[.,]\d{1,2})?)\s?(gm?s?|gr|grams?|m[l!1|I])(?!\p{L})/iu;

/**
 * Everything in the rows that may stand over a column. A quantity by itself (30 g) is a head per serving only beside or under one
 * that is surely a head, where a table prints "100 g | 30 g".
 */
export function findHeads(rows: readonly Row[]): Head[] {
	const heads = rows.flatMap(headsIn);
	const sure = heads.filter(
		head => head.kind === 'per_100g' || head.kind === 'per_100ml' || head.kind === 'per_serving',
	);
	return joinUnder([...heads, ...rows.flatMap(row => quantityHeads(row, heads, sure))]);
}

/** The quantity in a text, "30 g" or "250 ml". */
export function sizeIn(text: string): Size | null {
	const match = SIZE.exec(text);
	const amount = Number(match?.[1]?.replace(',', '.'));
	return match && amount > 0 ? {amount, unit: match[2]?.toLowerCase().startsWith('g') ? 'g' : 'ml'} : null;
}

function headsIn(row: Row): Head[] {
	const heads: Head[] = [];
	const taken: [number, number][] = [];
	for (const [kind, pattern] of PATTERNS) {
		for (const match of row.text.matchAll(pattern)) {
			const [start, end] = [match.index, match.index + match[0].length];
			if (end === start || taken.some(([from, to]) => from < end && start < to)) continue;
			taken.push([start, end]);
			if (kind === 'none') continue;
			heads.push({
				kind,
				row,
				start,
				end,
				place: placeOf(row, start, end),
				size: kind === 'per_serving' ? sizeIn(match[0]) : null,
			});
		}
	}
	return heads;
}

function quantityHeads(row: Row, heads: readonly Head[], sure: readonly Head[]): Head[] {
	return [...row.text.matchAll(new RegExp(SIZE, 'giu'))].flatMap(match => {
		const size = sizeIn(match[0]);
		const [start, end] = [match.index, match.index + match[0].length];
		const place = placeOf(row, start, end);
		const inside = heads.some(
			head => head.row === row && head.place.left < place.right && place.left < head.place.right,
		);
		const beside = sure.some(head => head.row === row && head.kind !== 'per_serving');
		return size && beside && !inside ? [{kind: 'per_serving' as const, row, start, end, place, size}] : [];
	});
}

/** A head of two lines ("% daily intake" over "per serving") is one head: that of its first line, unless that says less. */
function joinUnder(heads: readonly Head[]): Head[] {
	const joined: Head[] = [];
	for (const head of [...heads].sort((a, b) => a.place.y - b.place.y)) {
		const above = joined.findIndex(
			other =>
				other.row !== head.row &&
				head.place.y - other.place.y < 2.2 * Math.max(head.place.height, other.place.height) &&
				head.place.left < other.place.right &&
				other.place.left < head.place.right &&
				(other.kind === 'percent' || other.kind === 'prepared' || other.kind === head.kind || head.kind === 'prepared'),
		);
		const over = joined[above];
		if (!over) {
			joined.push(head);
			continue;
		}
		const kind = head.kind === 'prepared' ? head.kind : over.kind;
		joined[above] = {...over, kind, place: placeAround(over.place, head.place), size: over.size ?? head.size};
	}
	return joined;
}
