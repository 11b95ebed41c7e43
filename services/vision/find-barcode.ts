import {parseGtin} from '@hearth/nutrition/gtin.js';
import {buildRows} from '@hearth/nutrition/rows.js';
import type {Page} from '@hearth/nutrition/words.js';

/**
 * The GTIN printed in digits under the bars, as 14 digits; null where there is none, or more than one. Only numbers of 12 to 14 digits:
 * one number in ten has a right check digit by chance, and shorter ones are everywhere on a label.
 */
export function findBarcode(page: Page): string | null {
	const found = new Set<string>();
	for (const {text} of buildRows(page)) {
		for (const [candidate] of text.matchAll(/(?<![\d.,])\d(?:[ \t]?\d){11,13}(?![\d.,])/g)) {
			const {gtin} = parseGtin(candidate);
			if (gtin !== undefined) found.add(gtin);
		}
	}
	const [only, another] = found;
	return another === undefined ? (only ?? null) : null;
}
