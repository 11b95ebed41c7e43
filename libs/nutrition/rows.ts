import {type Box, boxAround, MAX_WORDS, type Page} from './words.js';

/**
 * Where a piece of text stands, in pixels of the picture turned so that its lines run level. Only differences and ratios of these
 * mean anything; `box` is what is shown to people.
 */
export interface Place {
	left: number;
	right: number;
	/** Middle of the line. */
	y: number;
	height: number;
	/** The least of its words, 0–1. */
	confidence: number;
	/** On the upright picture. */
	box: Box;
}

interface PlacedWord extends Place {
	text: string;
}

/** Words that stand on one line, from left to right. */
export interface Row extends Place {
	/** Words are parted by a space, or by a tab where the gap is too wide to be one. */
	text: string;
	/** The index in `words` of each UTF-16 unit of the text, -1 between words. */
	wordAt: number[];
	words: PlacedWord[];
}

// A space is a quarter to a half of the letters' height; justified print stretches it to about one.
const TAB_GAP_HEIGHTS = 1.1;
const MAX_SLOPE = 0.35;

/** Brings the words of a page into rows, top to bottom, following lines that climb or bend. */
export function buildRows(page: Page): Row[] {
	const words = placeWords(page);
	const rows = chain(words, climbsOf(words)).map(joinRow);
	return rows.sort((a, b) => a.y - b.y);
}

/** Where a stretch of a row's text stands. */
export function placeOf(row: Row, start: number, end: number): Place {
	const parts: Place[] = [];
	for (let at = start; at < end; ) {
		const index = row.wordAt[at] ?? -1;
		let to = at;
		while (to < end && row.wordAt[to] === index) to++;
		const word = row.words[index];
		if (word) {
			const first = row.wordAt.indexOf(index);
			parts.push(partOfWord(word, (at - first) / word.text.length, (to - first) / word.text.length));
		}
		at = to;
	}
	return parts.length === 0 ? row : around(parts);
}

/** A part of a word is taken to be as wide as its share of the letters; a few pixels do not matter here. */
function partOfWord(word: PlacedWord, from: number, to: number): Place {
	if (from === 0 && to === 1) return word;
	const width = word.right - word.left;
	return {
		...word,
		left: word.left + width * from,
		right: word.left + width * to,
		box: {...word.box, x: word.box.x + word.box.width * from, width: word.box.width * (to - from)},
	};
}

function around(parts: readonly Place[]): Place {
	const box = boxAround(parts.map(part => part.box));
	return {
		left: Math.min(...parts.map(part => part.left)),
		right: Math.max(...parts.map(part => part.right)),
		y: parts.reduce((sum, part) => sum + part.y, 0) / parts.length,
		height: Math.max(...parts.map(part => part.height)),
		confidence: Math.min(...parts.map(part => part.confidence)),
		box: box ?? {x: 0, y: 0, width: 0, height: 0},
	};
}

/** The smallest place around several. */
export const placeAround = (first: Place, ...more: readonly Place[]): Place => around([first, ...more]);

function placeWords({words, width_px, height_px}: Page): PlacedWord[] {
	const level = words.slice(0, MAX_WORDS).flatMap(({text, confidence, box}) => {
		const clean = text.normalize('NFKC').replace(/\s+/g, ' ').trim();
		if (clean === '') return [];
		const [x, y] = [(box.x + box.width / 2) * width_px, (box.y + box.height / 2) * height_px];
		return [{text: clean, confidence, box, x, y, width: box.width * width_px, height: box.height * height_px}];
	});
	const slope = slopeOf(level);
	const [cos, sin] = [1 / Math.hypot(1, slope), slope / Math.hypot(1, slope)];
	const placed = level.map(({text, confidence, box, x, y, width, height}) => {
		const across = x * cos + y * sin;
		return {
			text,
			confidence,
			box,
			left: across - width / 2,
			right: across + width / 2,
			y: y * cos - x * sin,
			// The box of a long sloping piece is higher than its letters.
			height: Math.max(height - width * Math.abs(sin), height * 0.4, 1),
		};
	});
	// A dash or a point says nothing of the size of the print around it.
	const usual = median(placed.map(word => word.height)) ?? 1;
	return placed.map(word => (/[\p{L}\d]/u.test(word.text) ? word : {...word, height: usual}));
}

type Level = {x: number; y: number; width: number; height: number};

// A table of few words has its neighbours a column apart; where there are enough close ones, those are surer.
const NEIGHBOUR_GAPS_HEIGHTS = [2, 7];
const ENOUGH_NEIGHBOURS = 8;

