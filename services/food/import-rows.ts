import {PublicError} from '@hearth/host/errors.js';
import {CsvError, parse} from 'csv-parse/sync';
import type {Line} from './import-lines.js';

/** A row of a table by the names of its header, or what is wrong with it. A row with line breaks bears its first line. */
export type Row =
	| {line: number; cell: (column: string) => string; problem?: undefined}
	| {line: number; problem: string};

/** A list of ingredients has some line breaks; a quotation mark that is open after so many was never closed. */
const MAX_LINES_OF_ROW = 50;
const MAX_CHARS_OF_ROW = 1024 * 1024;
const DELIMITERS = ['\t', ',', ';', '|'];

interface Record {
	line: number;
	text: string;
}

/** The rows of a table with a header, some at a time. Throws UNPROCESSABLE where a column in `needed` is not there. */
export async function* rowsOf(lines: AsyncIterable<Line[]>, needed: readonly string[]): AsyncGenerator<Row[]> {
	let table: Table | undefined;
	let open: Record[] = [];
	for await (const some of lines) {
		const rows: Row[] = [];
		const whole: Record[] = [];
		for (const {line, text} of some) {
			if (table === undefined) {
				table = new Table(text ?? '', needed);
				continue;
			}
			if (text === null) {
				table.giveUp(open, whole, rows);
				open = [];
				rows.push({line, problem: 'This line is longer than any food.'});
			} else open = table.join(open, {line, text}, whole, rows);
		}
		if (table !== undefined) yield [...rows, ...table.read(whole)].sort((one, other) => one.line - other.line);
	}
	if (table === undefined)
		throw new PublicError('UNPROCESSABLE', 'This file is empty. Fetch it again from its source.');
	const whole: Record[] = [];
	const rows: Row[] = [];
	table.giveUp(open, whole, rows);
	yield [...rows, ...table.read(whole)].sort((one, other) => one.line - other.line);
}

const UNCLOSED = 'This row has a quotation mark without its counterpart.';

class Table {
	readonly #delimiter: string;
	readonly #at: Map<string, number>;
	readonly #width: number;

	constructor(header: string, needed: readonly string[]) {
		const counts = DELIMITERS.map(delimiter => header.split(delimiter).length);
		this.#delimiter = DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
		const names = (cellsOf(header, this.#delimiter)?.[0] ?? []).map(name => name.trim());
		this.#at = new Map(names.map((name, at) => [name, at]));
		this.#width = names.length;
		const missing = needed.filter(name => !this.#at.has(name));
		if (missing.length > 0) {
			throw new PublicError(
				'UNPROCESSABLE',
				`The first line of this table does not name the column ${missing.join(', ')}. Fetch the file again from its source.`,
			);
		}
	}

	/** Adds a line to the record that is still open, or starts one; answers what is open then. What is complete goes to `whole`. */
	join(open: readonly Record[], line: Record, whole: Record[], rows: Row[]): Record[] {
		const first = open[0];
		if (first === undefined) {
			if (line.text === '') return [];
			// With all its columns, a lone mark is an inch or a typing error and opens nothing.
			if (hasPairs(line.text) || line.text.split(this.#delimiter).length === this.#width) {
				whole.push(line);
				return [];
			}
			return [line];
		}
		const all = [...open, line];
		if (hasPairs(line.text)) {
			const chars = all.reduce((sum, {text}) => sum + text.length, 0);
			if (all.length <= MAX_LINES_OF_ROW && chars <= MAX_CHARS_OF_ROW) return all;
		} else {
			const text = all.map(one => one.text).join('\n');
			if (cellsOf(text, this.#delimiter)?.[0]?.length === this.#width) {
				whole.push({line: first.line, text});
				return [];
			}
		}
		// It was never closed: what was taken along stands for itself.
		rows.push({line: first.line, problem: UNCLOSED});
		return all.slice(1).reduce<Record[]>((still, one) => this.join(still, one, whole, rows), []);
	}

	/** Nothing closes what is open any longer: its first line is amiss, and the others stand for themselves. */
	giveUp(open: readonly Record[], whole: Record[], rows: Row[]): void {
		for (let [first, ...others] = open; first !== undefined; ) {
			rows.push({line: first.line, problem: UNCLOSED});
			[first, ...others] = others.reduce<Record[]>((still, one) => this.join(still, one, whole, rows), []);
		}
	}

	read(records: readonly Record[]): Row[] {
		const plain = records.map(({text}) => this.#plainCells(text));
		const quoted = records.filter((_, at) => plain[at] === undefined);
		const together = cellsOf(quoted.map(({text}) => text).join('\n'), this.#delimiter, 'strict');
		const isSound = together !== null && together.length === quoted.length;
		let at = 0;
		return records.map(({line, text}, which) => {
			const cells = plain[which] ?? (isSound ? together[at++] : this.#cellsOfOne(text));
			return cells === undefined ? {line, problem: UNCLOSED} : this.#row(line, cells);
		});
	}

	/** Of a row without marks, or with each cell in a pair of them and none within: nearly all rows, and far faster. */
	#plainCells(text: string): string[] | undefined {
		if (!text.includes('"')) return text.split(this.#delimiter);
		if (!text.startsWith('"') || !text.endsWith('"') || text.length < 2) return undefined;
		const cells = text.slice(1, -1).split(`"${this.#delimiter}"`);
		return cells.length === this.#width && !cells.some(cell => cell.includes('"')) ? cells : undefined;
	}

	#cellsOfOne(text: string): string[] | undefined {
		const cells = cellsOf(text, this.#delimiter);
		if (cells?.length === 1 && cells[0]?.length === this.#width) return cells[0];
		const asItIs = text.split(this.#delimiter);
		return asItIs.length === this.#width ? asItIs : undefined;
	}

	#row(line: number, cells: string[]): Row {
		// Programs leave out empty columns at the end of a row.
		if (cells.length > this.#width || cells.length < 2) {
			return {line, problem: `This row has ${cells.length} columns, but the first line names ${this.#width}.`};
		}
		return {line, cell: column => cells[this.#at.get(column) ?? -1] ?? ''};
	}
}

function hasPairs(text: string): boolean {
	let marks = 0;
	for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) marks += 1;
	return marks % 2 === 0;
}

/** Null for what is no table; unless `strict`, marks in the middle of a cell are forgiven. */
function cellsOf(text: string, delimiter: string, strict?: 'strict'): string[][] | null {
	try {
		return parse(text, {
			delimiter,
			relax_quotes: strict === undefined,
			relax_column_count: true,
			record_delimiter: '\n',
		});
	} catch (error) {
		if (error instanceof CsvError) return null;
		throw error;
	}
}
