import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {aFoodHouse} from './fixtures.js';

const NUTELLA = '3017620422003';
const answerOf = (code: string, product: Record<string, unknown>) =>
	JSON.stringify({code, product: {code, ...product}, status: 1, status_verbose: 'product found'});
const SPREAD = answerOf(NUTELLA, {
	product_name: 'Nutella',
	brands: 'Ferrero',
	serving_quantity: '15',
	serving_size: '15 g',
	nutriments: {'energy-kcal_100g': 539, fat_100g: 30.9, 'energy-kcal_unit': 'kcal'},
});

/** A server that answers as Open Food Facts does, by the digits asked for; `asked` keeps the requests. */
async function aFoodServer(t: ExecutionContext, answer: (code: string, response: ServerResponse) => void) {
	const asked: IncomingMessage[] = [];
	const server = createServer((request, response) => {
		asked.push(request);
		answer(/product\/(\d+)\.json/.exec(request.url ?? '')?.[1] ?? '', response);
	});
	await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const {port} = server.address() as AddressInfo;
	const settings = {HEARTH_BARCODE_LOOKUP: 'on', HEARTH_BARCODE_LOOKUP_URL: `http://127.0.0.1:${port}/`};
	return {asked, settings};
}

const notFound = (code: string, response: ServerResponse) => {
	response.writeHead(404, {'content-type': 'application/json'});
	response.end(JSON.stringify({code, status: 0, status_verbose: 'product not found'}));
};

test('an unknown barcode is asked for once, politely, and its food is the house’s from then on', async t => {
	const {asked, settings} = await aFoodServer(t, (code, response) =>
		code === NUTELLA ? response.end(SPREAD) : notFound(code, response),
	);
	const house = await aFoodHouse(t, {settings});
	const person = await house.person();
	const both = await Promise.all([
		house.get(`/api/v1/foods/barcode/0${NUTELLA}`, person),
		house.get(`/api/v1/foods/barcode/${NUTELLA}`, person),
	]);
	for (const {status, data} of both) {
		t.is(status, 200);
		t.like(data, {name: 'Nutella', brand: 'Ferrero', source: 'openfoodfacts', licence: 'ODbL-1.0', status: 'verified'});
		t.deepEqual(data.nutrients, {energy_kcal: 539, fat_g: 30.9});
	}
	t.deepEqual(await house.found('nutella', person), ['Nutella']);
	t.is(asked.length, 1);
	t.regex(asked[0]?.headers['user-agent'] ?? '', /^Hearth\/\d/);
	t.true(asked[0]?.url?.startsWith(`/api/v2/product/${NUTELLA}.json?fields=code,`));
});

test('a barcode that they do not know either is not found, and not asked for again', async t => {
	const {asked, settings} = await aFoodServer(t, notFound);
	const house = await aFoodHouse(t, {settings});
	const person = await house.person();
	for (let time = 0; time < 3; time++) t.is((await house.get('/api/v1/foods/barcode/96385074', person)).status, 404);
	t.deepEqual(
		asked.map(({url}) => url?.split('.json')[0]),
		['/api/v2/product/96385074'],
	);
	t.is((await house.get('/api/v1/foods/barcode/96385075', person)).status, 400);
	t.is(asked.length, 1);
});

test('nothing leaves a house that has not switched it on', async t => {
	const {asked, settings} = await aFoodServer(t, notFound);
	const house = await aFoodHouse(t, {settings: {HEARTH_BARCODE_LOOKUP_URL: settings.HEARTH_BARCODE_LOOKUP_URL}});
	t.is((await house.get(`/api/v1/foods/barcode/${NUTELLA}`, await house.person())).status, 404);
	t.is(asked.length, 0);
});

const troubles: [what: string, answer: (code: string, response: ServerResponse) => void][] = [
	['never answers', () => {}],
	['is broken', (_, response) => void response.writeHead(502).end('<html>Bad gateway</html>')],
	['wants fewer questions', (_, response) => void response.writeHead(429).end()],
	['answers no JSON', (_, response) => void response.end('<html></html>')],
	['answers another shape', (_, response) => void response.end('{"status": "success", "product": []}')],
	[
		'answers without end',
		(_, response) => void response.end(`{"status": 1, "product": {"a": "${'x'.repeat(3_000_000)}"}}`),
	],
	[
		'breaks off',
		(_, response) => void response.writeHead(200, {'content-length': '1000'}).write('{', () => response.destroy()),
	],
];
for (const [what, answer] of troubles) {
	test(`where the server ${what}, the barcode is not found, and nobody waits for it again at once`, async t => {
		const {asked, settings} = await aFoodServer(t, answer);
		const house = await aFoodHouse(t, {settings});
		const person = await house.person();
		t.is((await house.get(`/api/v1/foods/barcode/${NUTELLA}`, person)).status, 404);
		t.is((await house.get('/api/v1/foods/barcode/96385074', person)).status, 404);
		t.is(asked.length, 1);
	});
}

test('what comes for another barcode, for another site of theirs, or says nothing of what is in it is no food', async t => {
	const {asked, settings} = await aFoodServer(t, (code, response) => {
		if (code === '96385074') response.end(SPREAD);
		else if (code === '73513537') response.writeHead(302, {location: 'https://elsewhere.invalid/'}).end();
		else response.end(answerOf(code, {product_name: 'Water'}));
	});
	const house = await aFoodHouse(t, {settings});
	const person = await house.person();
	for (const code of ['96385074', '73513537', NUTELLA]) {
		t.is((await house.get(`/api/v1/foods/barcode/${code}`, person)).status, 404, code);
	}
	t.is(asked.length, 3);
	t.deepEqual(await house.found('nutella', person), []);
});

test('a house asks for few barcodes a minute', async t => {
	const {asked, settings} = await aFoodServer(t, notFound);
	const house = await aFoodHouse(t, {settings, now: () => 1_700_000_000_000});
	const person = await house.person();
	const digits = (at: number) => {
		const text = String(2_000_000 + at);
		const sum = [...text].reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 3 : 1), 0);
		return `${text}${(10 - (sum % 10)) % 10}`;
	};
	for (let at = 0; at < 12; at++) t.is((await house.get(`/api/v1/foods/barcode/${digits(at)}`, person)).status, 404);
	t.is(asked.length, 10);
});
