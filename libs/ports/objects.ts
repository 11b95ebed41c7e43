import type {Readable} from 'node:stream';

/**
 * Every call throws `ObjectsAway` where the store cannot be reached, breaks off, does not answer, or has no room.
 * Keys are 1–512 characters of `[A-Za-z0-9_.-]` in parts of at most 200 split by `/`; no part is `.` or `..`.
 */
export interface Objects {
	/** Whole or not at all: a reader never sees half of it. Resolves when it is on the disk. Overwrites. */
	put(key: string, body: Buffer | Readable, options?: {content_type?: string}): Promise<{size_bytes: number}>;
	/** Throws `NoSuchObject`. */
	get(key: string): Promise<{body: Readable; size_bytes: number; content_type: string}>;
	/** The whole object; throws `NoSuchObject`, and `ObjectTooLarge` above `max_bytes`. */
	read(key: string, max_bytes: number): Promise<Buffer>;
	exists(key: string): Promise<boolean>;
	/** Deleting what is not there is fine. */
	delete(...keys: string[]): Promise<void>;
	/** Keys that start with the prefix, in byte order. */
	list(prefix: string): AsyncIterable<{key: string; size_bytes: number; modified_at: Date}>;
	check(): Promise<void>;
	close(): Promise<void>;
}

export class NoSuchObject extends Error {
	override readonly name = 'NoSuchObject';
	constructor(key: string) {
		super(`There is no object ${key}`);
	}
}

export class ObjectsAway extends Error {
	override readonly name = 'ObjectsAway';
	constructor(cause: unknown) {
		super(`The object store is away or full: ${cause instanceof Error ? cause.message : cause}`, {cause});
	}
}

export class ObjectTooLarge extends Error {
	override readonly name = 'ObjectTooLarge';
	constructor(key: string, max_bytes: number) {
		super(`Object ${key} is larger than ${max_bytes} bytes`);
	}
}

/** Throws `RangeError` for what is not a key. Every driver asks it, so that no key works with one of them only. */
export function checkKey(key: string): void {
	const wellFormed =
		key.length <= 512 &&
		key.split('/').every(part => /^[A-Za-z0-9_.-]{1,200}$/.test(part) && part !== '.' && part !== '..');
	if (!wellFormed) throw new RangeError(`Not the key of an object: ${JSON.stringify(key.slice(0, 600))}`);
}

/** The type in lower case; throws `RangeError` for what is not one. */
export function checkContentType(type: string): string {
	if (!/^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type))
		throw new RangeError(`Not a content type: ${JSON.stringify(type.slice(0, 200))}`);
	return type.toLowerCase();
}

/** The same store; whatever one of its calls throws is thrown as `told` says. What a stream that is being put fails with stays itself. */
export function tellingFailures(objects: Objects, told: (error: unknown) => unknown): Objects {
	const telling = <T>(work: Promise<T>): Promise<T> =>
		work.catch((error: unknown) => {
			throw told(error);
		});
	return {
		put: (key, body, options) =>
			objects.put(key, body, options).catch((error: unknown) => {
				throw !Buffer.isBuffer(body) && body.errored === error ? error : told(error);
			}),
		get: key => telling(objects.get(key)),
		read: (key, max_bytes) => telling(objects.read(key, max_bytes)),
		exists: key => telling(objects.exists(key)),
		delete: (...keys) => telling(objects.delete(...keys)),
		async *list(prefix) {
			try {
				yield* objects.list(prefix);
			} catch (error) {
				throw told(error);
			}
		},
		check: () => objects.check(),
		close: () => objects.close(),
	};
}
