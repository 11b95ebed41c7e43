import {z} from 'zod';
import {compare, type Folded, type Shelf} from './catalogue.js';
import {nameKey} from './fold-words.js';
import type {Entry, Filter} from './library.js';

/** Of a page: it may have to go over the bus to another plugin, which takes a megabyte. */
const MOST_BYTES = 500_000;
/** More words than any name has; the rest of a query is left out. */
const MAX_WORDS = 10;

/**
 * Where a page ended. How it was matched is part of it, so that the pages of one search are of one kind; the rest is the last entry's own
 * and of no other entry, so that nothing is shown twice or passed over when an entry is added or taken out between two pages.
 */
export const place = z.tuple([
	z.enum(['all', 'as_typed', 'slips', 'more_slips']),
	z.int().min(0).max(9),
	z.int().min(0).max(1000),
	z.string().max(1000),
	z.uuid(),
]);
export type Place = z.output<typeof place>;
type Manner = Place[0];

interface Hit {
	entry: Entry;
	/** 0 is best: the name itself, its beginning, all words in the name, elsewhere. */
	rank: number;
	/** Of the name: the fewer, the more of it was asked for. */
	words: number;
	name_key: string;
	size_bytes: number;
}

export interface Question {
	q?: string | undefined;
	filters: readonly {filter: Filter; wanted: unknown}[];
	limit: number;
	after: Place | null;
}

/** One page of a library, in an order that depends on nothing but the question and the entries. */
export function searchShelf(
	shelf: Shelf,
	{q, filters, limit, after}: Question,
): {entries: Entry[]; next: Place | null} {
	const manners: Manner[] =
		after !== null ? [after[0]] : q === undefined ? ['all'] : ['as_typed', 'slips', 'more_slips'];
	for (const manner of manners) {
		const hits = hitsOf(shelf, q ?? '', manner).filter(({entry}) =>
			// The schema of the filter made what is wanted.
			filters.every(({filter, wanted}) => filter.keeps(entry, wanted as never)),
		);
		const rest = after === null ? hits : hits.filter(hit => inOrder(hit, hitAt(after)) > 0);
		if (rest.length === 0 && after === null) continue;
		const shown = fitting(rest.sort(inOrder).slice(0, limit));
		const last = shown.at(-1);
		const next: Place | null =
			last === undefined || rest.length === shown.length
				? null
				: [manner, last.rank, last.words, last.name_key, last.entry.id];
		return {entries: shown.map(({entry}) => entry), next};
	}
	return {entries: [], next: null};
}

/** As many as go into a page, at least one. */
function fitting(hits: Hit[]): Hit[] {
	let bytes = 0;
	const end = hits.findIndex(({size_bytes}, at) => {
		bytes += size_bytes;
		return at > 0 && bytes > MOST_BYTES;
	});
	return end === -1 ? hits : hits.slice(0, end);
}

type Ordered = Pick<Hit, 'rank' | 'words' | 'name_key'> & {entry: Pick<Entry, 'id'>};

const hitAt = ([, rank, words, name_key, id]: Place): Ordered => ({rank, words, name_key, entry: {id}});

const inOrder = (one: Ordered, other: Ordered) =>
	one.rank - other.rank ||
	one.words - other.words ||
	compare(one.name_key, other.name_key) ||
	compare(one.entry.id, other.entry.id);

function hitsOf({index, folded}: Shelf, q: string, manner: Manner): Hit[] {
	if (manner === 'all')
		return [...folded.values()].map(({entry, name_key, size_bytes}) => ({
			entry,
			rank: 0,
			words: 0,
			name_key,
			size_bytes,
		}));
	const key = nameKey(q);
	if (key === '') return [];
	const asked = key.split(' ').slice(0, MAX_WORDS);
	// While a word is being typed its first letter says nothing yet.
	const telling = asked.some(word => word.length > 1) ? asked.filter(word => word.length > 1) : asked;
	const found = index.search(telling.join(' '), {
		combineWith: 'AND',
		prefix: word => word.length > 1,
		fuzzy: word => (manner === 'as_typed' ? false : slipsForgiven(word, manner)),
	});
	return found.flatMap(({id}): Hit[] => {
		const row = folded.get(String(id));
		if (row === undefined) return [];
		const {entry, name_key, name_words, size_bytes} = row;
		return [{entry, rank: rankOf(row, key, telling), words: name_words.length, name_key, size_bytes}];
	});
}

/**
 * Letters more, less or other that are forgiven, first as many as are likely, then, where nothing was found, two also in short words: two
 * letters that changed places are two. Short words have too many neighbours, digits mean what they say.
 */
function slipsForgiven(word: string, manner: Manner): number | false {
	const letters = [...word].length;
	if (letters < 3 || /\p{N}/u.test(word)) return false;
	return letters >= 6 || (manner === 'more_slips' && letters >= 4) ? 2 : 1;
}

function rankOf({name_key, name_words, other_keys}: Folded, key: string, telling: string[]): number {
	if (name_key === key) return 0;
	if (other_keys.includes(key)) return 1;
	if (name_key.startsWith(`${key} `)) return 2;
	if (name_key.startsWith(key)) return 3;
	if (telling.every(word => name_words.includes(word))) return 4;
	return telling.every(word => name_words.some(other => other.startsWith(word))) ? 5 : 6;
}
