import {type Head, type Size, sizeIn} from './heads.js';
import type {Row} from './rows.js';

const PHRASE = new RegExp(
	[
		...[
			'serv(?:ing|\\.|e)?\\s?size',
			'portion size',
			'size of (?:serving|portion)',
			'1 (?:serving|portion|porcja|dose)\\b',
			'portions?größe',
		],
		...[
			'portionsgr\\S+',
			'taille de (?:la )?portion',
			'portion de',
			'tamaño de (?:la )?(?:porción|ración)',
			'porción',
			'porzione',
		],
		...[
			'portiegrootte',
			'tamanho da (?:porção|dose)',
			'porção',
			'wielkość porcji',
			'porcja',
			'per serving of',
			'une portion',
			'eine portion',
		],
	].join('|'),
	'iu',
);

/**
 * How much one serving is, in g or ml: what stands in brackets after "serving size", else the first quantity after it, else the
 * quantity in the head of the column per serving. Null where none is printed, as with "1 bottle".
 */
export function findServingSize(rows: readonly Row[], heads: readonly Head[]): Size | null {
	for (const [i, row] of rows.entries()) {
		const match = PHRASE.exec(row.text);
		if (!match) continue;
		const rest = row.text.slice(match.index + match[0].length);
		const size = sizeAfter(rest) ?? (/\d/.test(rest) ? null : sizeAfter(rows[i + 1]?.text.slice(0, 40) ?? ''));
		if (size) return size;
	}
	return heads.find(head => head.kind === 'per_serving' && head.size)?.size ?? null;
}

function sizeAfter(text: string): Size | null {
	const bracket = /[([{]([^)\]}]*)/u.exec(text)?.[1] ?? '';
	// "(31g)" read as "(319)": within the brackets after a serving size stands a weight, and its last letter is its unit.
	const weight = /^\s*(\d{1,3})9\s*$/.exec(bracket);
	return sizeIn(bracket) ?? sizeIn(text) ?? (weight ? {amount: Number(weight[1]), unit: 'g'} : null);
}
