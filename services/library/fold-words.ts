// Names and queries are folded alike, so that what is typed without accents, capitals or dashes finds what was written with them.

/** Letters that Unicode does not take apart. */
const SPELT_OUT: Record<string, string> = {ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i'};
const SPELT_OUT_LETTERS = new RegExp(`[${Object.keys(SPELT_OUT).join('')}]`, 'g');
/** Accents and points that may be left out in writing: Latin, Greek, Cyrillic, Hebrew, Arabic. */
const OPTIONAL_MARKS = /[\u0300-\u036F\u0591-\u05C7\u0610-\u061A\u064B-\u065F\u0670]/g;
const WITHIN_A_WORD = /(?<=[\p{L}\p{N}])['’‐‑–-](?=[\p{L}\p{N}])/gu;
/** More words than any name has, and longer than any: what goes beyond is left out. */
const MAX_WORDS = 60;
const MAX_LETTERS = 40;

/** Words of letters and digits in lower case, without accents, a space between; empty where there are none. */
export function foldText(text: string): string {
	return text
		.toLowerCase()
		.normalize('NFKD')
		.replace(OPTIONAL_MARKS, '')
		.replace(SPELT_OUT_LETTERS, letter => SPELT_OUT[letter] ?? letter)
		.normalize('NFC')
		.replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
		.trim();
}

/** The words of a text, and those that some write in one: push-up is `push`, `up` and `pushup`. */
export function wordsOf(text: string): string[] {
	const split = `${foldText(text)} ${foldText(text.replace(WITHIN_A_WORD, ''))}`.split(' ').filter(Boolean);
	return [...new Set(split.map(word => [...word].slice(0, MAX_LETTERS).join('')))].slice(0, MAX_WORDS);
}

/** Of a name, by which names are compared and ordered; short enough to stand in a cursor, however far its signs unfold. */
export const nameKey = (name: string): string => [...foldText(name)].slice(0, 200).join('');
