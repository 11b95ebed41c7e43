import type {Amount} from './amounts.js';
import {type Column, findColumns} from './columns.js';
import {energyRangeOfMacros, KJ_PER_KCAL} from './energy.js';
import {type Entry, findEntries, withoutFootnotes} from './entries.js';
import {findHeads, type Size} from './heads.js';
import type {NutrientValues} from './nutrients.js';
import {buildRows, type Row} from './rows.js';
import {findServingSize} from './serving-size.js';
import {type Ambiguous, basesOf} from './solve.js';
import {nutrientOf, readingsOf} from './values.js';
import type {Page} from './words.js';

/** An amount of a nutrient in a column, before a reading is chosen. */
export interface Cell extends Ambiguous {
	column: Column;
	entry: Entry;
	amount: Amount;
}

/** What one look at a picture found: its rows, its table's columns and their amounts. */
export interface Look {
	rows: Row[];
	columns: Column[];
	cells: Cell[];
	size: Size | null;
}

/** Rows by geometry, names by the lexicon, columns by their heads, and every way to understand each amount. */
export function lookAt(page: Page): Look {
	const rows = buildRows(page);
	const table = withoutFootnotes(rows);
	const heads = findHeads(table);
	const entries = findEntries(table, heads);
	const columns = findColumns(entries, heads, rows);
	return {rows, columns, cells: settleEnergy(columns.flatMap(cellsOf)), size: findServingSize(rows, heads)};
}

/** One cell a nutrient: of several that bear its name, the one best spelt and with most others near it. */
function cellsOf(column: Column): Cell[] {
	const best = new Map<string, {cell: Cell; score: number}>();
	for (const {entry, amount} of column.cells) {
		if (amount.unit === '%') continue;
		const unit = amount.unit ?? entry.unit;
		const nutrient = nutrientOf(entry.named, unit);
		const key = nutrient ?? `energy without a unit ${amount.start} ${entry.row.y}`;
		const readings = nutrient ? readingsOf(amount, nutrient, {...column.manner, unitElsewhere: entry.unit}) : [];
		if (nutrient && readings.length === 0) continue;
		const near = column.cells.filter(other => Math.abs(other.entry.row.y - entry.row.y) < 8 * entry.row.height);
		const score = entry.name.quality + 0.08 * new Set(near.map(other => other.entry.named)).size;
		const known = best.get(key);
		// A tie goes to the first: a name's first amount in its column, and the upper of two rows.
		if (known && score <= known.score + 1e-9) continue;
		const cell: Cell = {basis: column.basis, nutrient: nutrient ?? 'energy_kcal', readings, column, entry, amount};
		best.set(key, {cell, score});
	}
	return [...best.values()].map(({cell}) => cell);
}

/**
 * Energy printed without a unit is told by the other of the two, else by what the macros come to; where neither is there it is left
 * out, because a number of kJ taken for kcal is four times the food.
 */
function settleEnergy(cells: readonly Cell[]): Cell[] {
	const settled = cells.filter(cell => cell.readings.length > 0);
	const open = cells.filter(cell => cell.readings.length === 0);
	for (const cell of open) {
		const inColumn = settled.filter(other => other.column === cell.column);
		const values = basesOf(
			inColumn,
			inColumn.map(() => 0),
		)[cell.basis];
		const printed = Number(cell.amount.digits.replace(',', '.'));
		const nutrient = energyBy(
			printed,
			values ?? {},
			open.filter(other => other.column === cell.column && other !== cell),
		);
		if (nutrient === null || inColumn.some(other => other.nutrient === nutrient)) continue;
		const readings = readingsOf(cell.amount, nutrient, {unitsPrinted: false, unitElsewhere: null, decimals: null});
		if (readings.length > 0) settled.push({...cell, nutrient, readings});
	}
	return settled;
}

function energyBy(
	printed: number,
	values: NutrientValues,
	others: readonly Cell[],
): 'energy_kcal' | 'energy_kj' | null {
	const like = (kcal: number, share: number) => Math.abs(printed - kcal) <= Math.max(8, share * kcal);
	if (values.energy_kj !== undefined && like(values.energy_kj / KJ_PER_KCAL, 0.05)) return 'energy_kcal';
	if (values.energy_kcal !== undefined && like(values.energy_kcal * KJ_PER_KCAL, 0.05)) return 'energy_kj';
	for (const other of others) {
		const second = Number(other.amount.digits.replace(',', '.'));
		if (second > 0 && like(second / KJ_PER_KCAL, 0.05)) return 'energy_kcal';
		if (second > 0 && like(second * KJ_PER_KCAL, 0.05)) return 'energy_kj';
	}
	const range = energyRangeOfMacros(values);
	if (range === null) return null;
	if (like(range.high, 0.2)) return 'energy_kcal';
	return like(range.high * KJ_PER_KCAL, 0.2) ? 'energy_kj' : null;
}
