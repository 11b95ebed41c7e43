import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {COLLECTION_NAME, type Collection, MAX_INDEXES} from '@hearth/records/collection.js';
import {z} from 'zod';
import {wrongCollections} from './check-collections.js';
import type {Dialect, Plugin, Route} from './plugin.js';
import type {Setting} from './settings.js';

// What the compiler says of our own plugins is said here of any: a plugin from outside may be JavaScript, or compiled against
// another Hearth. Everything is plain data, so it can be judged before anything is opened.

export const PLUGIN_NAME = /^[a-z][a-z0-9_]{0,30}$/;
/** PostgreSQL's own schemas, and those that the house keeps for itself. */
const TAKEN_NAMES = new Set([
	'public',
	'information_schema',
	'platform',
	'bus',
	'records',
	'house',
	'hearth',
	'host',
	'plugin',
]);
/** What the host answers itself, in every process. */
const HOST_PATHS = [
	'/health',
	'/ready',
	'/metrics',
	'/docs',
	'/api/v1/openapi.json',
	'/api/v1/admin/status',
	'/api/v1/admin/jobs',
	'/api/v1/admin/audit-logs',
	'/api/v1/users/me/audit',
];
/** The first words of commands that `hearth` has of its own. */
const HOST_COMMANDS = new Set(['serve', 'migrate', 'settings', 'plugins', 'nginx', 'plugin', 'doctor', 'help']);
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;

type FieldsOf<T> = {[Key in keyof Required<T>]: z.ZodType};

const fn = z.custom<unknown>(value => typeof value === 'function', 'must be a function');
const folder = z.custom<URL>(
	value => value instanceof URL && value.protocol === 'file:',
	"must be a folder, written new URL('./folder/', import.meta.url)",
);
const schema = z.custom<z.ZodType>(
	value => typeof value === 'object' && value !== null && '_zod' in value,
	'must be a schema made with zod 4',
);
/** A few words for a person; bounded, since it is shown in tables. */
const sentence = z.string().min(1, 'must say what it is for').max(300);

const setting = z.strictObject({
	name: z
		.string()
		.regex(/^[A-Z][A-Z0-9_]{2,60}$/, 'must be upper case, such as HEARTH_WATER_GOAL')
		.refine(name => !name.endsWith('_FILE'), 'must not end in _FILE, which names the file that holds a setting'),
	schema,
	summary: sentence,
	secret: z.boolean(),
} satisfies FieldsOf<Setting<unknown>>);

const route = z.strictObject({
	method: z.enum(METHODS, `must be one of ${METHODS.join(', ')}`),
	path: z
		.string()
		.regex(/^\/(?:(?::[a-z_][a-z0-9_]*|[\w.~-]+)(?:\/(?!$))?)*$/i, 'must look like /api/v1/water/glasses/:id'),
	summary: sentence,
	role: z.enum(['public', 'member', 'moderator', 'admin'], 'must be public, member, moderator or admin'),
	params: schema.optional(),
	query: schema.optional(),
	body: schema.optional(),
	upload: z
		.strictObject({
			field: z.string().min(1),
			max_bytes: z.number().int().positive(),
			types: z.array(z.string().regex(/^[a-z]+\/[\w.+-]+$/, 'must look like text/csv')).optional(),
		})
		.optional(),
	data: schema.optional(),
	status: z.number().int().min(200).max(299).optional(),
	limit: z
		.strictObject({
			per_minute: z.union([z.number().int().positive(), setting]),
			by: z.enum(['user', 'account', 'address']),
			bucket: z.string().optional(),
		})
		.optional(),
	max_body_bytes: z.number().int().positive().optional(),
	as_sent: z.boolean().optional(),
	spool_bytes: z.number().int().positive().optional(),
	ticket: z.boolean().optional(),
	stream: z.boolean().optional(),
	handle: fn,
} satisfies FieldsOf<Route>);

const call = z.strictObject({
	name: z.string(),
	input: schema,
	output: schema,
	timeout_ms: z.number().int().min(1).optional(),
});
const event = z.strictObject({name: z.string(), payload: schema});
const job = z.strictObject({
	name: z.string(),
	payload: schema,
	concurrency: z.number().int().positive(),
	attempts: z.number().int().positive(),
	lease_ms: z.number().int().positive(),
	handle: fn,
	parked: fn.optional(),
});
const command = z.strictObject({
	name: z.string().regex(/^[a-z][a-z-]*(?: [a-z][a-z-]*)*$/, 'must be words in lower case, such as `water export`'),
	summary: sentence,
	arguments: z.array(z.strictObject({name: z.string().min(1), summary: sentence})).optional(),
	options: z
		.array(
			z.strictObject({
				name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be written without dashes in front'),
				summary: sentence,
				value: z.string().optional(),
				required: z.boolean().optional(),
			}),
		)
		.optional(),
	run: fn,
});

