import {execFileSync} from 'node:child_process';
import test from 'ava';
import {ppOcr} from '../pp-ocr.js';
import {labelPicture} from './label-picture.js';

const signal = new AbortController().signal;
const options = {languages: [], signal};
const png = async () => (await labelPicture()).png().toBuffer();

const readers = () =>
	execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], {encoding: 'utf8'})
		.split('\n')
		.filter(line => line.includes('pp-ocr-process'))
		.map(line => Number.parseInt(line, 10));

test.serial('words come with their places as fractions of the picture, by either way of reading', async t => {
	const engine = ppOcr({workers: 1});
	t.teardown(() => engine.close());
	for (const again of [false, true]) {
		const page = await engine.read(await png(), {...options, again});
		t.like(page, {width_px: 1200, height_px: 1000});
		const protein = page.words.find(({text}) => text === 'Protein');
		t.true(protein !== undefined && protein.confidence > 0.9 && protein.confidence <= 1);
		t.true(Math.abs((protein?.box.x ?? 0) - 0.1) < 0.02, JSON.stringify(protein));
		const amount = page.words.find(({text}) => text.startsWith('58.5'));
		t.true(Math.abs((amount?.box.x ?? 0) - 0.55) < 0.02, JSON.stringify(amount));
	}
});

test.serial('text that leans is read, and stands where it stands', async t => {
	const engine = ppOcr({workers: 1});
	t.teardown(() => engine.close());
	const leaning = await (await labelPicture()).rotate(8, {background: '#fff'}).png().toBuffer();
	const {words} = await engine.read(leaning, options);
	const [left, right] = ['Salt', '0.03'].map(start => words.find(({text}) => text.startsWith(start))?.box);
	t.truthy(left);
	t.true((right?.y ?? 0) > (left?.y ?? 1), 'clockwise: what stands to the right has sunk');
});

test.serial('a picture without text has no words, and what is no picture is refused; the process goes on', async t => {
	const engine = ppOcr({workers: 1});
	t.teardown(() => engine.close());
	const empty = await (await labelPicture({rows: [], mark: ''})).png().toBuffer();
	t.deepEqual((await engine.read(empty, options)).words, []);
	const [pid] = readers();
	await t.throwsAsync(engine.read(Buffer.from('no picture'), options));
	t.true((await engine.read(await png(), options)).words.length > 10);
	t.not(pid, undefined);
});

test.serial('a process that is killed fails its picture, and the next picture is read', async t => {
	const engine = ppOcr({workers: 1});
	t.teardown(() => engine.close());
	const image = await png();
	await engine.read(image, options);
	const read = engine.read(image, options);
	const [pid = 0] = readers();
	setTimeout(() => process.kill(pid, 'SIGKILL'), 10);
	await t.throwsAsync(read, {message: /ended \(SIGKILL\)/});
	t.true((await engine.read(image, options)).words.length > 10);
});
