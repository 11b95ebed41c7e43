import type {Amount} from './amounts.js';
import type {Entry} from './entries.js';
import type {Head, HeadKind} from './heads.js';
import type {ReadingBasis} from './nutrients.js';
import {median, type Place, type Row} from './rows.js';

/** A column of amounts and what they are for. */
export interface Column {
	basis: ReadingBasis;
	/** 0–1: a head stood over it, or less where the basis follows from something else. */
	certainty: number;
	/** Why the basis is not simply what stands over the column; shown to the person. */
	assumed: 'only_head' | 'american_form' | 'law' | null;
	/** The entries' amounts, in the order of the entries. */
	cells: {entry: Entry; amount: Amount}[];
	/** What its table prints beside and within its amounts. */
	manner: Manner;
}

interface Manner {
	unitsPrinted: boolean;
	decimals: number | null;
}

interface Strip {
	left: number;
	right: number;
	cells: {entry: Entry; amount: Amount}[];
	/** The amounts stand right behind their names, ragged, as on an American label. */
	inline: boolean;
}

const isBasis = (kind: HeadKind): kind is ReadingBasis => kind.startsWith('per_');
const isEnergy = (entry: Entry): boolean => entry.named.startsWith('energy');
const centre = ({left, right}: {left: number; right: number}): number => (left + right) / 2;
const centreOf = (place: Place): number => centre(place);

/**
 * Brings the amounts into columns and names each column by what stands over it. Columns of percentages, of the prepared food and of
 * the whole pack are told apart and left out.
 */
export function findColumns(entries: readonly Entry[], heads: readonly Head[], rows: readonly Row[]): Column[] {
	const all = findStrips(entries).filter(strip => !mostlyPercent(strip));
	const manner = mannerOf(all);
	const strips = all.filter(strip => !lacksUnits(strip, manner));
	const text = rows.map(row => row.text).join('\n');
	const relevant = relevantHeads(heads, entries);
	const over = headsOver(strips, relevant);
	const columns: Column[] = [];
	for (const [index, strip] of strips.entries()) {
		const kind = over[index] ?? null;
		if (kind !== null && !isBasis(kind)) continue;
		const basis =
			kind === null
				? basisByText(text, relevant, strip.inline ? 1 : strips.length)
				: {basis: kind, certainty: 1, assumed: null};
		// The first column of a basis is it; another is of some variant of the food that its head did not tell.
		if (basis === null || columns.some(column => column.basis === basis.basis)) continue;
		if (kind === null && over.some(other => other !== null && isBasis(other))) continue;
		columns.push({...basis, cells: strip.cells, manner});
	}
	return columns;
}

const plainAmounts = (strips: readonly Strip[]): Amount[] =>
	strips.flatMap(({cells}) => cells.filter(({entry}) => !isEnergy(entry)).map(({amount}) => amount));

const hasUnit = ({unit}: Amount): boolean => unit === 'g' || unit === 'mg' || unit === 'µg';

/**
 * What a table prints. Where most amounts without a unit end in 9, that 9 is the g: an engine that reads one so reads most so, and
 * digits by chance end in 9 once in ten.
 */
function mannerOf(strips: readonly Strip[]): Manner {
	const amounts = plainAmounts(strips);
	const withUnit = amounts.filter(hasUnit).length;
	const nines = amounts.filter(({unit, digits}) => unit === null && /\d9$/.test(digits)).length;
	const places = amounts.flatMap(({unit, digits}) => {
		const decimals = /[.,](\d{1,2})$/.exec(digits)?.[1];
		return unit === 'g' && decimals !== undefined ? [decimals.length] : [];
	});
	const usual = median(places);
	const same = places.filter(one => one === usual).length;
	return {
		unitsPrinted: withUnit * 2 >= amounts.length || (nines >= 3 && (withUnit + nines) * 5 >= amounts.length * 3),
		decimals: places.length >= 3 && same * 10 >= places.length * 7 ? usual : null,
	};
}

/** A column without units in a table that prints them: percentages whose signs were lost. */
function lacksUnits(strip: Strip, manner: Manner): boolean {
	const amounts = plainAmounts([strip]);
	return (
		manner.unitsPrinted &&
		amounts.length >= 4 &&
		amounts.filter(hasUnit).length * 5 < amounts.length &&
		amounts.filter(({digits}) => digits.endsWith('9')).length * 2 < amounts.length
	);
}

