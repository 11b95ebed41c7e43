import {createHash} from 'node:crypto';
import {v5 as uuidv5} from 'uuid';
import {z} from 'zod';
import type {LibraryName} from './contract.js';

/** Of the ids of starter entries: the same in every house and every version. */
const NAMESPACE = '0b5a6f4e-6c0e-4c53-9d0e-6c2a4f1b7d11';

export const starterId = (library: LibraryName, key: string) => uuidv5(`${library}/${key}`, NAMESPACE);

/** One line of text without leading, trailing or double spaces. */
export const line = (max: number) =>
	z
		.string()
		.max(max, `at most ${max} characters`)
		.overwrite(text => text.replace(/\s+/gu, ' ').trim())
		.min(1, 'must not be empty');
export const words = z.array(line(100)).max(20, 'at most 20');

/** Readable, and an entry's for ever: rules, programs and other entries name each other by it. With a letter, since it is no number. */
export const key = z
	.string()
	.regex(
		/^(?=.*[a-z])[a-z0-9](?:[a-z0-9_-]{0,78}[a-z0-9])?$/,
		'must be a–z, 0–9, - and _, with a letter, and begin and end with a letter or digit',
	);

/** What every entry says of itself. */
export const common = {
	name: line(120),
	/** By which it is found too. */
	other_names: words,
	/** Whose facts these are. */
	sources: z.array(line(300)).max(10, 'at most 10'),
};

/** What the house knows of an entry besides. */
const kept = {
	id: z.uuid(),
	key,
	/** Shipped with Hearth, shipped and corrected here, or added here. */
	origin: z.enum(['starter', 'corrected', 'own']),
};

const described = z.looseObject(common);
export interface Entry {
	id: string;
	key: string;
	origin: 'starter' | 'corrected' | 'own';
	name: string;
	other_names: string[];
	sources: string[];
	[field: string]: unknown;
}

/** A word of the query that keeps only some entries. */
export interface Filter {
	schema: z.ZodType;
	keeps: (entry: Entry, wanted: never) => boolean;
}
/** Keeps entries whose field is this, or holds it where it is a list. */
export const has = <const Words extends readonly [string, ...string[]]>(field: string, among: Words): Filter => ({
	schema: z.enum(among, {error: `must be one of: ${among.join(', ')}`}).optional(),
	keeps: ({[field]: value}, wanted: string) => (Array.isArray(value) ? value.includes(wanted) : value === wanted),
});

export interface Library {
	name: Exclude<LibraryName, 'foods'>;
	summary: string;
	/** What a moderator may say of an entry, and what each must have. */
	fields: z.ZodObject;
	/** An entry as it is answered. */
	entry: z.ZodObject;
	filters: Record<string, Filter>;
	/** What it is shipped with; the hash changes with it. */
	starter: () => {entries: readonly Entry[]; hash: string};
	/** False: it belongs to the program, and nobody changes it here. */
	writable: boolean;
	/** Other words of an entry by which it is found. */
	alsoFoundBy: (entry: Entry) => string[];
}

export type Described = z.input<z.ZodObject<typeof common>> & {key?: string; [field: string]: unknown};

/** Declares a library. Its starter set is made when it is first looked at, and throws where it is wrong: a mistake of ours. */
export function library(
	name: Library['name'],
	{
		fields,
		starter,
		...rest
	}: Pick<Library, 'summary' | 'filters'> &
		Partial<Pick<Library, 'writable' | 'alsoFoundBy'>> & {fields: z.ZodObject; starter: () => Described[]},
): Library {
	const all: z.ZodObject = z.strictObject({...common, ...fields.shape});
	let made: {entries: readonly Entry[]; hash: string} | undefined;
	const make = () => {
		const entries = starter().map(({key: given, ...fields}): Entry => {
			const ownKey = key.parse(given ?? keyOf(fields.name));
			return {...described.parse(all.parse(fields)), id: starterId(name, ownKey), key: ownKey, origin: 'starter'};
		});
		const hash = createHash('sha256').update(JSON.stringify(entries)).digest('base64url').slice(0, 12);
		return {entries: Object.freeze(entries), hash};
	};
	return {
		writable: true,
		alsoFoundBy: () => [],
		...rest,
		name,
		fields: all,
		entry: z.object({...kept, ...all.shape}).meta({id: `library_${name.replaceAll('-', '_')}`}),
		starter() {
			made ??= make();
			return made;
		},
	};
}

/** A key made of a name: `St John’s wort` is `st-johns-wort`. */
export const keyOf = (name: string): string =>
	name
		.normalize('NFKD')
		.replace(/[\u0300-\u036F'’]/g, '')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-|-$/g, '')
		.slice(0, 80)
		.replace(/-$/, '');
