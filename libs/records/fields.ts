import {z} from 'zod';

// What the fields of many collections are made of. Nothing here alters a value: a device gets back what it sent. Only what cannot be
// what the field is for is refused; an odd value is for the person to see, and a refused one is stuck on their phone.

/** A day as the person lived it, in their own time zone. */
export const day = z.iso.date('must be a day that exists, written like 2025-03-01');

/** RFC 3339, with its offset: `2025-03-01T07:30:00+01:00`. */
export const instant = z.iso.datetime({
	offset: true,
	error: 'must be a time with seconds and offset, written like 2025-03-01T07:30:00+01:00',
});

/** The time on the wall, wherever the person is. */
export const clockTime = z
	.string()
	.regex(/^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/, 'must be a time of day, written like 07:30');

/** The zone that a `date` was lived in. By its form alone: a phone may know zones that this server does not yet. */
export const timeZone = z
	.string()
	.max(100)
	.regex(/^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/, 'must be the name of a time zone, such as Europe/Berlin');

/** A slip of the finger beyond any unit used here; and sums of many stay finite. */
const MAX_QUANTITY = 1_000_000_000;

/** An amount in the unit its field names. */
export const quantity = z
	.number({error: `must be a number from 0 to ${MAX_QUANTITY}`})
	.min(0, {error: 'must not be negative'})
	.max(MAX_QUANTITY, {error: `must be at most ${MAX_QUANTITY}`});

export const count = quantity.int({error: 'must be a whole number'});

/** Where a thing stands among its like; fractions let one be put between two others. */
export const position = z.number({error: 'must be a number'});

export const name = z.string().max(500, 'must have at most 500 characters');

/** A word or two by which an app sorts: a kind, a colour, a unit. */
export const label = z.string().max(100, 'must have at most 100 characters');

export const note = z.string().max(10_000, 'must have at most 10,000 characters');

/** The id of a record or of an entry of a library. */
export const reference = z.string().min(1, 'must not be empty').max(256, 'must have at most 256 characters');

/** Of an item of a list: what tells it from the others when the lists of two devices are merged. */
export const itemId = z.union([reference, z.number()], 'must be a text of 1–256 characters or a number');

const MAX_ITEMS = 500;

/** A list within a record. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
	z.array(item).max(MAX_ITEMS, `must have at most ${MAX_ITEMS} items`);

export const labels = listOf(label);
