import {readLabel} from '@hearth/nutrition/read-label.js';
import type {Reading} from './contract.js';
import {findBarcode} from './find-barcode.js';
import type {PictureWords} from './read-picture.js';

/** What the words of a picture say, as `GET /images/:id/result` answers it. */
export function readingOf(id: string, {page, table}: PictureWords): Reading {
	const {basis, serving_size, bases, fields, confidence, boxes, raw_text, warnings} = readLabel(
		page,
		...(table === null ? [] : [table]),
	);
	return {
		...{id, basis, serving_size, bases, fields, confidence, boxes},
		barcode: findBarcode(page),
		raw_text,
		warnings,
	};
}
