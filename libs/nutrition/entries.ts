import {type Amount, type BareUnit, findAmounts, findBareUnits, type PrintedUnit} from './amounts.js';
import type {Head} from './heads.js';
import type {Named} from './lexicon.js';
import {findNames, type Name} from './names.js';
import {nameByOrder} from './order.js';
import {placeAround, type Row, rowBefore} from './rows.js';

/** A nutrient's name with the amounts that stand for it, in reading order, percentages included. */
export interface Entry {
	named: Named;
	name: Name;
	/** The unit printed with the name, as in "Energy (kJ)". */
	unit: PrintedUnit | null;
	amounts: Amount[];
	row: Row;
}

/** A row with what was found in it. */
export interface Line {
	row: Row;
	entries: Entry[];
	/** Amounts and units before the first name, or in a row without one. */
	orphans: Amount[];
	orphanUnit: PrintedUnit | null;
}

// Sentences under the table that speak of an adult's day, or of the diet, and the American table of recommended amounts.
const FOOTNOTE =
	/based on a|calorie di\S{0,2}t|p\S{1,2}cent d\S{1,5} ?v\S{2,5}s|depending on|calories a day|calories per gram|average adult|tells you how|8[.,\s]?400\D{1,6}2[.,\s]?000|2[.,]?000\D{0,9}2[.,]?500|(?:durchschnittlichen? )?erwachsenen|adulte[- ]type|adulto medio|gemiddelde volwassene|przeci[eę]tn/iu;

// A label has some fifty; the bound is for pages made to hurt.
const MAX_ENTRIES = 400;

/** Rows of the picture without footnotes, and without what an American label prints under its footnote. */
export function withoutFootnotes(rows: readonly Row[]): Row[] {
	const notes = new Map(rows.filter(row => FOOTNOTE.test(row.text)).map(row => [row, beforeNote(row)] as const));
	const recommended = [...notes]
		.filter(([{text}]) => /based on|calorie|percent da|depending on|2[.,]?000\D{0,9}2[.,]?500/iu.test(text))
		.map(([row, before]) => ({y: row.y, left: before?.right ?? row.left, right: row.right}));
	return rows.flatMap(row => {
		const before = notes.get(row);
		if (before !== undefined) return before ? [before] : [];
		return recommended.some(note => row.y > note.y && row.left < note.right && note.left < row.right) ? [] : [row];
	});
}

/** What stands to the left of a footnote, as when it is printed beside a table; null for nothing. */
function beforeNote(row: Row): Row | null {
	const start = row.text.slice(0, FOOTNOTE.exec(row.text)?.index ?? 0).lastIndexOf('\t');
	const before = start > 0 ? rowBefore(row, start) : null;
	return before && /\d/.test(before.text) ? before : null;
}

/** Every nutrient's name with its amounts. Names without any amount are left out, and so are the quantities in heads. */
export function findEntries(rows: readonly Row[], heads: readonly Head[]): Entry[] {
	const lines = rows.map(row =>
		readLine(
			row,
			heads.filter(head => head.row === row && head.kind.startsWith('per_')),
		),
	);
	lines.forEach((line, i) => {
		adoptOrphans(lines, line, i);
	});
	const byOrder = nameByOrder(lines);
	return [...lines.flatMap(line => line.entries), ...byOrder, ...lines.flatMap((_, i) => entriesUnder(lines, i))]
		.filter(entry => entry.amounts.length > 0 && entry.named !== 'other')
		.slice(0, MAX_ENTRIES);
}

/** One row: an amount belongs to the name before it, until words that are no name come between amounts. */
function readLine(row: Row, heads: readonly Head[]): Line {
	const amounts = findAmounts(row).filter(
		amount => !heads.some(head => head.start < amount.end && amount.start < head.end),
	);
	const items: (Name | Amount | BareUnit)[] = [...findNames(row, amounts), ...amounts, ...findBareUnits(row, amounts)];
	items.sort((a, b) => a.start - b.start);
	const line: Line = {row, entries: [], orphans: [], orphanUnit: null};
	let current: Entry | null = null;
	let lost = false;
	for (const item of items) {
		if ('named' in item) {
			// A translation of the name before: "Fat / Fett / Lipides".
			const again: boolean = current?.named === item.named && current.amounts.length === 0;
			if (!again) {
				current = {named: item.named, name: item, unit: null, amounts: [], row};
				line.entries.push(current);
			} else if (current) {
				const quality = Math.max(current.name.quality, item.quality);
				current.name = {...current.name, end: item.end, quality, place: placeAround(current.name.place, item.place)};
			}
			if (line.entries.length === 1 && current) takeIncluded(line, current);
			if (current) takeCalories(line, current);
			lost = false;
		} else if ('digits' in item) {
			if (current && isEnergy(current.named) && isReference(item)) continue;
			if (current && wordsBetween(current, item)) [current, lost] = [null, true];
			if (current) current.amounts.push(...(isEnergy(current.named) ? twoInOne(item) : [item]));
			else if (!lost) line.orphans.push(item);
		} else if (current?.amounts.length === 0) current.unit ??= item.unit;
		else if (!current) line.orphanUnit ??= item.unit;
	}
	return line;
}

