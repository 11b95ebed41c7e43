import {readFileSync} from 'node:fs';
import type {z} from 'zod';
import {strict} from './http/validate.js';
import {hostPaths, sharedComponents} from './openapi-common.js';
import {type JsonSchema, SchemaBook} from './openapi-schemas.js';
import {apiLimit} from './platform-settings.js';
import type {Plugin, Role, Route} from './plugin.js';

// The API page is made of the same schemas that check requests, so it cannot say something else. What the host adds to every
// route (envelope, errors, headers, limits) is added here in the same way.

const forWhom: Record<Role, string> = {
	public: 'Anyone; no token needed.',
	member: 'Anyone who is signed in.',
	moderator: 'Moderators and admins.',
	admin: 'Admins of this installation.',
};
const DEFAULT_BODY_BYTES = 1_048_576;

/** The OpenAPI 3.1 document of every route of these plugins, and of the host's own. Reads nothing but the definitions. */
export function openapi(plugins: readonly Plugin[]): object {
	const schemas = new SchemaBook(sharedComponents.schemas);
	const paths: Record<string, Record<string, object>> = hostPaths();
	const ids = new Set<string>();
	for (const plugin of plugins) {
		for (const route of plugin.routes ?? []) {
			const path = route.path.replaceAll(/:([^/]+)/g, '{$1}');
			const id = operationId(route, ids);
			paths[path] = {...paths[path], [route.method.toLowerCase()]: operation(route, plugin, id, schemas)};
		}
	}
	return {
		openapi: '3.1.0',
		info: {
			title: 'Hearth',
			summary: "A household's own health server",
			description:
				'Success is `{"data": …, "meta"?: …}`, failure `{"error": {"code", "message", "details"?}}` with a message that says what to do. Fields are snake_case, times RFC 3339 UTC, days `YYYY-MM-DD` in the person\'s own time zone. Answers may gain fields: ignore those you do not know.',
			version: versionOfHost(),
			license: {name: 'AGPL-3.0-only', identifier: 'AGPL-3.0-only'},
		},
		servers: [{url: '/'}],
		tags: [
			...plugins.filter(({routes = []}) => routes.length > 0).map(({name, summary}) => ({name, description: summary})),
			{name: 'host', description: 'What the house answers for itself'},
		],
		paths,
		components: {...sharedComponents, schemas: schemas.components},
	};
}

