import {median} from '@hearth/nutrition/rows.js';
import {pointOf, type TextArea} from './text-areas.js';
import type {Pixels} from './text-lines.js';

// An area this many times as high as the lines around it may hold several of them.
const MUCH_HIGHER = 1.6;
// Of two lines, what is between them; as a share of the contrast of the rows of letters.
const GAP_CONTRAST = 0.4;
// From line to line, as a share of the height of a line.
const MIN_PITCH = 0.8;
// What is lower than this share of a usual line is no line.
const LOW = 0.3;

/**
 * The detector takes short numbers that stand closely under each other for one text that runs down. Such an area is cut where a row of
 * its pixels has no letters. Where most text runs down, the picture lies on its side: then nothing is cut, and nothing of it is read.
 */
export function cutStackedLines(areas: readonly TextArea[], pixels: Pixels): TextArea[] {
	const flat = areas.filter(({width, height}) => width > height);
	const usual = median(flat.map(({height}) => height));
	const length = (some: readonly TextArea[]) => some.reduce((sum, {width, height}) => sum + Math.max(width, height), 0);
	if (usual === null || length(flat) * 2 < length(areas)) return flat;
	return areas.flatMap(area => {
		const tall = area.height > MUCH_HIGHER * usual && area.height > area.width;
		return tall ? linesIn(area, usual, pixels) : [area];
	});
}

function linesIn(area: TextArea, usual: number, pixels: Pixels): TextArea[] {
	const contrasts = contrastsOf(area, pixels);
	const sorted = [...contrasts].sort((a, b) => a - b);
	const [low, high] = [sorted[Math.floor(sorted.length * 0.05)] ?? 0, sorted[Math.floor(sorted.length * 0.9)] ?? 0];
	const least = low + (high - low) * GAP_CONTRAST;
	const rows: {from: number; to: number}[] = [];
	for (const [y, contrast] of contrasts.entries()) {
		const row = rows.at(-1);
		if (contrast < least) continue;
		if (row?.to === y) row.to = y + 1;
		else rows.push({from: y, to: y + 1});
	}
	const step = area.height / contrasts.length;
	const lines = rows.filter(({from, to}) => (to - from) * step > LOW * usual);
	// The letters of a text that does run down follow each other more closely than lines.
	const pitch = median(lines.slice(1).map(({from}, index) => (from - (lines[index]?.from ?? from)) * step));
	if (pitch === null || pitch < MIN_PITCH * usual) return [area];
	return lines.map(({from, to}, index) => {
		// Half-way to the lines above and below, and no further from the letters than the detector goes.
		const above = Math.min(from - (lines[index - 1]?.to ?? -Infinity), 0.4 * (to - from)) / 2;
		const below = Math.min((lines[index + 1]?.from ?? Infinity) - to, 0.4 * (to - from)) / 2;
		const [top, bottom] = [(from - above) * step, (to + below) * step];
		const [x, y] = pointOf(area, 0, (top + bottom) / 2 - area.height / 2);
		return {...area, x, y, height: bottom - top};
	});
}

/** How far light and dark are apart in each row of an area's pixels; a ruled line is as dark all along, and has none. */
function contrastsOf(area: TextArea, {data, width, height}: Pixels): number[] {
	const rows = Math.max(Math.round(area.height), 1);
	const columns = Math.max(Math.round(area.width), 1);
	return Array.from({length: rows}, (_, row) => {
		let [dark, light] = [255, 0];
		for (let column = 0; column < columns; column++) {
			const across = ((row + 0.5) / rows - 0.5) * area.height;
			const [x, y] = pointOf(area, ((column + 0.5) / columns - 0.5) * area.width * 0.8, across);
			const at =
				(Math.min(Math.max(Math.floor(y), 0), height - 1) * width + Math.min(Math.max(Math.floor(x), 0), width - 1)) *
				3;
			const grey = ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 3;
			dark = Math.min(dark, grey);
			light = Math.max(light, grey);
		}
		return Math.max(light - dark, 0);
	});
}
