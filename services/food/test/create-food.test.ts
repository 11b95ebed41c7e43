import {randomUUID} from 'node:crypto';
import test from 'ava';
import {aFoodHouse} from './fixtures.js';

const SKYR = {
	name: ' Skyr   natural ',
	brand: 'Isey',
	barcode: '4006381 333931',
	servings: [{label: 'cup', amount: 170, unit: 'g'}],
	nutrients: {energy_kcal: 62, protein_g: 11, fat_g: 0.2, carbohydrate_g: 4, sugars_g: 3.7},
};

test('a food that a person adds is pending, theirs, and has only what they said', async t => {
	const {post, get, person} = await aFoodHouse(t);
	const author = await person();
	const {status, data} = await post('/api/v1/foods', SKYR, author);
	t.is(status, 201);
	t.like(data, {
		name: 'Skyr natural',
		brand: 'Isey',
		barcode: '4006381333931',
		basis: '100g',
		servings: SKYR.servings,
		nutrients: SKYR.nutrients,
		carbohydrate_basis: null,
		status: 'pending',
		source: 'user',
		licence: null,
		created_by: author.id,
		image_id: null,
		flags: [],
		verified_at: null,
		rejection: null,
		merged_into: null,
	});
	t.false('salt_g' in data.nutrients);
	t.deepEqual((await get(`/api/v1/foods/${data.id}`, author)).data, data);
});

test('what is odd is accepted and flagged, what is not a quantity is refused', async t => {
	const {ask, post, person} = await aFoodHouse(t);
	const author = await person();
	const odd = await post(
		'/api/v1/foods',
		{name: 'Rocket fuel', nutrients: {energy_kcal: 1200, fat_g: 90, protein_g: 30}},
		author,
	);
	t.is(odd.status, 201);
	t.true(odd.data.flags.length > 0);
	t.true(odd.data.flags.every((flag: {code: string; fields: string[]; message: string}) => flag.code && flag.message));
	for (const nutrients of [{fat_g: -1}, {fat_g: '3'}, {fat_g: null}, {fat_g: 1e300}, {unobtainium_g: 1}, [], 'none']) {
		const {status, error} = await post('/api/v1/foods', {name: 'No food', nutrients}, author);
		t.is(status, 400, JSON.stringify(nutrients));
		t.is(error?.code, 'VALIDATION_ERROR');
		t.true(Array.isArray(error?.details));
	}
	for (const body of ['{"name": "x", "nutrients": {"fat_g": NaN}}', '{"name": "x", "nutrients": {"fat_g": 1e999}}']) {
		const {status} = await ask('POST', '/api/v1/foods', {
			as: author,
			body,
			headers: {'content-type': 'application/json'},
		});
		t.is(status, 400, body);
	}
});

test('fields of the wrong kind or size are refused with the reason, and nothing is stored', async t => {
	const {ask, found, person} = await aFoodHouse(t);
	const author = await person();
	const good = {name: 'Refused food'};
	for (const wrong of [
		{name: ''},
		{name: '   '},
		{name: 'x'.repeat(201)},
		{name: 'a\u0000b'},
		{name: 'a\uD800b'},
		{name: null},
		{brand: 'x'.repeat(101)},
		{barcode: '4006381333932'},
		{barcode: 'abc'},
		{basis: '100kg'},
		{servings: Array.from({length: 21}, () => ({label: 'slice', amount: 1, unit: 'g'}))},
		{servings: [{label: 'slice', amount: 0, unit: 'g'}]},
		{servings: [{label: 'slice', amount: -5, unit: 'g'}]},
		{servings: [{label: 'slice', amount: 5, unit: 'oz'}]},
		{servings: [{label: 'slice', amount: 5, unit: 'g', extra: true}]},
		{carbohydrate_basis: 'net'},
		{status: 'verified'},
		{created_by: randomUUID()},
		{id: 'not-a-uuid'},
	]) {
		const {status, error} = await ask('POST', '/api/v1/foods', {as: author, body: {...good, ...wrong}});
		t.is(status, 400, JSON.stringify(wrong).slice(0, 80));
		t.truthy(error?.message);
	}
	t.deepEqual(await found('refused food', author), []);
	t.is((await ask('POST', '/api/v1/foods', {body: good})).status, 401);
});

test('nutrients per serving need a serving, and get one of unknown mass where none was said', async t => {
	const {post, person} = await aFoodHouse(t);
	const {data} = await post(
		'/api/v1/foods',
		{name: 'Pizza slice', basis: 'serving', nutrients: {energy_kcal: 285}},
		await person(),
	);
	t.deepEqual(data.servings, [{label: 'serving', amount: 1, unit: null}]);
});