const collection = z.strictObject({
	name: z.string().regex(COLLECTION_NAME, 'must be 1–63 of a–z, 0–9 and _, and begin with a letter'),
	summary: sentence,
	schema,
	patch: schema,
	merge: z.record(z.string(), z.string()),
	indexes: z.array(z.string()).max(MAX_INDEXES),
	deleted_and_edited: z.enum(['delete', 'edit']),
	split_on: z.string().nullable(),
	max_records: z.number().int().positive(),
	announce: z.boolean(),
} satisfies FieldsOf<Collection>);

const dialect = z.strictObject({
	at: z.string().regex(/^\/compat\/[a-z][a-z0-9-]*$/, 'must be /compat/ and a name'),
	error: fn,
	token_header: z
		.string()
		.regex(/^[a-z][a-z0-9-]*$/, 'must be in lower case')
		.optional(),
} satisfies FieldsOf<Dialect>);

const definition = z.strictObject({
	name: z.string().regex(PLUGIN_NAME, 'must be 1–31 of a–z, 0–9 and _, and begin with a letter'),
	summary: sentence,
	settings: z.array(setting).optional(),
	collections: z.array(collection).optional(),
	dialect: dialect.optional(),
	collectionRoutes: fn.optional(),
	routes: z.array(route).optional(),
	calls: z.array(z.strictObject({call, handle: fn})).optional(),
	events: z.array(event).optional(),
	subscriptions: z.array(z.strictObject({event, everywhere: z.boolean(), handle: fn})).optional(),
	jobs: z.array(job).optional(),
	commands: z.array(command).optional(),
	migrations: folder.optional(),
	files: z
		.strictObject({
			at: z.string().regex(/^\/(?:[\w.~-]+\/?)*$/, 'must be a path'),
			folder,
			fallback: z.string().optional(),
		})
		.optional(),
	start: fn.optional(),
	health: fn.optional(),
	exporters: z.array(fn).optional(),
	erasers: z.array(fn).optional(),
} satisfies FieldsOf<Plugin>);

/** Says in plain words what is wrong with what a `plugin.js` exports, on its own and beside the plugins before it; empty when right. */
export function wrongWith(
	exported: unknown,
	others: readonly Plugin[],
	platform: readonly Setting<unknown>[],
): string[] {
	if (typeof exported !== 'object' || exported === null) return ['it must `export default definePlugin({…})`'];
	const shape = definition.safeParse(exported);
	if (!shape.success) return shape.error.issues.map(({path, message}) => `${placeOf(path, exported)}${message}`);
	const plugin = exported as Plugin;
	return [
		...wrongName(plugin, others),
		...wrongSettings(plugin, others, platform),
		...wrongRoutes(plugin, others),
		...wrongCollections(plugin, others),
		...wrongMessages(plugin),
		...wrongCommands(plugin, others),
		...wrongFolders(plugin, others),
	];
}

/** `routes[2] (GET /api/v1/water): role ` — a person finds a route by its path sooner than by its place in a list. */
function placeOf(path: readonly PropertyKey[], exported: object): string {
	if (path.length === 0) return '';
	const [list, index, ...rest] = path;
	if (typeof index !== 'number') return `${path.map(String).join('.')} `;
	const item = (exported as Record<string, Record<string, unknown>[]>)[String(list)]?.[index];
	const known = item?.path === undefined ? item?.name : `${String(item.method)} ${String(item.path)}`;
	return `${String(list)}[${index}]${known === undefined ? '' : ` (${String(known)})`}: ${rest.map(String).join('.')}${rest.length > 0 ? ' ' : ''}`;
}

/** Whether the house or PostgreSQL keeps this name for itself. */
export const isTakenName = (name: string): boolean => TAKEN_NAMES.has(name) || name.startsWith('pg_');

function wrongName({name}: Plugin, others: readonly Plugin[]): string[] {
	if (isTakenName(name)) return [`the name ${name} belongs to the house or to PostgreSQL: choose another`];
	return others.some(other => other.name === name)
		? [`there is already a plugin named ${name}: choose another name`]
		: [];
}

function wrongSettings(
	{settings = []}: Plugin,
	others: readonly Plugin[],
	platform: readonly Setting<unknown>[],
): string[] {
	const before = [
		...platform.map(setting => ({setting, owner: 'the house'})),
		...others.flatMap(other => (other.settings ?? []).map(setting => ({setting, owner: `the plugin ${other.name}`}))),
	];
	return settings.flatMap((setting, index) => {
		const same = [
			...before,
			...settings.slice(0, index).map(earlier => ({setting: earlier, owner: 'the plugin itself'})),
		].find(other => other.setting.name === setting.name);
		if (same === undefined || sameSetting(same.setting, setting)) return [];
		return [
			`the setting ${setting.name} is declared differently by ${same.owner}: use that one, or choose another name`,
		];
	});
}

