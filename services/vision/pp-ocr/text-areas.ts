// Where text stands, from the map of the detector: how surely each pixel is in the middle of a line of text. The way of "Real-time Scene
// Text Detection with Differentiable Binarization" (Liao and others, 2020), by rectangles alone.

/** A map of probabilities, row by row. */
export interface TextMap {
	data: Float32Array;
	width: number;
	height: number;
}

/** A rectangle that may be turned; pixels of the map. */
export interface TextArea {
	/** Its middle. */
	x: number;
	y: number;
	width: number;
	height: number;
	/** Radians clockwise, -π/4 to π/4: the side called width is the one that is nearer to level. */
	angle: number;
	/** 0–1. */
	score: number;
}

// As the detector's own makers set them.
const TEXT_FROM = 0.3;
const AREA_FROM = 0.6;
const GROWTH = 1.5;
// Smaller than this is a speck, in pixels of the map.
const MIN_SIDE = 3;
// A page of small print has some hundred lines; more is a texture taken for text.
const MAX_AREAS = 1000;

/** The areas of text, the surest first where there are too many. */
export function findTextAreas({data, width, height}: TextMap): TextArea[] {
	const seen = new Uint8Array(width * height);
	const stack = new Int32Array(width * height);
	const areas: TextArea[] = [];
	for (let start = 0; start < data.length; start++) {
		if (seen[start] === 1 || (data[start] ?? 0) <= TEXT_FROM) continue;
		const blob = fill(start, {data, width, height}, seen, stack);
		if (blob.score < AREA_FROM) continue;
		const area = tightest(hull(blob.edge));
		if (Math.min(area.width, area.height) < MIN_SIDE) continue;
		// The map is of the middle of lines; the letters reach further on all sides.
		const growth = (area.width * area.height * GROWTH) / (2 * (area.width + area.height));
		areas.push({...area, width: area.width + 2 * growth, height: area.height + 2 * growth, score: blob.score});
	}
	return areas.sort((a, b) => b.score - a.score).slice(0, MAX_AREAS);
}

type Point = readonly [x: number, y: number];

/** The pixels of text that touch: the ends of each of their rows, and how sure they are on the whole. */
function fill(start: number, {data, width, height}: TextMap, seen: Uint8Array, stack: Int32Array) {
	const ends = new Map<number, {left: number; right: number}>();
	let [sum, count, top] = [0, 0, 0];
	stack[top++] = start;
	seen[start] = 1;
	while (top > 0) {
		const at = stack[--top] ?? 0;
		const [x, y] = [at % width, Math.floor(at / width)];
		sum += data[at] ?? 0;
		count++;
		const row = ends.get(y);
		if (row === undefined) ends.set(y, {left: x, right: x});
		else if (x < row.left) row.left = x;
		else if (x > row.right) row.right = x;
		for (let ny = Math.max(y - 1, 0); ny <= Math.min(y + 1, height - 1); ny++) {
			for (let nx = Math.max(x - 1, 0); nx <= Math.min(x + 1, width - 1); nx++) {
				const next = ny * width + nx;
				if (seen[next] === 1 || (data[next] ?? 0) <= TEXT_FROM) continue;
				seen[next] = 1;
				stack[top++] = next;
			}
		}
	}
	// The corners of the pixels, so that a line one pixel high has a height.
	const edge = [...ends].flatMap(([y, {left, right}]): Point[] => [
		...([[left, y] as const, [right + 1, y] as const] as const),
		...([[left, y + 1] as const, [right + 1, y + 1] as const] as const),
	]);
	return {edge, score: sum / count};
}

/** The convex hull, by Andrew's monotone chain. */
function hull(points: Point[]): Point[] {
	points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
	const half = (ordered: readonly Point[]): Point[] => {
		const chain: Point[] = [];
		for (const point of ordered) {
			for (let [b, a] = lastTwo(chain); a && b && turn(a, b, point) <= 0; [b, a] = lastTwo(chain)) chain.pop();
			chain.push(point);
		}
		return chain.slice(0, -1);
	};
	return [...half(points), ...half(points.toReversed())];
}

const lastTwo = (chain: readonly Point[]) => [chain.at(-1), chain.at(-2)] as const;
const turn = (a: Point, b: Point, c: Point): number => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

/** The smallest rectangle around a convex hull: one of its sides lies on one of the hull's. */
function tightest(points: readonly Point[]): Omit<TextArea, 'score'> {
	let best = {x: 0, y: 0, width: 0, height: 0, angle: 0};
	let least = Infinity;
	for (const [i, from] of points.entries()) {
		const to = points[(i + 1) % points.length] ?? from;
		const direction = Math.atan2(to[1] - from[1], to[0] - from[0]);
		// Quarter turns are the same rectangle.
		const angle = direction - Math.round(direction / (Math.PI / 2)) * (Math.PI / 2);
		const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
		let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
		for (const [x, y] of points) {
			const [along, across] = [x * cos + y * sin, y * cos - x * sin];
			left = Math.min(left, along);
			right = Math.max(right, along);
			top = Math.min(top, across);
			bottom = Math.max(bottom, across);
		}
		const area = (right - left) * (bottom - top);
		if (area >= least) continue;
		least = area;
		const [along, across] = [(left + right) / 2, (top + bottom) / 2];
		best = {
			x: along * cos - across * sin,
			y: along * sin + across * cos,
			width: right - left,
			height: bottom - top,
			angle,
		};
	}
	return best;
}
