/** A value that can be watched. */
export interface Observable<Value extends object> {
	get: () => Value;
	subscribe: (listener: () => void) => () => void;
	/** Where it makes no difference, nobody is told. */
	change: (part: Partial<Value>) => void;
}

/** Holds JSON. */
export function observable<Value extends object>(initial: Value): Observable<Value> {
	let value = initial;
	const listeners = new Set<() => void>();
	return {
		get: () => value,
		subscribe(listener) {
			listeners.add(listener);
			return () => {
				listeners.delete(listener);
			};
		},
		change(part) {
			const next = {...value, ...part};
			if (JSON.stringify(next) === JSON.stringify(value)) return;
			value = next;
			for (const listener of [...listeners]) listener();
		},
	};
}