/** The usual climb of the lines: the median over words and their right-hand neighbours. */
function slopeOf(words: readonly Level[]): number {
	const sorted = [...words].sort((a, b) => a.x - a.width / 2 - (b.x - b.width / 2));
	const climbs = NEIGHBOUR_GAPS_HEIGHTS.map(gap => neighbourClimbs(sorted, gap));
	const enough = climbs.find(({length}) => length >= ENOUGH_NEIGHBOURS) ?? [];
	return clamp(median(enough.map(({climb}) => climb)) ?? 0, MAX_SLOPE);
}

const clamp = (value: number, most: number): number => Math.max(-most, Math.min(most, value));

/** How the line climbs from each word to its right-hand neighbour, and where. */
function neighbourClimbs(sorted: readonly Level[], gapHeights: number): {x: number; y: number; climb: number}[] {
	return sorted.flatMap((word, i) => {
		const right = word.x + word.width / 2;
		// Sorted by their left edges, a neighbour is near; a bounded look keeps a page of thousands of words quick.
		const neighbour = sorted
			.slice(i + 1, i + 200)
			.find(
				next =>
					next.x - next.width / 2 > right - word.height * 0.3 &&
					next.x - next.width / 2 < right + word.height * gapHeights &&
					Math.abs(next.y - word.y) < word.height * 0.6 &&
					next.height < word.height * 1.7 &&
					word.height < next.height * 1.7,
			);
		return neighbour ? [{x: word.x, y: word.y, climb: (neighbour.y - word.y) / (neighbour.x - word.x)}] : [];
	});
}

// Print on a bent pack climbs here and falls there. Regions of a sixth of the height and a third of the width are about as flat
// as a page, and large enough to hold a few pairs of words each.
const REGIONS = {across: 3, down: 6};
const MAX_BEND = 0.15;

/** The usual climb of the lines around a point, beyond that of the whole page. */
function climbsOf(words: readonly PlacedWord[]): (place: Place) => number {
	const level = words
		.map(({left, right, y, height}) => ({x: (left + right) / 2, y, width: right - left, height}))
		.sort((a, b) => a.x - a.width / 2 - (b.x - b.width / 2));
	const [left, right] = [Math.min(...words.map(word => word.left)), Math.max(...words.map(word => word.right))];
	const [top, bottom] = [Math.min(...words.map(word => word.y)), Math.max(...words.map(word => word.y))];
	const cell = (value: number, from: number, to: number, count: number) =>
		Math.min(count - 1, Math.floor(((value - from) / Math.max(to - from, 1)) * count));
	const regionOf = (x: number, y: number) =>
		cell(y, top, bottom, REGIONS.down) * REGIONS.across + cell(x, left, right, REGIONS.across);
	const seen = new Map<number, number[]>();
	for (const {x, y, climb} of neighbourClimbs(level, 7)) {
		const region = regionOf(x, y);
		seen.set(region, [...(seen.get(region) ?? []), climb]);
	}
	const usual = new Map(
		[...seen].map(([region, climbs]) => [region, climbs.length < 3 ? 0 : clamp(median(climbs) ?? 0, MAX_BEND)]),
	);
	return place => usual.get(regionOf(place.right, place.y)) ?? 0;
}

/** Lays each word, from left to right, at the end of the row that leads to it, or begins a row with it. */
function chain(words: readonly PlacedWord[], climbAt: (place: Place) => number): PlacedWord[][] {
	const open: {words: PlacedWord[]; last: PlacedWord; climb: number}[] = [];
	for (const word of [...words].sort((a, b) => a.left - b.left || a.y - b.y)) {
		let best: {row: (typeof open)[number]; off: number} | undefined;
		for (const row of open) {
			const {last, climb} = row;
			if (word.left < last.right - 0.4 * Math.min(word.height, last.height)) continue;
			// The middles of two words are compared; a climb seen over a short way is not to be trusted far away.
			const ahead = Math.min((word.left + word.right - last.left - last.right) / 2, 25 * last.height);
			const off = Math.abs(word.y - (last.y + climb * ahead));
			if (off < 0.3 * (word.height + last.height) && (!best || off < best.off)) best = {row, off};
		}
		const row = best?.row ?? {words: [], last: word, climb: 0};
		if (!best) open.push(row);
		row.words.push(word);
		row.last = word;
		row.climb = climbAt(word);
	}
	return open.map(row => row.words);
}

function joinRow(words: PlacedWord[]): Row {
	let text = '';
	const wordAt: number[] = [];
	for (const [index, word] of words.entries()) {
		const before = words[index - 1];
		if (before) {
			const gap = word.left - before.right;
			text += gap > TAB_GAP_HEIGHTS * Math.min(word.height, before.height) ? '\t' : ' ';
			wordAt.push(-1);
		}
		text += word.text;
		for (let i = 0; i < word.text.length; i++) wordAt.push(index);
	}
	return {...around(words), height: median(words.map(word => word.height)) ?? 1, text, wordAt, words};
}

/** The middle value; null for none. */
export function median(values: readonly number[]): number | null {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[sorted.length >> 1] ?? null;
}
