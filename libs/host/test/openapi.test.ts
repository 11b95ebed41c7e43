import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Validator} from '@seriousme/openapi-schema-validator';
import test, {type ExecutionContext} from 'ava';
import Koa from 'koa';
import {z} from 'zod';
import {discoverPlugins} from '../discover.js';
import {docsPages} from '../docs-page.js';
import {openapi} from '../openapi.js';
import {definePlugin, route} from '../plugin.js';
import {setting} from '../settings.js';

const handle = async () => ({});
const glass = z.object({id: z.uuid(), amount_ml: z.int().positive(), drunk_at: z.date()}).meta({id: 'glass'});
const uploads = setting('HEARTH_WATER_UPLOADS', z.coerce.number().default(30), 'Uploads a minute');
const nested = z.object({
	name: z.string(),
	get parts() {
		return z.array(nested);
	},
});
const water = definePlugin({
	name: 'water',
	summary: 'Glasses of water',
	routes: [
		route('GET', '/api/v1/water/glasses', {
			summary: 'Lists glasses',
			role: 'member',
			query: z.object({limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().optional()}),
			data: z.array(glass),
			handle,
		}),
		route('POST', '/api/v1/water/glasses', {
			summary: 'Adds a glass',
			role: 'member',
			body: z.object({amount_ml: z.int().positive(), at: z.iso.datetime().optional()}),
			data: glass,
			status: 201,
			handle,
		}),
		route('DELETE', '/api/v1/water/glasses/:id', {
			summary: 'Removes a glass',
			role: 'admin',
			params: z.object({id: z.uuid()}),
			status: 204,
			handle,
		}),
		route('POST', '/api/v1/water/pictures', {
			summary: 'Uploads a picture',
			role: 'member',
			upload: {field: 'image', max_bytes: 1000},
			body: z.object({note: z.string().optional()}),
			limit: {per_minute: uploads, by: 'user'},
			status: 202,
			handle,
		}),
		route('GET', '/api/v1/water/pictures/:id', {summary: 'A picture', role: 'member', ticket: true, handle}),
		route('GET', '/api/v1/water/live', {summary: 'Glasses as they are drunk', role: 'member', stream: true, handle}),
		route('GET', '/api/v1/water/tips', {summary: 'Tips', role: 'public', data: nested, handle}),
		route('PUT', '/api/v1/water/tips', {
			summary: 'Sets the tips',
			role: 'moderator',
			body: nested,
			data: z.union([glass, z.null()]),
			handle,
		}),
	],
});

interface Operation {
	operationId: string;
	parameters?: {name?: string; in?: string; $ref?: string; required?: boolean}[];
	security: object[];
	responses: Record<
		string,
		{content?: Record<string, {schema: {required: string[]; properties: Record<string, object>}}>}
	>;
	requestBody?: {content: Record<string, {schema: Record<string, unknown>}>};
	[extension: `x-${string}`]: unknown;
}
interface Document {
	[part: string]: unknown;
	paths: Record<string, Record<string, Operation>>;
	components: {schemas: Record<string, object>};
}
const documentOf = (plugins: Parameters<typeof openapi>[0]) => openapi(plugins) as Document;

/** Every `$ref` of the document that leads nowhere. */
function loose(document: object): string[] {
	const found: string[] = [];
	JSON.stringify(document, (key, value: unknown) => {
		if (key === '$ref' && typeof value === 'string') {
			const target = value
				.slice(2)
				.split('/')
				.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
			if (!value.startsWith('#/') || target === undefined) found.push(value);
		}
		return value;
	});
	return found;
}

test('the document is valid OpenAPI 3.1 and none of its references is loose', async t => {
	const {valid, errors} = await new Validator().validate(documentOf([water]));
	t.true(valid, JSON.stringify(errors));
	t.deepEqual(loose(documentOf([water])), []);
});

test('the document of the house is valid and has every route of every plugin, each under an id of its own', async t => {
	const {plugins} = await discoverPlugins({root: new URL('../../../', import.meta.url), outside: []});
	const document = documentOf(plugins);
	const {valid, errors} = await new Validator().validate(document);
	t.true(valid, JSON.stringify(errors));
	t.deepEqual(loose(document), []);
	for (const {method, path} of plugins.flatMap(({routes = []}) => routes)) {
		t.truthy(document.paths[path.replaceAll(/:([^/]+)/g, '{$1}')]?.[method.toLowerCase()], `${method} ${path}`);
	}
	const ids = Object.values(document.paths).flatMap(methods =>
		Object.values(methods).map(({operationId}) => operationId),
	);
	t.is(new Set(ids).size, ids.length);
});

