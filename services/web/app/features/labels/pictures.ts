import {kept} from '../../kept.ts';

// The pictures of drafts, as they were taken. In memory for this visit, and in IndexedDB for the next one.

const inMemory = new Map<string, Blob>();
let opening: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
	opening ??= new Promise<IDBDatabase>((resolve, reject) => {
		const request = indexedDB.open('hearth', 1);
		request.onupgradeneeded = () => request.result.createObjectStore('pictures');
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
		request.onblocked = () => reject(new Error('IndexedDB is blocked by another tab'));
	}).catch(error => {
		opening = null;
		throw error;
	});
	return opening;
}

async function inStore<Result>(
	mode: IDBTransactionMode,
	work: (pictures: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
	const database = await open();
	return new Promise((resolve, reject) => {
		const transaction = database.transaction('pictures', mode);
		const request = work(transaction.objectStore('pictures'));
		transaction.oncomplete = () => resolve(request.result);
		transaction.onerror = () => reject(transaction.error);
		transaction.onabort = () => reject(transaction.error);
	});
}

export const pictures = {
	/** Resolves when it is on the disk, or in memory alone where the browser keeps nothing: then the app says so. */
	async put(id: string, picture: Blob): Promise<void> {
		inMemory.set(id, picture);
		try {
			await inStore('readwrite', store => store.put(picture, id));
		} catch {
			kept.failed();
		}
	},
	async get(id: string): Promise<Blob | null> {
		const held = inMemory.get(id);
		if (held) return held;
		try {
			const found = await inStore<unknown>('readonly', store => store.get(id));
			return found instanceof Blob ? found : null;
		} catch {
			// As good as gone; once it was sent, the server has it.
			return null;
		}
	},
	async remove(id: string): Promise<void> {
		inMemory.delete(id);
		try {
			await inStore('readwrite', store => store.delete(id));
		} catch {
			kept.failed();
		}
	},
};