test('an empty brand or barcode is none', async t => {
	const {post, person} = await aFoodHouse(t);
	t.like((await post('/api/v1/foods', {name: 'Bulk rice', brand: '', barcode: ' '}, await person())).data, {
		brand: null,
		barcode: null,
	});
});

test('the same food sent again under its id is the same food, another one is a conflict', async t => {
	const {post, put, person, moderator} = await aFoodHouse(t);
	const author = await person();
	const id = randomUUID();
	const first = await post('/api/v1/foods', {...SKYR, id: id.toUpperCase()}, author);
	t.is(first.status, 201);
	t.is(first.data.id, id);
	const again = await post('/api/v1/foods', {id, ...SKYR}, author);
	t.is(again.status, 200);
	t.deepEqual(again.data, first.data);
	t.like(await post('/api/v1/foods', {...SKYR, id, name: 'Other'}, author), {status: 409, error: {code: 'CONFLICT'}});
	t.like(await post('/api/v1/foods', {...SKYR, id}, await person()), {status: 409, error: {code: 'CONFLICT'}});
	// The answer got lost, and meanwhile the food went on.
	await put(`/api/v1/foods/${id}`, {nutrients: {salt_g: 0.1}}, author);
	await post(`/api/v1/admin/foods/${id}/approve`, {}, moderator);
	const late = await post('/api/v1/foods', {id, ...SKYR}, author);
	t.like(late, {status: 200, data: {status: 'verified', nutrients: {salt_g: 0.1}}});
});

test('one id sent ten times at once makes one food', async t => {
	const {post, found, person} = await aFoodHouse(t);
	const author = await person();
	const body = {...SKYR, id: randomUUID()};
	const answers = await Promise.all(Array.from({length: 10}, () => post('/api/v1/foods', body, author)));
	t.deepEqual(answers.map(({status}) => status).sort(), [...Array(9).fill(200), 201]);
	t.deepEqual(await found('skyr natural', author), ['Skyr natural']);
});

test('a pending or rejected food of somebody else does not exist', async t => {
	const {aFood, get, person, moderator} = await aFoodHouse(t);
	const author = await person();
	const relative = await person('member', {household_of: author});
	const stranger = await person();
	const pending = await aFood({barcode: '4006381333931'}, {by: author, status: 'pending'});
	const rejected = await aFood({}, {by: author, status: 'rejected'});
	const see = async (id: string, as: typeof author) => (await get(`/api/v1/foods/${id}`, as)).status;
	t.deepEqual(
		[await see(pending.id, author), await see(pending.id, relative), await see(pending.id, moderator)],
		[200, 200, 200],
	);
	t.is(await see(pending.id, stranger), 404);
	t.deepEqual([await see(rejected.id, author), await see(rejected.id, moderator)], [200, 200]);
	t.deepEqual([await see(rejected.id, relative), await see(rejected.id, stranger)], [404, 404]);
	t.is((await get('/api/v1/foods/barcode/4006381333931', relative)).status, 200);
	t.is((await get('/api/v1/foods/barcode/4006381333931', stranger)).status, 404);
	t.is((await get('/api/v1/foods/barcode/12345', stranger)).status, 400);
	t.is((await get('/api/v1/foods/nonsense', stranger)).status, 400);
});

test('every way to print a barcode finds the same food, the verified one first', async t => {
	const {aFood, get, person} = await aFoodHouse(t);
	const author = await person();
	await aFood({name: 'Mine', barcode: '036000291452'}, {by: author, status: 'pending'});
	await aFood({name: 'Checked', barcode: '0036000291452'});
	for (const gtin of ['036000291452', '0036000291452', '00036000291452', '0-36000-29145-2']) {
		t.like(await get(`/api/v1/foods/barcode/${gtin}`, author), {status: 200, data: {name: 'Checked'}}, gtin);
	}
});

test('the newest verified foods are listed page by page', async t => {
	const {aFood, get, person} = await aFoodHouse(t);
	const author = await person();
	for (const name of ['One', 'Two', 'Three']) await aFood({name});
	await aFood({name: 'Not yet'}, {by: author, status: 'pending'});
	const first = await get('/api/v1/foods/recent?limit=2', author);
	t.deepEqual(
		first.data.map(({name}: {name: string}) => name),
		['Three', 'Two'],
	);
	const second = await get(`/api/v1/foods/recent?limit=2&cursor=${first.meta?.next_cursor}`, author);
	t.deepEqual(
		second.data.map(({name}: {name: string}) => name),
		['One'],
	);
	t.is(second.meta?.next_cursor, null);
	t.is((await get('/api/v1/foods/recent?cursor=W10', author)).status, 400);
});