const mostlyPercent = ({cells}: Strip): boolean =>
	cells.filter(({amount}) => amount.unit === '%').length * 2 > cells.length;

function findStrips(entries: readonly Entry[]): Strip[] {
	const inline = isInline(entries);
	const first: Strip = {left: 0, right: 0, cells: [], inline: true};
	const rest: {entry: Entry; amount: Amount}[] = [];
	for (const entry of entries) {
		const head = entry.amounts.find(amount => amount.unit !== '%');
		for (const amount of entry.amounts) {
			if (inline && amount === head) first.cells.push({entry, amount});
			else rest.push({entry, amount});
		}
	}
	const strips = cluster(rest);
	if (first.cells.length === 0) return strips;
	first.left = median(first.cells.map(({amount}) => amount.place.left)) ?? 0;
	first.right = median(first.cells.map(({amount}) => amount.place.right)) ?? 0;
	return [first, ...strips];
}

/** Whether amounts follow their names at a steady gap rather than standing under each other. */
function isInline(entries: readonly Entry[]): boolean {
	const firsts = entries.flatMap(entry => {
		const amount = entry.amounts.find(one => one.unit !== '%');
		return amount && amount.start >= entry.name.end && !isEnergy(entry) ? [{entry, amount}] : [];
	});
	if (firsts.length < 2) return entries.length > 0 && entries.every(entry => entry.amounts.length === 1);
	const spread = (values: number[]): number => {
		const middle = median(values) ?? 0;
		return median(values.map(value => Math.abs(value - middle))) ?? 0;
	};
	const gaps = firsts.map(({entry, amount}) => amount.place.left - entry.name.place.right);
	const height = median(firsts.map(({amount}) => amount.place.height)) ?? 1;
	const aligned = Math.min(
		...(['left', 'right'] as const).map(edge => spread(firsts.map(({amount}) => amount.place[edge]))),
		spread(firsts.map(({amount}) => centreOf(amount.place))),
	);
	return (median(gaps) ?? 0) < 2 * height && spread(gaps) <= aligned;
}

/** Groups amounts that stand over each other. Energy is laid into the groups last: two of its amounts may share a cell. */
function cluster(cells: readonly {entry: Entry; amount: Amount}[]): Strip[] {
	const plain = cells.filter(({entry}) => !isEnergy(entry));
	const strips: Strip[] = [];
	for (const cell of [...(plain.length > 0 ? plain : cells)].sort((a, b) => a.amount.place.y - b.amount.place.y)) {
		const {left, right} = cell.amount.place;
		// Compared with the nearest amounts above, so that a column may lean or bend.
		const home = strips.find(strip => {
			const recent = strip.cells.slice(-3).map(({amount}) => amount.place);
			return recent.some(
				place => overlap(place, cell.amount.place) > 0.3 * Math.min(right - left, place.right - place.left),
			);
		});
		if (home) home.cells.push(cell);
		else strips.push({left, right, cells: [cell], inline: false});
	}
	for (const strip of strips) {
		strip.left = median(strip.cells.map(({amount}) => amount.place.left)) ?? strip.left;
		strip.right = median(strip.cells.map(({amount}) => amount.place.right)) ?? strip.right;
	}
	const merged = merge(strips);
	// A lone amount beside a table of several is noise, or a footnote's mark.
	const most = Math.max(0, ...merged.map(strip => strip.cells.length));
	const kept = merged.filter(strip => most < 4 || strip.cells.length > 1);
	if (plain.length > 0) {
		// Energy is printed large at times, and reaches over the percentages beside its column.
		const amounts = kept.filter(strip => !mostlyPercent(strip));
		amounts.sort((a, b) => a.left - b.left);
		for (const entry of new Set(cells.map(cell => cell.entry).filter(isEnergy))) {
			const printed = cells.filter(cell => cell.entry === entry && cell.amount.unit !== '%');
			// One for each column, in its order; else each where it stands nearest.
			const inOrder = printed.length === amounts.length && new Set(printed.map(({amount}) => amount.unit)).size === 1;
			for (const [i, cell] of printed.entries()) {
				(inOrder ? amounts[i] : nearestTo(amounts, cell.amount.place))?.cells.push(cell);
			}
		}
	}
	return kept.sort((a, b) => a.left - b.left);
}

const overlap = (a: {left: number; right: number}, b: {left: number; right: number}): number =>
	Math.min(a.right, b.right) - Math.max(a.left, b.left);

