/** Numbers from 0 to 1 that follow from the seed alone (mulberry32): the same seed, the same storm. */
export class Random {
	#state: number;

	/** Two streams of one seed with different names have nothing to do with each other. */
	constructor(seed: number, stream = '') {
		this.#state = [...stream].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), seed) >>> 0;
	}

	number(): number {
		this.#state = (this.#state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** A whole number from 0 to `below` - 1. */
	integer(below: number): number {
		return Math.floor(this.number() * below);
	}

	pick<T>(from: readonly T[]): T | undefined {
		return from[this.integer(from.length)];
	}

	/** By weight: `{search: 3, upload: 1}` gives a search three times out of four. */
	weighted<Name extends string>(weights: Record<Name, number>): Name {
		const names = Object.keys(weights) as Name[];
		let at = this.number() * names.reduce((sum, name) => sum + weights[name], 0);
		const chosen = names.find(name => {
			at -= weights[name];
			return at < 0;
		});
		return chosen ?? (names[0] as Name);
	}

	shuffled<T>(items: readonly T[]): T[] {
		return items
			.map(item => ({item, at: this.number()}))
			.sort((one, other) => one.at - other.at)
			.map(({item}) => item);
	}
}
