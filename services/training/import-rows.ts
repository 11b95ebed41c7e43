import {createReadStream} from 'node:fs';
import {PublicError} from '@hearth/host/errors.js';
import {CsvError, parse} from 'csv-parse/sync';

/** One row of the file, or what is wrong with it. Lines count from 1, as editors show them; a row with line breaks bears its first. */
export type Row = {line: number; cells: string[]} | {line: number; problem: string};

interface Line {
	line: number;
	text: string;
	/** Nothing follows it, not even the end of a line. */
	isLast: boolean;
}

/** Characters of a line, and of a row with all its lines; the longest notes have some hundreds. */
const MAX_CHARS = 64 * 1024;
/** A note has some line breaks; a quotation mark that is still open after so many lines was never closed. */
const MAX_LINES = 100;
/** So often lines are read again for a mark that was not closed; a file with more is broken all over, and is read line by line. */
const MAX_UNCLOSED = 100;

/** The header of the file and then its rows, piece by piece. Throws UNPROCESSABLE where it has no first line. */
export async function* rowsOf(path: string): AsyncGenerator<Row> {
	const lines = linesOf(path, await encodingOf(path));
	// Read once, but not yet understood.
	const waiting: Line[] = [];
	const next = async (): Promise<Line | undefined> => waiting.shift() ?? (await lines.next()).value;
	let delimiter: string | undefined;
	let width: number | null = null;
	let unclosed = 0;

	async function readRow(first: Line, delimiter: string): Promise<Row> {
		let cells = split(first.text, delimiter);
		let text = first.text;
		let last = first;
		const more: Line[] = [];
		while (cells === 'unclosed' && more.length < MAX_LINES && text.length < MAX_CHARS && unclosed < MAX_UNCLOSED) {
			const following = await next();
			if (following === undefined) break;
			more.push(following);
			last = following;
			text += `\n${following.text}`;
			// What has no mark closes none.
			if (following.text.includes('"')) cells = split(text, delimiter, true);
		}
		// A mark that was left out pairs with that of another row: what comes of it is odd, or has another number of columns.
		const isWhole = typeof cells !== 'string' && (more.length === 0 || width === null || cells.length === width);
		if (typeof cells === 'string' || !isWhole) {
			if (more.length > 0) unclosed += 1;
			waiting.unshift(...more);
			return {line: first.line, problem: 'This row has a quotation mark without its counterpart.'};
		}
		return fit(first.line, cells, width, last.isLast);
	}

	for (let first = await next(); first !== undefined; first = await next()) {
		if (first.text.trim() === '') continue;
		const declared: string | undefined = delimiter === undefined ? /^sep=(.)$/i.exec(first.text)?.[1] : undefined;
		if (declared !== undefined) {
			delimiter = declared;
			continue;
		}
		delimiter ??= delimiterOf(first.text);
		const row = await readRow(first, delimiter);
		if (width === null && 'cells' in row) width = row.cells.length;
		yield row;
	}
	if (width === null) throw new PublicError('UNPROCESSABLE', 'This file is empty. Export it again.');
}

/** Spreadsheets leave out empty columns at the end of a row. One too many is mostly a comma within a number. */
function fit(line: number, cells: string[], width: number | null, isLast: boolean): Row {
	if (width === null || cells.length === width) return {line, cells};
	if (cells.length < width) {
		if (isLast) return {line, problem: 'The file was cut off in this row. Export it again.'};
		return {line, cells: [...cells, ...Array<string>(width - cells.length).fill('')]};
	}
	return {line, problem: `This row has ${cells.length} columns, but the first line names ${width}.`};
}

/** On one line a mark within a text is taken as it stands: `5" box`. */
function split(text: string, delimiter: string, isStrict = false): string[] | 'unclosed' | 'broken' {
	try {
		const records = parse(text, {
			delimiter,
			record_delimiter: '\n',
			relax_quotes: !isStrict,
			relax_column_count: true,
		});
		const [cells] = records;
		return records.length === 1 && cells !== undefined ? cells : 'broken';
	} catch (error) {
		if (!(error instanceof CsvError)) throw error;
		return error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'unclosed' : 'broken';
	}
}

/** The one that occurs most in the header, whose names hold none of them. */
function delimiterOf(header: string): string {
	const counted = [',', ';', '\t'].map(delimiter => ({delimiter, count: header.split(delimiter).length}));
	return counted.reduce((most, one) => (one.count > most.count ? one : most)).delimiter;
}

async function* linesOf(path: string, encoding: string): AsyncGenerator<Line, undefined> {
	const decoder = new TextDecoder(encoding);
	let line = 1;
	let rest = '';
	for await (const chunk of createReadStream(path)) {
		rest += decoder.decode(chunk, {stream: true});
		const complete = rest.split('\n');
		rest = complete.pop() ?? '';
		for (const text of complete) {
			yield {line, text: text.slice(0, MAX_CHARS).replace(/\r$/, ''), isLast: false};
			line += 1;
		}
		// Longer than any row is, so nothing of it is kept beyond what says so.
		if (rest.length > 2 * MAX_CHARS) rest = rest.slice(0, 2 * MAX_CHARS);
	}
	rest += decoder.decode();
	if (rest !== '') yield {line, text: rest.slice(0, MAX_CHARS).replace(/\r$/, ''), isLast: true};
}

/** Exports are UTF-8; what a spreadsheet made of one may be UTF-16, or what Windows wrote before there was Unicode. */
async function encodingOf(path: string): Promise<string> {
	const decoder = new TextDecoder('utf-8', {fatal: true});
	let isStart = true;
	try {
		for await (const chunk of createReadStream(path)) {
			if (isStart && chunk[0] === 0xff && chunk[1] === 0xfe) return 'utf-16le';
			if (isStart && chunk[0] === 0xfe && chunk[1] === 0xff) return 'utf-16be';
			isStart = false;
			decoder.decode(chunk, {stream: true});
		}
		decoder.decode();
		return 'utf-8';
	} catch (error) {
		if (error instanceof TypeError) return 'windows-1252';
		throw error;
	}
}
