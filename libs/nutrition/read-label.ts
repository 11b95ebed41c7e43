import type {Amount} from './amounts.js';
import {type Bases, checkBases, type Finding} from './checks.js';
import {type Column, findColumns} from './columns.js';
import {energyRangeOfMacros, KJ_PER_KCAL} from './energy.js';
import {type Entry, findEntries, withoutFootnotes} from './entries.js';
import {findHeads, type Size} from './heads.js';
import {NUTRIENTS, type Nutrient, type NutrientValues, type ReadingBasis} from './nutrients.js';
import {buildRows} from './rows.js';
import {findServingSize} from './serving-size.js';
import {type Ambiguous, basesOf, solve} from './solve.js';
import {nutrientOf, type Reading, RULES, type Rule, readingsOf} from './values.js';
import type {Box, Page} from './words.js';

export interface Warning {
	code: string;
	fields: Nutrient[];
	/** What to look at, in plain words. */
	message: string;
}

/** Where a value comes from. */
export interface Evidence {
	basis: ReadingBasis;
	field: Nutrient;
	value: number;
	/** What stands on the picture. */
	text: string;
	/** Why the value is not simply that text; empty where it is. */
	rules: Rule[];
	/** 0–1: how likely the value is what is printed. */
	confidence: number;
	/** Around the amount, in fractions of the upright picture. */
	box: Box;
}

/** What was read on a label. Amounts are as printed, on the bases that are printed; what was not read is absent. */
export interface LabelReading {
	/** The key of `bases` that is best supported, which `fields`, `confidence` and `boxes` are of; null where no table was found. */
	basis: ReadingBasis | null;
	serving_size: Size | null;
	bases: Bases;
	fields: NutrientValues;
	/** 0–1. */
	confidence: Partial<Record<Nutrient, number>>;
	boxes: Partial<Record<Nutrient, Box>>;
	/** The rows of the picture from top to bottom, wide gaps as tabs. */
	raw_text: string;
	warnings: Warning[];
	/** Of all bases. */
	evidence: Evidence[];
}

/** An amount of a nutrient in a column, before a reading is chosen. */
interface Cell extends Ambiguous {
	column: Column;
	entry: Entry;
	amount: Amount;
}

/**
 * Reads a label from the words of a picture: rows by geometry, names by the lexicon, columns by their heads, numbers with the
 * engines' usual mistakes considered, and the relations between amounts to decide or to warn. Every value stands in the text or
 * follows from it by a rule of `RULES`; nothing is filled in. Never throws for a `Page`, whatever its words say, and takes time in
 * proportion to them.
 */
