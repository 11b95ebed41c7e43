import {z} from 'zod';

// What people type about themselves, with the limits of each field; used wherever such a field comes in.

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** A short line for people to read: trimmed, NFC, without control characters. */
export const line = (max: number) =>
	z
		.string()
		.max(max * 4, `must have at most ${max} characters`)
		.normalize('NFC')
		.trim()
		.min(1, 'must not be empty')
		.refine(text => [...text].length <= max, `must have at most ${max} characters`)
		.refine(text => !CONTROL.test(text), 'must be one line without control characters');

export const personName = line(100);

/** RFC 5321 allows 254 characters. Trimmed, lower case and NFC, so that an address is one account however it is written. */
export const email = z
	.string()
	.max(1000, 'must have at most 254 characters')
	.normalize('NFC')
	.trim()
	.toLowerCase()
	.max(254, 'must have at most 254 characters')
	.regex(z.regexes.unicodeEmail, 'must be an e-mail address')
	.refine(text => !CONTROL.test(text), 'must be an e-mail address');

/** Any password that may have been set once; `newPassword` is for setting one. NFKC: the same keys on another keyboard are the same password. */
export const givenPassword = z
	.string()
	.min(1, 'must not be empty')
	.max(4096, 'must have at most 1024 characters')
	.normalize('NFKC');

const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 1024;

export const newPassword = z
	.string()
	.max(4096, `must have ${MIN_CHARACTERS}–${MAX_CHARACTERS} characters`)
	.refine(text => {
		const characters = [...text].length;
		return characters >= MIN_CHARACTERS && characters <= MAX_CHARACTERS;
	}, `must have ${MIN_CHARACTERS}–${MAX_CHARACTERS} characters`)
	.normalize('NFKC');

export const device = z.object({
	/** Chosen by the device and kept by it, so that signing in again does not make another. */
	id: z.uuid().toLowerCase().optional(),
	name: line(100),
});
export type DeviceInput = z.output<typeof device>;

export const timeZone = z
	.string()
	.max(100)
	.refine(name => {
		try {
			// An offset such as +01:00 is no place and knows no summer time.
			return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', {timeZone: name}).format(0) !== '';
		} catch {
			return false; // what Intl says of a zone it does not know
		}
	}, 'must be a time zone such as Europe/Berlin');

export const locale = z
	.string()
	.max(35)
	.refine(tag => {
		try {
			return Intl.getCanonicalLocales(tag).length === 1;
		} catch {
			return false; // what Intl says of a tag that is none
		}
	}, 'must be a language tag such as de or en-GB');
