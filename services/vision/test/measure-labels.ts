// `node services/vision/test/measure-labels.js <folder with truth.json, score.mjs and images/> [--engine pp-ocr|tesseract] [--first-look]`
// reads every photograph there as a house would, and prints how many fields are right, how far the confidences are to be believed, seconds
// a label, and the memory of the reading process. With `--first-look` no table is read again.
import {execFileSync} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import type {Bases} from '@hearth/nutrition/checks.js';
import type {ReadingBasis} from '@hearth/nutrition/nutrients.js';
import {type Evidence, readLabel} from '@hearth/nutrition/read-label.js';
import {z} from 'zod';
import {preparePicture} from '../picture.js';
import {ppOcr} from '../pp-ocr.js';
import {readPicture} from '../read-picture.js';
import {tesseract} from '../tesseract.js';

const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {engine: {type: 'string', default: 'pp-ocr'}, 'first-look': {type: 'boolean', default: false}},
});
const [folder = '../shared/labels'] = positionals;
const amounts = z.record(z.string(), z.number().nullable());
const truths = z
	.array(
		z.looseObject({
			file: z.string(),
			bases: z.record(z.string(), amounts).optional(),
			basis: z.string().optional(),
			fields: amounts.optional(),
			ignore: z.union([z.array(z.string()), z.record(z.string(), z.array(z.string()))]).optional(),
		}),
	)
	.parse(JSON.parse(await readFile(path.join(folder, 'truth.json'), 'utf8')));
const engine = values.engine === 'tesseract' ? tesseract({workers: 1}) : ppOcr({workers: 1});
const signal = new AbortController().signal;

/** Of the reading process: the most memory it held, in MB, and processor seconds; where the system tells. */
async function readerFigures() {
	const listed = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], {encoding: 'utf8'});
	const pid = Number.parseInt(listed.split('\n').find(line => /(?:tesseract|pp-ocr)-process/.test(line)) ?? '', 10);
	const memory = /VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
	// Clock ticks in user and system mode; Linux counts 100 a second.
	const ticks = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ').slice(11, 13) ?? [];
	return {mb: Number(memory) / 1024, cpu_s: ticks.reduce((sum, count) => sum + Number(count), 0) / 100};
}

/** What is printed for a field; undefined where that is not scored. */
function printed({bases, basis, fields, ignore = []}: (typeof truths)[number], of: ReadingBasis, field: string) {
	const known = bases ?? (basis === undefined ? {} : {[basis]: fields ?? {}});
	// Per 100 g and per 100 ml are one basis for the score.
	const same = of === 'per_serving' ? [of] : ['per_100g', 'per_100ml'];
	const found = same.find(name => known[name] !== undefined);
	if (found === undefined) return undefined;
	const left = Array.isArray(ignore) ? ignore : (ignore[found] ?? []);
	return left.includes(field) ? undefined : known[found]?.[field];
}

const predictions: ({file: string; bases: Bases} & Record<string, unknown>)[] = [];
const believed: {confidence: number; right: boolean}[] = [];
const wall_s: number[] = [];
let again = 0;
for (const truth of truths) {
	const {file} = truth;
	const started = performance.now();
	const {jpeg} = await preparePicture(await readFile(path.join(folder, 'images', file)));
	const {page, table} = await readPicture(jpeg, engine, {
		languages: ['eng'],
		signal,
		progress: async () => {},
		again: !values['first-look'],
	});
	const {bases, serving_size, evidence} = readLabel(page, ...(table === null ? [] : [table]));
	wall_s.push((performance.now() - started) / 1000);
	if (table !== null) again++;
	predictions.push({
		file,
		bases,
		...(serving_size === null ? {} : {[`serving_size_${serving_size.unit}`]: serving_size.amount}),
	});
	for (const {basis, field, value, confidence} of evidence satisfies Evidence[]) {
		const truly = printed(truth, basis, field);
		if (truly === undefined) continue;
		const right = truly !== null && Math.abs(value - truly) <= Math.max(0.051, 0.01 * truly) + 1e-9;
		believed.push({confidence, right});
	}
}
const reader = await readerFigures();
await engine.close();

const scratch = await mkdtemp(path.join(tmpdir(), 'hearth-measure-'));
const predicted = path.join(scratch, 'predictions.json');
await writeFile(predicted, JSON.stringify(predictions));
console.log(
	execFileSync(
		process.execPath,
		[path.join(folder, 'score.mjs'), path.join(folder, 'truth.json'), predicted, '--errors'],
		{encoding: 'utf8'},
	),
);
await rm(scratch, {recursive: true});

console.log('confidence   fields   right');
const edges = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01];
for (const [i, from] of edges.slice(0, -1).entries()) {
	const to = edges[i + 1] ?? 1;
	const within = believed.filter(({confidence}) => confidence >= from && confidence < to);
	const share = within.filter(({right}) => right).length / within.length;
	console.log(
		`${from.toFixed(2)}–${Math.min(to, 1).toFixed(2)}   ${String(within.length).padStart(6)}   ${share.toFixed(3)}`,
	);
}
const sure = believed.filter(({confidence}) => confidence >= 0.9);
const right = sure.filter(one => one.right).length;
console.log(`0.9 and more: ${sure.length} of ${believed.length} fields, ${(right / sure.length).toFixed(3)} right\n`);

wall_s.sort((a, b) => a - b);
const own = process.resourceUsage();
const cpu_s = reader.cpu_s + (own.userCPUTime + own.systemCPUTime) / 1e6;
console.log(`read twice: ${again} of ${truths.length}`);
console.log(`processor seconds a label ${(cpu_s / truths.length).toFixed(2)}`);
console.log(`seconds a label: median ${wall_s[wall_s.length >> 1]?.toFixed(1)}, slowest ${wall_s.at(-1)?.toFixed(1)}`);
console.log(
	`memory at most: reading process ${Math.round(reader.mb)} MB, this one ${Math.round(own.maxRSS / 1024)} MB`,
);