export function readLabel(page: Page): LabelReading {
	const rows = buildRows(page);
	const table = withoutFootnotes(rows);
	const heads = findHeads(table);
	const entries = findEntries(table, heads);
	const size = findServingSize(rows, heads);
	const columns = findColumns(entries, heads, rows);
	const cells = settleEnergy(columns.flatMap(cellsOf));
	const chosen = solve(cells, size);
	const bases = basesOf(cells, chosen);
	const findings = checkBases(bases, size);
	const evidence = cells.flatMap((cell, index): Evidence[] => {
		const reading = cell.readings[chosen[index] ?? 0];
		return reading ? [evidenceOf(cell, reading, findings)] : [];
	});
	const basis = bestBasis(evidence);
	const shown = evidence.filter(one => one.basis === basis);
	return {
		basis,
		serving_size: size,
		bases,
		fields: (basis && bases[basis]) ?? {},
		confidence: Object.fromEntries(shown.map(one => [one.field, one.confidence])),
		boxes: Object.fromEntries(shown.map(one => [one.field, one.box])),
		raw_text: rows.map(row => row.text).join('\n'),
		warnings: [...warningsOfTable(columns, cells), ...warningsOfRules(evidence), ...warningsOfFindings(findings)],
		evidence,
	};
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

// How far a value is believed. The figures are set so that of the fields shown at 0.9 and more at least 95 in 100 are right.
const PASSED = 0.4;
const FAILED = 0.55;
const MOST_REPAIRED = 0.85;
const MOST_UNCHECKED = 0.9;

function evidenceOf(
	{basis, nutrient, column, entry, amount}: Cell,
	reading: Reading,
	findings: readonly Finding[],
): Evidence {
	const about = findings.filter(finding =>
		finding.amounts.some(one => one.basis === basis && one.nutrient === nutrient),
	);
	const failed = about.some(finding => !finding.holds);
	// That a part is not above its whole says little; that two numbers fit each other says much.
	const passed = about.some(finding => finding.holds && finding.code !== 'part_over_whole');
	const read = 0.6 + 0.4 * Math.min(amount.place.confidence, entry.name.place.confidence + 0.3);
	let confidence = read * entry.name.quality * column.certainty * 0.75 ** reading.cost;
	if (passed) confidence = 1 - (1 - confidence) * PASSED;
	if (failed) confidence *= FAILED;
	const repaired = reading.rules.some(
		rule => rule !== 'less_than' && rule !== 'unit_converted' && rule !== 'thousands_separator',
	);
	confidence = Math.min(
		confidence,
		column.certainty,
		repaired ? MOST_REPAIRED : 1,
		passed ? 0.99 : MOST_UNCHECKED - 0.01,
	);
	return {
		basis,
		field: nutrient,
		value: reading.value,
		text: amount.text,
		rules: reading.rules,
		confidence: Math.round(confidence * 1000) / 1000,
		box: amount.place.box,
	};
}

/** The basis with the most that is likely right; of two alike, the one per 100, by which foods are compared. */
function bestBasis(evidence: readonly Evidence[]): ReadingBasis | null {
	const support = new Map<ReadingBasis, number>();
	for (const {basis, confidence} of evidence) support.set(basis, (support.get(basis) ?? 0) + confidence);
	let best: ReadingBasis | null = null;
	for (const basis of ['per_100g', 'per_100ml', 'per_serving'] as const) {
		const sum = support.get(basis) ?? 0;
		if (sum > (best ? (support.get(best) ?? 0) * 1.1 : 0)) best = basis;
	}
	return best;
}

function warningsOfTable(columns: readonly Column[], cells: readonly Cell[]): Warning[] {
	if (cells.length === 0) {
		return [
			{
				code: 'no_table',
				fields: [],
				message: 'No nutrition table was found. Photograph it flat, close and sharp, or type the values in.',
			},
		];
	}
	return columns.flatMap(({basis, assumed}): Warning[] =>
		assumed === 'law'
			? [
					{
						code: 'basis_assumed',
						fields: cells.filter(cell => cell.basis === basis).map(cell => cell.nutrient),
						message:
							'What the amounts are for was not read; they are taken to be per 100 g, as the law asks. Compare with the picture.',
					},
				]
			: [],
	);
}

/** One warning a rule, with all the fields of any basis that it made. */
function warningsOfRules(evidence: readonly Evidence[]): Warning[] {
	const quiet: Rule[] = ['unit_converted', 'thousands_separator', 'unit_assumed', 'letters_as_digits'];
	return (Object.keys(RULES) as Rule[]).flatMap((rule): Warning[] => {
		const made = evidence.filter(one => one.rules.includes(rule));
		if (made.length === 0 || quiet.includes(rule)) return [];
		const what = made.map(one => `${NUTRIENTS[one.field].name} “${one.text}” as ${one.value}`).join(', ');
		return [
			{code: rule, fields: [...new Set(made.map(one => one.field))], message: `${sentence(RULES[rule])}: ${what}.`},
		];
	});
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

function warningsOfFindings(findings: readonly Finding[]): Warning[] {
	return findings
		.filter(finding => !finding.holds)
		.map(({code, amounts, message}) => ({code, fields: [...new Set(amounts.map(one => one.nutrient))], message}));
}
