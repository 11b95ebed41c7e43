import type {Amount} from './amounts.js';
import type {Entry, Line} from './entries.js';
import {LEXICON, type Named} from './lexicon.js';
import {median, placeOf} from './rows.js';
import {editDistance, fold} from './spelling.js';

/** A nutrient's turn in a table; `!` stands behind those that no such table leaves out. */
type Order = readonly (readonly [named: Named, always: boolean])[];

const order = (text: string): Order =>
	text.split(/\s+/).map(step => [step.replace('!', '') as Named, step.endsWith('!')] as const);

/** The orders in which tables are printed. */
const ORDERS: readonly Order[] = [
	// Regulation (EU) No 1169/2011, Annex XV.
	order(
		'energy! fat_g! saturated_fat_g! monounsaturated_fat_g polyunsaturated_fat_g carbohydrate_g! sugars_g! polyols_g starch_g fiber_g protein_g! salt_g!',
	),
	// 21 CFR 101.9 (c), and Canada's Food and Drug Regulations, B.01.401.
	order(
		'energy! fat_g! saturated_fat_g! trans_fat_g! polyunsaturated_fat_g monounsaturated_fat_g cholesterol_mg! sodium_mg! carbohydrate_g! fiber_g! sugars_g! added_sugars_g polyols_g protein_g!',
	),
	// Food Standards Australia New Zealand, Standard 1.2.8, Schedule 12.
	order('energy! protein_g! fat_g! saturated_fat_g! trans_fat_g carbohydrate_g! sugars_g! fiber_g sodium_mg!'),
	// As India's rules of 2020 list them.
	order(
		'energy! protein_g! carbohydrate_g! sugars_g! added_sugars_g fat_g! saturated_fat_g! trans_fat_g! cholesterol_mg sodium_mg!',
	),
];

const stepOf = (named: Named): Named => (named === 'energy_kcal' || named === 'energy_kj' ? 'energy' : named);

interface Known {
	line: number;
	named: Named;
	entry: Entry;
}

// Fewer names that were read tell no order.
const MIN_KNOWN = 3;
/** What is believed of a name that was not read. */
const QUALITY = 0.6;
// Lines of a table follow each other at a like distance; what is further away than this many of them is no part of it.
const MAX_PITCHES = 2.4;
const MIN_PITCHES = 0.6;
const MAX_ROWS = 6;
// What speaks for and against a choice: a line off, a name that not every table has, letters alike by chance; and what must be left.
const OFF = 0.25;
const OPTIONAL = 0.2;
const CHANCE = 0.3;
const MIN_SCORE = -0.12;
const MIN_LEAD = 0.1;

/**
 * Entries for rows of amounts whose names were not read, where the order of such tables, the distances of its lines and what is left of
 * the name speak for one nutrient. The gap stands between two names that were read, or below the last.
 */
export function nameByOrder(lines: readonly Line[]): Entry[] {
	const known = lines.flatMap((line, index): Known[] => {
		const [entry, second] = line.entries.filter(({named}) => named !== 'other');
		return entry && !second ? [{line: index, named: stepOf(entry.named), entry}] : [];
	});
	const best = orderOf(known);
	if (best === null) return [];
	const {order} = best;
	// Energy takes two rows at times; what follows is below the second.
	const inOrder = best.known.filter(({named}, i) => best.known[i + 1]?.named !== named);
	const column = columnOf(inOrder);
	const pitch = pitchOf(lines, inOrder);
	if (column === null || !(pitch > 0)) return [];
	const taken = new Set(inOrder.map(({named}) => named));
	const named: Entry[] = [];
	for (const [at, above] of inOrder.entries()) {
		const below = inOrder[at + 1];
		const from = order.findIndex(([step]) => step === above.named);
		const to = below ? order.findIndex(([step]) => step === below.named) : order.length;
		const gap: Gap = {
			top: lines[above.line]?.row.y ?? 0,
			bottom: below ? (lines[below.line]?.row.y ?? 0) : null,
			pitch,
			steps: order.slice(from + 1, to),
			column,
		};
		const rows = unnamed(lines.slice(above.line + 1, below?.line ?? lines.length), gap);
		for (const [i, step] of (choose(rows, gap) ?? []).entries()) {
			const line = rows[i];
			if (line === undefined || taken.has(step)) continue;
			taken.add(step);
			named.push(entryOf(line, step, column));
		}
	}
	return named;
}

