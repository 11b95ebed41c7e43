import {useSyncExternalStore} from 'react';

/** A value that lives outside of React and that components can watch. Equal values (by `===` of each member) tell nobody. */
export function store<Value extends object>(initial: Value) {
	let value = initial;
	const listeners = new Set<() => void>();
	const get = () => value;
	const subscribe = (listener: () => void) => {
		listeners.add(listener);
		return () => {
			listeners.delete(listener);
		};
	};
	return {
		get,
		subscribe,
		set(next: Value) {
			if (shallowEqual(value, next)) return;
			value = next;
			for (const listener of [...listeners]) listener();
		},
		use: () => useSyncExternalStore(subscribe, get),
	};
}

function shallowEqual(a: object, b: object): boolean {
	const left = Object.entries(a);
	const right = b as Record<string, unknown>;
	return (
		left.length === Object.keys(b).length && left.every(([key, value]) => Object.hasOwn(b, key) && right[key] === value)
	);
}
