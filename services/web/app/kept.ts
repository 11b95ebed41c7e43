import {useCallback, useRef, useState} from 'react';
import {store} from './store.ts';

// What is kept on this device. The browser may refuse (private mode, full): the app goes on with what is in memory and says so.

const state = store<{works: boolean}>({works: true});

export const kept = {
	/** False once the browser refused to keep something: shown as a warning. */
	useWorks: () => state.use().works,
	read<Value>(key: string): Value | null {
		try {
			const text = localStorage.getItem(`hearth:${key}`);
			return text === null ? null : (JSON.parse(text) as Value);
		} catch {
			// Refused or not ours; a draft that cannot be read is as good as none.
			return null;
		}
	},
	write(key: string, value: unknown): void {
		try {
			if (value === null) localStorage.removeItem(`hearth:${key}`);
			else localStorage.setItem(`hearth:${key}`, JSON.stringify(value));
		} catch {
			state.set({works: false});
		}
	},
	failed: () => state.set({works: false}),
};

/** As `useState`, and written to this device at each change, so that nothing typed is lost. `forget` removes it. */
export function useKept<Value>(key: string, initial: Value) {
	const [value, setValue] = useState<Value>(() => kept.read<Value>(key) ?? initial);
	const latest = useRef(value);
	const set = useCallback(
		(change: (before: Value) => Value) => {
			latest.current = change(latest.current);
			kept.write(key, latest.current);
			setValue(latest.current);
		},
		[key],
	);
	const forget = useCallback(() => kept.write(key, null), [key]);
	return [value, set, forget] as const;
}
