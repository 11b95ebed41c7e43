// Stored names and queries are folded by the same function, so that what is typed without accents, capitals or punctuation finds
// what was written with them.

/** Letters that Unicode does not take apart, as people write them without that key. */
const SPELT_OUT: Record<string, string> = {
	ß: 'ss',
	æ: 'ae',
	œ: 'oe',
	ø: 'o',
	å: 'a',
	ł: 'l',
	đ: 'd',
	ð: 'd',
	þ: 'th',
	ħ: 'h',
	ı: 'i',
	ŋ: 'n',
};
const SPELT_OUT_LETTERS = new RegExp(`[${Object.keys(SPELT_OUT).join('')}]`, 'g');
// Marks that may be left out in writing: accents, Hebrew points, Arabic vowel signs and tatweel, variation selectors (of emoji).
// Not the vowel signs of Indic scripts, without which a word is another.
const OPTIONAL_MARKS = /[\u0300-\u036F]|[\u0591-\u05C7]|[\u0610-\u061A]|\u0640|[\u064B-\u065F]|\u0670|[\uFE00-\uFE0F]/g;
const NEITHER_LETTER_NOR_DIGIT = /[^\p{L}\p{N}\p{M}]+/gu;
const WITHIN_A_WORD = /(?<=[\p{L}\p{N}])['’ʼ`´‐‑-](?=[\p{L}\p{N}])/gu;
const HALF_A_CHARACTER_AT_END = /[\uD800-\uDBFF]$/;

/** Compatibility forms may unfold to 18 characters each; an index entry holds at most 2,704 bytes. */
const MAX_KEY_LENGTH = 300;
const MAX_WORD_LENGTH = 60;

/** Words of letters and digits in lower case, without accents, one space between them; empty where there are none. */
export function foldText(text: string): string {
	return text
		.toLowerCase()
		.normalize('NFKD')
		.replace(OPTIONAL_MARKS, '')
		.toLowerCase()
		.replace(SPELT_OUT_LETTERS, letter => SPELT_OUT[letter] ?? letter)
		.normalize('NFC')
		.replace(NEITHER_LETTER_NOR_DIGIT, ' ')
		.trim()
		.slice(0, MAX_KEY_LENGTH)
		.replace(HALF_A_CHARACTER_AT_END, '')
		.trimEnd();
}

/** The words of a folded text, each once. */
export function wordsOf(folded: string): string[] {
	return [...new Set(folded.split(' ').map(shortened).filter(hasLetterOrDigit))];
}

/** The words by which a text is found: its own, and those that people write in one (Kellogg's, Coca-Cola: kelloggs, cocacola). */
export function searchWords(text: string): string[] {
	return [...new Set([...wordsOf(foldText(text)), ...wordsOf(foldText(text.replace(WITHIN_A_WORD, '')))])];
}

// By code points: half of a surrogate pair is no text.
const shortened = (word: string) =>
	word.length <= MAX_WORD_LENGTH ? word : [...word].slice(0, MAX_WORD_LENGTH).join('');
const hasLetterOrDigit = (word: string) => /[\p{L}\p{N}]/u.test(word);
