import {randomUUID} from 'node:crypto';
import test from 'ava';
import sharp from 'sharp';
import {getReading, showToModerators} from '../contract.js';
import {erasePictures} from '../delete-picture.js';
import {sweepDoomed} from '../doomed-objects.js';
import {exportPictures} from '../export-pictures.js';
import {readLabelJob} from '../read-label.js';
import {aVisionHouse, NOTHING} from './house.js';
import {labelJpeg, labelPicture} from './label-picture.js';

const image = (id: string) => `/api/v1/images/${id}`;
/** Quick to read, because there is nothing on it. */
const blank = (side: number) =>
	sharp({create: {width: side, height: side, channels: 3, background: '#eee'}})
		.jpeg()
		.toBuffer();

test.serial('a picture is shown upright and without what its EXIF told', async t => {
	const {house, upload, untilRead} = await aVisionHouse(t);
	const anna = await house.person();
	// Stored on its side; the mark says to turn it by 90 degrees.
	const turned = await (await labelPicture({width: 1000, height: 900, turned: 270}))
		.withExif({IFD0: {Make: 'Secret camera'}, IFD3: {GPSLatitude: '48/1 51/1 0/1', GPSLatitudeRef: 'N'}})
		.withMetadata({orientation: 6})
		.jpeg()
		.toBuffer();
	t.like(await sharp(turned).metadata(), {width: 900, height: 1000, orientation: 6});
	const {id} = (await upload(turned, anna)).data;
	const {status, headers, body} = await house.get(image(id), anna);
	t.is(status, 200);
	t.is(headers.get('content-type'), 'image/jpeg');
	const {width, height, orientation, exif, xmp, iptc} = await sharp(body).metadata();
	t.deepEqual(
		{width, height, orientation, exif, xmp, iptc},
		{
			...{width: 1000, height: 900},
			...{orientation: undefined, exif: undefined, xmp: undefined, iptc: undefined},
		},
	);
	await untilRead(id, anna);
	t.is((await house.get(`${image(id)}/result`, anna)).data.fields.energy_kcal, 373);
});

test.serial(
	'a picture that stands on its side without saying so is turned, and its places fit what is shown',
	async t => {
		const {house, upload, untilRead, kept} = await aVisionHouse(t);
		const anna = await house.person();
		const {id} = (await upload(await labelJpeg({turned: 90}), anna)).data;
		await untilRead(id, anna);
		const {data} = await house.get(`${image(id)}/result`, anna);
		t.is(data.fields.energy_kcal, 373);
		t.true(data.boxes.energy_kcal.x > 0.5 && data.boxes.energy_kcal.y < 0.4);
		const {width, height} = await sharp((await house.get(image(id), anna)).body).metadata();
		t.deepEqual({width, height}, {width: 1200, height: 1000});
		t.deepEqual(await kept(anna), {...NOTHING, rows: 1, objects: 1});
	},
);

test.serial('the same picture of one person is one picture, also when it is sent twice at once', async t => {
	const {house, upload, untilRead, kept} = await aVisionHouse(t);
	const anna = await house.person();
	const bytes = await blank(300);
	const answers = await Promise.all([1, 2, 3].map(() => upload(bytes, anna)));
	t.deepEqual(
		answers.map(({status}) => status),
		[202, 202, 202],
	);
	const ids = new Set(answers.map(({data}) => data.id));
	t.is(ids.size, 1);
	const [id = ''] = ids;
	await untilRead(id, anna);
	t.like(await upload(bytes, anna), {status: 202, data: {id, status: 'done'}});
	t.deepEqual(await kept(anna), {...NOTHING, rows: 1, objects: 1});
});

test.serial('the same picture of another person is another picture', async t => {
	const {house, upload} = await aVisionHouse(t);
	const [anna, ben] = [await house.person(), await house.person()];
	const bytes = await blank(310);
	const [first, second] = [await upload(bytes, anna), await upload(bytes, ben)];
	t.not(first.data.id, second.data.id);
});

test.serial('what a picture says cannot be asked for before it is read', async t => {
	const {house, upload} = await aVisionHouse(t);
	const anna = await house.person();
	const {id} = (await upload(await labelJpeg(), anna)).data;
	t.like(await house.get(`${image(id)}/result`, anna), {status: 409, error: {code: 'CONFLICT'}});
	t.like(await house.get(`${image(id)}/crop?field=fat_g`, anna), {status: 409, error: {code: 'CONFLICT'}});
});

test.serial('a picture without a label is read, and nothing is made up', async t => {
	const {house, upload, untilRead} = await aVisionHouse(t);
	const anna = await house.person();
	const {id} = (await upload(await blank(400), anna)).data;
	t.like(await untilRead(id, anna), {status: 'done'});
	t.like((await house.get(`${image(id)}/result`, anna)).data, {basis: null, bases: {}, fields: {}, barcode: null});
});

