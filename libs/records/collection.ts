import {z} from 'zod';

/**
 * How two devices' values of one field become one, where both wrote it without having seen the other's:
 * - `last_write`: the later clock's; at a tie the one that is stored (the default)
 * - `union`: both lists, item by item (by `id`, else by value) against the base; what either removed stays removed
 * - `max`, `min`: the larger, the smaller number
 * - `sum`: both differences from the base are added
 * - `combine`: both texts, the stored one first, with what they share once
 * - `manual`: the stored one, and a conflict for the person
 */
export type MergeRule = 'last_write' | 'union' | 'max' | 'min' | 'sum' | 'combine' | 'manual';

export interface CollectionOptions {
	/** One line for the API page. */
	summary: string;
	/** The fields of a record's data; optional ones may be erased with null. What it does not name is kept as it came. */
	schema: z.ZodObject;
	/** Fields that do not follow `last_write`. */
	merge?: Readonly<Record<string, MergeRule>>;
	/** At most three top-level fields (text, numbers or days) by which lists are filtered: `?workout_id=…`. */
	indexes?: readonly string[];
	/** Whether a delete or another device's edit that it had not seen wins; either way the other is kept as a conflict. Default delete. */
	deleted_and_edited?: 'delete' | 'edit';
	/** A field that two devices may set apart into two records: a meal moved to two dates becomes two meals. */
	split_on?: string;
	/** Live records a space may hold; the next one is refused. Default 100,000. */
	max_records?: number;
	/** Published as `records.changed` with each change, for plugins that act on it. Default false. */
	announce?: boolean;
}

/** One kind of record that people own, declared by a plugin. Every collection syncs, exports, erases and has REST routes. */
export interface Collection<Schema extends z.ZodObject = z.ZodObject>
	extends Required<Omit<CollectionOptions, 'split_on' | 'schema'>> {
	readonly schema: Schema;
	/** `[a-z][a-z0-9_]{0,62}`; in paths `_` is written `-`. */
	readonly name: string;
	readonly split_on: string | null;
	/** What an update may carry: any of the fields, and null for those that a record need not have. */
	readonly patch: z.ZodObject;
}

/** Throws at a definition that cannot work, so that the mistake shows when the plugin is loaded. */
export function collection<Shape extends z.ZodRawShape>(
	name: string,
	options: Omit<CollectionOptions, 'schema'> & {schema: z.ZodObject<Shape>},
): Collection<z.ZodObject<Shape, z.core.$loose>> {
	const {schema, merge = {}, indexes = [], split_on = null} = options;
	const fields = Object.keys(schema.shape);
	if (!COLLECTION_NAME.test(name)) throw new Error(`Not a collection name: ${JSON.stringify(name)}`);
	if (indexes.length > MAX_INDEXES) throw new Error(`${name}: at most ${MAX_INDEXES} indexes`);
	for (const field of [...Object.keys(merge), ...indexes, ...(split_on === null ? [] : [split_on])]) {
		if (!fields.includes(field)) throw new Error(`${name}: there is no field ${field} in its schema`);
	}
	for (const field of fields) {
		if (RESERVED_FIELDS.has(field))
			throw new Error(`${name}: ${field} is kept for every record; a field of the data needs another name`);
	}
	return {
		deleted_and_edited: 'delete',
		max_records: 100_000,
		announce: false,
		...options,
		name,
		merge,
		indexes,
		split_on,
		// Not made anew of the fields: what it asks of several together stays.
		schema: schema.loose(),
		patch: z.looseObject(Object.fromEntries(fields.map(field => [field, erasable(schema.shape[field])]))),
	};
}

export const COLLECTION_NAME = /^[a-z][a-z0-9_]{0,62}$/;
export const MAX_INDEXES = 3;

/** Said of every record by the house itself, beside its data. */
export const RESERVED_FIELDS: ReadonlySet<string> = new Set([
	'id',
	'version',
	'created_at',
	'updated_at',
	'deleted_at',
]);

function erasable(field: z.core.$ZodType | undefined): z.ZodType {
	if (!(field instanceof z.ZodType)) throw new Error('A collection is made of zod’s full schemas');
	return field.isOptional() ? field.nullish() : field.optional();
}
