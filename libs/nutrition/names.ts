import {findAmounts} from './amounts.js';
import {LEXICON, type Named, PARTITIVES} from './lexicon.js';
import {type Place, placeOf, type Row} from './rows.js';
import {allowedMistakes, bitCount, editDistance, fold, letterMask} from './spelling.js';

/** A nutrient's name found in a row. */
export interface Name {
	named: Named;
	start: number;
	end: number;
	/** 1 for a name spelt right, less for each letter that is not. */
	quality: number;
	place: Place;
	/** It was not read, and follows from the order of the table. */
	byOrder?: true;
}

interface Spelling {
	folded: string;
	named: Named;
	mask: number;
}

const spellings = new Map<string, Spelling>();
for (const [named, names] of Object.entries(LEXICON) as [Named, readonly string[]][]) {
	for (const name of names) {
		const folded = fold(name);
		if (!spellings.has(folded)) spellings.set(folded, {folded, named, mask: letterMask(folded)});
	}
}
const byLength = new Map<number, Spelling[]>();
for (const spelling of spellings.values()) {
	const {length} = spelling.folded;
	byLength.set(length, [...(byLength.get(length) ?? []), spelling]);
}
const longest = Math.max(...byLength.keys());
const partitives = PARTITIVES.map(fold);

// Letters, with a digit in their midst where an engine took a letter for it, but not where an amount is glued to a name. A capital
// after small letters begins a new word, because some engines leave the spaces out: SaturatedFat5g.
const WORD =
	/(?<![\p{L}\d.,])[01589](?!mg|mcg|kcal|kj|gram)\p{Ll}{4,}|\p{Lu}[01589](?!mg|mcg|kcal|kj)\p{Ll}{2,}|\p{Lu}?\p{Ll}+(?:[01589](?!mg|mcg|kcal|kj)\p{Ll}{2,})*|\p{Lu}+(?:[01589](?!MG|KCAL|KJ)\p{Lu}{2,})*(?!\p{Ll})|\p{L}+|\d+/gu;
const NUMBERED = /^(?:vit|wit|omega)/;
const MAX_WORDS_IN_NAME = 6;

/** Every name of a nutrient in a row, left to right; the longest that fits wins. What is an amount is no part of a name. */
export function findNames(row: Row, amounts: readonly {start: number; end: number}[] = findAmounts(row)): Name[] {
	const words = [...row.text.matchAll(WORD)]
		.map(match => ({start: match.index, end: match.index + match[0].length}))
		.filter(word => !amounts.some(amount => amount.start < word.end && word.start < amount.end));
	const names: Name[] = [];
	for (let i = 0; i < words.length; ) {
		const found = longestNameAt(row, words, i);
		if (found) names.push(found.name);
		i += found?.words ?? 1;
	}
	return names;
}

function longestNameAt(row: Row, words: readonly {start: number; end: number}[], first: number) {
	const start = words[first]?.start ?? 0;
	// A number begins no name.
	if (/^\d+$/.test(row.text.slice(start, words[first]?.end))) return null;
	let best: {name: Name; words: number; score: number} | null = null;
	let text = '';
	for (let count = 1; count <= MAX_WORDS_IN_NAME; count++) {
		const word = words[first + count - 1];
		const before = count === 1 ? undefined : words[first + count - 2];
		if (!word || (before && !/^[ ,.:\-–/()&+*'’]{0,3}$/.test(row.text.slice(before.end, word.start)))) break;
		const part = row.text.slice(word.start, word.end);
		// Numbers are a part of the names of vitamins and omegas alone.
		if (/^\d+$/.test(part) && !NUMBERED.test(text)) break;
		text += fold(part);
		if (text.length > longest + 12) break;
		const match = matchName(text);
		if (!match) continue;
		const score = text.length * match.quality ** 2;
		if (best && score <= best.score) continue;
		const place = placeOf(row, start, word.end);
		best = {name: {named: match.named, start, end: word.end, quality: match.quality, place}, words: count, score};
	}
	return best;
}

type Match = {named: Named; quality: number};
// What was looked up lately: the same words come again on every row of a page and on every page. Emptied when full.
const remembered = new Map<string, Match | null>();

/** The nutrient that a folded text names, with bounded mistakes; null for none. */
function matchName(folded: string): Match | null {
	const known = remembered.get(folded);
	if (known !== undefined) return known;
	const glued = partitives.find(partitive => folded.startsWith(partitive) && folded.length > partitive.length + 2);
	const match = nearest(folded) ?? (glued ? nearest(folded.slice(glued.length)) : null);
	if (remembered.size >= 20_000) remembered.clear();
	remembered.set(folded, match);
	return match;
}

/** Vitamins and omegas are told apart by their last letters alone, so a mistake there is another nutrient. */
const sameEnd = (a: string, b: string): boolean => !NUMBERED.test(b) || a.slice(-2) === b.slice(-2);

function nearest(folded: string): Match | null {
	const exact = spellings.get(folded);
	if (exact) return {named: exact.named, quality: 1};
	const mask = letterMask(folded);
	let best: {named: Named; distance: number; length: number} | null = null;
	const most = allowedMistakes(folded.length);
	for (let length = folded.length - most; length <= folded.length + most; length++) {
		const limit = Math.min(most, allowedMistakes(length));
		for (const spelling of byLength.get(length) ?? []) {
			if (limit === 0 || bitCount(mask ^ spelling.mask) > 2 * limit) continue;
			if (spelling.named === 'other' || !sameEnd(folded, spelling.folded)) continue;
			const distance = editDistance(folded, spelling.folded, best ? Math.min(limit, best.distance - 1) : limit);
			if (distance <= limit && (!best || distance < best.distance)) best = {named: spelling.named, distance, length};
		}
	}
	return best && {named: best.named, quality: 1 - best.distance / best.length};
}