function merge(strips: readonly Strip[]): Strip[] {
	const merged: Strip[] = [];
	for (const strip of [...strips].sort((a, b) => b.cells.length - a.cells.length)) {
		const home = merged.find(
			other =>
				overlap(other, strip) > 0.3 * Math.min(strip.right - strip.left, other.right - other.left) &&
				!strip.cells.some(cell => other.cells.some(known => known.amount.place.y === cell.amount.place.y)),
		);
		if (home) home.cells.push(...strip.cells);
		else merged.push({...strip, cells: [...strip.cells]});
	}
	return merged;
}

function nearestTo<T extends {left: number; right: number}>(candidates: readonly T[], place: Place): T | undefined {
	const distance = (one: T) => Math.abs(centre(one) - centreOf(place));
	return [...candidates].sort((a, b) => distance(a) - distance(b))[0];
}

/** Heads at the top of the table or above it, and not among its rows' amounts. */
function relevantHeads(heads: readonly Head[], entries: readonly Entry[]): Head[] {
	const levels = entries.map(entry => entry.row.y).sort((a, b) => a - b);
	// Over the first third: "% daily value" stands under the calories, and a picture may show other names above the table.
	const level = levels[Math.floor(levels.length / 3)] ?? 0;
	const rows = new Map(entries.map(entry => [entry.row, entry]));
	return heads.filter(head => {
		const entry = rows.get(head.row);
		const beside = heads.filter(other => other.row === head.row && isBasis(other.kind)).length > 1;
		return head.place.y <= level && (beside || !(entry && head.place.left > entry.name.place.left));
	});
}

/** For each strip the kind of the head that stands over it; null for none. */
function headsOver(strips: readonly Strip[], heads: readonly Head[]): (HeadKind | null)[] {
	const kinds: (HeadKind | null)[] = strips.map(() => null);
	if (strips.length === 0) return kinds;
	const pairs = strips.flatMap((strip, index) =>
		// What stands over a ragged column is not straight over it.
		(strip.inline ? [] : heads).map(head => ({
			index,
			head,
			distance: Math.abs(centre(strip) - centreOf(head.place)) - overlapBonus(strip, head),
		})),
	);
	const spacing = Math.min(...strips.slice(1).map((strip, i) => centre(strip) - centre(strips[i] ?? strip)), Infinity);
	const taken = new Set<Head>();
	for (const {index, head, distance} of pairs.sort((a, b) => a.distance - b.distance)) {
		const reach = Number.isFinite(spacing) ? 0.75 * spacing : 12 * head.place.height;
		if (kinds[index] !== null || taken.has(head) || distance > reach) continue;
		taken.add(head);
		kinds[index] = head.kind;
	}
	return inOrder(strips, heads, kinds);
}

const overlapBonus = (strip: Strip, head: Head): number => Math.max(0, overlap(strip, head.place)) / 2;

/** Where places did not settle it, and there are as many bases over the table as columns in it, they go by their order. */
function inOrder(strips: readonly Strip[], heads: readonly Head[], kinds: (HeadKind | null)[]): (HeadKind | null)[] {
	if (!kinds.includes(null)) return kinds;
	const bases = heads.filter(head => isBasis(head.kind)).sort((a, b) => a.place.left - b.place.left);
	const different = new Set(bases.map(head => head.kind)).size === bases.length;
	if (!different || bases.length !== strips.length) return kinds;
	return bases.map(head => head.kind);
}

/** The basis of a table that has no head over its column. */
function basisByText(
	text: string,
	heads: readonly Head[],
	columns: number,
): Pick<Column, 'basis' | 'certainty' | 'assumed'> | null {
	const kinds = new Set(heads.map(head => head.kind).filter(isBasis));
	const american = /nutrition facts|amount.{0,3}serving|calories|daily value/iu.test(text) && !/\d\s?k[jJ]/.test(text);
	if (american) return {basis: 'per_serving', certainty: 0.97, assumed: 'american_form'};
	const [only] = kinds;
	if (kinds.size === 1 && only && columns === 1) return {basis: only, certainty: 0.9, assumed: 'only_head'};
	// Regulation (EU) No 1169/2011, Article 32: amounts are per 100 g or 100 ml, whatever else is given beside them.
	if (kinds.size === 0) return {basis: 'per_100g', certainty: 0.5, assumed: 'law'};
	return null;
}