interface Column {
	left: number;
	right: number;
}

interface Gap {
	top: number;
	/** Null below the last name. */
	bottom: number | null;
	/** From line to line. */
	pitch: number;
	/** What may stand there. */
	steps: Order;
	column: Column;
}

/** Where the first amounts of the names that were read stand, with room for others of the table to their right. */
function columnOf(known: readonly Known[]): Column | null {
	const places = known.flatMap(({entry}) => entry.amounts.slice(0, 1).map(({place}) => place));
	// On an American label they are ragged; the outermost on each side may be of something else.
	const left = places.map(place => place.left).sort((a, b) => a - b)[1];
	const right = places.map(place => place.right).sort((a, b) => b - a)[1];
	return left === undefined || right === undefined ? null : {left, right};
}

/** The order that most of the names follow, and these names; null where too few follow any. */
function orderOf(known: readonly Known[]): {order: Order; known: Known[]} | null {
	let best: {order: Order; known: Known[]} | null = null;
	for (const order of ORDERS) {
		const turns = known.flatMap(one => {
			const turn = order.findIndex(([step]) => step === one.named);
			return turn < 0 ? [] : [{one, turn}];
		});
		const following = longestRise(turns);
		if (following.length < MIN_KNOWN || following.length * 4 < turns.length * 3) continue;
		if (best === null || following.length > best.known.length) best = {order, known: following};
	}
	return best;
}

/** The longest chain of names each of which stands at or after the one before it in the order. */
function longestRise(turns: readonly {one: Known; turn: number}[]): Known[] {
	const chains: {turn: number; known: Known[]}[] = [];
	for (const {one, turn} of turns) {
		const before = chains.filter(chain => chain.turn <= turn).sort((a, b) => b.known.length - a.known.length)[0];
		chains.push({turn, known: [...(before?.known ?? []), one]});
	}
	return chains.sort((a, b) => b.known.length - a.known.length)[0]?.known ?? [];
}

function pitchOf(lines: readonly Line[], known: readonly Known[]): number {
	const y = (one: Known | undefined) => lines[one?.line ?? 0]?.row.y ?? 0;
	return median(known.slice(1).map((one, i) => y(one) - y(known[i]))) ?? 0;
}

/** The rows of a gap that have an amount in the column, as far as they follow each other. */
function unnamed(lines: readonly Line[], {bottom, top, pitch, column}: Gap): Line[] {
	const rows: Line[] = [];
	let y = top;
	for (const line of lines) {
		if (line.entries.length > 0 || amountsIn(line, column).length === 0) continue;
		// What stands between two lines belongs to one of them.
		if (line.row.y - y < MIN_PITCHES * pitch) continue;
		if (bottom !== null && bottom - line.row.y < MIN_PITCHES * pitch) continue;
		if (bottom === null && line.row.y - y > MAX_PITCHES * pitch) break;
		rows.push(line);
		y = line.row.y;
	}
	return rows;
}

/** The amounts of a row from the column on; none where the first of them is not in it. */
function amountsIn({orphans}: Line, {left, right}: Column): Amount[] {
	const from = orphans.findIndex(
		({unit, place}) => unit !== '%' && place.left < right + place.height && left - place.height < place.right,
	);
	const first = orphans[from];
	return first === undefined || first.unit === 'kJ' || first.unit === 'kcal' ? [] : orphans.slice(from);
}

