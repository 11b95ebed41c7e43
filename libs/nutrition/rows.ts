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
	/** How the line climbs there beyond the climb of the whole page, where the engine told. */
	climb: number | null;
}

/** Words that stand on one line, from left to right. */
export interface Row extends Place {
	/** Words are parted by a space, or by a tab where the gap is too wide to be one. */
	text: string;
	/** The index in `words` of each UTF-16 unit of the text, -1 between words. */
	wordAt: number[];
	/** Where each word begins in the text. */
	startOf: number[];
	words: PlacedWord[];
}

// A space is a quarter to a half of the letters' height; justified print stretches it to about one.
const TAB_GAP_HEIGHTS = 1.1;
const MAX_SLOPE = 0.35;
// What is longer is no line of a label; the rest of it, and of a page of more letters, is not looked at.
const MAX_WORD_LETTERS = 200;
const MAX_LETTERS = 50_000;

/** Brings the words of a page into rows, top to bottom, following lines that climb or bend. */
export function buildRows(page: Page): Row[] {
	const words = placeWords(page);
	const rows = bestChain(words).map(joinRow);
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
			const first = row.startOf[index] ?? 0;
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
	let letters = 0;
	const level = words.slice(0, MAX_WORDS).flatMap(({text, confidence, box, slope: told = null}) => {
		const clean = text.slice(0, MAX_WORD_LETTERS).normalize('NFKC').replace(/\s+/g, ' ').trim();
		letters += clean.length;
		if (clean === '' || letters > MAX_LETTERS) return [];
		const [x, y] = [(box.x + box.width / 2) * width_px, (box.y + box.height / 2) * height_px];
		return [{text: clean, confidence, box, x, y, width: box.width * width_px, height: box.height * height_px, told}];
	});
	const slope = slopeOf(level);
	const [cos, sin] = [1 / Math.hypot(1, slope), slope / Math.hypot(1, slope)];
	const placed = level.map(({text, confidence, box, x, y, width, height, told}) => {
		const across = x * cos + y * sin;
		return {
			text,
			confidence,
			box,
			left: across - width / 2,
			right: across + width / 2,
			y: y * cos - x * sin,
			climb: told === null ? null : Math.tan(Math.atan(told) - Math.atan(slope)),
			// The box of a long sloping piece is higher than its letters.
			height: Math.max(height - width * Math.abs(sin), height * 0.4, 1),
		};
	});
	// A dash or a point says nothing of the size of the print around it.
	const usual = median(placed.map(word => word.height)) ?? 1;
	return placed.map(word => (/[\p{L}\d]/u.test(word.text) ? word : {...word, height: usual}));
}

type Level = {x: number; y: number; width: number; height: number; told: number | null};

// A table of few words has its neighbours a column apart; where there are enough close ones, those are surer.
const NEIGHBOUR_GAPS_HEIGHTS = [2, 7] as const;
const ENOUGH_NEIGHBOURS = 8;
// Words whose slope the engine told; where there are these, words are not compared, whose tails and accents make them lean.
const ENOUGH_TOLD = 6;

/** The usual climb of the lines: the median over words and their right-hand neighbours. */
function slopeOf(words: readonly Level[]): number {
	const told = words.flatMap(word => (word.told === null ? [] : [word.told]));
	if (told.length >= ENOUGH_TOLD) return clamp(median(told) ?? 0, MAX_SLOPE);
	const sorted = [...words].sort((a, b) => a.x - a.width / 2 - (b.x - b.width / 2));
	const climbs = NEIGHBOUR_GAPS_HEIGHTS.map(gap => neighbourClimbs(sorted, gap));
	const enough = climbs.find(({length}) => length >= ENOUGH_NEIGHBOURS) ?? [];
	return clamp(median(enough.map(({climb}) => climb)) ?? 0, MAX_SLOPE);
}

const clamp = (value: number, most: number): number => Math.max(-most, Math.min(most, value));

