import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {discoverPlugins} from '@hearth/host/discover.js';
import {aHouse, type Person, type TestHouse} from '@hearth/host/testing.js';
import {labelJpeg} from '@hearth/vision/test/label-picture.js';
import test from 'ava';

// The main job, through HTTP, by the whole house: a photographed label becomes a food that everybody's search finds.

const root = new URL('../../../', import.meta.url);
const {plugins} = await discoverPlugins({root, outside: []});
const PHOTO = new URL('../shared/labels/images/eu-04.jpg', root);

async function theJob(house: TestHouse, photo: Buffer, people: {author: Person; moderator: Person; other: Person}) {
	const {ask, get, post, until} = house;
	const {author, moderator, other} = people;
	const form = new FormData();
	form.append('image', new Blob([new Uint8Array(photo)], {type: 'image/jpeg'}), 'label.jpg');
	const uploaded = await ask('POST', '/api/v1/images/upload', {as: author, body: form});
	if (uploaded.status !== 202) throw new Error(uploaded.body.toString());
	const {id, result_url} = uploaded.data;
	await until(async () => (await get(`/api/v1/images/${id}/status`, author)).data.status === 'done', 90_000);
	const reading = (await get(result_url, author)).data;
	const made = await post(
		`/api/v1/images/${id}/food`,
		{name: 'Oat biscuits', brand: 'Mill', corrections: {fat_g: 21.4}},
		author,
	);
	const hidden = (await get('/api/v1/foods/search?q=oat%20biscuits', other)).data;
	const queued = (await get('/api/v1/admin/foods/queue', moderator)).data;
	const picture = await until(async () => {
		const answer = await get(queued[0].image.url, moderator);
		return answer.status === 200 && answer;
	});
	const approved = await post(`/api/v1/admin/foods/${made.data.id}/approve`, {}, moderator);
	const found = (await get('/api/v1/foods/search?q=oat%20biscits', other)).data;
	return {id, reading, made, hidden, queued, picture, approved, found};
}

async function people({person}: TestHouse) {
	return {moderator: await person('moderator'), author: await person(), other: await person()};
}

const settings = {HEARTH_STARTER_FOODS: 'off'};

test('a label is photographed, read, corrected, queued with its picture, approved, and found misspelt by somebody else', async t => {
	const house = await aHouse(t, {plugins, settings});
	const who = await people(house);
	const job = await theJob(house, await labelJpeg({mark: 'whole job'}), who);
	t.like(job.reading.fields, {energy_kcal: 373, energy_kj: 1569, carbohydrate_g: 58.5, protein_g: 13.6});
	t.true(Object.keys(job.reading.boxes).length >= 5);
	t.is(job.made.status, 201);
	t.like(job.made.data, {
		status: 'pending',
		source: 'label',
		basis: '100g',
		image_id: job.id,
		nutrients: {fat_g: 21.4, protein_g: 13.6},
	});
	t.deepEqual(job.hidden, [], 'a pending food is nobody else’s');
	t.like(job.queued[0], {
		kind: 'new',
		food: {id: job.made.data.id},
		submitted_by: {id: who.author.id},
		corrections: {fat_g: 21.4},
	});
	t.is(job.queued[0].extracted.protein_g ?? job.queued[0].extracted.fields?.protein_g, 13.6);
	t.like(job.approved, {status: 200, data: {status: 'verified'}});
	t.like(job.found, [{id: job.made.data.id, status: 'verified'}]);
	await house.until(async () => (await house.get(job.queued[0].image.url, who.moderator)).status === 404);
	t.is(
		(await house.get(job.queued[0].image.url, who.author)).status,
		200,
		'once decided the picture is its author’s alone',
	);
	t.like(await house.post(`/api/v1/admin/foods/${job.made.data.id}/approve`, {}, who.moderator), {status: 409});
});

test('a real photograph goes the whole way', async t => {
	if (!existsSync(PHOTO)) {
		t.log('left out: a real photograph: ../shared/labels is not there');
		t.pass();
		return;
	}
	const house = await aHouse(t, {plugins, settings});
	const job = await theJob(house, await readFile(PHOTO), await people(house));
	t.true(Object.keys(job.reading.fields).length >= 4, JSON.stringify(job.reading.fields));
	t.is(job.approved.data.status, 'verified');
	t.is(job.found[0]?.id, job.made.data.id);
});
