import {availableParallelism} from 'node:os';
import {setting} from '@hearth/host/settings.js';
import {z} from 'zod';
import {languages} from './languages.js';

/** Pictures that one process may read at the same time: a core stays free for whoever opens a page meanwhile. */
export const MAX_WORKERS = Math.max(availableParallelism() - 1, 1);

export const workers = setting(
	'HEARTH_VISION_WORKERS',
	z.coerce
		.number({error: 'expected a whole number from 1 to 64'})
		.int()
		.min(1)
		.max(64)
		.optional()
		.transform(count => Math.min(count ?? MAX_WORKERS, MAX_WORKERS)),
	'Label photographs read at the same time, each taking a core or more and 0.9 GB; left out, and at most: one less than there are cores',
);

export const ocrEngine = setting(
	'HEARTH_OCR_ENGINE',
	z.enum(['auto', 'pp-ocr', 'tesseract'], {error: 'expected auto, pp-ocr or tesseract'}).default('auto'),
	'What reads labels: pp-ocr, which reads them best; tesseract, which runs on every machine; auto, pp-ocr where it starts',
);

export const defaultLanguages = setting(
	'HEARTH_VISION_LANGUAGES',
	z.string().default('eng').pipe(languages),
	'For tesseract: languages of labels where an upload names none, up to three of deu, eng, fra, ita, nld, pol, por, spa',
);
