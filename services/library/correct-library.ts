import {PublicError} from '@hearth/host/errors.js';
import {type Context, type RequestInfo, type Route, route, type Transaction, type User} from '@hearth/host/plugin.js';
import {v7 as uuidv7} from 'uuid';
import {z} from 'zod';
import {MOST_OWN, type OwnEntry, type Shelf, shelfOf, withOwn} from './catalogue.js';
import {LIBRARY_LIST} from './libraries.js';
import {type Entry, key, keyOf, type Library} from './library.js';
import {getEntry} from './read-library.js';

/** Of a house's own entries: below is for starter sets to come. */
const FIRST_OWN_NUMBER = 100_000;
/** An entry and all that is in it; all of a house's own are kept in memory. */
const MAX_BODY_BYTES = 64 * 1024;

const given = (schema: unknown): z.ZodType =>
	schema instanceof z.ZodDefault ? given(schema.unwrap()) : (schema as z.ZodType);

/** The fields to change. What is left out stays, so no default may stand in for it. */
const editsOf = ({fields}: Library) =>
	z.strictObject(
		Object.fromEntries(Object.entries(fields.shape).map(([name, schema]) => [name, given(schema).optional()])),
	);

/** A new entry: its key is made of its name, and its number is the next, unless they are said. */
function newEntryOf({fields}: Library) {
	const {number, other_names, sources} = fields.shape;
	return fields.extend({
		key: key.optional(),
		other_names: given(other_names).default([]),
		sources: given(sources).default([]),
		...(number === undefined ? {} : {number: given(number).optional()}),
	});
}

function addRoute(library: Library): Route {
	return route('POST', `/api/v1/library/${library.name}`, {
		summary: `Add to it what this house knows: ${library.summary}`,
		role: 'moderator',
		body: newEntryOf(library),
		data: library.entry,
		status: 201,
		max_body_bytes: MAX_BODY_BYTES,
		handle: ({body, user, request}, context) => {
			const {key: wanted, ...fields} = body as Record<string, unknown> & {name: string; key?: string};
			return change(library, context, async (tx, shelf, own) => {
				const ownKey = wanted ?? keyOf(fields.name);
				if (!key.safeParse(ownKey).success) {
					throw new PublicError(
						'VALIDATION_ERROR',
						'No key can be made of this name. Give one: key, of a–z, 0–9 and -, with a letter.',
					);
				}
				if (shelf.find(ownKey) !== undefined) {
					throw new PublicError(
						'CONFLICT',
						`There is an entry ${ownKey} already. Change that one, or give another key.`,
					);
				}
				const before = own.find(row => row.key === ownKey);
				const shipped = library.starter().entries.find(entry => entry.key === ownKey);
				if (before === undefined && own.length >= MOST_OWN) {
					throw new PublicError(
						'UNPROCESSABLE',
						`A house can add ${MOST_OWN} entries to this library, those taken out included. Use the key of one of those again.`,
					);
				}
				const numbered = withNumber(library, fields, before?.fields.number ?? shipped?.number, own, shelf);
				const id = before?.id ?? shipped?.id ?? uuidv7();
				await write(tx, library, {id, key: ownKey, fields: numbered, gone: false}, context.now());
				await tx.audit(auditOf('library.added', library, id, ownKey, user, request));
				return id;
			});
		},
	});
}

function editRoute(library: Library): Route {
	return route('PUT', `/api/v1/library/${library.name}/:id`, {
		summary: `Correct an entry; fields that are left out stay: ${library.summary}`,
		role: 'moderator',
		params: z.object({id: z.string().max(100)}),
		body: editsOf(library),
		data: library.entry,
		max_body_bytes: MAX_BODY_BYTES,
		handle: ({params, body, user, request}, context) =>
			change(library, context, async (tx, shelf, own) => {
				const entry = getEntry(shelf, library, params.id);
				const edits: Record<string, unknown> = body;
				if (Object.keys(edits).length === 0) return entry.id;
				refuseTakenNumber(shelf, edits.number, entry.id);
				const before = own.find(row => row.id === entry.id);
				const fields = {...before?.fields, ...edits};
				await write(tx, library, {id: entry.id, key: entry.key, fields, gone: false}, context.now());
				await tx.audit(
					auditOf('library.corrected', library, entry.id, entry.key, user, request, {fields: Object.keys(edits)}),
				);
				return entry.id;
			}),
	});
}