test.serial('what was read for a field can be looked at', async t => {
	const {house, upload, untilRead} = await aVisionHouse(t);
	const anna = await house.person();
	const {id} = (await upload(await labelJpeg(), anna)).data;
	await untilRead(id, anna);
	const crop = await house.get(`${image(id)}/crop?field=energy_kcal`, anna);
	t.is(crop.status, 200);
	const {format, width = 0, height = 0} = await sharp(crop.body).metadata();
	t.is(format, 'jpeg');
	t.true(width > 100 && width < 400 && height > 20 && height < 120, `${width} × ${height}`);
	t.like(await house.get(`${image(id)}/crop?field=zinc_mg`, anna), {status: 404});
	t.like(await house.get(`${image(id)}/crop?field=colour`, anna), {status: 400});
});

test.serial('a picture that a browser has already is not sent again', async t => {
	const {house, upload} = await aVisionHouse(t);
	const anna = await house.person();
	const {id} = (await upload(await blank(320), anna)).data;
	const first = await house.get(image(id), anna);
	t.is(first.headers.get('cache-control'), 'private, no-cache');
	const etag = first.headers.get('etag') ?? '';
	const again = await house.ask('GET', image(id), {as: anna, headers: {'if-none-match': etag}});
	t.is(again.status, 304);
	t.is(again.body.length, 0);
});

test.serial('nobody sees, reads or deletes the picture of another', async t => {
	const {house, upload, untilRead} = await aVisionHouse(t);
	const [anna, ben, admin] = [await house.person(), await house.person(), await house.person('admin')];
	const {id} = (await upload(await blank(330), anna)).data;
	await untilRead(id, anna);
	for (const other of [ben, admin]) {
		for (const at of ['', '/status', '/result', '/crop?field=fat_g']) {
			t.like(await house.get(image(id) + at, other), {status: 404, error: {code: 'NOT_FOUND'}}, at);
		}
		t.is((await house.delete(image(id), other)).status, 404);
	}
	t.is((await house.get(image(id), anna)).status, 200);
	t.is((await house.get(image(id))).status, 401);
	t.is((await house.get(image('no-id'), anna)).status, 400);
});

test.serial('moderators see a picture while its food waits for them, and nobody else does', async t => {
	const {house, upload} = await aVisionHouse(t);
	const [anna, ben, mona] = [await house.person(), await house.person(), await house.person('moderator')];
	const {id} = (await upload(await blank(340), anna)).data;
	const {call} = house.house.contextOf('vision');
	await call(showToModerators, {image_id: id, visible: true});
	t.is((await house.get(image(id), mona)).status, 200);
	t.is((await house.get(`${image(id)}/result`, mona)).status, 404);
	t.is((await house.delete(image(id), mona)).status, 404);
	t.is((await house.get(image(id), ben)).status, 404);
	await call(showToModerators, {image_id: id, visible: false});
	t.is((await house.get(image(id), mona)).status, 404);
	await t.notThrowsAsync(call(showToModerators, {image_id: randomUUID(), visible: true}));
});

test.serial('another plugin is told the reading of the user it names, and no other', async t => {
	const {house, upload, untilRead} = await aVisionHouse(t);
	const anna = await house.person();
	const {id} = (await upload(await labelJpeg(), anna)).data;
	const {call} = house.house.contextOf('vision');
	await untilRead(id, anna);
	t.like(await call(getReading, {image_id: id, user_id: anna.id}), {status: 'done', reading: {id, basis: 'per_100g'}});
	await t.throwsAsync(call(getReading, {image_id: id, user_id: randomUUID()}), {message: /not yours/});
});

test.serial('a deleted picture is gone, also while it is being read', async t => {
	const {house, upload, kept} = await aVisionHouse(t);
	const anna = await house.person();
	const {id} = (await upload(await labelJpeg(), anna)).data;
	t.is((await house.delete(image(id), anna)).status, 204);
	t.is((await house.delete(image(id), anna)).status, 404);
	t.is((await house.get(image(id), anna)).status, 404);
	t.deepEqual(await kept(anna), NOTHING);
	const {db} = house.house.contextOf('vision');
	await house.until(async () => (await db.find('select id from platform.jobs')) === null, 60_000);
	t.deepEqual(await kept(anna), NOTHING);
});