/** How the line climbs from each word to its right-hand neighbour, and where. */
function neighbourClimbs(
	sorted: readonly Omit<Level, 'told'>[],
	gapHeights: number,
): {x: number; y: number; climb: number}[] {
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

const MAX_BEND = 0.15;
// Draws the bend to none where few words speak for one.
const RIDGE = 2;
// What engines tell of long lines is sure; where a plane goes through all of it, as on a bottle, it holds further on too: as far as that
// many times half of their spread. It goes through when words are off it by no more than `off`, or by that `share` of the usual climb.
// Crumpled foil bends each line as it likes.
const TOLD = {most: 0.4, reach: 3, ridge: 0.1, off: 0.02, share: 0.35};

interface Climb {
	x: number;
	y: number;
	climb: number;
}

/**
 * How lines climb at each point, beyond the climb of the whole page: print on a bent or leaning pack climbs on one side and falls on
 * the other, steadily, so a plane through the climbs that are seen is near enough.
 */
function climbsOf(words: readonly PlacedWord[]): (place: Place) => number {
	const told = words.flatMap(({left, right, y, climb}) => (climb === null ? [] : [{x: (left + right) / 2, y, climb}]));
	if (told.length >= ENOUGH_TOLD) {
		const {climbAt, off} = planeThrough(told, TOLD);
		const mean = told.reduce((sum, {climb}) => sum + Math.abs(climb), 0) / told.length;
		if (off <= Math.max(TOLD.off, TOLD.share * mean)) return climbAt;
	}
	const level = words
		.map(({left, right, y, height}) => ({x: (left + right) / 2, y, width: right - left, height}))
		.sort((a, b) => a.x - a.width / 2 - (b.x - b.width / 2));
	const seen = neighbourClimbs(level, NEIGHBOUR_GAPS_HEIGHTS[1]);
	return planeThrough(seen, {most: MAX_BEND, reach: 1, ridge: RIDGE}).climbAt;
}

/**
 * A plane through climbs, and how far off it they usually are. Fitted twice, the second time without those far off the first: words of
 * different lines. It answers climbs up to `most`, as far out as `reach` times half of the spread.
 */
function planeThrough(seen: readonly Climb[], {most, reach, ridge}: {most: number; reach: number; ridge: number}) {
	const across = scaleOf(seen.map(({x}) => x));
	const down = scaleOf(seen.map(({y}) => y));
	const points = seen.map(({x, y, climb}) => ({u: across(x), v: down(y), climb}));
	const first = fitPlane(points, ridge);
	const offs = points.map(({u, v, climb}) => Math.abs(climb - first(u, v)));
	const off = median(offs) ?? 0;
	const plane = fitPlane(
		points.filter((_, i) => (offs[i] ?? 0) <= 2 * off + 1e-6),
		ridge,
	);
	const climbAt = ({left, right, y}: Place) =>
		clamp(plane(clamp(across((left + right) / 2), reach), clamp(down(y), 1)), most);
	return {climbAt, off};
}

/** Brings values to -1…1. */
function scaleOf(values: readonly number[]): (value: number) => number {
	const [low, high] = [Math.min(...values, Infinity), Math.max(...values, -Infinity)];
	return value => (high > low ? (2 * (value - low)) / (high - low) - 1 : 0);
}

/** The plane a + b·u + c·v nearest to the climbs, by least squares with a ridge. */
function fitPlane(
	points: readonly {u: number; v: number; climb: number}[],
	ridge: number,
): (u: number, v: number) => number {
	const sum = (of: (point: {u: number; v: number; climb: number}) => number) =>
		points.reduce((total, point) => total + of(point), 0);
	const [n, u, v] = [points.length + ridge, sum(p => p.u), sum(p => p.v)];
	const [uu, vv, uv] = [sum(p => p.u * p.u) + ridge, sum(p => p.v * p.v) + ridge, sum(p => p.u * p.v)];
	const [z, uz, vz] = [sum(p => p.climb), sum(p => p.u * p.climb), sum(p => p.v * p.climb)];
	// Cramer's rule; the ridge keeps the matrix from being singular.
	const det = n * (uu * vv - uv * uv) - u * (u * vv - uv * v) + v * (u * uv - uu * v);
	const a = (z * (uu * vv - uv * uv) - u * (uz * vv - uv * vz) + v * (uz * uv - uu * vz)) / det;
	const b = (n * (uz * vv - uv * vz) - z * (u * vv - uv * v) + v * (u * vz - uz * v)) / det;
	const c = (n * (uu * vz - uz * uv) - u * (u * vz - uz * v) + z * (u * uv - uu * v)) / det;
	return (x, y) => a + b * x + c * y;
}

// Further bends that are tried, and what a choice of one must save: an unlikely bend makes rows of what only happens to be level.
const BENDS = [-0.3, -0.25, -0.2, -0.15, -0.1, -0.05, -0.025, 0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3];
const LEANS = [0, -0.02, 0.02, -0.04, 0.04, -0.08, 0.08];
const MAX_CLIMB = 0.45;
const PER_BEND = 1.2;
const PER_LEAN = 2.5;
// A page of more words is small print, on which the slopes of neighbours tell enough.
const MAX_BENT_WORDS = 500;

/**
 * The rows that the climbs which are seen lead to, or those of a further bend that leaves clearly fewer rows: a table whose names stand far
 * from its amounts shows little of how its lines bend between them, but with the right bend each name meets its amounts.
 */
function bestChain(words: readonly PlacedWord[]): PlacedWord[][] {
	const climbAt = climbsOf(words);
	let best = chain(words, climbAt);
	if (words.length > MAX_BENT_WORDS) return best.rows;
	const across = scaleOf(words.flatMap(({left, right}) => [left, right]));
	let least = best.cost;
	for (const bend of BENDS) {
		for (const lean of LEANS) {
			const further = ({left, right, y, ...rest}: Place) =>
				clamp(climbAt({left, right, y, ...rest}) + lean + bend * across((left + right) / 2), MAX_CLIMB);
			const tried = chain(words, further);
			const cost = tried.cost + PER_BEND * (Math.abs(bend) / 0.1) + PER_LEAN * (Math.abs(lean) / 0.1);
			if (cost < least) [best, least] = [tried, cost];
		}
	}
	return best.rows;
}

/**
 * Lays each word, from left to right, at the end of the row that leads to it, or begins a row with it. The cost is the number of rows, and
 * up to half as much for each word that its row does not quite lead to.
 */
function chain(words: readonly PlacedWord[], climbAt: (place: Place) => number): {rows: PlacedWord[][]; cost: number} {
	const open: {words: PlacedWord[]; last: PlacedWord; climb: number}[] = [];
	let misfit = 0;
	for (const word of [...words].sort((a, b) => a.left - b.left || a.y - b.y)) {
		const climb = climbAt(word);
		let best: {row: (typeof open)[number]; off: number} | undefined;
		for (const row of open) {
			const {last} = row;
			if (word.left < last.right - 0.4 * Math.min(word.height, last.height)) continue;
			// From middle to middle, by the climb half-way between the two.
			const ahead = (word.left + word.right - last.left - last.right) / 2;
			const off = Math.abs(word.y - (last.y + ((row.climb + climb) / 2) * ahead)) / (0.3 * (word.height + last.height));
			if (off < 1 && (!best || off < best.off)) best = {row, off};
		}
		const row = best?.row ?? {words: [], last: word, climb: 0};
		if (!best) open.push(row);
		misfit += (best?.off ?? 0) ** 2;
		row.words.push(word);
		row.last = word;
		row.climb = climb;
	}
	return {rows: open.map(row => row.words), cost: open.length + misfit / 2};
}

function joinRow(words: PlacedWord[]): Row {
	let text = '';
	const wordAt: number[] = [];
	const startOf: number[] = [];
	for (const [index, word] of words.entries()) {
		const before = words[index - 1];
		if (before) {
			const gap = word.left - before.right;
			text += gap > TAB_GAP_HEIGHTS * Math.min(word.height, before.height) ? '\t' : ' ';
			wordAt.push(-1);
		}
		startOf.push(text.length);
		text += word.text;
		for (let i = 0; i < word.text.length; i++) wordAt.push(index);
	}
	return {...around(words), height: median(words.map(word => word.height)) ?? 1, text, wordAt, startOf, words};
}

/** A row as far as a place in its text; null where nothing is left. */
export function rowBefore(row: Row, end: number): Row | null {
	const words = row.words.filter((_, index) => (row.startOf[index] ?? 0) < end);
	return words.length === 0 ? null : joinRow(words);
}

/** The middle value; null for none. */
export function median(values: readonly number[]): number | null {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[sorted.length >> 1] ?? null;
}
