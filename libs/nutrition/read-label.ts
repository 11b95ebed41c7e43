import {agree, type SeenReading} from './agree.js';
import {type Bases, checkBases, type Finding} from './checks.js';
import type {Column} from './columns.js';
import type {Size} from './heads.js';
import {lookAt} from './look.js';
import {NUTRIENTS, type Nutrient, type NutrientValues, type ReadingBasis} from './nutrients.js';
import {basesOf, solve} from './solve.js';
import {RULES, type Rule} from './values.js';
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

/**
 * Reads a label from the words of a picture: rows by geometry, names by the lexicon, columns by their heads, numbers with the
 * engines' usual mistakes considered, and the relations between amounts to decide or to warn. Further looks at the same picture, of
 * the table alone or by another engine, are weighed together with the first. Every value stands in the text or follows from it by a
 * rule of `RULES`; nothing is filled in. Never throws for a `Page`, whatever its words say, and takes time in proportion to them.
 */
export function readLabel(page: Page, ...further: readonly Page[]): LabelReading {
	const looks = [page, ...further].map(lookAt);
	const size = looks.findLast(look => look.size !== null)?.size ?? null;
	const cells = agree(looks);
	const chosen = solve(cells, size);
	const bases = basesOf(cells, chosen);
	const findings = checkBases(bases, size);
	const evidence = cells.flatMap(({readings}, index): Evidence[] => {
		const reading = readings[chosen[index] ?? 0];
		return reading ? [evidenceOf(reading, looks.length, findings)] : [];
	});
	const basis = bestBasis(evidence);
	const shown = evidence.filter(one => one.basis === basis);
	const columns = new Set(cells.flatMap(({readings}) => readings.map(({cell}) => cell.column)));
	return {
		basis,
		serving_size: size,
		bases,
		fields: (basis && bases[basis]) ?? {},
		confidence: Object.fromEntries(shown.map(one => [one.field, one.confidence])),
		boxes: Object.fromEntries(shown.map(one => [one.field, one.box])),
		raw_text: (looks[0]?.rows ?? []).map(row => row.text).join('\n'),
		warnings: [
			...warningsOfTable([...columns], evidence),
			...warningsOfRules(evidence),
			...warningsOfFindings(findings),
		],
		evidence,
	};
}

// How far a value is believed. The figures are set so that of the fields shown at 0.9 and more at least 95 in 100 are right.
const PASSED = 0.4;
const FAILED = 0.55;
const SEEN_TWICE = 0.5;
const SEEN_ONCE = 0.95;
const DENIED = 0.85;
const MOST_REPAIRED = 0.85;
const MOST_UNCHECKED = 0.93;

function evidenceOf(reading: SeenReading, looks: number, findings: readonly Finding[]): Evidence {
	const {basis, nutrient, column, entry, amount} = reading.cell;
	const about = findings.filter(finding =>
		finding.amounts.some(one => one.basis === basis && one.nutrient === nutrient),
	);
	const failed = about.some(finding => !finding.holds);
	// That a part is not above its whole says little; that two numbers fit each other says much.
	const passed = about.some(finding => finding.holds && finding.code !== 'part_over_whole');
	const read = 0.6 + 0.4 * Math.min(amount.place.confidence, entry.name.place.confidence + 0.3);
	const rules: Rule[] = [...(entry.name.byOrder ? (['name_by_order'] as const) : []), ...reading.rules];
	let confidence = read * entry.name.quality * column.certainty * 0.75 ** reading.cost;
	if (passed) confidence = 1 - (1 - confidence) * PASSED;
	if (reading.said > 1) confidence = 1 - (1 - confidence) * SEEN_TWICE;
	if (looks > 1 && reading.said < 2) confidence *= reading.denied > 0 ? DENIED : SEEN_ONCE;
	if (failed) confidence *= FAILED;
	const repaired = rules.some(
		rule => rule !== 'less_than' && rule !== 'unit_converted' && rule !== 'thousands_separator',
	);
	confidence = Math.min(confidence, column.certainty, repaired ? MOST_REPAIRED : 1, passed ? 0.99 : MOST_UNCHECKED);
	return {
		basis,
		field: nutrient,
		value: reading.value,
		text: amount.text,
		rules,
		confidence: Math.round(confidence * 1000) / 1000,
		box: amount.place.box,
	};
}

/** Every such table has these, and one of salt and sodium. */
const CORE = ['energy', 'fat_g', 'carbohydrate_g', 'protein_g', 'salt'] as const;
const SURE = 0.85;

/** Whether a label was read so well that another look at it would change nothing. */
export function isSure({fields, evidence, warnings}: LabelReading): boolean {
	const has = (...nutrients: Nutrient[]) => nutrients.some(nutrient => fields[nutrient] !== undefined);
	const whole = CORE.every(one =>
		one === 'energy' ? has('energy_kcal', 'energy_kj') : one === 'salt' ? has('salt_g', 'sodium_mg') : has(one),
	);
	const doubts = warnings.filter(({code}) => code !== 'less_than');
	return whole && doubts.length === 0 && evidence.every(({confidence}) => confidence >= SURE);
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

function warningsOfTable(columns: readonly Column[], evidence: readonly Evidence[]): Warning[] {
	if (evidence.length === 0) {
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
						fields: evidence.filter(one => one.basis === basis).map(one => one.field),
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