function sameSetting(one: Setting<unknown>, other: Setting<unknown>): boolean {
	if (one.schema === other.schema) return one.secret === other.secret;
	const shapeOf = ({schema, secret}: Setting<unknown>) =>
		JSON.stringify([secret, z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any'})]);
	return shapeOf(one) === shapeOf(other);
}

/** Two paths that differ only in the names of their parameters are one path. */
const keyOf = ({method, path}: Route) => `${method} ${path.replaceAll(/:[^/]+/g, ':')}`;

function wrongRoutes({routes = []}: Plugin, others: readonly Plugin[]): string[] {
	const owners = new Map(
		others.flatMap(other => (other.routes ?? []).map(route => [keyOf(route), other.name] as const)),
	);
	return routes.flatMap(route => {
		const name = `${route.method} ${route.path}`;
		const problems: string[] = [];
		if (HOST_PATHS.some(path => route.path === path || route.path.startsWith(`${path}/`))) {
			problems.push(`${name} is answered by the house itself: choose another path`);
		}
		const owner = owners.get(keyOf(route));
		if (owner !== undefined) problems.push(`${name} is already a route of ${owner}: choose another path`);
		owners.set(keyOf(route), 'the plugin itself');
		problems.push(...wrongParts(route, name));
		return problems;
	});
}

function wrongParts(route: Route, name: string): string[] {
	const problems: string[] = [];
	const inPath = [...route.path.matchAll(/:([^/]+)/g)].map(match => match[1]);
	if (new Set(inPath).size !== inPath.length) problems.push(`${name} names a parameter twice`);
	const declared = Object.keys((route.params as {shape?: object} | undefined)?.shape ?? {});
	const missing = declared.filter(param => !inPath.includes(param));
	if (missing.length > 0)
		problems.push(`${name} has params ${missing.join(', ')} that are not in its path: write :${missing[0]} there`);
	if (route.method === 'GET' && (route.body ?? route.upload) !== undefined)
		problems.push(`${name} is a GET and cannot have a body: use query`);
	if (route.upload !== undefined && route.spool_bytes !== undefined)
		problems.push(`${name} takes a file of a form and a body on the disk: leave out upload or spool_bytes`);
	if (route.status === 204 && route.data !== undefined)
		problems.push(`${name} answers 204, which has no body: leave out data or status`);
	if (route.stream === true && (route.data !== undefined || route.status === 204))
		problems.push(`${name} answers a stream, which is not JSON and has a body: leave out data and status`);
	return problems;
}

/** Names on the bus begin with the plugin's, so that nobody answers for another. */
function wrongMessages({name, calls = [], events = [], jobs = []}: Plugin): string[] {
	const right = new RegExp(`^${name}\\.[a-z][a-z0-9_]*$`);
	const named = [
		...calls.map(({call}) => ({kind: 'call', name: call.name})),
		...events.map(event => ({kind: 'event', name: event.name})),
		...jobs.map(job => ({kind: 'job', name: job.name})),
	];
	return named.flatMap(({kind, name: given}, index) => {
		if (!right.test(given)) return [`the ${kind} ${given} must be named ${name}.something, in lower case`];
		const again = named.slice(0, index).some(earlier => earlier.kind === kind && earlier.name === given);
		return again ? [`the ${kind} ${given} is declared twice`] : [];
	});
}

function wrongCommands({commands = []}: Plugin, others: readonly Plugin[]): string[] {
	const taken = new Set(others.flatMap(other => (other.commands ?? []).map(command => command.name)));
	return commands.flatMap(({name}) => {
		const [first = ''] = name.split(' ');
		if (HOST_COMMANDS.has(first))
			return [`the command ${name} begins with one of hearth's own, ${first}: choose another name`];
		if (taken.has(name)) return [`there is already a command ${name}: choose another name`];
		taken.add(name);
		return [];
	});
}

function wrongFolders({migrations, files}: Plugin, others: readonly Plugin[]): string[] {
	const problems: string[] = [];
	if (migrations !== undefined && !existsSync(migrations)) {
		problems.push(
			`its folder of migrations ${fileURLToPath(migrations)} is not there: create it, or leave out migrations`,
		);
	}
	const beside = others.find(other => files !== undefined && other.files?.at === files.at);
	if (beside !== undefined)
		problems.push(`files at ${files?.at} are already served by ${beside.name}: choose another path`);
	return problems;
}
