import {InferenceSession, Tensor} from 'onnxruntime-node';
import sharp from 'sharp';
import type {PixelWord} from '../reading-processes.js';
import {loadDetector, loadRecogniser, type Recogniser} from './models.js';
import {cutStackedLines} from './stacked-lines.js';
import {findTextAreas, pointOf, type TextArea} from './text-areas.js';
import {LINE_HEIGHT, layLevel, lettersOf, lineWidth, type Pixels, piecesOf} from './text-lines.js';

// The longer side as the detector sees it, at most; its memory grows with the square.
const DETECTED_PX = 1920;
// Its sides are multiples of this.
const DETECTED_STEP = 32;
// Mean and deviation of the pictures that the detector was trained on, blue first.
const MEAN = [0.485, 0.456, 0.406] as const;
const DEVIATION = [0.229, 0.224, 0.225] as const;
// Lines that are read in one go: of like length, so that little room is wasted, and together so wide, so that memory stays small.
const MAX_BATCH_WIDTH = 2400;
const MAX_WASTE = 1.2;
// From this many times as long as it is high, an area tells how its line lies.
const LONG = 4;
// Less sure than this, a line is a pattern or dirt.
const MIN_CONFIDENCE = 0.5;

export interface PpOcr {
	read(image: Uint8Array, recogniser: Recogniser): Promise<PixelWord[]>;
}

/** PP-OCRv4 of PaddlePaddle: one model finds lines of text, another reads them. Loads the detector; a recogniser when it is asked for. */
export async function loadPpOcr(threads: number): Promise<PpOcr> {
	const options: InferenceSession.SessionOptions = {
		intraOpNumThreads: threads,
		// Every picture and line has a size of its own, so that what was kept of one rarely fits the next.
		enableMemPattern: false,
		logSeverityLevel: 3,
		// Threads that wait for work by spinning take a third more of a busy machine's time.
		extra: {session: {intra_op: {allow_spinning: '0'}}},
	};
	sharp.cache(false);
	sharp.concurrency(1);
	const detector = await InferenceSession.create(await loadDetector(), options);
	const recognisers = new Map<Recogniser, Promise<{session: InferenceSession; letters: string[]}>>();
	const recogniser = (name: Recogniser) => {
		const known = recognisers.get(name);
		if (known) return known;
		const loading = loadRecogniser(name).then(async ({model, letters}) => ({
			// Lines are short: asking the system for memory each time costs nothing, and keeps little.
			session: await InferenceSession.create(model, {...options, enableCpuMemArena: false}),
			letters,
		}));
		recognisers.set(name, loading);
		return loading;
	};
	return {
		read: async (image, name) => {
			const {session, letters} = await recogniser(name);
			const pixels = await decode(image);
			const areas = cutStackedLines(await detect(detector, pixels), pixels);
			return recognise(session, letters, pixels, areas);
		},
	};
}

async function decode(image: Uint8Array): Promise<Pixels> {
	const {data, info} = await sharp(image).toColourspace('srgb').removeAlpha().raw().toBuffer({resolveWithObject: true});
	if (info.channels !== 3) throw new Error(`A picture of ${info.channels} channels`);
	return {data, width: info.width, height: info.height};
}

async function detect(session: InferenceSession, pixels: Pixels): Promise<TextArea[]> {
	const scale = Math.min(DETECTED_PX / Math.max(pixels.width, pixels.height), 1);
	const side = (length: number) => Math.max(Math.round((length * scale) / DETECTED_STEP), 1) * DETECTED_STEP;
	const [width, height] = [side(pixels.width), side(pixels.height)];
	const small = await sharp(pixels.data, {raw: {width: pixels.width, height: pixels.height, channels: 3}})
		.resize({width, height, fit: 'fill', kernel: 'cubic'})
		.raw()
		.toBuffer();
	const plane = width * height;
	const input = new Float32Array(3 * plane);
	for (const [channel, mean] of MEAN.entries()) {
		const [factor, shift] = [1 / 255 / (DEVIATION[channel] ?? 1), mean / (DEVIATION[channel] ?? 1)];
		for (let at = 0; at < plane; at++)
			input[channel * plane + at] = (small[at * 3 + 2 - channel] ?? 0) * factor - shift;
	}
	const {data} = await run(session, new Tensor('float32', input, [1, 3, height, width]));
	const [x, y] = [pixels.width / width, pixels.height / height];
	// The sides were rounded, each by itself; an area's own sides take what is nearest to that.
	return findTextAreas({data, width, height}).map(area => ({
		...area,
		x: area.x * x,
		y: area.y * y,
		width: area.width * x,
		height: area.height * y,
		bend: area.bend / y,
	}));
}

