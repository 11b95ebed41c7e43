import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, type RequestInfo, type Route, respond, route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {shelfOf} from './catalogue.js';
import {search} from './contract.js';
import {foodEntries, foodQuery} from './foods.js';
import {LIBRARY_LIST, libraryNamed} from './libraries.js';
import type {Entry, Library} from './library.js';
import {place, searchShelf} from './search-shelf.js';

const MAX_QUERY = 200;

const queryOf = ({filters}: Library) =>
	z.object({
		q: z.string().max(MAX_QUERY, `search for at most ${MAX_QUERY} characters`).optional(),
		limit: z.coerce.number({error: 'must be a number from 1 to 200'}).int().min(1).max(200).default(50),
		cursor: z.string().max(2000).optional(),
		fields: z.string().max(1000).optional(),
		...Object.fromEntries(Object.entries(filters).map(([name, {schema}]) => [name, schema])),
	});
// A filter that is misspelt would answer everything, and look as if nothing else were there.
const strictQuery = (library: Library) => queryOf(library).strict();

/** A page of a library; throws VALIDATION_ERROR where the query is wrong. */
function page(
	shelf: Awaited<ReturnType<typeof shelfOf>>,
	{filters}: Library,
	query: z.output<ReturnType<typeof queryOf>>,
) {
	const {q, limit, cursor} = query;
	const asked: Record<string, unknown> = query;
	const {entries, next} = searchShelf(shelf, {
		q,
		limit,
		filters: Object.entries(filters).flatMap(([name, filter]) =>
			asked[name] === undefined ? [] : [{filter, wanted: asked[name]}],
		),
		after: cursor === undefined ? null : readCursor(cursor),
	});
	return {entries, next_cursor: next === null ? null : Buffer.from(JSON.stringify(next)).toString('base64url')};
}

function readCursor(cursor: string) {
	let given: unknown;
	try {
		given = JSON.parse(Buffer.from(cursor, 'base64url').toString());
	} catch {
		// Whatever it is, the schema refuses it.
	}
	const parsed = place.safeParse(given);
	if (parsed.success) return parsed.data;
	throw new PublicError('VALIDATION_ERROR', 'This cursor does not belong to this list. Start again without it.', {
		details: [{path: 'cursor', message: 'not a cursor of this list'}],
	});
}

/** Asked for each time, since a moderator may have changed it; what has not changed is not sent again. */
const headersOf = (tag: string) => ({'Cache-Control': 'private, no-cache', ETag: `"${tag}"`});

const isKnown = ({headers}: RequestInfo, tag: string) =>
	headers['if-none-match']?.split(',').some(one => one.trim().replace(/^W\//, '') === `"${tag}"`) ?? false;

function listRoute(library: Library): Route {
	const query = strictQuery(library);
	return route('GET', `/api/v1/library/${library.name}`, {
		summary: `${library.summary}: find them, or go through them by name`,
		role: 'member',
		query,
		data: z.array(library.entry),
		handle: async ({query: asked, request}, context) => {
			const shelf = await shelfOf(context, library);
			const headers = headersOf(shelf.tag);
			// An address names its query, so the state of the library is all that can change its answer.
			if (isKnown(request, shelf.tag)) return new Reply(undefined, {status: 304, headers});
			const {entries, next_cursor} = page(shelf, library, asked);
			return new Reply(entries, {headers, meta: {next_cursor}});
		},
	});
}

function getRoute(library: Library): Route {
	return route('GET', `/api/v1/library/${library.name}/:id`, {
		summary: `One of them, by id or key: ${library.summary}`,
		role: 'member',
		params: z.object({id: z.string().max(100)}),
		data: library.entry,
		handle: async ({params, request}, context) => {
			const shelf = await shelfOf(context, library);
			const entry = getEntry(shelf, library, params.id);
			const headers = headersOf(shelf.tag);
			return isKnown(request, shelf.tag) ? new Reply(undefined, {status: 304, headers}) : new Reply(entry, {headers});
		},
	});
}

export function getEntry(shelf: {find: (which: string) => Entry | undefined}, {name}: Library, id: string): Entry {
	const entry = shelf.find(id.toLowerCase());
	if (entry === undefined) throw new PublicError('NOT_FOUND', `There is no such entry in the library of ${name}.`);
	return entry;
}

const listFoods = route('GET', '/api/v1/library/foods', {
	summary: 'Foods, as /foods/search finds them; without q the newest first',
	role: 'member',
	query: foodQuery,
	data: z.array(z.looseObject({id: z.uuid(), name: z.string()})),
	handle: async ({query, user}, context) => {
		const {entries, next_cursor} = await foodEntries(context, query, user);
		return new Reply(entries, {meta: {next_cursor}});
	},
});

const listLibraries = route('GET', '/api/v1/library', {
	summary: 'The libraries there are, and what each can be filtered by',
	role: 'member',
	data: z.array(
		z.object({name: z.string(), summary: z.string(), filters: z.array(z.string()), count: z.number().nullable()}),
	),
	handle: async (_, context) => [
		...(await Promise.all(
			LIBRARY_LIST.map(async library => ({
				name: library.name,
				summary: library.summary,
				filters: Object.keys(library.filters),
				count: (await shelfOf(context, library)).entries.length,
			})),
		)),
		{name: 'foods', summary: 'The shared food database', filters: ['barcode'], count: null},
	],
});

export const readLibrary: Route[] = [
	listLibraries,
	listFoods,
	...LIBRARY_LIST.flatMap(library => [listRoute(library), getRoute(library)]),
];

/** The same for other plugins: a query as it stands in an address. */
export const answerSearch = respond(search, async ({library: name, query, user}, context: Context) => {
	if (name === 'foods') return foodEntries(context, parse(foodQuery, query), user);
	const library = libraryNamed(name);
	return page(await shelfOf(context, library), library, parse(strictQuery(library), query));
});

function parse<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
	const parsed = schema.safeParse(query);
	if (parsed.success) return parsed.data;
	const details = parsed.error.issues.map(({path, message}) => ({path: path.join('.'), message}));
	throw new PublicError('VALIDATION_ERROR', `The query is not right: ${details[0]?.message ?? 'see details'}`, {
		details,
	});
}
