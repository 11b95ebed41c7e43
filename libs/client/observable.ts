/** A value that can be watched. Values whose members are equal tell nobody. */
export class Observable<Value extends object> {
	#value: Value;
	readonly #listeners = new Set<() => void>();

	constructor(initial: Value) {
		this.#value = initial;
	}

	get = (): Value => this.#value;

	subscribe = (listener: () => void): (() => void) => {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	};

	change(part: Partial<Value>): void {
		const next = {...this.#value, ...part};
		const keys = Object.keys(next) as (keyof Value)[];
		if (keys.every(key => JSON.stringify(next[key]) === JSON.stringify(this.#value[key]))) return;
		this.#value = next;
		for (const listener of [...this.#listeners]) listener();
	}
}
