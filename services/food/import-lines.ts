import {PublicError} from '@hearth/host/errors.js';

/** A line of a file, counted from 1 as editors show it; text is null for one that is longer than any food. */
export interface Line {
	line: number;
	text: string | null;
}

/** Of a line. The longest products of Open Food Facts have some 2 MB. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
// Lists of foods shrink to a tenth, at most to a fiftieth. What unpacks to more is made to fill a disk or to keep us busy.
const MAX_INFLATION = 200;
/** Small files may be all alike. */
const ALWAYS_ALLOWED_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * The lines of a stream, some at a time, in memory bounded by the longest line. `packed` tells how many bytes of the file have been read
 * so far. Throws UNPROCESSABLE for what unpacks without end and for text in another encoding.
 */
export async function* linesOf(stream: AsyncIterable<Buffer>, packed: () => number): AsyncGenerator<Line[]> {
	let [line, unpacked] = [0, 0];
	let rest: Buffer[] = [];
	let restBytes = 0;
	let isTooLong = false;

	function keep(piece: Buffer): void {
		restBytes += piece.length;
		if (restBytes > MAX_LINE_BYTES) {
			isTooLong = true;
			rest = [];
		} else if (piece.length > 0) rest.push(piece);
	}
	function finish(): Line {
		line += 1;
		const text = isTooLong ? null : textOf(rest.length === 1 && rest[0] ? rest[0] : Buffer.concat(rest), line);
		rest = [];
		restBytes = 0;
		isTooLong = false;
		return {line, text};
	}

	for await (const chunk of stream) {
		unpacked += chunk.length;
		if (unpacked > ALWAYS_ALLOWED_BYTES && unpacked > MAX_INFLATION * packed()) {
			throw new PublicError(
				'UNPROCESSABLE',
				`This file unpacks to more than ${MAX_INFLATION} times its size, which no list of foods does. Fetch it again from its source.`,
			);
		}
		const lines: Line[] = [];
		let from = 0;
		for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
			keep(chunk.subarray(from, end));
			lines.push(finish());
			from = end + 1;
		}
		keep(chunk.subarray(from));
		if (lines.length > 0) yield lines;
	}
	if (restBytes > 0) yield [finish()];
}

const BYTE_ORDER_MARK = '\uFEFF';

function textOf(bytes: Buffer, line: number): string {
	if (line === 1 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))) {
		throw new PublicError('UNPROCESSABLE', 'This file is written in UTF-16. Save it as UTF-8 and import it again.');
	}
	const text = bytes.toString('utf8');
	const whole = line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
	return whole.endsWith('\r') ? whole.slice(0, -1) : whole;
}
