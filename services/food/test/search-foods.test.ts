import test from 'ava';
import {aFoodHouse, type FoodJson} from './fixtures.js';

test('a search answers exact names, then names that begin so, then words in any order, then misspelt words', async t => {
	const {aFood, found, person} = await aFoodHouse(t);
	for (const name of ['Vanilla Skyr', 'Sykr', 'Skyr vanilla', 'Skyr']) await aFood({name});
	t.deepEqual(await found('skyr', await person()), ['Skyr', 'Skyr vanilla', 'Vanilla Skyr', 'Sykr']);
});

test('a misspelt query finds what was meant: one letter more, less, other or swapped, two in a long word', async t => {
	const {aFood, found, person} = await aFoodHouse(t);
	for (const name of ['Milk', 'Chocolate bar', 'Avocado', 'Spaghetti']) await aFood({name});
	const reader = await person();
	for (const [query, name] of [
		['mlik', 'Milk'],
		['miilk', 'Milk'],
		['choclate', 'Chocolate bar'],
		['chocolate bra', 'Chocolate bar'],
		['avacodo', 'Avocado'],
		['spagetti', 'Spaghetti'],
	] as const) {
		t.deepEqual(await found(query, reader), [name], query);
	}
	t.deepEqual(await found('xylophone', reader), []);
});

test('accents, capitals and punctuation make no difference', async t => {
	const {aFood, found, person} = await aFoodHouse(t);
	for (const name of ['Crème fraîche', 'MÜSLI', 'Fußball-Kekse', 'Smørrebrød', 'Żurek', 'Κριθαράκι'])
		await aFood({name});
	const reader = await person();
	for (const [query, name] of [
		['creme FRAICHE', 'Crème fraîche'],
		['crème fraîche', 'Crème fraîche'],
		['musli', 'MÜSLI'],
		['fussball kekse', 'Fußball-Kekse'],
		['smorrebrod', 'Smørrebrød'],
		['zurek', 'Żurek'],
		['κριθαρακι', 'Κριθαράκι'],
	] as const) {
		t.deepEqual(await found(query, reader), [name], query);
	}
});

test('names with an apostrophe or a dash are found written in one, apart, and as they are', async t => {
	const {aFood, found, person} = await aFoodHouse(t);
	await aFood({name: 'Corn flakes', brand: 'Kellogg’s'});
	await aFood({name: 'Coca-Cola'});
	const reader = await person();
	for (const query of ['kelloggs corn', "kellogg's corn flakes", 'kellogg flakes']) {
		t.deepEqual(await found(query, reader), ['Corn flakes'], query);
	}
	for (const query of ['cocacola', 'coca cola', 'coca-cola', 'cola']) {
		t.deepEqual(await found(query, reader), ['Coca-Cola'], query);
	}
});

test('a brand, a barcode and words of both go into the same box', async t => {
	const {aFood, found, get, person} = await aFoodHouse(t);
	await aFood({name: 'Barista oat', brand: 'Alpro', barcode: '4006381333931'});
	await aFood({name: 'Barista oat', brand: 'Oatly'});
	const reader = await person();
	t.is((await found('alpro', reader)).length, 1);
	t.is((await found('oat alpro', reader)).length, 1);
	t.is((await found('4006381333931', reader)).length, 1);
	t.is((await found('4 006381-333931', reader)).length, 1);
	const answer = await get('/api/v1/foods/search?barcode=04006381333931', reader);
	t.is(answer.data[0].brand, 'Alpro');
	t.is((await get('/api/v1/foods/search?barcode=4006381333932', reader)).status, 400);
});

test('a pending food is found by its author and household, by nobody else, and behind verified ones', async t => {
	const {aFood, found, get, person, moderator} = await aFoodHouse(t);
	const author = await person();
	const relative = await person('member', {household_of: author});
	const stranger = await person();
	await aFood({name: 'Rye bread', brand: 'Home'}, {by: author, status: 'pending'});
	await aFood({name: 'Rye bread', brand: 'Mill'});
	const brands = async (as: typeof author) =>
		(await get('/api/v1/foods/search?q=rye%20bread', as)).data.map(({brand}: FoodJson) => brand);
	t.deepEqual(await brands(author), ['Mill', 'Home']);
	t.deepEqual(await brands(relative), ['Mill', 'Home']);
	t.deepEqual(await brands(stranger), ['Mill']);
	t.deepEqual(await brands(moderator), ['Mill']);
	t.deepEqual(await found('ryebrad hoem', stranger), []);
});

test('a rejected food is found by nobody', async t => {
	const {aFood, found, person} = await aFoodHouse(t);
	const author = await person();
	await aFood({name: 'Moon cheese'}, {by: author, status: 'rejected'});
	t.deepEqual(await found('moon cheese', author), []);
});

