/**
 * What is kept on the device: JSON values by text keys. Everything a transaction reads and writes is one: all or nothing, also when
 * the process is killed, and nobody else's write comes between. `work` may wait for nothing but the transaction itself, because
 * IndexedDB commits as soon as it has nothing to do.
 */
export interface Store {
	read<Result>(work: (tx: Reading) => Promise<Result>): Promise<Result>;
	/** On the disk when it resolves. */
	write<Result>(work: (tx: Writing) => Promise<Result>): Promise<Result>;
	close(): Promise<void>;
}

export interface Reading {
	get<Value>(key: string): Promise<Value | undefined>;
	/** In the order of the keys, which is the store's own for letters beyond the Basic Multilingual Plane. */
	scan<Value>(range: Range): Promise<[key: string, value: Value][]>;
}

export interface Writing extends Reading {
	put(key: string, value: unknown): void;
	delete(key: string): void;
}

export interface Range {
	from: string;
	/** Exclusive. */
	to: string;
	limit?: number;
}

/** All keys that begin with the prefix, which ends in an ASCII character. */
export const under = (prefix: string): Range => ({
	from: prefix,
	to: prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1),
});
