import {execFileSync} from 'node:child_process';
import test from 'ava';
import {tesseract} from '../tesseract.js';
import {labelPicture} from './label-picture.js';

const never = new AbortController().signal;
const png = async () => (await labelPicture()).png().toBuffer();
const options = {languages: ['nld'], signal: never};

/** Processes of this one that read pictures, in the language that these tests alone use. */
const readers = () =>
	execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], {encoding: 'utf8'})
		.split('\n')
		.filter(line => /tesseract-process\.js nld$/.test(line.trim()))
		.map(line => Number.parseInt(line, 10));

test.serial('words come with their places as fractions of the picture', async t => {
	const engine = tesseract({workers: 1});
	t.teardown(() => engine.close());
	const page = await engine.read(await png(), {...options, languages: ['eng']});
	t.like(page, {width_px: 1200, height_px: 1000});
	const protein = page.words.find(({text}) => text === 'Protein');
	t.truthy(protein);
	t.true(Math.abs((protein?.box.x ?? 0) - 0.1) < 0.02);
	t.true(protein !== undefined && protein.confidence > 0.7 && protein.confidence <= 1);
	t.true(page.words.some(({text}) => text === '58.5'));
});

test.serial('more pictures than workers are read one after the other by the same process', async t => {
	const engine = tesseract({workers: 1});
	t.teardown(() => engine.close());
	const image = await png();
	const pages = await Promise.all([1, 2, 3].map(() => engine.read(image, options)));
	t.true(pages.every(({words}) => words.length === pages[0]?.words.length));
	t.is(readers().length, 1);
});

test.serial('a process that is killed fails its picture, and the next picture is read', async t => {
	const engine = tesseract({workers: 1});
	t.teardown(() => engine.close());
	const image = await png();
	await engine.read(image, options);
	const read = engine.read(image, options);
	const [pid = 0] = readers();
	setTimeout(() => process.kill(pid, 'SIGKILL'), 30);
	await t.throwsAsync(read, {message: /ended \(SIGKILL\)/});
	t.true((await engine.read(image, options)).words.length > 10);
});

test.serial('a picture that takes too long is given up and its process ended', async t => {
	const engine = tesseract({workers: 1, timeout_ms: 20});
	t.teardown(() => engine.close());
	await t.throwsAsync(engine.read(await png(), options), {message: /longer than 0.02 s/});
	t.is(readers().length, 0);
});

test.serial('a reading that nobody waits for any more is ended', async t => {
	const engine = tesseract({workers: 1});
	t.teardown(() => engine.close());
	const image = await png();
	await engine.read(image, options);
	const abort = new AbortController();
	const read = engine.read(image, {...options, signal: abort.signal});
	setTimeout(() => abort.abort(new Error('drained')), 30);
	await t.throwsAsync(read, {message: 'drained'});
	t.is(readers().length, 0);
});

test.serial('a process without work ends after a while', async t => {
	const engine = tesseract({workers: 1, idle_ms: 50});
	t.teardown(() => engine.close());
	await engine.read(await png(), options);
	t.is(readers().length, 1);
	for (const end = Date.now() + 5000; readers().length > 0 && Date.now() < end; ) {
		await new Promise(resolve => setTimeout(resolve, 20));
	}
	t.is(readers().length, 0);
});

test.serial('what is no picture is refused, and the process goes on', async t => {
	const engine = tesseract({workers: 1});
	t.teardown(() => engine.close());
	await t.throwsAsync(engine.read(Buffer.from('no picture'), options));
	t.true((await engine.read(await png(), options)).words.length > 10);
});
