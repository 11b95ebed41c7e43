import {request} from 'node:http';
import {crc32, deflateSync} from 'node:zlib';
import test from 'ava';
import sharp from 'sharp';
import {aVisionHouse, form, NOTHING} from './house.js';
import {labelJpeg} from './label-picture.js';

const flat = (width: number, height: number) => sharp({create: {width, height, channels: 3, background: '#fff'}});

function chunk(type: string, data: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(type), data]);
	const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
	length.writeUInt32BE(data.length);
	sum.writeUInt32BE(crc32(body));
	return Buffer.concat([length, body, sum]);
}

/** A PNG whose header promises so many pixels, in a few bytes. */
function vastPng(width: number, height: number): Buffer {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header[8] = 8;
	return Buffer.concat([
		Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
		chunk('IHDR', header),
		chunk('IDAT', deflateSync(Buffer.alloc(1000))),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic'), Buffer.alloc(200)]);

const cut = async (make: Promise<Buffer>, share: number) => {
	const whole = await make;
	return whole.subarray(0, whole.length * share);
};

function formOf(...fields: [name: string, value: Buffer | string][]): FormData {
	const data = new FormData();
	for (const [name, value] of fields) {
		if (typeof value === 'string') data.append(name, value);
		else data.append(name, new Blob([Uint8Array.from(value)]), 'label.jpg');
	}
	return data;
}

type Refusal = [status: number, code: string, message: RegExp];

const refused = test.macro({
	title: name => `${name} is refused, and nothing of it is kept`,
	async exec(t, make: () => Promise<FormData>, [status, code, message]: Refusal) {
		const {house, kept} = await aVisionHouse(t);
		const anna = await house.person();
		const answer = await house.ask('POST', '/api/v1/images/upload', {as: anna, body: await make()});
		t.is(answer.status, status, answer.error?.message);
		t.is(answer.error?.code, code);
		t.regex(answer.error?.message ?? '', message);
		t.deepEqual(await kept(anna), NOTHING);
		t.is((await house.get('/ready')).status, 200);
	},
});

const unsupported = (message: RegExp): Refusal => [415, 'UNSUPPORTED_MEDIA', message];
const impossible = (message: RegExp): Refusal => [422, 'UNPROCESSABLE', message];
const wrong = (message: RegExp): Refusal => [400, 'VALIDATION_ERROR', message];
const file = async (content: Buffer | Promise<Buffer>) => form(await content);

test.serial(
	'a text file named .jpg',
	refused,
	() => file(Buffer.from('Fat 3 g\n'.repeat(100))),
	unsupported(/not a picture/),
);
test.serial('an empty file', refused, () => file(Buffer.alloc(0)), unsupported(/not a picture/));
test.serial(
	'an SVG',
	refused,
	() => file(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"/>')),
	unsupported(/send a JPEG/),
);
test.serial('a GIF', refused, () => file(flat(90, 90).gif().toBuffer()), unsupported(/image\/gif; send a JPEG/));
test.serial('an AVIF', refused, () => file(flat(90, 90).avif({effort: 0}).toBuffer()), unsupported(/send a JPEG/));
test.serial('a HEIC picture where there is no decoder for it', refused, () => file(heic), unsupported(/HEIC.*JPEG/));
test.serial('a picture of one pixel', refused, () => file(flat(1, 1).jpeg().toBuffer()), impossible(/at least 16/));
test.serial(
	'a picture of 15 pixels on one side',
	refused,
	() => file(flat(15, 90).png().toBuffer()),
	impossible(/15 × 90/),
);
test.serial(
	'a PNG of 200 megapixels',
	refused,
	() => file(vastPng(20_000, 10_000)),
	impossible(/200 megapixels.*at most 60/),
);
test.serial(
	'a PNG whose pixels are missing',
	refused,
	() => file(vastPng(900, 900)),
	impossible(/damaged or not complete/),
);
test.serial('half a JPEG', refused, () => file(cut(labelJpeg(), 0.5)), impossible(/damaged or not complete/));
test.serial(
	'a JPEG without its last part',
	refused,
	() => file(cut(labelJpeg(), 0.97)),
	impossible(/damaged or not complete/),
);
test.serial(
	'the header of a JPEG alone',
	refused,
	() => file(cut(labelJpeg(), 0.003)),
	impossible(/damaged or not complete/),
);
test.serial('half a WebP', refused, () => file(cut(flat(900, 900).webp().toBuffer(), 0.5)), impossible(/damaged/));
test.serial(
	'an upload without a file',
	refused,
	async () => formOf(['languages', 'en']),
	wrong(/exactly one file.*"image"/),
);
test.serial(
	'a file in another field',
	refused,
	async () => formOf(['picture', await labelJpeg()]),
	wrong(/exactly one file.*"image"/),
);
test.serial(
	'an upload of two files',
	refused,
	async () => formOf(['image', await labelJpeg()], ['image', await labelJpeg({mark: 'another'})]),
	wrong(/exactly one file/),
);
test.serial(
	'an unknown field',
	refused,
	async () => formOf(['rotate', '90'], ['image', await labelJpeg()]),
	wrong(/rotate/i),
);
test.serial(
	'a language that cannot be read',
	refused,
	async () => form(await labelJpeg(), {languages: 'en,tlh'}),
	wrong(/"tlh" is not one of them/),
);
test.serial(
	'more languages than are read at once',
	refused,
	async () => form(await labelJpeg(), {languages: 'en,de,fr,it'}),
	wrong(/up to 3/),
);
test.serial('16 MiB', refused, () => file(Buffer.alloc(16 * 1024 * 1024, 1)), [413, 'TOO_LARGE', /at most 15 MiB/]);

test.serial('an upload that is not multipart is refused, and nothing of it is kept', async t => {
	const {house, kept} = await aVisionHouse(t);
	const anna = await house.person();
	const body = await labelJpeg();
	const answer = await house.ask('POST', '/api/v1/images/upload', {
		as: anna,
		body,
		headers: {'content-type': 'image/jpeg'},
	});
	t.like(answer, {status: 415, error: {code: 'UNSUPPORTED_MEDIA'}});
	t.deepEqual(await kept(anna), NOTHING);
});

test.serial('an upload that is cut in the middle leaves nothing', async t => {
	const {house, kept} = await aVisionHouse(t);
	const anna = await house.person();
	const jpeg = await labelJpeg();
	const upload = request(`${house.url}/api/v1/images/upload`, {
		method: 'POST',
		headers: {
			authorization: `Bearer ${anna.token}`,
			'content-type': 'multipart/form-data; boundary=cut',
			'content-length': jpeg.length + 200,
		},
	});
	const gone = new Promise(resolve => upload.once('error', resolve).once('close', resolve));
	upload.write(
		'--cut\r\nContent-Disposition: form-data; name="image"; filename="label.jpg"\r\nContent-Type: image/jpeg\r\n\r\n',
	);
	upload.write(jpeg.subarray(0, jpeg.length / 2));
	await house.until(async () => (await kept(anna)).files === 1);
	upload.destroy();
	await gone;
	await house.until(async () => (await kept(anna)).files === 0);
	t.deepEqual(await kept(anna), NOTHING);
	t.is((await house.get('/ready')).status, 200);
});

test.serial('an upload without its closing boundary is refused, and nothing of it is kept', async t => {
	const {house, kept} = await aVisionHouse(t);
	const anna = await house.person();
	const body = Buffer.concat([
		Buffer.from(
			'--cut\r\nContent-Disposition: form-data; name="image"; filename="label.jpg"\r\nContent-Type: image/jpeg\r\n\r\n',
		),
		await cut(labelJpeg(), 0.5),
	]);
	const headers = {'content-type': 'multipart/form-data; boundary=cut'};
	const answer = await house.ask('POST', '/api/v1/images/upload', {as: anna, body, headers});
	t.like(answer, {status: 400, error: {code: 'VALIDATION_ERROR'}});
	t.deepEqual(await kept(anna), NOTHING);
});