function removeRoute(library: Library): Route {
	return route('DELETE', `/api/v1/library/${library.name}/:id`, {
		summary: `Take an entry out, for this house: ${library.summary}`,
		role: 'moderator',
		params: z.object({id: z.string().max(100)}),
		status: 204,
		handle: async ({params, user, request}, context) => {
			const shelf = await shelfOf(context, library);
			const entry = getEntry(shelf, library, params.id);
			await context.db.transaction(async tx => {
				await lock(tx, library, context.now());
				const taken = await tx.run(
					`insert into library.entries as entry (library, id, key, fields, gone, updated_at) values ($1, $2, $3, '{}', true, $4)
					on conflict (library, id) do update set gone = true, updated_at = excluded.updated_at where not entry.gone`,
					[library.name, entry.id, entry.key, new Date(context.now())],
				);
				// Somebody else was quicker.
				if (taken === 0)
					throw new PublicError('NOT_FOUND', `There is no such entry in the library of ${library.name}.`);
				await tx.audit(auditOf('library.taken_out', library, entry.id, entry.key, user, request));
			});
		},
	});
}

/**
 * Locks the library, lets `work` write on what there is now, and answers the entry as everybody sees it after the commit. Reads within its
 * transaction alone: what is kept in memory must never be of a transaction that may still fail.
 */
function change(
	library: Library,
	context: Context,
	work: (tx: Transaction, shelf: Pick<Shelf, 'find' | 'entries'>, own: OwnEntry[]) => Promise<string>,
): Promise<Entry> {
	return context.db.transaction(async tx => {
		await lock(tx, library, context.now());
		const own = await tx.many<OwnEntry>('select id, key, fields, gone from library.entries where library = $1', [
			library.name,
		]);
		const entries = withOwn(library, own, () => undefined);
		const find = (which: string) =>
			entries.find(entry => entry.id === which || entry.key === which || String(entry.number) === which);
		const written = await work(tx, {entries, find}, own);
		const after = await tx.many<OwnEntry>(
			'select id, key, fields, gone from library.entries where library = $1 and id = $2',
			[library.name, written],
		);
		// An edit fits by itself, and perhaps not together with what the entry had.
		const changed = withOwn(library, after, (_, error) => {
			const details = error.issues.map(({path, message}) => ({path: path.join('.'), message}));
			throw new PublicError('UNPROCESSABLE', `The entry would not be right: ${details[0]?.message}`, {details});
		});
		const entry = changed.find(({id}) => id === written);
		if (entry === undefined) throw new Error(`${library.name} has lost ${written}`);
		return entry;
	});
}

/** Whoever holds it is the only one who changes this library, until the commit. */
const lock = (tx: Transaction, {name}: Library, now_ms: number) =>
	tx.run(
		`insert into library.revisions as known (library, revision) values ($1, $2)
		on conflict (library) do update set revision = greatest(known.revision + 1, excluded.revision)`,
		[name, now_ms],
	);

const write = (tx: Transaction, {name}: Library, {id, key, fields, gone}: OwnEntry, now_ms: number) =>
	tx.run(
		`insert into library.entries (library, id, key, fields, gone, updated_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (library, id) do update
		set fields = excluded.fields, gone = excluded.gone, updated_at = excluded.updated_at`,
		[name, id, key, JSON.stringify(fields), gone, new Date(now_ms)],
	);

/** The number it had, or the next: that of an entry which was taken out may still be in somebody's log, and is not given again. */
function withNumber(
	library: Library,
	fields: Record<string, unknown>,
	before: unknown,
	own: readonly OwnEntry[],
	shelf: Pick<Shelf, 'entries'>,
) {
	if (!('number' in library.fields.shape)) return fields;
	refuseTakenNumber(shelf, fields.number, null);
	if (fields.number !== undefined) return fields;
	if (before !== undefined) return {...fields, number: before};
	const numbers = [...shelf.entries.map(({number}) => number), ...own.map(row => row.fields.number)];
	const known = numbers.filter(number => typeof number === 'number');
	return {...fields, number: Math.max(FIRST_OWN_NUMBER - 1, ...known) + 1};
}

/** Apps tell exercises apart by their numbers. */
function refuseTakenNumber({entries}: Pick<Shelf, 'entries'>, number: unknown, by: string | null): void {
	const other = number === undefined ? undefined : entries.find(entry => entry.number === number && entry.id !== by);
	if (other !== undefined) {
		throw new PublicError('CONFLICT', `The number ${number} is that of ${other.name}. Give another, or none.`);
	}
}

const auditOf = (
	action: `library.${string}`,
	{name}: Library,
	id: string,
	key: string,
	actor: User,
	{id: request_id, ip, headers}: RequestInfo,
	detail: Record<string, unknown> = {},
) => ({
	action,
	actor_id: actor.id,
	resource: {type: `library/${name}`, id},
	detail: {key, ...detail},
	request: {id: request_id, ip, ...(headers['user-agent'] && {user_agent: headers['user-agent']})},
});

export const correctLibrary: Route[] = LIBRARY_LIST.filter(({writable}) => writable).flatMap(library => [
	addRoute(library),
	editRoute(library),
	removeRoute(library),
]);
