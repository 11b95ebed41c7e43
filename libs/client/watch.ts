import type {Replica} from './replica.js';

/** Calls back with what `read` answers, now and after each change of the collection; never with something older than before. */
export function watch<Value>(
	replica: Replica,
	collection: string,
	read: () => Promise<Value>,
	listener: (value: Value) => void,
): () => void {
	let reading = false;
	let again = false;
	let ended = false;
	const look = async () => {
		again = true;
		if (reading) return;
		reading = true;
		try {
			while (again && !ended) {
				again = false;
				const value = await read();
				if (!ended) listener(value);
			}
		} catch (error) {
			// Somebody closed the store while it was read.
			if (!ended && !replica.isClosed) throw error;
		} finally {
			reading = false;
		}
	};
	const end = replica.onChange(changes => {
		if (changes.has(collection)) void look();
	});
	void look();
	return () => {
		ended = true;
		end();
	};
}