test('a list says its limits, its cursor and where the next page is', t => {
	const operation = documentOf([water]).paths['/api/v1/water/glasses']?.get;
	t.is(operation?.operationId, 'get_water_glasses');
	t.deepEqual(
		operation?.parameters?.map(({name, $ref}) => name ?? $ref),
		['limit', 'cursor', '#/components/parameters/fields'],
	);
	const schema = operation?.responses[200]?.content?.['application/json']?.schema;
	t.deepEqual(schema?.required, ['data', 'meta']);
	t.deepEqual(schema?.properties.meta, {$ref: '#/components/schemas/page'});
	t.deepEqual(schema?.properties.data, {type: 'array', items: {$ref: '#/components/schemas/glass'}});
});

test('a body refuses unknown keys, as the host does, and a POST takes an idempotency key', t => {
	const operation = documentOf([water]).paths['/api/v1/water/glasses']?.post;
	t.is(operation?.requestBody?.content['application/json']?.schema.additionalProperties, false);
	t.true(operation?.parameters?.some(({$ref}) => $ref === '#/components/parameters/idempotency_key'));
	t.true('201' in (operation?.responses ?? {}));
});

test('who may ask, and how often, is said', t => {
	const {paths} = documentOf([water]);
	t.like(paths['/api/v1/water/glasses/{id}']?.delete, {'x-role': 'admin', security: [{access_token: []}]});
	t.deepEqual(paths['/api/v1/water/pictures/{id}']?.get?.security, [{access_token: []}, {ticket: []}]);
	t.deepEqual(paths['/api/v1/water/tips']?.get?.security[0], {});
	t.deepEqual(paths['/api/v1/water/pictures']?.post?.['x-rate-limit'], {
		per_minute: 30,
		by: 'user',
		setting: 'HEARTH_WATER_UPLOADS',
	});
});

test('an upload is multipart with its file and its fields', t => {
	const body = documentOf([water]).paths['/api/v1/water/pictures']?.post?.requestBody;
	t.deepEqual(body?.content['multipart/form-data']?.schema, {
		type: 'object',
		properties: {note: {type: 'string'}, image: {type: 'string', format: 'binary'}},
		required: ['image'],
		additionalProperties: false,
	});
});

test('a stream is said to be one', t => {
	const answer = documentOf([water]).paths['/api/v1/water/live']?.get?.responses['200'];
	t.deepEqual(answer?.content, {'text/event-stream': {schema: {type: 'string'}}});
});

test('a schema that contains itself is referred to by name', t => {
	const document = documentOf([water]);
	t.deepEqual(
		document.paths['/api/v1/water/tips']?.get?.responses[200]?.content?.['application/json']?.schema.properties.data,
		{
			$ref: '#/components/schemas/get_water_tips_data',
		},
	);
	t.like(document.components.schemas.get_water_tips_data, {
		properties: {parts: {items: {$ref: '#/components/schemas/get_water_tips_data'}}},
	});
});

test('two schemas of one name that differ get two names', t => {
	const other = definePlugin({
		name: 'bar',
		summary: 'Another meaning of the word',
		routes: [
			route('GET', '/api/v1/bar', {
				summary: 'A glass',
				role: 'public',
				data: z.object({height_mm: z.number()}).meta({id: 'glass-of-bar'}),
				handle,
			}),
			route('PUT', '/api/v1/bar', {
				summary: 'Sets a glass',
				role: 'member',
				body: z.object({glass: z.object({height_mm: z.number().default(1)}).meta({id: 'page'})}),
				handle,
			}),
		],
	});
	const {components} = documentOf([water, other]);
	t.like(components.schemas['glass-of-bar'], {properties: {height_mm: {type: 'number'}}});
	t.like(components.schemas.page, {required: ['next_cursor']});
	t.like(components.schemas.page_input, {properties: {height_mm: {default: 1}}});
});

async function served(t: ExecutionContext): Promise<string> {
	const server = createServer(new Koa().use(docsPages([water])).callback()).listen(0, '127.0.0.1');
	t.teardown(() => server.close());
	await once(server, 'listening');
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the page and all that it loads come from here, and no script stands in it', async t => {
	const url = await served(t);
	const page = await fetch(`${url}/docs`);
	const html = await page.text();
	t.regex(page.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self';/);
	t.notRegex(html, /<script>|https?:/);
	const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
	t.true(loaded.length >= 5);
	for (const path of loaded) {
		const {status} = await fetch(`${url}${path}`);
		t.is(status, 200, path);
	}
	t.is((await fetch(`${url}/docs/package.json`)).status, 404);
	const file = await readFile(new URL('../docs-page.js', import.meta.url), 'utf8');
	t.false(/https?:\/\//.test(file), 'no other host is named');
});

test('the document is sent once to who has it already', async t => {
	const url = `${await served(t)}/api/v1/openapi.json`;
	const first = await fetch(url);
	t.like(await first.json(), {openapi: '3.1.0'});
	const again = await fetch(url, {
		headers: {'if-none-match': first.headers.get('etag') ?? '', 'cache-control': 'max-age=0'},
	});
	t.is(again.status, 304);
});
