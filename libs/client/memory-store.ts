import {BufferedWrites} from './buffered-writes.js';
import {oneAtATime} from './one-at-a-time.js';
import type {Range, Reading, Store} from './store.js';

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Forgets everything when the page or process ends. */
export function memoryStore(): Store {
	const values = new Map<string, string>();
	const inTurn = oneAtATime();
	const stored: Reading = {
		get: async <Value>(key: string) => parsed<Value>(values.get(key)),
		async scan<Value>({from, to, limit = Number.POSITIVE_INFINITY}: Range) {
			const keys = [...values.keys()].filter(key => key >= from && key < to).sort(compare);
			return keys.slice(0, limit).map((key): [string, Value] => [key, parsed<Value>(values.get(key)) as Value]);
		},
	};
	return {
		read: work => inTurn(() => work(stored)),
		write: work =>
			inTurn(async () => {
				const tx = new BufferedWrites(stored, compare);
				const result = await work(tx);
				for (const [key, value] of tx.changes) {
					if (value === undefined) values.delete(key);
					else values.set(key, JSON.stringify(value));
				}
				return result;
			}),
		close: async () => {},
	};
}

/** Kept as text, so that nobody changes what is stored by changing what was read. */
const parsed = <Value>(text: string | undefined) => (text === undefined ? undefined : (JSON.parse(text) as Value));
