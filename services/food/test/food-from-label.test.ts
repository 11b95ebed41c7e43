import {randomUUID} from 'node:crypto';
import type {ExecutionContext} from 'ava';
import test from 'ava';
import {aFoodHouse} from './fixtures.js';
import {labelReader, oatReading} from './label-reader.js';

/** A person with a picture that was read. */
async function aLabel(t: ExecutionContext, reading = {}) {
	const vision = labelReader();
	const house = await aFoodHouse(t, {plugins: [vision.plugin]});
	const author = await house.person();
	const image_id = randomUUID();
	vision.pictures.set(image_id, {user_id: author.id, status: 'done', reading: {...oatReading, ...reading}});
	const send = (body: unknown, as = author) => house.post(`/api/v1/images/${image_id}/food`, body, as);
	return {...vision, house, author, image_id, send};
}

test('a label becomes a pending food on its own basis; corrections go before what was read', async t => {
	const {send, author, image_id} = await aLabel(t);
	const {status, data} = await send({
		name: 'Oat drink',
		brand: 'Oatly',
		barcode: '4006381333931',
		corrections: {fat_g: 1.5, sugars_g: 4, salt_g: null},
	});
	t.is(status, 201);
	t.like(data, {
		status: 'pending',
		source: 'label',
		basis: '100ml',
		brand: 'Oatly',
		barcode: '4006381333931',
		created_by: author.id,
		image_id,
		servings: [{label: 'serving', amount: 250, unit: 'ml'}],
	});
	t.deepEqual(data.nutrients, {energy_kcal: 46, fat_g: 1.5, carbohydrate_g: 6.7, sugars_g: 4});
	t.deepEqual(data.flags, []);
});

test('the queue shows what was read beside what was corrected, with the picture and its boxes', async t => {
	const {send, house, image_id} = await aLabel(t);
	const {data: food} = await send({name: 'Oat drink', corrections: {fat_g: 1.5, salt_g: null}});
	const [item] = (await house.get('/api/v1/admin/foods/queue', house.moderator)).data;
	t.like(item, {
		kind: 'new',
		food: {id: food.id},
		proposal_id: null,
		extracted: {energy_kcal: 46, fat_g: 15, carbohydrate_g: 6.7, salt_g: 0.1},
		corrections: {fat_g: 1.5, salt_g: null},
		image: {id: image_id, url: `/api/v1/images/${image_id}`, boxes: oatReading.boxes},
	});
});

test('a later correction by the author is among the corrections of the queue', async t => {
	const {send, house, author} = await aLabel(t);
	const {data: food} = await send({name: 'Oat drink', corrections: {fat_g: 2}});
	await house.put(`/api/v1/foods/${food.id}`, {nutrients: {fat_g: 1.5, protein_g: 1}}, author);
	const [item] = (await house.get('/api/v1/admin/foods/queue', house.moderator)).data;
	t.deepEqual(item.corrections, {fat_g: 1.5, protein_g: 1});
	t.is(item.extracted.fat_g, 15);
	t.is(item.food.nutrients.fat_g, 1.5);
});

test('moderators see the picture until the food is decided', async t => {
	for (const decision of ['approve', 'reject'] as const) {
		const {send, house, image_id, shown} = await aLabel(t);
		const {data: food} = await send({name: 'Oat drink'});
		await house.until(async () => shown.get(image_id) === true);
		await house.post(
			`/api/v1/admin/foods/${food.id}/${decision}`,
			decision === 'reject' ? {reason: 'no'} : {},
			house.moderator,
		);
		await house.until(async () => shown.get(image_id) === false);
		const [item] = (
			await house.get(
				`/api/v1/admin/foods/queue?status=${decision === 'reject' ? 'rejected' : 'verified'}`,
				house.moderator,
			)
		).data;
		t.is(item.image, null);
	}
});