/** "Includes 10g Added Sugars": the one wording in which the amount stands before its name. */
function takeIncluded(line: Line, entry: Entry) {
	const before = line.orphans.at(-1);
	if (!before || !/incl\w*\.?\s*$/iu.test(line.row.text.slice(0, before.start))) return;
	entry.amounts.push(before);
	line.orphans.pop();
}

/** "Calories 70  Calories from Fat 15": what stands before the second name is the energy, also where the first was not read. */
function takeCalories(line: Line, other: Entry) {
	const {row, orphans, entries} = line;
	const before = orphans.at(-1);
	if (entries.length !== 1 || before === undefined || before.unit !== null || !/^\d{1,4}$/.test(before.digits)) return;
	if (other.named !== 'other' || !/from ?fat|des? lipides/iu.test(row.text.slice(other.name.start, other.name.end)))
		return;
	if (/\p{L}{2}/u.test(row.text.slice(before.end, other.name.start))) return;
	line.entries.unshift({...other, named: 'energy_kcal', unit: 'kcal', amounts: [before]});
	orphans.pop();
}

/** Energy in two columns that an engine joined: "270280". No food has a six-digit energy. */
function twoInOne(amount: Amount): Amount[] {
	const [, first = '', second = ''] = /^([1-9]\d\d)([1-9]\d\d)$/.exec(amount.digits) ?? [];
	if (second === '' || amount.unit !== null) return [amount];
	const {place, start} = amount;
	const middle = (place.left + place.right) / 2;
	const half = {...place.box, width: place.box.width / 2};
	return [
		{...amount, text: first, digits: first, end: start + 3, place: {...place, right: middle, box: half}},
		{
			...amount,
			text: second,
			digits: second,
			start: start + 3,
			place: {...place, left: middle, box: {...half, x: half.x + half.width}},
		},
	];
}

/** Other words after an entry's last amount: what follows them is of something else. */
function wordsBetween(entry: Entry, amount: Amount): boolean {
	const last = entry.amounts.at(-1);
	return last !== undefined && /\p{L}{4,}/u.test(entry.row.text.slice(last.end, amount.start));
}

/** The energy of an adult's day, which labels name for comparison; no food has as much in 100 g. */
function isReference({digits, unit}: Amount): boolean {
	const number = digits.replace(/[.,]/g, '');
	return unit === 'kJ' ? /^8[47]00$/.test(number) : /^2[05]00$/.test(number);
}

const isEnergy = (named: Named): boolean => named === 'energy' || named === 'energy_kcal' || named === 'energy_kj';

/**
 * Amounts in a row of their own belong to the name they stand beside: energy's second line (kcal under kJ, above or below a name
 * set in the middle), or the amounts of a name that needed two lines.
 */
function adoptOrphans(lines: readonly Line[], line: Line, at: number) {
	if (line.orphans.length === 0) return;
	const near = (other: Line | undefined, heights: number): other is Line =>
		other !== undefined && Math.abs(other.row.y - line.row.y) < heights * Math.max(line.row.height, other.row.height);
	const unit = line.orphans.find(amount => amount.unit === 'kJ' || amount.unit === 'kcal')?.unit ?? line.orphanUnit;
	if (unit === 'kJ' || unit === 'kcal') {
		const energy = [lines[at - 1], lines[at + 1], lines[at - 2], lines[at + 2]]
			.filter(other => near(other, 4))
			.filter(other => !isRowOfNames(other))
			.flatMap(other => other.entries)
			.find(entry => isEnergy(entry.named));
		if (energy) line.entries.push({...energy, unit: line.orphanUnit ?? null, amounts: line.orphans, row: line.row});
		return;
	}
	if (line.entries.length > 0) return;
	const before = lines[at - 1];
	const after = lines[at + 1];
	const waiting = [before, after]
		.filter(other => near(other, 2.2))
		.map(other => (other.entries.length === 1 && other.orphans.length === 0 ? other.entries[0] : undefined))
		.find(entry => entry?.amounts.length === 0 && entry.name.place.left < (line.orphans[0]?.place.right ?? 0));
	if (waiting) line.entries.push({...waiting, amounts: line.orphans, row: line.row});
}

const isRowOfNames = ({entries}: Line): boolean =>
	entries.length >= 3 && entries.every(entry => entry.amounts.every(amount => amount.unit === '%'));

/** A row of names over rows of amounts, as in a traffic light: each amount is of the name it stands under. */
function entriesUnder(lines: readonly Line[], at: number): Entry[] {
	const over = lines[at];
	if (!over || !isRowOfNames(over)) return [];
	return lines.slice(at + 1, at + 4).flatMap(line => {
		if (line.entries.length > 0 && line.entries.some(entry => entry.row !== line.row || !isEnergy(entry.named)))
			return [];
		return line.orphans.flatMap(amount => {
			const head = over.entries.find(
				({name}) => name.place.left < amount.place.right && amount.place.left < name.place.right,
			);
			return head ? [{...head, amounts: [amount], row: line.row}] : [];
		});
	});
}
