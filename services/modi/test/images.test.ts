import vision from '@hearth/vision/plugin.js';
import {labelJpeg} from '@hearth/vision/test/label-picture.js';
import test, {type ExecutionContext} from 'ava';
import modi from '../plugin.js';
import {API, aModiHouse} from './fixtures.js';

// Reading a picture takes a second or two, on a busy machine many.
const READ_MS = 90_000;

const aHouseThatReads = (t: ExecutionContext) => {
	t.timeout(READ_MS + 30_000);
	return aModiHouse(t, {plugins: [vision, modi]});
};

const form = (file: Buffer, fields: Record<string, string> = {}) => {
	const data = new FormData();
	for (const [name, value] of Object.entries(fields)) data.set(name, value);
	data.set('image', new Blob([Uint8Array.from(file)]), 'label.jpg');
	return data;
};

test('a photographed label is uploaded, waited for, and its four amounts are read', async t => {
	const house = await aHouseThatReads(t);
	const [ann, ben] = [await house.person(), await house.person()];
	const picture = await labelJpeg();
	const taken = await house.ask('POST', `${API}/images/upload`, {as: ann, body: form(picture, {languages: 'en'})});
	t.is(taken.status, 202, taken.body.toString());
	const {id, status_url, result_url} = taken.data;
	const again = await house.ask('POST', `${API}/images/upload`, {as: ann, body: form(picture)});
	t.is(again.data.id, id);
	await house.until(async () => (await house.get(status_url, ann)).data.status === 'done', READ_MS);
	const {data} = await house.get(result_url, ann);
	t.like(data, {id, basis: '100g', calories: 373, protein: 13.6, carbs: 58.5, fat: 7.2, nutrients: {salt_g: 0.03}});
	t.true(data.confidence.calories > 0);
	t.like((await house.get(`/api/v1/images/${id}/status`, ann)).data, {status: 'done'});
	for (const url of [status_url, result_url]) t.is((await house.get(url, ben)).status, 404);
	const keys: string[] = [];
	for await (const {key} of house.house.contextOf('modi').objects.list('vision/')) keys.push(key);
	t.is(keys.length, 1, 'nothing stays on the way');
});

test('a picture that is none is refused as at the house’s own door, and nothing of it stays', async t => {
	const house = await aHouseThatReads(t);
	const ann = await house.person();
	const upload = (body: FormData) => house.ask('POST', `${API}/images/upload`, {as: ann, body});
	t.is((await upload(form(Buffer.from('no picture')))).status, 415);
	t.is((await upload(form((await labelJpeg()).subarray(0, 5000)))).status, 422);
	t.is((await upload(form(Buffer.alloc(16 * 1024 * 1024)))).status, 413);
	const {status, error} = await upload(form(await labelJpeg(), {languages: 'tlh'}));
	t.is(status, 400);
	t.like(error, {code: 'VALIDATION_ERROR', details: {field: 'languages'}});
	t.is((await upload(new FormData())).status, 400);
	const left: string[] = [];
	for await (const {key} of house.house.contextOf('modi').objects.list('vision/')) left.push(key);
	t.deepEqual(left, []);
});