async function recognise(
	session: InferenceSession,
	letters: string[],
	pixels: Pixels,
	areas: readonly TextArea[],
): Promise<PixelWord[]> {
	const lines = areas.flatMap(area => {
		const width = lineWidth(area);
		return width === null ? [] : [{area, width}];
	});
	lines.sort((a, b) => a.width - b.width);
	const words: PixelWord[] = [];
	for (let first = 0; first < lines.length; ) {
		const shortest = lines[first]?.width ?? 0;
		let end = first + 1;
		for (let width = lines[end]?.width; width !== undefined; width = lines[++end]?.width) {
			if (width > shortest * MAX_WASTE || width * (end + 1 - first) > MAX_BATCH_WIDTH) break;
		}
		const batch = lines.slice(first, end);
		const room = batch.at(-1)?.width ?? 0;
		const size = 3 * LINE_HEIGHT * room;
		const into = new Float32Array(batch.length * size);
		for (const [i, {area, width}] of batch.entries()) layLevel(pixels, area, {into, at: i * size, width, room});
		const {data, dims} = await run(session, new Tensor('float32', into, [batch.length, 3, LINE_HEIGHT, room]));
		const [, steps = 0, classes = 0] = dims;
		for (const [i, {area, width}] of batch.entries()) {
			const read = lettersOf(data, {from: i * steps * classes, steps, classes, room, letters});
			words.push(...wordsOf(read, area, width));
		}
		first = end;
	}
	return words;
}

/** The words of a line, each with the upright box around its place on the picture. */
function wordsOf(letters: ReturnType<typeof lettersOf>, area: TextArea, width: number): PixelWord[] {
	const sure = letters.reduce((sum, {confidence}) => sum + confidence, 0) / letters.length;
	// None at all is less than that too.
	if (!(sure >= MIN_CONFIDENCE)) return [];
	return piecesOf(letters).map(({text, left, right, confidence}) => {
		const [from = 0, to = 0] = [Math.max(left, 0), Math.min(right, width)].map(at => (at / width - 0.5) * area.width);
		const [x, y] = pointOf(area, (from + to) / 2, 0);
		const long = Math.max(to - from, 1);
		// As it lies there, which on a bent line is another angle at each word.
		const angle = area.angle + Math.atan(area.bend * (from + to));
		const [cos, sin] = [Math.cos(angle), Math.abs(Math.sin(angle))];
		const [halfWidth, halfHeight] = [(long * cos + area.height * sin) / 2, (area.height * cos + long * sin) / 2];
		return {
			...{text, confidence, left: x - halfWidth, right: x + halfWidth, top: y - halfHeight, bottom: y + halfHeight},
			// A short piece lies as its letters do: 2 g leans, for the tail of its last letter.
			...(area.width > LONG * area.height ? {slope: Math.tan(angle)} : {}),
		};
	});
}

/** Runs a model of one input and one output. */
async function run(session: InferenceSession, input: Tensor): Promise<{data: Float32Array; dims: readonly number[]}> {
	const [name] = session.inputNames;
	const answer = await session.run({[name ?? '']: input});
	const output = answer[session.outputNames[0] ?? ''];
	if (!(output?.data instanceof Float32Array)) throw new Error('A model answered something else than numbers');
	return {data: output.data, dims: output.dims};
}