test.serial(
	'a picture that keeps failing says so in plain words, and is tried again when it is sent again',
	async t => {
		const {house, upload, untilRead} = await aVisionHouse(t);
		const anna = await house.person();
		const bytes = await blank(350);
		const {id} = (await upload(bytes, anna)).data;
		await untilRead(id, anna);
		// Its object is lost, and it is to be read once more, with one attempt left.
		const {db, objects} = house.house.contextOf('vision');
		const {object_key} = await db.as(anna.id, tx =>
			tx.one<{object_key: string}>('select object_key from vision.images'),
		);
		const jpeg = await objects.read(object_key, 1e6);
		await objects.delete(object_key);
		await db.as(anna.id, async tx => {
			await tx.run(`update vision.images set status = 'queued', reading = null`);
			const job = await tx.enqueue(readLabelJob, {image_id: id, user_id: anna.id});
			await tx.run('update platform.jobs set attempts = $2 where id = $1', [job, readLabelJob.attempts - 1]);
		});
		const failed = await untilRead(id, anna);
		t.like(failed, {status: 'failed'});
		t.regex(failed.error ?? '', /could not be read.*Take it again/);
		t.like(await house.get(`${image(id)}/result`, anna), {status: 409, error: {message: failed.error ?? ''}});
		await objects.put(object_key, jpeg);
		t.like(await upload(bytes, anna), {status: 202, data: {id, status: 'queued'}});
		t.like(await untilRead(id, anna), {status: 'done', error: undefined});
	},
);

test.serial('what a process that died left in the store is removed at the next start, and nothing else', async t => {
	const {house, upload, kept} = await aVisionHouse(t);
	const anna = await house.person();
	await upload(await blank(360), anna);
	const {db, objects} = house.house.contextOf('vision');
	const [old, fresh] = [`vision/${anna.id}/old.jpg`, `vision/${anna.id}/fresh.jpg`];
	for (const key of [old, fresh]) await objects.put(key, Buffer.from('left over'));
	await db.run(
		`insert into vision.doomed_objects (object_key, doomed_at) values ($1, now() - interval '2 hours'), ($2, now())`,
		[old, fresh],
	);
	await house.restart();
	t.false(await objects.exists(old));
	t.true(await objects.exists(fresh));
	t.deepEqual(await kept(anna), {...NOTHING, rows: 1, objects: 2, doomed: 1});
});

test.serial('an upload that another transaction may still keep is not swept away', async t => {
	const {house} = await aVisionHouse(t);
	const context = house.house.contextOf('vision');
	const key = 'vision/somebody/in-doubt.jpg';
	await context.objects.put(key, Buffer.from('picture'));
	await context.db.run(
		`insert into vision.doomed_objects (object_key, doomed_at) values ($1, now() - interval '2 hours')`,
		[key],
	);
	let sweep = Promise.resolve();
	await context.db.transaction(async tx => {
		await tx.run('delete from vision.doomed_objects where object_key = $1', [key]);
		sweep = sweepDoomed(context);
		await new Promise(resolve => setTimeout(resolve, 100));
		t.true(await context.objects.exists(key));
	});
	await sweep;
	t.true(await context.objects.exists(key));
});

test.serial('a person takes their pictures along, and leaves none behind', async t => {
	const {house, upload, untilRead, kept} = await aVisionHouse(t);
	const [anna, ben] = [await house.person(), await house.person()];
	const context = house.house.contextOf('vision');
	const {id} = (await upload(await blank(370), anna)).data;
	await upload(await blank(370), ben);
	await untilRead(id, anna);
	const files = [];
	for await (const file of exportPictures(anna.id, context)) files.push(file);
	t.is(files.length, 1);
	t.is(files[0]?.file, `images/${id}`);
	const [row] = (files[0]?.rows ?? []) as {id: string; jpeg_base64: string; reading: object}[];
	t.like(row, {id, reading: {id}});
	t.is((await sharp(Buffer.from(row?.jpeg_base64 ?? '', 'base64')).metadata()).width, 370);
	await erasePictures(anna.id, context);
	await erasePictures(anna.id, context);
	t.deepEqual(await kept(anna), {...NOTHING, objects: 1});
	t.like(await kept(ben), {rows: 1, objects: 1});
});

test.serial('languages are taken as people write them', async t => {
	const {house, upload, untilRead} = await aVisionHouse(t);
	const anna = await house.person();
	const {id} = (await upload(await blank(380), anna, {languages: 'de-AT, eng'})).data;
	t.like(await untilRead(id, anna), {status: 'done'});
	const {db} = house.house.contextOf('vision');
	t.deepEqual(await db.as(anna.id, tx => tx.one('select languages from vision.images')), {languages: ['deu', 'eng']});
});

test.serial('more than thirty uploads a minute are told when to come back', async t => {
	const {house, upload} = await aVisionHouse(t, {settings: {HEARTH_RATE_LIMITS: 'on'}});
	const [anna, ben] = [await house.person(), await house.person()];
	for (let i = 0; i < 30; i++) t.is((await upload(Buffer.from('no picture'), anna)).status, 415);
	const refused = await upload(Buffer.from('no picture'), anna);
	t.like(refused, {status: 429, error: {code: 'RATE_LIMITED'}});
	t.true(Number(refused.headers.get('retry-after')) > 0);
	t.is((await upload(Buffer.from('no picture'), ben)).status, 415);
});
