import {readLabel} from '@hearth/nutrition/read-label.js';
import type {Reading} from './contract.js';
import {findBarcode} from './find-barcode.js';
import type {PictureWords} from './read-picture.js';

/** What the words of a picture say, as `GET /images/:id/result` answers it. */
export function readingOf(id: string, {page, table}: PictureWords): Reading {
	const whole = readLabel(page);
	const close = table === null ? whole : readLabel(table);
	const best = weight(close) >= weight(whole) ? close : whole;
	const {basis, serving_size, bases, fields, confidence, boxes, raw_text, warnings} = best;
	return {
		...{id, basis, serving_size: serving_size ?? whole.serving_size, bases, fields, confidence, boxes},
		barcode: findBarcode(page),
		raw_text,
		warnings,
	};
}

/** Fields that are likely right. The closer look is the better one as a rule, and not where it cut the heads of columns off. */
const weight = ({confidence}: Pick<Reading, 'confidence'>): number =>
	Object.values(confidence).reduce((sum, share) => sum + share, 0);
