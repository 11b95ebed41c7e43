import test from 'ava';
import type {Engine} from '../engine.js';
import {Engines} from '../engines.js';
import {ppOcr} from '../pp-ocr.js';
import {readingProcesses} from '../reading-processes.js';
import {tesseract} from '../tesseract.js';
import {aVisionHouse} from './house.js';
import {labelJpeg, labelPicture} from './label-picture.js';

const signal = new AbortController().signal;
const png = async () => (await labelPicture()).png().toBuffer();

/** PP-OCR on a machine for which there is no build of it. */
function without(): Engine {
	const {name, sight} = ppOcr({workers: 1});
	const processes = readingProcesses(new URL('no-engine-process.js', import.meta.url), {workers: 1});
	return {
		name,
		sight,
		read: image => processes.read(image, {argument: '', again: false, signal}),
		close: processes.close,
	};
}

test('where PP-OCR does not start, tesseract.js reads, and it is said', async t => {
	const engines = new Engines(without(), tesseract({workers: 1}));
	t.teardown(() => engines.close());
	const {house} = await aVisionHouse(t);
	const {log} = house.house.contextOf('vision');
	let now = 0;
	const warned: unknown[] = [];
	const context = {
		log: Object.assign(Object.create(log), {warn: (...said: unknown[]) => warned.push(said[1])}),
		now: () => now,
	};
	const image = await png();
	const tried: string[] = [];
	const read = () =>
		engines.readWith(context, engine => {
			tried.push(engine.name);
			return engine.read(image, {languages: ['eng'], signal});
		});
	t.true((await read()).words.some(({text}) => text === 'Protein'));
	t.true((await read()).words.length > 10);
	t.deepEqual(tried, ['pp-ocr', 'tesseract', 'tesseract']);
	t.deepEqual(warned, ['labels are read by tesseract.js: PP-OCR does not start here']);
	t.deepEqual(engines.state(), {
		engine: 'tesseract',
		detail: 'labels are read by tesseract.js; PP-OCR does not start here: no build for this processor',
	});
	now = 11 * 60_000;
	await read();
	t.deepEqual(tried.slice(3), ['pp-ocr', 'tesseract'], 'it is tried again after a while');
});

test('where PP-OCR was asked for by name and does not start, no other engine takes its place, and the house is not well', async t => {
	const engines = new Engines(without(), null);
	t.teardown(() => engines.close());
	const {house} = await aVisionHouse(t);
	const image = await png();
	await t.throwsAsync(
		engines.readWith(house.house.contextOf('vision'), engine => engine.read(image, {languages: ['eng'], signal})),
		{message: 'no build for this processor'},
	);
	t.throws(() => engines.state(), {message: 'PP-OCR does not start here: no build for this processor'});
});

test('/ready says which engine reads labels, and a setting chooses it', async t => {
	const {house, upload, untilRead} = await aVisionHouse(t, {settings: {HEARTH_OCR_ENGINE: 'tesseract'}});
	const {plugins} = JSON.parse((await house.get('/ready')).body.toString());
	t.deepEqual(plugins.vision, {status: 'up', detail: 'labels are read by tesseract.js'});
	const anna = await house.person();
	const {id} = (await upload(await labelJpeg(), anna)).data;
	t.like(await untilRead(id, anna), {status: 'done'});
	t.like((await house.get(`/api/v1/images/${id}/result`, anna)).data, {
		fields: {energy_kcal: 373, carbohydrate_g: 58.5},
	});
});