/** `POST /api/v1/foods/:id/approve` → `post_foods_id_approve`: made of method and path alone, so that it stays when others come. */
function operationId({method, path}: Route, taken: Set<string>): string {
	const words = path.replace(/^\/api\/v1\//, '').replaceAll(/[^A-Za-z0-9]+/g, '_');
	let id = `${method.toLowerCase()}_${words.replace(/^_|_$/g, '')}`;
	// `/a/b` and `/a/:b` would be alike.
	while (taken.has(id)) id += '_';
	taken.add(id);
	return id;
}

function operation(route: Route, plugin: Plugin, id: string, schemas: SchemaBook): object {
	const {role} = route as {role: Role};
	const parameters = [
		...inPath(route, id, schemas),
		...inQuery(route, id, schemas),
		...(takesIdempotencyKey(route) ? [{$ref: '#/components/parameters/idempotency_key'}] : []),
	];
	return {
		operationId: id,
		tags: [plugin.name],
		summary: route.summary,
		description: `${forWhom[role]} ${limitInWords(route)}`,
		security: securityOf(route),
		'x-role': role,
		'x-rate-limit': limitOf(route),
		...(parameters.length > 0 ? {parameters} : {}),
		...requestBody(route, id, schemas),
		responses: responses(route, id, schemas),
	};
}

/** As the host does: only where there is a user to keep the answer for, and a body that can be compared. */
const takesIdempotencyKey = ({method, role, upload, stream, as_sent, spool_bytes}: Route) =>
	method === 'POST' &&
	role !== 'public' &&
	upload === undefined &&
	spool_bytes === undefined &&
	stream !== true &&
	as_sent !== true;

function securityOf({role, ticket}: Route): object[] {
	const ways = [{access_token: []}, ...(ticket === true ? [{ticket: []}] : [])];
	// An empty requirement means that it works without, too.
	return role === 'public' ? [{}, ...ways] : ways;
}

function limitOf({limit}: Route): {per_minute: number; by: string; setting?: string} {
	const {per_minute, by} = limit ?? {per_minute: apiLimit, by: 'user'};
	if (typeof per_minute === 'number') return {per_minute, by};
	return {per_minute: per_minute.schema.parse(undefined), by, setting: per_minute.name};
}

function limitInWords(route: Route): string {
	const {per_minute, by, setting} = limitOf(route);
	const counted = {user: 'a user', account: 'an address with account', address: 'an address'}[by];
	return `${per_minute} requests a minute ${counted}${setting === undefined ? '' : ` unless ${setting} says otherwise`}.`;
}

function inPath({path, params}: Route, id: string, schemas: SchemaBook): object[] {
	const {properties} = schemas.fieldsOf(params, `${id}_path`);
	return [...path.matchAll(/:([^/]+)/g)].map(([, name = '']) => ({
		name,
		in: 'path',
		required: true,
		schema: properties[name] ?? {type: 'string'},
	}));
}

function inQuery({method, query, data}: Route, id: string, schemas: SchemaBook): object[] {
	const {properties, required} = schemas.fieldsOf(query, `${id}_query`);
	const declared = Object.entries(properties).map(([name, schema]) => ({
		name,
		in: 'query',
		required: required.includes(name),
		...(typeof schema.description === 'string' ? {description: schema.description} : {}),
		schema,
	}));
	const hostsOwn = method === 'GET' && data !== undefined && properties.fields === undefined;
	return hostsOwn ? [...declared, {$ref: '#/components/parameters/fields'}] : declared;
}

function requestBody(route: Route, id: string, schemas: SchemaBook): object {
	const {upload, max_body_bytes = route.spool_bytes ?? DEFAULT_BODY_BYTES} = route;
	const body = route.body as z.ZodType | undefined;
	if (upload === undefined && body === undefined) return {};
	if (upload === undefined) {
		return {
			requestBody: {
				// An empty body is an empty object; where that is enough, it may be left out.
				required: body !== undefined && !strict(body).safeParse({}).success,
				description: `At most ${max_body_bytes} bytes.`,
				content: {'application/json': {schema: schemas.of(body && strict(body), 'input', `${id}_body`)}},
			},
		};
	}
	const {properties, required} = schemas.fieldsOf(body, `${id}_body`);
	return {
		requestBody: {
			required: true,
			description: `Exactly one file, in the field ${upload.field}${upload.types === undefined ? '' : ' or as the body itself'}, of at most ${upload.max_bytes} bytes.`,
			content: {
				'multipart/form-data': {
					schema: {
						type: 'object',
						properties: {...properties, [upload.field]: {type: 'string', format: 'binary'}},
						required: [...required, upload.field],
						additionalProperties: false,
					},
				},
				...Object.fromEntries((upload.types ?? []).map(type => [type, {schema: {type: 'string', format: 'binary'}}])),
			},
		},
	};
}

function responses(route: Route, id: string, schemas: SchemaBook): object {
	const {status = 200, role, path, body, upload, method} = route;
	const errors = [
		400,
		// Who signs in may be refused without having sent a token, and a handler may refuse what a role alone allows.
		...(role === 'public' && method === 'GET' ? [] : [401]),
		...(role === 'moderator' || role === 'admin' || method !== 'GET' ? [403] : []),
		...(path.includes(':') ? [404] : []),
		...(method === 'GET' ? [] : [409]),
		...(body === undefined && upload === undefined ? [] : [413, 415, 422]),
		429,
		431,
		500,
		503,
	];
	return {
		[status]: success(route, status, id, schemas),
		...Object.fromEntries(errors.map(code => [code, {$ref: `#/components/responses/error_${code}`}])),
	};
}

function success({path, data, query, stream}: Route, status: number, id: string, schemas: SchemaBook): object {
	const headers = Object.fromEntries(
		['X-Request-ID', 'X-Timestamp', 'X-Rate-Limit-Limit', 'X-Rate-Limit-Remaining', 'X-Rate-Limit-Reset'].map(name => [
			name,
			{$ref: `#/components/headers/${name}`},
		]),
	);
	if (status === 204) return {description: 'Done; there is no body.', headers};
	if (stream === true) {
		const content = {'text/event-stream': {schema: {type: 'string'}}};
		return {description: 'Events, for as long as you listen.', headers, content};
	}
	if (data === undefined) return {description: 'Done.', headers};
	if (path.startsWith('/compat/')) {
		const content = {'application/json': {schema: schemas.of(data, 'output', `${id}_data`)}};
		return {description: 'Done; as its clients expect it, without an envelope.', headers, content};
	}
	const isList = schemas.fieldsOf(query, `${id}_query`).properties.cursor !== undefined;
	const meta: JsonSchema = isList ? {$ref: '#/components/schemas/page'} : {type: 'object'};
	return {
		description: 'Done.',
		headers,
		content: {
			'application/json': {
				schema: {
					type: 'object',
					properties: {data: schemas.of(data, 'output', `${id}_data`), meta},
					required: isList ? ['data', 'meta'] : ['data'],
				},
			},
		},
	};
}

function versionOfHost(): string {
	const {version} = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {version: string};
	return version;
}
