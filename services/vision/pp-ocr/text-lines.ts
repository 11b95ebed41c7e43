import type {TextArea} from './text-areas.js';

/** A picture in memory: three bytes a pixel, row by row. */
export interface Pixels {
	data: Uint8Array;
	width: number;
	height: number;
}

/** Height of a line as the recognisers want it, in pixels. */
export const LINE_HEIGHT = 48;
// A line as long as this is 60 times as long as it is high: no line of a label.
const MAX_LINE_WIDTH = 3000;
// What is taller than that for its width is text that climbs, which is no part of an upright table. A lone digit is taller than wide.
const MAX_TALLNESS = 2.5;

/** How wide an area of text is as a line, in pixels; null for what is not read. */
export function lineWidth({width, height}: TextArea): number | null {
	if (height > width * MAX_TALLNESS) return null;
	return Math.min(Math.max(Math.round((LINE_HEIGHT * width) / height), 8), MAX_LINE_WIDTH);
}

/**
 * Lays an area of text level, at `at` in a tensor of lines of `room` pixels: blue, green and red after each other, -1 to 1, as the
 * recognisers were trained. What is left of the room stays 0.
 */
export function layLevel(
	{data, width, height}: Pixels,
	area: TextArea,
	line: {into: Float32Array; at: number; width: number; room: number},
): void {
	const [cos, sin] = [Math.cos(area.angle), Math.sin(area.angle)];
	const bendAt = (along: number) => area.bend * (along * along - (area.width * area.width) / 12);
	const [stepX, stepY] = [area.width / line.width, area.height / LINE_HEIGHT];
	// Large letters: several points of the picture make one of the line.
	const points = Math.min(Math.max(Math.round(stepY), 1), 4);
	const share = 1 / (points * points * 127.5);
	const plane = LINE_HEIGHT * line.room;
	const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most);
	for (let y = 0; y < LINE_HEIGHT; y++) {
		for (let x = 0; x < line.width; x++) {
			let [red, green, blue] = [0, 0, 0];
			for (let py = 0; py < points; py++) {
				for (let px = 0; px < points; px++) {
					const along = (x + (px + 0.5) / points) * stepX - area.width / 2;
					const across = (y + (py + 0.5) / points) * stepY - area.height / 2 + bendAt(along);
					const sx = clamp(area.x + along * cos - across * sin - 0.5, width - 1);
					const sy = clamp(area.y + along * sin + across * cos - 0.5, height - 1);
					const [left, top] = [Math.floor(sx), Math.floor(sy)];
					const [fx, fy] = [sx - left, sy - top];
					const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
					const [a, b] = [(top * width + left) * 3, (top * width + right) * 3];
					const [c, d] = [(bottom * width + left) * 3, (bottom * width + right) * 3];
					const [wa, wb, wc, wd] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
					const mix = (of: number) =>
						wa * (data[a + of] ?? 0) + wb * (data[b + of] ?? 0) + wc * (data[c + of] ?? 0) + wd * (data[d + of] ?? 0);
					red += mix(0);
					green += mix(1);
					blue += mix(2);
				}
			}
			const to = line.at + y * line.room + x;
			line.into[to] = blue * share - 1;
			line.into[to + plane] = green * share - 1;
			line.into[to + 2 * plane] = red * share - 1;
		}
	}
}

/** A letter and where it stands on its line, in pixels. */
export interface Letter {
	text: string;
	x: number;
	/** 0–1. */
	confidence: number;
}

/**
 * What a recogniser saw, step by step along the line: the surest class of each step, the same class again being the same letter, and
 * class 0 no letter (connectionist temporal classification, decoded greedily).
 */
export function lettersOf(
	scores: Float32Array,
	{
		from,
		steps,
		classes,
		room,
		letters,
	}: {from: number; steps: number; classes: number; room: number; letters: string[]},
): Letter[] {
	const read: Letter[] = [];
	let before = 0;
	for (let step = 0; step < steps; step++) {
		const at = from + step * classes;
		let best = 0;
		for (let one = 1; one < classes; one++) if ((scores[at + one] ?? 0) > (scores[at + best] ?? 0)) best = one;
		if (best !== 0 && best !== before) {
			// The class after the last of the dictionary is the space.
			read.push({text: letters[best - 1] ?? ' ', x: ((step + 0.5) / steps) * room, confidence: scores[at + best] ?? 0});
		}
		before = best;
	}
	return read;
}

/** Words, as pieces of a line in pixels: parted by spaces, and by gaps that are wider than one. */
export interface Piece {
	text: string;
	left: number;
	right: number;
	confidence: number;
}

// From the middle of a letter to the middle of the next, as a share of the line's height; letters are half as wide as a line is high.
const GAP = 1.2;
const HALF_A_LETTER = 0.22;

export function piecesOf(letters: readonly Letter[]): Piece[] {
	const pieces: Letter[][] = [];
	let piece: Letter[] = [];
	for (const letter of letters) {
		const last = piece.at(-1);
		const gap = last !== undefined && letter.x - last.x > GAP * LINE_HEIGHT;
		if (letter.text.trim() === '' || gap) {
			if (piece.length > 0) pieces.push(piece);
			piece = [];
		}
		if (letter.text.trim() !== '') piece.push(letter);
	}
	if (piece.length > 0) pieces.push(piece);
	return pieces.map(letters => ({
		text: letters.map(({text}) => text).join(''),
		left: (letters[0]?.x ?? 0) - HALF_A_LETTER * LINE_HEIGHT,
		right: (letters.at(-1)?.x ?? 0) + HALF_A_LETTER * LINE_HEIGHT,
		confidence: letters.reduce((sum, {confidence}) => sum + confidence, 0) / letters.length,
	}));
}
