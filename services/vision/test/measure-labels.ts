// `node services/vision/test/measure-labels.js <folder with truth.json, score.mjs and images/>` reads every photograph there as a house
// would, and prints how many fields are right, processor seconds a label, and the memory of the reading process.
import {execFileSync} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {z} from 'zod';
import {preparePicture} from '../picture.js';
import {readPicture} from '../read-picture.js';
import {readingOf} from '../reading-of.js';
import {tesseract} from '../tesseract.js';

const [folder = '../shared/labels'] = process.argv.slice(2);
const truth = z
	.array(z.looseObject({file: z.string()}))
	.parse(JSON.parse(await readFile(path.join(folder, 'truth.json'), 'utf8')));
const engine = tesseract({workers: 1});
const signal = new AbortController().signal;

/** Of the reading process: the most memory it held, in MB, and processor seconds; where the system tells. */
async function readerFigures() {
	const listed = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], {encoding: 'utf8'});
	const pid = Number.parseInt(listed.split('\n').find(line => line.includes('tesseract-process')) ?? '', 10);
	const memory = /VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
	// Clock ticks in user and system mode; Linux counts 100 a second.
	const ticks = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ').slice(11, 13) ?? [];
	return {mb: Number(memory) / 1024, cpu_s: ticks.reduce((sum, count) => sum + Number(count), 0) / 100};
}

const predictions: object[] = [];
const wall_s: number[] = [];
for (const {file} of truth) {
	const started = performance.now();
	const {jpeg} = await preparePicture(await readFile(path.join(folder, 'images', file)));
	const words = await readPicture(jpeg, engine, {languages: ['eng'], signal, progress: async () => {}});
	const {bases, serving_size} = readingOf(file, words);
	wall_s.push((performance.now() - started) / 1000);
	predictions.push({
		file,
		bases,
		...(serving_size === null ? {} : {[`serving_size_${serving_size.unit}`]: serving_size.amount}),
	});
}
const reader = await readerFigures();
await engine.close();

const scratch = await mkdtemp(path.join(tmpdir(), 'hearth-measure-'));
const predicted = path.join(scratch, 'predictions.json');
await writeFile(predicted, JSON.stringify(predictions));
console.log(
	execFileSync(process.execPath, [path.join(folder, 'score.mjs'), path.join(folder, 'truth.json'), predicted], {
		encoding: 'utf8',
	}),
);
await rm(scratch, {recursive: true});

wall_s.sort((a, b) => a - b);
const own = process.resourceUsage();
const cpu_s = reader.cpu_s + (own.userCPUTime + own.systemCPUTime) / 1e6;
console.log(`processor seconds a label ${(cpu_s / truth.length).toFixed(2)}`);
console.log(`seconds a label: median ${wall_s[wall_s.length >> 1]?.toFixed(1)}, slowest ${wall_s.at(-1)?.toFixed(1)}`);
console.log(
	`memory at most: reading process ${Math.round(reader.mb)} MB, this one ${Math.round(own.maxRSS / 1024)} MB`,
);
