import {PublicError} from '@hearth/host/errors.js';
import {type GivenFile, linesOfFile} from './import-file.js';
import type {Line} from './import-lines.js';
import {type Product, productOf, type Reading, readProduct} from './import-product.js';
import {rowsOf} from './import-rows.js';

/** What was read of one row of a source. */
export interface ReadRow {
	line: number;
	reading: Reading;
}
/** Rows in the order of the file, and how much of the file has been read. */
export interface ReadRows {
	rows: ReadRow[];
	packed_bytes: number;
}

/** Products of Open Food Facts' exports: one JSON object a line, or a table. Lines up to `after` are passed over. */
export async function* productsOf(file: GivenFile, after: number): AsyncGenerator<ReadRows> {
	const {lines, packed, close} = linesOfFile(file);
	try {
		const first = await lines.next();
		const all = again(first, lines);
		const start = first.done === true ? '' : (first.value.find(({text}) => text?.trim() !== '')?.text ?? '');
		const read = start.trimStart().startsWith('{') ? jsonRows(all, after) : tableRows(all, after);
		for await (const rows of read) yield {rows, packed_bytes: packed()};
	} finally {
		close();
	}
}

async function* again(first: IteratorResult<Line[], unknown>, others: AsyncGenerator<Line[]>): AsyncGenerator<Line[]> {
	if (first.done === true) return;
	yield first.value;
	yield* others;
}

async function* jsonRows(lines: AsyncIterable<Line[]>, after: number): AsyncGenerator<ReadRow[]> {
	for await (const some of lines) {
		yield some
			.filter(({line, text}) => line > after && text?.trim() !== '')
			.map(({line, text}) => ({line, reading: readJson(text)}));
	}
}

function readJson(text: string | null): Reading {
	if (text === null) return {food: null, problems: ['This line is longer than any product.']};
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		// Cut off or damaged; which of the two helps nobody.
		return {food: null, problems: ['This line is no JSON.']};
	}
	if (typeof json !== 'object' || json === null || Array.isArray(json)) {
		return {food: null, problems: ['This line is no product but another JSON value.']};
	}
	return readProduct(productOf(json));
}

async function* tableRows(lines: AsyncIterable<Line[]>, after: number): AsyncGenerator<ReadRow[]> {
	for await (const rows of rowsOf(known(lines), ['code', 'product_name'])) {
		yield rows
			.filter(({line}) => line > after)
			.map(row => {
				if (row.problem !== undefined) return {line: row.line, reading: {food: null, problems: [row.problem]}};
				const product: Product = {field: row.cell, amount: row.cell};
				return {line: row.line, reading: readProduct(product)};
			});
	}
}

/** What is neither is better told as such than by a column that it lacks. */
async function* known(lines: AsyncIterable<Line[]>): AsyncGenerator<Line[]> {
	let isFirst = true;
	for await (const some of lines) {
		if (isFirst && !/\bcode\b/.test(some[0]?.text ?? '')) {
			throw new PublicError(
				'UNPROCESSABLE',
				'This is no list of foods that is known here: give the CSV zip of USDA FoodData Central, or the JSONL or CSV export of Open Food Facts.',
			);
		}
		isFirst = false;
		yield some;
	}
}
