import type {Range, Reading, Writing} from './store.js';

/** Keeps a transaction's writes until it ends, and lets it read them; for stores that write only in batches. */
export class BufferedWrites implements Writing {
	/** `undefined`: to be deleted. */
	readonly changes = new Map<string, unknown>();
	readonly #stored: Reading;
	readonly #compare: (a: string, b: string) => number;

	constructor(stored: Reading, compare: (a: string, b: string) => number) {
		this.#stored = stored;
		this.#compare = compare;
	}

	async get<Value>(key: string): Promise<Value | undefined> {
		return this.changes.has(key) ? (this.changes.get(key) as Value | undefined) : this.#stored.get<Value>(key);
	}

	async scan<Value>({from, to, limit = Number.POSITIVE_INFINITY}: Range): Promise<[string, Value][]> {
		const changed = [...this.changes].filter(
			([key]) => this.#compare(key, from) >= 0 && this.#compare(key, to) < 0,
		) as [string, Value | undefined][];
		// Each change may take one of the stored entries away.
		const stored = await this.#stored.scan<Value>({from, to, limit: limit + changed.length});
		if (changed.length === 0) return stored;
		const merged = new Map<string, Value | undefined>([...stored, ...changed]);
		return [...merged]
			.filter((entry): entry is [string, Value] => entry[1] !== undefined)
			.sort(([a], [b]) => this.#compare(a, b))
			.slice(0, limit);
	}

	put(key: string, value: unknown): void {
		this.changes.set(key, value);
	}

	delete(key: string): void {
		this.changes.set(key, undefined);
	}
}