test('a picture of two pending foods stays visible until both are decided', async t => {
	const {send, house, image_id, shown} = await aLabel(t);
	const foods = [(await send({name: 'One'})).data, (await send({name: 'Two'})).data];
	for (const {id} of foods) {
		await house.until(async () => shown.get(image_id) === true);
		await house.post(`/api/v1/admin/foods/${id}/approve`, {}, house.moderator);
	}
	await house.until(async () => shown.get(image_id) === false);
	t.pass();
});

test('vision is told again where telling it failed', async t => {
	const {send, house, image_id, shown, failNext} = await aLabel(t);
	failNext(1);
	await send({name: 'Oat drink'});
	await house.until(async () => shown.get(image_id) === true);
	t.pass();
});

test('a picture that is still being read makes no food yet, one that could not be read is typed in', async t => {
	const {send, author, image_id, pictures} = await aLabel(t);
	for (const status of ['queued', 'processing'] as const) {
		pictures.set(image_id, {user_id: author.id, status, reading: null});
		t.like(await send({name: 'Oat drink'}), {status: 409, error: {code: 'CONFLICT'}});
	}
	pictures.set(image_id, {user_id: author.id, status: 'failed', reading: null});
	const typed = await send({name: 'Oat drink', basis: '100ml', corrections: {energy_kcal: 46}});
	t.like(typed, {status: 201, data: {basis: '100ml', nutrients: {energy_kcal: 46}, image_id}});
});

test('another basis of the same label can be chosen, and a wrongly read one corrected', async t => {
	const {send} = await aLabel(t);
	const perServing = await send({name: 'Per glass', basis: 'serving'});
	t.like(perServing.data, {
		basis: 'serving',
		nutrients: {energy_kcal: 115, fat_g: 3.8},
		servings: [{label: 'serving', amount: 250, unit: 'ml'}],
	});
	const perGram = await send({name: 'Per 100 g', basis: '100g'});
	t.like(perGram.data, {basis: '100g', nutrients: {energy_kcal: 46}});
});

test('a barcode that was read is taken where it can be one, and the person’s own goes before it', async t => {
	const right = await aLabel(t, {barcode: '04006381333931'});
	t.is((await right.send({name: 'Read'})).data.barcode, '04006381333931');
	t.is((await right.send({name: 'Typed', barcode: '036000291452'})).data.barcode, '036000291452');
	const wrong = await aLabel(t, {barcode: '04006381333932'});
	t.is((await wrong.send({name: 'Misread'})).data.barcode, null);
	t.is((await wrong.send({name: 'Mistyped', barcode: '4006381333932'})).status, 400);
});

test('somebody else’s picture makes no food, and neither do corrections that are no quantities', async t => {
	const {send, house} = await aLabel(t);
	t.is((await send({name: 'Oat drink'}, await house.person())).status, 404);
	t.is((await send({name: 'Oat drink'}, house.moderator)).status, 404);
	for (const body of [
		{},
		{name: 'x', corrections: {fat_g: -1}},
		{name: 'x', corrections: {fat_g: '1,5'}},
		{name: 'x', corrections: {id: 1}},
	]) {
		t.is((await send(body)).status, 400, JSON.stringify(body));
	}
	t.is((await house.post('/api/v1/images/nonsense/food', {name: 'x'}, house.moderator)).status, 400);
});

test('a label sent again under its id is one food', async t => {
	const {send, house} = await aLabel(t);
	const body = {id: randomUUID(), name: 'Oat drink', corrections: {fat_g: 1.5}};
	const answers = [await send(body), await send(body)];
	t.deepEqual(
		answers.map(({status}) => status),
		[201, 200],
	);
	t.is((await house.get('/api/v1/admin/foods/queue', house.moderator)).data.length, 1);
});

test('while vision is away a label waits, and the answer says which part is down', async t => {
	const house = await aFoodHouse(t);
	const answer = await house.post(`/api/v1/images/${randomUUID()}/food`, {name: 'Oat drink'}, await house.person());
	t.like(answer, {status: 503, error: {code: 'UNAVAILABLE'}});
	t.regex(answer.error?.message ?? '', /vision/);
});
