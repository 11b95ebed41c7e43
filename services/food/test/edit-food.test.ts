import test from 'ava';
import {aFoodHouse} from './fixtures.js';

test('an author corrects their pending food: absent fields stay, null empties, flags follow', async t => {
	const {aFood, put, person} = await aFoodHouse(t);
	const author = await person();
	const {id} = await aFood(
		{brand: 'Oatly', nutrients: {energy_kcal: 46, fat_g: 1.5, salt_g: 0.1}},
		{by: author, status: 'pending'},
	);
	const {status, data} = await put(`/api/v1/foods/${id}`, {brand: null, nutrients: {salt_g: null, fat_g: 300}}, author);
	t.is(status, 200);
	t.like(data, {name: 'Oat drink', brand: null, status: 'pending', nutrients: {energy_kcal: 46, fat_g: 300}});
	t.false('salt_g' in data.nutrients);
	t.true(data.flags.length > 0);
	const mended = await put(`/api/v1/foods/${id}`, {nutrients: {fat_g: 1.5}}, author);
	t.deepEqual(mended.data.flags, []);
});

test('an edited name is found at once, the old one no longer', async t => {
	const {aFood, found, put, person} = await aFoodHouse(t);
	const author = await person();
	const {id} = await aFood({name: 'Porrige'}, {by: author, status: 'pending'});
	await put(`/api/v1/foods/${id}`, {name: 'Overnight oats'}, author);
	t.deepEqual(await found('overnight oats', author), ['Overnight oats']);
	t.deepEqual(await found('porrige', author), []);
});

test('anybody else’s edit, and the author’s once it is verified, waits in the queue and changes nothing', async t => {
	const {aFood, get, put, person} = await aFoodHouse(t);
	const author = await person();
	const {id} = await aFood({}, {by: author});
	const before = (await get(`/api/v1/foods/${id}`, author)).data;
	for (const as of [author, await person()]) {
		const {status, data} = await put(`/api/v1/foods/${id}`, {nutrients: {fat_g: 3}}, as);
		t.is(status, 202);
		t.regex(data.proposal_id, /^[0-9a-f-]{36}$/);
	}
	t.deepEqual((await get(`/api/v1/foods/${id}`, author)).data, before);
});

test('the same proposal sent again is the same proposal', async t => {
	const {aFood, put, person} = await aFoodHouse(t);
	const [{id}, proposer] = [await aFood(), await person()];
	const first = await put(`/api/v1/foods/${id}`, {nutrients: {fat_g: 3, salt_g: 1}}, proposer);
	const again = await put(`/api/v1/foods/${id}`, {nutrients: {salt_g: 1, fat_g: 3}}, proposer);
	t.deepEqual(again.data, first.data);
	const other = await put(`/api/v1/foods/${id}`, {nutrients: {fat_g: 4}}, proposer);
	t.notDeepEqual(other.data, first.data);
});

test('one person cannot fill the queue with edits of one food', async t => {
	const {aFood, put, person} = await aFoodHouse(t);
	const [{id}, proposer] = [await aFood(), await person()];
	const answers = await Promise.all(
		Array.from({length: 25}, (_, at) => put(`/api/v1/foods/${id}`, {nutrients: {fat_g: at + 10}}, proposer)),
	);
	t.is(answers.filter(({status}) => status === 202).length, 20);
	t.is(answers.filter(({status}) => status === 409).length, 5);
});

test('a moderator’s edit is applied at once, an edit that changes nothing answers the food', async t => {
	const {aFood, put, person, moderator} = await aFoodHouse(t);
	const {id} = await aFood();
	t.like(await put(`/api/v1/foods/${id}`, {nutrients: {fat_g: 3}}, moderator), {
		status: 200,
		data: {status: 'verified', nutrients: {fat_g: 3, salt_g: 0.1}},
	});
	t.like(await put(`/api/v1/foods/${id}`, {nutrients: {fat_g: 3}}, await person()), {status: 200, data: {id}});
});

test('what cannot be seen cannot be edited, and what was rejected is sent in anew', async t => {
	const {aFood, put, person} = await aFoodHouse(t);
	const author = await person();
	const pending = await aFood({}, {by: author, status: 'pending'});
	const rejected = await aFood({}, {by: author, status: 'rejected'});
	t.is((await put(`/api/v1/foods/${pending.id}`, {name: 'Hijacked'}, await person())).status, 404);
	t.like(await put(`/api/v1/foods/${rejected.id}`, {name: 'Again'}, author), {status: 409, error: {code: 'CONFLICT'}});
});

test('an edit of the wrong kind is refused', async t => {
	const {aFood, put, person} = await aFoodHouse(t);
	const author = await person();
	const {id} = await aFood({}, {by: author, status: 'pending'});
	for (const wrong of [
		{nutrients: {fat_g: -1}},
		{nutrients: {fat_g: 'much'}},
		{name: null},
		{barcode: '4006381333932'},
		{status: 'verified'},
	]) {
		t.is((await put(`/api/v1/foods/${id}`, wrong, author)).status, 400, JSON.stringify(wrong));
	}
});

test('edits of two fields by two people at once are both kept', async t => {
	const {aFood, get, put, person, moderator} = await aFoodHouse(t);
	const author = await person();
	const {id} = await aFood({}, {by: author, status: 'pending'});
	await Promise.all([
		put(`/api/v1/foods/${id}`, {nutrients: {fat_g: 9}}, author),
		put(`/api/v1/foods/${id}`, {nutrients: {salt_g: 1.1}}, moderator),
		put(`/api/v1/foods/${id}`, {brand: 'Both'}, author),
	]);
	t.like((await get(`/api/v1/foods/${id}`, author)).data, {
		brand: 'Both',
		nutrients: {fat_g: 9, salt_g: 1.1, energy_kcal: 46},
	});
});
