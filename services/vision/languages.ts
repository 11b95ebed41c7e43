import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {z} from 'zod';

// Code of the recogniser (ISO 639-2) → as people and browsers write it (ISO 639-1). Each is a package with its data inside.
const LANGUAGES = {deu: 'de', eng: 'en', fra: 'fr', ita: 'it', nld: 'nl', pol: 'pl', por: 'pt', spa: 'es'} as const;

export type Language = keyof typeof LANGUAGES;

// Each one makes reading slower: measured 0.8 s for one, 1.3 s for three, 3.5 s for all eight (mean of eight photographs).
export const MAX_LANGUAGES = 3;

const codes = Object.entries(LANGUAGES).flat().join(', ');
const expected = `Languages are up to ${MAX_LANGUAGES} of ${codes}, separated by commas.`;

/** `en,de`, `eng deu` or `en-GB` → the recogniser's codes, each once, in the order given. */
export const languages = z
	.string()
	.max(100, {error: expected})
	.transform((text, context): Language[] => {
		const found = new Set<Language>();
		for (const part of text.toLowerCase().split(/[\s,;+]+/)) {
			if (part === '') continue;
			const language = languageOf(part);
			if (language === null) {
				context.addIssue({code: 'custom', message: `${expected} ${JSON.stringify(part)} is not one of them.`});
				return z.NEVER;
			}
			found.add(language);
		}
		if (found.size === 0 || found.size > MAX_LANGUAGES) {
			context.addIssue({code: 'custom', message: expected});
			return z.NEVER;
		}
		return [...found];
	});

function languageOf(text: string): Language | null {
	const code = text.split(/[-_]/)[0];
	for (const [language, short] of Object.entries(LANGUAGES)) {
		if (code === language || code === short) return language as Language;
	}
	return null;
}

const {resolve} = createRequire(import.meta.url);

/** The gzipped data of a language inside its package. `best_int` reads the same words as the larger `4.0.0` from a third of the bytes. */
export const dataOf = (language: string): string =>
	join(dirname(resolve(`@tesseract.js-data/${language}/package.json`)), '4.0.0_best_int', `${language}.traineddata.gz`);
