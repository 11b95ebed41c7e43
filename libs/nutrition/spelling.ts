// Engines mistake letters in the same few ways, so both the lexicon and the text are brought to a form in which those are equal.
const LOOKALIKES: Record<string, string> = {
	'0': 'o',
	'1': 'i',
	'5': 's',
	'8': 'b',
	'9': 'g',
	'|': 'i',
	'!': 'i',
	l: 'i',
	ł: 'i',
	ı: 'i',
	ø: 'o',
	ß: 'ss',
	æ: 'ae',
	œ: 'oe',
};

/** Lower case, no accents, no spaces or signs, and letters that engines confuse made the same: `Fibre` and `F1brė` are equal. */
export function fold(text: string): string {
	let folded = '';
	for (const letter of text.toLowerCase().normalize('NFD')) {
		const same = LOOKALIKES[letter];
		if (same !== undefined) folded += same;
		else if (/\p{L}|\d/u.test(letter)) folded += letter;
	}
	return folded.replaceAll('rn', 'm');
}

/** Letters that may be wrong in a name of that length. Names up to four letters (fat, salt, sel) are words of everything. */
export function allowedMistakes(length: number): number {
	return length <= 4 ? 0 : length <= 7 ? 1 : length <= 11 ? 2 : 3;
}

/** The letters of a text as bits: each mistake changes at most two of them, so unlike texts are told apart at once. */
export function letterMask(text: string): number {
	let mask = 0;
	for (let i = 0; i < text.length; i++) mask |= 1 << (text.charCodeAt(i) & 31);
	return mask;
}

export function bitCount(mask: number): number {
	let count = 0;
	for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
	return count;
}

/** Levenshtein's distance of two short texts, or `limit + 1` as soon as it is certain to be above the limit. */
export function editDistance(a: string, b: string, limit: number): number {
	if (Math.abs(a.length - b.length) > limit) return limit + 1;
	let previous = Array.from({length: b.length + 1}, (_, i) => i);
	for (let i = 1; i <= a.length; i++) {
		const current = [i];
		let least = i;
		for (let j = 1; j <= b.length; j++) {
			const swap = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
			const distance = Math.min(swap, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1);
			current.push(distance);
			least = Math.min(least, distance);
		}
		if (least > limit) return limit + 1;
		previous = current;
	}
	return Math.min(previous[b.length] ?? 0, limit + 1);
}
