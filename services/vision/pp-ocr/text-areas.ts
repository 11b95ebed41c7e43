// Where text stands, from the map of the detector: how surely each pixel is in the middle of a line of text. The way of "Real-time Scene
// Text Detection with Differentiable Binarization" (Liao and others, 2020), by rectangles alone.

/** A map of probabilities, row by row. */
export interface TextMap {
	data: Float32Array;
	width: number;
	height: number;
}

/** A band of one height that may be turned, and bent where the pack is; pixels of the map. */
export interface TextArea {
	/** Its middle. */
	x: number;
	y: number;
	width: number;
	height: number;
	/** Radians clockwise, -π/4 to π/4: the side called width is the one that is nearer to level. */
	angle: number;
	/** How far the band lies below its straight middle at a distance `d` from its centre: `bend · (d² - width²/12)`. */
	bend: number;
	/** 0–1. */
	score: number;
}

/** The point of a picture that lies `along` the band from its centre, and `across` its middle. */
export function pointOf({x, y, width, angle, bend}: TextArea, along: number, across: number): Point {
	const below = across + bend * (along * along - (width * width) / 12);
	return [x + along * Math.cos(angle) - below * Math.sin(angle), y + along * Math.sin(angle) + below * Math.cos(angle)];
}

// As the detector's own makers set them.
const TEXT_FROM = 0.3;
const AREA_FROM = 0.6;
const GROWTH = 1.5;
// Smaller than this is a speck, in pixels of the map.
const MIN_SIDE = 3;
// A page of small print has some hundred lines; more is a texture taken for text. Each takes a twentieth of a second to read.
const MAX_AREAS = 600;

// From this many times as long as it is high, text is seen to bend.
const MAY_BEND = 4;

/** The areas of text, the surest first where there are too many. */
export function findTextAreas(map: TextMap): TextArea[] {
	const {data, width, height} = map;
	const seen = new Uint8Array(width * height);
	const queue = new Int32Array(width * height);
	const areas: TextArea[] = [];
	for (let start = 0; start < data.length; start++) {
		if (seen[start] === 1 || (data[start] ?? 0) <= TEXT_FROM) continue;
		const pixels = fill(start, map, seen, queue);
		const score = pixels.reduce((sum, at) => sum + (data[at] ?? 0), 0) / pixels.length;
		if (score < AREA_FROM) continue;
		const rectangle = {...tightest(hull(outline(pixels, width))), bend: 0, score};
		if (Math.min(rectangle.width, rectangle.height) < MIN_SIDE) continue;
		const area = rectangle.width < MAY_BEND * rectangle.height ? rectangle : bent(rectangle, pixels, width);
		// The map is of the middle of lines; the letters reach further on all sides.
		const growth = (area.width * area.height * GROWTH) / (2 * (area.width + area.height));
		areas.push({...area, width: area.width + 2 * growth, height: area.height + 2 * growth});
	}
	return areas.sort((a, b) => b.score - a.score).slice(0, MAX_AREAS);
}

type Point = readonly [x: number, y: number];

/** The pixels of text that touch each other, by their index in the map. */
function fill(start: number, {data, width, height}: TextMap, seen: Uint8Array, queue: Int32Array): Int32Array {
	let [first, end] = [0, 0];
	queue[end++] = start;
	seen[start] = 1;
	while (first < end) {
		const at = queue[first++] ?? 0;
		const [x, y] = [at % width, Math.floor(at / width)];
		for (let ny = Math.max(y - 1, 0); ny <= Math.min(y + 1, height - 1); ny++) {
			for (let nx = Math.max(x - 1, 0); nx <= Math.min(x + 1, width - 1); nx++) {
				const next = ny * width + nx;
				if (seen[next] === 1 || (data[next] ?? 0) <= TEXT_FROM) continue;
				seen[next] = 1;
				queue[end++] = next;
			}
		}
	}
	return queue.slice(0, end);
}

/** The corners of the outermost pixels of each row, so that a line one pixel high has a height. */
function outline(pixels: Int32Array, width: number): Point[] {
	const ends = new Map<number, {left: number; right: number}>();
	for (const at of pixels) {
		const [x, y] = [at % width, Math.floor(at / width)];
		const row = ends.get(y);
		if (row === undefined) ends.set(y, {left: x, right: x});
		else if (x < row.left) row.left = x;
		else if (x > row.right) row.right = x;
	}
	return [...ends].flatMap(([y, {left, right}]): Point[] => [
		[left, y],
		[right + 1, y],
		[left, y + 1],
		[right + 1, y + 1],
	]);
}

/**
 * The band along the middle of a long piece of text, which on a round pack is an arc: the parabola nearest to its pixels. A rectangle
 * around an arc would hold the lines above and below too.
 */
function bent(rectangle: TextArea, pixels: Int32Array, mapWidth: number): TextArea {
	const [cos, sin] = [Math.cos(rectangle.angle), Math.sin(rectangle.angle)];
	const half = rectangle.width / 2;
	// Of the least squares for t = a + b·s + c·s², with s from -1 to 1 along the rectangle: sums of powers, and of t with them.
	const [powers, mixed] = [
		[0, 0, 0, 0, 0],
		[0, 0, 0],
	];
	const places = Array.from(pixels, (at): Point => {
		const [dx, dy] = [(at % mapWidth) + 0.5 - rectangle.x, Math.floor(at / mapWidth) + 0.5 - rectangle.y];
		return [(dx * cos + dy * sin) / half, dy * cos - dx * sin];
	});
	for (const [s, t] of places) {
		for (let power = 0, value = 1; power < 5; power++, value *= s) {
			powers[power] = (powers[power] ?? 0) + value;
			if (power < 3) mixed[power] = (mixed[power] ?? 0) + value * t;
		}
	}
	const [n = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0] = powers;
	const [t0 = 0, t1 = 0, t2 = 0] = mixed;
	const determinant = n * (s2 * s4 - s3 * s3) - s1 * (s1 * s4 - s2 * s3) + s2 * (s1 * s3 - s2 * s2);
	if (Math.abs(determinant) < 1e-9) return rectangle;
	const a = (t0 * (s2 * s4 - s3 * s3) - s1 * (t1 * s4 - s3 * t2) + s2 * (t1 * s3 - s2 * t2)) / determinant;
	const b = (n * (t1 * s4 - s3 * t2) - t0 * (s1 * s4 - s2 * s3) + s2 * (s1 * t2 - t1 * s2)) / determinant;
	const c = (n * (s2 * t2 - t1 * s3) - s1 * (s1 * t2 - t1 * s2) + t0 * (s1 * s3 - s2 * s2)) / determinant;
	const off = places.map(([s, t]) => Math.abs(t - (a + b * s + c * s * s))).sort((one, other) => one - other);
	// All but some stray pixels, and the half pixel around them.
	const height = 2 * (off[Math.floor(off.length * 0.98)] ?? 0) + 1;
	// The mean of c·s² over the length is in the middle, not in the bend.
	const middle = a + c / 3;
	return {
		...rectangle,
		x: rectangle.x - middle * sin,
		y: rectangle.y + middle * cos,
		height: Math.min(height, rectangle.height),
		angle: rectangle.angle + Math.atan(b / half),
		bend: c / (half * half),
	};
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
function tightest(points: readonly Point[]): Omit<TextArea, 'score' | 'bend'> {
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
