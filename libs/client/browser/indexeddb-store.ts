import {type IDBPObjectStore, openDB} from 'idb';
import type {Range, Store, Writing} from '../store.js';

const VALUES = 'values';

type Mode = 'readonly' | 'readwrite';
type Values = IDBPObjectStore<unknown, ['values'], 'values', Mode>;

/** One database of the browser's for each `name`, shared by all tabs. A write has reached the disk when it resolves. */
export async function indexedDbStore(name: string): Promise<Store> {
	const db = await openDB(name, 1, {
		upgrade(created) {
			created.createObjectStore(VALUES);
		},
		blocking() {
			// A tab with a later version of the app waits for this one.
			db.close();
		},
	});

	async function transaction<Result>(mode: Mode, work: (tx: Writing) => Promise<Result>): Promise<Result> {
		const tx = db.transaction(VALUES, mode, {durability: 'strict'});
		try {
			const result = await work(within(tx.objectStore(VALUES) as Values));
			await tx.done;
			return result;
		} catch (error) {
			// Whatever failed, nothing of it stays; `done` fails by that, and has been told of already.
			tx.done.catch(() => {});
			try {
				tx.abort();
			} catch {
				// It has ended by itself.
			}
			throw error;
		}
	}

	return {
		read: work => transaction('readonly', work),
		write: work => transaction('readwrite', work),
		close: async () => db.close(),
	};
}

function within(values: Values): Writing {
	return {
		get: async <Value>(key: string) => (await values.get(key)) as Value | undefined,
		async scan<Value>({from, to, limit}: Range) {
			const range = IDBKeyRange.bound(from, to, false, true);
			const [keys, found] = await Promise.all([values.getAllKeys(range, limit), values.getAll(range, limit)]);
			return keys.map((key, at): [string, Value] => [key as string, found[at] as Value]);
		},
		// A failure of these fails the transaction, which tells.
		put(key, value) {
			values.put?.(value, key).catch(() => {});
		},
		delete(key) {
			values.delete?.(key).catch(() => {});
		},
	};
}
