import type {Page, Word} from '../words.js';

interface Print {
	/** How far the lines climb, as a slope; negative climbs to the right. */
	slope?: number;
	/** How far the lines sag in the middle, in letter heights, as on a bottle. */
	sag?: number;
	/** Words that an engine would answer in one piece: none apart, whole cells, or whole lines. */
	pieces?: 'words' | 'cells' | 'lines';
	confidence?: number;
}

const LETTER = {width: 9, height: 16, line: 24};

/**
 * The words an engine would read on a print of this text: every letter as wide as the next, so that what stands under each other in
 * the text does so on the picture. Two spaces part cells.
 */
export function print(text: string, {slope = 0, sag = 0, pieces = 'words', confidence = 0.95}: Print = {}): Page {
	const lines = text.replace(/^\n/, '').split('\n');
	const margin = 40;
	const width_px = 2 * margin + Math.max(...lines.map(line => line.length), 10) * LETTER.width;
	const drop = Math.abs(slope) * width_px + sag * LETTER.height;
	const height_px = Math.ceil(2 * margin + lines.length * LETTER.line + drop);
	const pattern = {words: /\S+/g, cells: /\S+(?: \S+)*/g, lines: /\S.*\S|\S/g}[pieces];
	const words = lines.flatMap((line, row) =>
		[...line.matchAll(pattern)].map((match): Word => {
			const left = margin + match.index * LETTER.width;
			const width = match[0].length * LETTER.width;
			const across = (left + width / 2) / width_px;
			const bend = sag * LETTER.height * 4 * across * (1 - across);
			const start = slope < 0 ? -slope * width_px : 0;
			const middle = margin + start + row * LETTER.line + LETTER.height / 2 + slope * (left + width / 2) + bend;
			const height = LETTER.height + Math.abs(slope) * width;
			return {
				text: pieces === 'lines' ? match[0].replace(/\s+/g, ' ') : match[0],
				confidence,
				box: {
					x: left / width_px,
					y: (middle - height / 2) / height_px,
					width: width / width_px,
					height: height / height_px,
				},
			};
		}),
	);
	return {words, width_px, height_px};
}
