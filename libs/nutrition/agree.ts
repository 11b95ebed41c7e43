import type {Cell, Look} from './look.js';
import type {ReadingBasis} from './nutrients.js';
import type {Reading} from './values.js';

/** A way to understand an amount, and what was seen that says so. */
export interface SeenReading extends Reading {
	cell: Cell;
	/** How many looks say so first of all, and how many have another amount in its place. */
	said: number;
	denied: number;
}

export interface SeenCell {
	basis: ReadingBasis;
	nutrient: Cell['nutrient'];
	/** The likeliest first; never empty. */
	readings: SeenReading[];
}

// What a look costs a reading that it does not allow; see `Reading.cost`.
const NOT_SEEN = 3;
/**
 * The amounts that one or more looks at the same picture found, each once, with what all of them make of it: a value that several looks
 * read is likelier than one that a single look did, and the relations between the amounts have the last word.
 */
export function agree(looks: readonly Look[]): SeenCell[] {
	const found = new Map<string, Cell[]>();
	for (const look of looks) {
		for (const cell of look.cells) {
			if (isContradicted(cell, look, looks)) continue;
			const key = `${cell.basis} ${cell.nutrient}`;
			found.set(key, [...(found.get(key) ?? []), cell]);
		}
	}
	return [...found.values()].flatMap(cells => {
		const [first] = cells;
		return first ? [{basis: first.basis, nutrient: first.nutrient, readings: readingsOfAll(cells)}] : [];
	});
}

/** A column whose basis only the law says, where another look saw what stands over it. */
function isContradicted({column}: Cell, look: Look, looks: readonly Look[]): boolean {
	if (column.assumed === null) return false;
	const seen = looks.filter(other => other !== look).flatMap(other => other.columns);
	return seen.some(other => other.assumed === null) && !seen.some(other => other.basis === column.basis);
}

function readingsOfAll(cells: readonly Cell[]): SeenReading[] {
	const values = new Set(cells.flatMap(({readings}) => readings.map(({value}) => value)));
	const all = [...values].flatMap((value): SeenReading[] => {
		const seen = cells.map(cell => ({cell, reading: cell.readings.find(reading => reading.value === value)}));
		const [best] = seen
			.flatMap(({cell, reading}) => (reading ? [{cell, reading}] : []))
			.sort((a, b) => a.reading.cost - b.reading.cost);
		if (best === undefined) return [];
		// The mean, not the sum: looks at one picture make the same mistakes.
		const cost = seen.reduce((sum, {reading}) => sum + (reading?.cost ?? NOT_SEEN), 0) / seen.length;
		const said = cells.filter(({readings}) => readings[0]?.value === value).length;
		return [{...best.reading, cell: best.cell, cost, said, denied: cells.length - Math.max(said, 1)}];
	});
	return all.sort((a, b) => a.cost - b.cost);
}
