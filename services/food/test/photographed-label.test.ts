import vision from '@hearth/vision/plugin.js';
import {form} from '@hearth/vision/test/house.js';
import {labelJpeg} from '@hearth/vision/test/label-picture.js';
import test from 'ava';
import {aFoodHouse} from './fixtures.js';

// Tesseract takes a second or two, on a busy machine many.
const READ_MS = 90_000;

test('a photographed label becomes a food that a stranger finds, and its picture is seen by moderators meanwhile', async t => {
	t.timeout(READ_MS + 30_000);
	const house = await aFoodHouse(t, {plugins: [vision]});
	const [author, stranger] = [await house.person(), await house.person()];
	const uploaded = await house.ask('POST', '/api/v1/images/upload', {as: author, body: form(await labelJpeg())});
	t.is(uploaded.status, 202);
	const {id: image_id} = uploaded.data;
	const picture = (as: typeof author) => house.get(`/api/v1/images/${image_id}`, as);
	const result = await house.until(async () => {
		const answer = await house.get(`/api/v1/images/${image_id}/result`, author);
		return answer.status === 200 && answer.data;
	}, READ_MS);
	t.is((await picture(house.moderator)).status, 404);

	const made = await house.post(
		`/api/v1/images/${image_id}/food`,
		{name: 'Oat flakes', corrections: {fiber_g: 10}},
		author,
	);
	t.is(made.status, 201);
	t.like(made.data, {source: 'label', basis: '100g', nutrients: {...result.fields, fiber_g: 10}});
	await house.until(async () => (await picture(house.moderator)).status === 200);
	t.is((await picture(stranger)).status, 404);
	const [item] = (await house.get('/api/v1/admin/foods/queue', house.moderator)).data;
	t.deepEqual(item.extracted, result.fields);
	t.deepEqual(item.image.boxes, result.boxes);
	t.is((await house.get(item.image.url, house.moderator)).status, 200);

	t.deepEqual(await house.found('oat flakes', stranger), []);
	t.is((await house.post(`/api/v1/admin/foods/${made.data.id}/approve`, {}, house.moderator)).status, 200);
	t.deepEqual(await house.found('oat flakse', stranger), ['Oat flakes']);
	await house.until(async () => (await picture(house.moderator)).status === 404);
	t.is((await picture(author)).status, 200);
});