test('pages follow each other without a gap or a repetition, also when foods come in between', async t => {
	const {aFood, get, person} = await aFoodHouse(t);
	const author = await person();
	const names = [
		'Tea',
		'Tea',
		'Tea white',
		'Tea green',
		'Tea black',
		'Tea assam',
		'Iced tea lemon',
		'Green tea',
		'Tae',
	];
	for (const [at, name] of names.entries()) {
		await aFood({name, brand: `B${at}`}, at % 4 === 3 ? {by: author, status: 'pending'} : {by: author});
	}
	const whole = (await get('/api/v1/foods/search?q=tea', author)).data.map(({id}: FoodJson) => id);
	t.is(whole.length, names.length);
	for (const limit of [1, 2, 3, 7]) {
		const ids: string[] = [];
		let cursor: string | null | undefined;
		do {
			const answer = await get(`/api/v1/foods/search?q=tea&limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`, author);
			ids.push(...answer.data.map(({id}: FoodJson) => id));
			cursor = answer.meta?.next_cursor;
		} while (cursor);
		t.deepEqual(ids, whole, `limit ${limit}`);
	}
	const first = await get('/api/v1/foods/search?q=tea&limit=3', author);
	await aFood({name: 'Tea', brand: 'Late'});
	const second = await get(`/api/v1/foods/search?q=tea&limit=100&cursor=${first.meta?.next_cursor}`, author);
	t.deepEqual(
		second.data.map(({id}: FoodJson) => id).filter((id: string) => whole.includes(id)),
		whole.slice(3),
	);
});

test('no query is an error of the server', async t => {
	const {aFood, ask, person} = await aFoodHouse(t);
	await aFood({name: 'Plain 100% _milk_ \\ with "quotes"'});
	const reader = await person();
	const search = (query: string) => ask('GET', `/api/v1/foods/search?${query}`, {as: reader});
	for (const q of [
		'',
		' ',
		'%',
		'_',
		'\\',
		"'",
		"''; drop table food.foods; --",
		'!!!???',
		'& | ! ( ) : *',
		'milk:* & !',
		'🍎',
		'👩‍👩‍👧‍👦️',
		'\u202Eحليب',
		'שוקו',
		'नमकीन',
		'豆乳',
		'ﷺ'.repeat(200),
		'a'.repeat(200),
		'ab '.repeat(66),
		'\uFFFF',
		'1,5 %',
	]) {
		const {status, data} = await search(`q=${encodeURIComponent(q)}`);
		t.is(status, 200, q);
		t.true(Array.isArray(data), q);
	}
	for (const query of [
		'',
		`q=${'x'.repeat(10_000)}`,
		'q=a%00b',
		'q=a&q=b',
		'q=milk&limit=0',
		'q=milk&limit=201',
		'q=milk&limit=x',
		'q=milk&cursor=nonsense',
		`q=milk&cursor=${Buffer.from('[0,0,0,"\\u0000","00000000-0000-4000-8000-000000000000",0]').toString('base64url')}`,
		`q=milk&cursor=${Buffer.from('[0,0,1e99,"","00000000-0000-4000-8000-000000000000",0]').toString('base64url')}`,
		'barcode=123',
		'barcode=%F0%9F%8D%8E',
	]) {
		const {status, error} = await search(query);
		t.is(status, 400, query.slice(0, 100));
		t.is(error?.code, 'VALIDATION_ERROR', query.slice(0, 100));
	}
	t.is((await ask('GET', '/api/v1/foods/search?q=milk')).status, 401);
});

test('every beginning of a name finds it, wherever it is broken off', async t => {
	const {aFood, found, person} = await aFoodHouse(t);
	const reader = await person();
	for (const name of ['A b cde', 'Oat oat drink', '豆 𠮷野 乳', 'Omega3 oil x', `${'m'.repeat(70)} nut`, 'C vitamin']) {
		await aFood({name});
		const letters = [...name];
		for (let end = 1; end <= letters.length; end++) {
			const q = letters.slice(0, end).join('');
			t.true((await found(q, reader)).includes(name), q);
		}
	}
});

test('a percent sign or an underscore stands for nothing but itself', async t => {
	const {aFood, found, person} = await aFoodHouse(t);
	await aFood({name: 'Butter'});
	const reader = await person();
	t.deepEqual(await found('%', reader), []);
	t.deepEqual(await found('B_tter%', reader), []);
});

test('names of the oddest characters can be stored and found', async t => {
	const {aFood, found, person} = await aFoodHouse(t);
	const reader = await person();
	for (const name of [
		'ﷺ'.repeat(200),
		'𝕮𝖍𝖔𝖈𝖔'.repeat(20),
		'豆乳'.repeat(100),
		'🍎',
		'حليب'.repeat(50),
		'İstanbul simit',
	]) {
		await aFood({name});
		if (name !== '🍎') t.deepEqual(await found(name.slice(0, 40), reader), [name], name);
	}
	t.deepEqual(await found('istanbul', reader), ['İstanbul simit']);
});
