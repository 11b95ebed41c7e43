import {type Bases, checkBases, type Finding} from './checks.js';
import type {Size} from './heads.js';
import type {Nutrient, ReadingBasis} from './nutrients.js';
import type {Reading} from './values.js';

/** An amount of a nutrient on a basis, with the ways to understand what is printed. */
export interface Ambiguous {
	basis: ReadingBasis;
	nutrient: Nutrient;
	/** The likeliest first; never empty. */
	readings: readonly Reading[];
}

// A label has some twenty amounts of a few readings each. The bound is for pages made to hurt.
const MAX_EVALUATIONS = 3000;

/**
 * Chooses a reading for each amount so that what is printed is believed as far as the relations between the amounts allow: a
 * misreading is mended only where that makes a relation hold that otherwise does not. Answers the index of each one's reading.
 */
export function solve(amounts: readonly Ambiguous[], size: Size | null): number[] {
	let chosen = amounts.map(() => 0);
	let best = judge(amounts, chosen, size);
	let evaluations = 0;
	for (let improved = true; improved; ) {
		improved = false;
		for (const next of alternatives(amounts, chosen, best.findings)) {
			if (++evaluations > MAX_EVALUATIONS) return chosen;
			const judged = judge(amounts, next, size);
			if (judged.cost >= best.cost - 1e-9) continue;
			[chosen, best, improved] = [next, judged, true];
			break;
		}
	}
	return chosen;
}

/** The amounts by basis, each as chosen. */
export function basesOf(amounts: readonly Ambiguous[], chosen: readonly number[]): Bases {
	const bases: Bases = {};
	for (const [index, {basis, nutrient, readings}] of amounts.entries()) {
		const values = bases[basis] ?? {};
		bases[basis] = values;
		const value = readings[chosen[index] ?? 0]?.value;
		if (value !== undefined) values[nutrient] = value;
	}
	return bases;
}

function judge(amounts: readonly Ambiguous[], chosen: readonly number[], size: Size | null) {
	const findings = checkBases(basesOf(amounts, chosen), size);
	const cost =
		amounts.reduce((sum, amount, index) => sum + (amount.readings[chosen[index] ?? 0]?.cost ?? 0), 0) +
		findings.reduce((sum, finding) => sum + (finding.holds ? 0 : finding.weight), 0);
	return {cost, findings};
}

/** Choices that differ in one amount of a relation that fails, then in two amounts of the same. */
function* alternatives(
	amounts: readonly Ambiguous[],
	chosen: readonly number[],
	findings: readonly Finding[],
): Generator<number[]> {
	const failing = findings.filter(finding => !finding.holds);
	const involved = failing.map(finding =>
		amounts.flatMap(({basis, nutrient, readings}, index) =>
			readings.length > 1 && finding.amounts.some(one => one.basis === basis && one.nutrient === nutrient)
				? [index]
				: [],
		),
	);
	const others = (index: number) =>
		(amounts[index]?.readings ?? []).map((_, reading) => reading).filter(reading => reading !== chosen[index]);
	for (const index of new Set(involved.flat())) {
		for (const reading of others(index)) yield chosen.with(index, reading);
	}
	for (const indexes of involved) {
		for (const [i, first] of indexes.entries()) {
			for (const second of indexes.slice(i + 1)) {
				for (const a of others(first)) for (const b of others(second)) yield chosen.with(first, a).with(second, b);
			}
		}
	}
}
