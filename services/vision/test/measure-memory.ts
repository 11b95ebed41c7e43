// `node services/vision/test/measure-memory.js` prints how large a process gets at most that takes in one picture of 60 megapixels; it
// has about 80 MB before.
import {execFileSync} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import sharp from 'sharp';
import {preparePicture} from '../picture.js';

const [picture] = process.argv.slice(2);
if (picture === undefined) await measureAll();
else {
	const bytes = await readFile(picture);
	await preparePicture(bytes);
	// Linux alone tells; maxRSS of a process that was forked counts its parent's memory too.
	const peak = /VmHWM:\s+(\d+)/.exec(await readFile('/proc/self/status', 'utf8'))?.[1];
	console.log(Math.round(Number(peak) / 1024));
}

async function measureAll() {
	const scratch = await mkdtemp(path.join(tmpdir(), 'hearth-measure-'));
	const drawn = () =>
		sharp({create: {width: 8940, height: 6710, channels: 3, background: '#caa'}}).withMetadata({orientation: 6});
	const kinds = {
		'JPEG, turned by EXIF': drawn().jpeg(),
		'JPEG, progressive': drawn().jpeg({progressive: true}),
		PNG: drawn().png(),
		'PNG, interlaced': drawn().png({progressive: true}),
		'PNG, interlaced, 16 bit': drawn().toColourspace('rgb16').png({progressive: true}),
		WebP: drawn().webp(),
	};
	for (const [kind, made] of Object.entries(kinds)) {
		const file = path.join(scratch, 'picture');
		await made.toFile(file);
		const megabytes = execFileSync(process.execPath, [fileURLToPath(import.meta.url), file], {encoding: 'utf8'}).trim();
		console.log(`${kind}: ${megabytes} MB`);
	}
	await rm(scratch, {recursive: true});
}