/** Which steps the rows are; null where nothing decides. */
function choose(rows: readonly Line[], gap: Gap): Named[] | null {
	if (rows.length === 0 || rows.length > Math.min(gap.steps.length, MAX_ROWS)) return null;
	const fits = rows.map(row => gap.steps.map(([named]) => fitOf(row, named, gap.column)));
	const rated = combinations(gap.steps.length, rows.length)
		.map(turns => ({
			named: turns.map(turn => gap.steps[turn]?.[0] ?? 'other'),
			score: scoreOf(turns, rows, fits, gap),
		}))
		.sort((a, b) => b.score - a.score);
	const [best, second] = rated;
	if (best === undefined || best.score < MIN_SCORE) return null;
	return second === undefined || best.score - second.score >= MIN_LEAD ? best.named : null;
}

/** How well rows fit the steps with these numbers: by the distance of the lines, and by what is left of the names. */
function scoreOf(
	turns: readonly number[],
	rows: readonly Line[],
	fits: readonly (readonly number[])[],
	{top, bottom, pitch, steps}: Gap,
): number {
	// The lines that a table has surely between two of its steps.
	const between = (from: number, to: number) => steps.slice(from + 1, to).filter(([, always]) => always).length;
	let score = 0;
	let [y, before] = [top, -1];
	for (const [i, turn] of turns.entries()) {
		const row = rows[i];
		const step = steps[turn];
		if (row === undefined || step === undefined) continue;
		score -= OFF * Math.abs((row.row.y - y) / pitch - 1 - between(before, turn));
		// What not every table has is not guessed from its place alone.
		score += (fits[i]?.[turn] ?? 0) - (step[1] ? 0 : OPTIONAL);
		[y, before] = [row.row.y, turn];
	}
	if (bottom !== null) score -= OFF * Math.abs((bottom - y) / pitch - 1 - between(before, steps.length));
	return score / rows.length;
}

/** How well what stands in a row fits a nutrient: not at all by its unit, or as far as its name is alike. */
const fitOf = (row: Line, named: Named, column: Column): number =>
	mayBe(named, amountsIn(row, column)) ? likeness(row, named) : Number.NEGATIVE_INFINITY;

/** Whether amounts may be of a nutrient, by the unit of the first that has one. */
function mayBe(named: Named, amounts: readonly Amount[]): boolean {
	const unit = amounts.find(amount => amount.unit !== null && amount.unit !== '%')?.unit;
	return unit === undefined || named.endsWith(`_${unit}`);
}

// Six rows of twelve steps at most.
function combinations(steps: number, count: number, from = 0): number[][] {
	if (count === 0) return [[]];
	const all: number[][] = [];
	for (let turn = from; turn < steps; turn++) {
		for (const rest of combinations(steps, count - 1, turn + 1)) all.push([turn, ...rest]);
	}
	return all;
}

/** How alike the text before a row's amounts is to the nearest name of a nutrient, 0–1. */
function likeness(line: Line, named: Named): number {
	const text = fold(nameText(line)).slice(0, 40);
	if (text.length < 2) return 0;
	const best = Math.max(
		...(LEXICON[named] ?? []).map(name => {
			const spelling = fold(name);
			const longer = Math.max(spelling.length, text.length);
			return 1 - editDistance(text, spelling, longer) / longer;
		}),
	);
	// A third of the letters are alike by chance.
	return Math.max(best - CHANCE, 0);
}

/** What stands before the first amount; what is left of a wide gap belongs to something else on the picture. */
function nameText({row, orphans}: Line): string {
	const before = row.text.slice(0, orphans[0]?.start ?? 0).trimEnd();
	return before.slice(before.lastIndexOf('\t') + 1);
}

function entryOf(line: Line, named: Named, column: Column): Entry {
	const {row} = line;
	const amounts = amountsIn(line, column);
	const end = amounts[0]?.start ?? 0;
	const start = row.text.slice(0, end).trimEnd().lastIndexOf('\t') + 1;
	return {
		named,
		name: {named, start, end, quality: QUALITY, place: placeOf(row, start, Math.max(end, start + 1)), byOrder: true},
		unit: null,
		amounts,
		row,
	};
}
