import {getUsers} from '@hearth/auth/contract.js';
import auth from '@hearth/auth/plugin.js';
import test from 'ava';
import {aFoodHouse, type FoodHouse} from './fixtures.js';

const queue = (house: FoodHouse, query = '') => house.get(`/api/v1/admin/foods/queue${query}`, house.moderator);

test('the queue lists new foods and edits, the longest waiting first, page by page', async t => {
	const house = await aFoodHouse(t);
	const verified = await house.aFood({name: 'Known'});
	const proposer = await house.person();
	await house.aFood({name: 'First'}, {status: 'pending'});
	await house.put(`/api/v1/foods/${verified.id}`, {name: 'Known better'}, proposer);
	await house.aFood({name: 'Third'}, {status: 'pending'});
	const all = (await queue(house)).data;
	const shape = (items: {kind: string; food: {name: string}}[]) => items.map(({kind, food}) => [kind, food.name]);
	t.deepEqual(shape(all), [
		['new', 'First'],
		['edit', 'Known'],
		['new', 'Third'],
	]);
	const pages = [];
	let cursor: string | null | undefined;
	do {
		const page = await queue(house, `?limit=1${cursor ? `&cursor=${cursor}` : ''}`);
		pages.push(...page.data);
		cursor = page.meta?.next_cursor;
	} while (cursor);
	t.deepEqual(pages, all);
	t.deepEqual(shape((await queue(house, '?kind=new')).data), [
		['new', 'First'],
		['new', 'Third'],
	]);
	t.deepEqual(shape((await queue(house, '?kind=edit')).data), [['edit', 'Known']]);
	t.deepEqual(shape((await queue(house, '?status=verified')).data), [['new', 'Known']]);
	for (const wrong of ['?status=done', '?kind=all', '?limit=0', '?cursor=x'])
		t.is((await queue(house, wrong)).status, 400);
});

test('an edit shows the food as it is and as it would be, with the flags it would have', async t => {
	const house = await aFoodHouse(t);
	const {id} = await house.aFood();
	const proposer = await house.person();
	const {data} = await house.put(`/api/v1/foods/${id}`, {nutrients: {fat_g: 150, salt_g: null}}, proposer);
	const [item] = (await queue(house)).data;
	t.like(item, {
		kind: 'edit',
		proposal_id: data.proposal_id,
		food: {id, nutrients: {fat_g: 1.5, salt_g: 0.1}},
		proposed: {name: 'Oat drink', nutrients: {fat_g: 150}},
		submitted_by: {id: proposer.id},
		extracted: null,
		corrections: null,
		image: null,
	});
	t.false('salt_g' in item.proposed.nutrients);
	t.true(item.flags.length > 0);
	t.deepEqual(item.food.flags, []);
});

test('likely duplicates are shown with the reason: the same barcode, and a near name with near values', async t => {
	const house = await aFoodHouse(t);
	const nutrients = {energy_kcal: 46, fat_g: 1.5, carbohydrate_g: 6.7, protein_g: 1};
	const twin = await house.aFood({name: 'Oat drink barista', brand: 'Oatly', nutrients});
	const code = await house.aFood({name: 'Haferdrink', barcode: '4006381333931', nutrients});
	await house.aFood({name: 'Oat cookies', brand: 'Leibniz', nutrients: {energy_kcal: 460, fat_g: 20}});
	await house.aFood({name: 'Tomato soup'});
	await house.aFood(
		{name: 'Barista oat drnk', brand: 'Oatly', barcode: '04006381333931', nutrients},
		{status: 'pending'},
	);
	const [item] = (await queue(house)).data;
	t.deepEqual(
		item.duplicates.map(({food}: {food: {id: string}}) => food.id),
		[code.id, twin.id],
	);
	t.regex(item.duplicates[0].why, /same barcode/);
	t.regex(item.duplicates[1].why, /name \d+ % alike.*same brand.*nearly the same values/);
	t.true(item.duplicates.every(({score}: {score: number}) => score >= 0.5 && score <= 1));
});

test('two items of one food have each its own duplicates', async t => {
	const house = await aFoodHouse(t);
	const proposer = await house.person();
	const soup = await house.aFood({name: 'Tomato soup'});
	const drink = await house.aFood({name: 'Oat drink'});
	const {id} = await house.aFood({name: 'Rye bread'});
	for (const name of ['Oat drink', 'Tomato soup']) await house.put(`/api/v1/foods/${id}`, {name}, proposer);
	const items = (await queue(house)).data;
	t.deepEqual(
		items.map(({duplicates}: {duplicates: {food: {id: string}}[]}) => duplicates.map(({food}) => food.id)),
		[[drink.id], [soup.id]],
	);
});

test('who sent a food in is shown by name', async t => {
	const house = await aFoodHouse(t, {plugins: [auth]});
	const author = await house.person();
	await house.aFood({}, {by: author, status: 'pending'});
	const {users} = await house.house.contextOf('food').call(getUsers, {ids: [author.id]});
	const [item] = (await queue(house)).data;
	t.deepEqual(item.submitted_by, {id: author.id, name: users[0]?.name});
	t.truthy(item.submitted_by.name);
});

test('the queue works without names while the accounts do not answer', async t => {
	// The stand-in for auth signs tokens and keeps no accounts.
	const house = await aFoodHouse(t);
	const author = await house.person();
	await house.aFood({}, {by: author, status: 'pending'});
	const answer = await queue(house);
	t.is(answer.status, 200);
	t.deepEqual(answer.data[0].submitted_by, {id: author.id, name: null});
});
