import type {Context} from '@hearth/host/plugin.js';
import type {Settings} from '@hearth/host/settings.js';
import MiniSearch from 'minisearch';
import {z} from 'zod';
import {nameKey, wordsOf} from './fold-words.js';
import {common, type Entry, type Library} from './library.js';

/**
 * A library as it is answered: the starter set with what this house corrected, took out and added. It is kept in memory, some hundred
 * entries and at most `MOST_OWN` more, and made anew when its revision changed. Searching there takes less time than asking the database.
 */
export interface Shelf {
	revision: number;
	/** Names this state of the library: of the starter set and of the house's own. */
	tag: string;
	/** By name. */
	entries: readonly Entry[];
	/** The same with their names as they are compared, so that no search has to fold them. */
	folded: ReadonlyMap<string, Folded>;
	/** By id, by key and, where it has one, by number. */
	find: (which: string) => Entry | undefined;
	index: MiniSearch;
}

export interface Folded {
	entry: Entry;
	name_key: string;
	name_words: readonly string[];
	other_keys: readonly string[];
	/** As JSON. */
	size_bytes: number;
}

/** A row of `library.entries`. */
export interface OwnEntry {
	id: string;
	key: string;
	fields: Record<string, unknown>;
	gone: boolean;
}

/** What a house may add to one library; what was taken out counts until its key is used again. */
export const MOST_OWN = 1000;

/** Of each house of this process. */
const houses = new WeakMap<Settings, Map<string, Promise<Shelf>>>();

/** The library as it is now, in whichever process it was changed. */
export async function shelfOf(context: Pick<Context, 'db' | 'settings' | 'log'>, library: Library): Promise<Shelf> {
	const {db, settings, log} = context;
	const shelves = houses.get(settings) ?? new Map<string, Promise<Shelf>>();
	houses.set(settings, shelves);
	const found = await db.find<{revision: number}>('select revision from library.revisions where library = $1', [
		library.name,
	]);
	const revision = found?.revision ?? 0;
	const known = shelves.get(library.name);
	if (known !== undefined && (await known).revision === revision) return known;
	// Several requests may find it old at once: the first reads, the others wait for what it has read.
	if (shelves.get(library.name) !== known) return shelfOf(context, library);
	const read = readShelf({db, log}, library);
	shelves.set(library.name, read);
	// What could not be read is tried again by the next one.
	read.catch(() => shelves.delete(library.name));
	return read;
}

async function readShelf({db, log}: Pick<Context, 'db' | 'log'>, library: Library): Promise<Shelf> {
	// The revision first: what is written meanwhile is then read once more, and never missed.
	const found = await db.find<{revision: number}>('select revision from library.revisions where library = $1', [
		library.name,
	]);
	const own =
		found === null
			? []
			: await db.many<OwnEntry>('select id, key, fields, gone from library.entries where library = $1', [library.name]);
	const entries = withOwn(library, own, (entry, error) =>
		log.warn(
			{library: library.name, entry: entry.key, err: error},
			'a correction does not fit this version and is left out',
		),
	);
	return shelfFrom(library, entries, found?.revision ?? 0);
}

const described = z.looseObject(common);

/** The starter set with the house's own on top. A correction that does not fit a later version of its entry is left out, and said. */
export function withOwn(
	library: Library,
	own: readonly OwnEntry[],
	unfit: (entry: OwnEntry, error: z.ZodError) => void,
): Entry[] {
	const entries = new Map(library.starter().entries.map(entry => [entry.id, entry]));
	for (const row of own) {
		const shipped = entries.get(row.id);
		if (row.gone) {
			entries.delete(row.id);
			continue;
		}
		const {id, key, origin: _, ...fields} = shipped ?? {id: row.id, key: row.key, origin: 'own'};
		const parsed = library.fields.safeParse({...fields, ...row.fields});
		if (!parsed.success) {
			unfit(row, parsed.error);
			continue;
		}
		const origin = shipped === undefined ? 'own' : 'corrected';
		entries.set(id, {...described.parse(parsed.data), id, key, origin});
	}
	return [...entries.values()];
}

export function shelfFrom(library: Library, unsorted: Entry[], revision: number): Shelf {
	const rows = unsorted
		.map(entry => ({
			entry,
			name_key: nameKey(entry.name),
			name_words: wordsOf(entry.name),
			other_keys: entry.other_names.map(nameKey),
			size_bytes: Buffer.byteLength(JSON.stringify(entry)),
		}))
		.sort((one, other) => compare(one.name_key, other.name_key) || compare(one.entry.id, other.entry.id));
	const entries = rows.map(({entry}) => entry);
	const index = new MiniSearch({
		fields: ['words'],
		idField: 'id',
		tokenize: text => text.split(' '),
		processTerm: word => word,
	});
	index.addAll(entries.map(entry => ({id: entry.id, words: foundBy(library, entry).join(' ')})));
	const places = new Map(
		entries.flatMap(entry => {
			const number = typeof entry.number === 'number' ? [[String(entry.number), entry] as const] : [];
			return [[entry.id, entry] as const, [entry.key, entry] as const, ...number];
		}),
	);
	return {
		revision,
		tag: `${library.starter().hash}-${revision}`,
		entries,
		folded: new Map(rows.map(row => [row.entry.id, row])),
		find: which => places.get(which),
		index,
	};
}

const foundBy = (library: Library, entry: Entry) =>
	[entry.name, ...entry.other_names, ...library.alsoFoundBy(entry)].flatMap(wordsOf);

/** By code units, the same everywhere. */
export const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
