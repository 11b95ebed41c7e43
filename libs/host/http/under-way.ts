import {PublicError} from '../errors.js';

// The database serves ten at a time, so at 5 ms each the last of these waits half a second. More would only wait longer, in memory;
// they are told to come back.
const MOST_REQUESTS = 1000;

// Bodies being read or worked on, which lie in memory until the answer is made: as bytes, and parsed as some times that.
const MOST_BODY_BYTES = 64 * 1024 * 1024;
// Uploads lie on the disk meanwhile, each up to its route's limit; more than a phone and a few people send at once.
const MOST_UPLOADS = 32;
// Of each, one address may hold this share; the others must find room.
const SHARE_OF_AN_ADDRESS = 0.5;
// Who finds no room for a body waits for it this long: most are done within milliseconds.
const PATIENCE_MS = 5_000;

/** What requests under way hold, by address and in all, and the most that they may. */
class Room {
	readonly #most: number;
	readonly #most_of_one: number;
	readonly #held = new Map<string, number>();
	readonly #waiting = new Set<() => void>();
	#total = 0;

	constructor(most: number, share_of_one: number) {
		this.#most = most;
		this.#most_of_one = most * share_of_one;
	}

	/** False, and nothing taken, where there is no room. Who holds nothing yet may take any amount up to the whole. */
	take(address: string, amount: number): boolean {
		const held = this.#held.get(address) ?? 0;
		if (this.#total + amount > this.#most || (held > 0 && held + amount > this.#most_of_one)) return false;
		this.#total += amount;
		this.#held.set(address, held + amount);
		return true;
	}

	/** As `take`, but waits for room until `signal` aborts. */
	async takeSoon(address: string, amount: number, signal: AbortSignal): Promise<boolean> {
		while (!this.take(address, amount)) {
			if (signal.aborted) return false;
			await new Promise<void>(resolve => {
				const go = () => {
					this.#waiting.delete(go);
					signal.removeEventListener('abort', go);
					resolve();
				};
				this.#waiting.add(go);
				signal.addEventListener('abort', go);
			});
		}
		return true;
	}

	give(address: string, amount: number): void {
		this.#total -= amount;
		const left = (this.#held.get(address) ?? 0) - amount;
		if (left > 0) this.#held.set(address, left);
		else this.#held.delete(address);
		for (const go of [...this.#waiting]) go();
	}
}

/** The requests of one process that are being read or worked on, and what their bodies hold of its memory and disk. */
export class UnderWay {
	readonly #requests: Room;
	readonly #bodyBytes: Room;
	readonly #uploads: Room;

	/** Without `by_address` all may be of one, as in a load test. */
	constructor({by_address}: {by_address: boolean}) {
		const share = by_address ? SHARE_OF_AN_ADDRESS : 1;
		this.#requests = new Room(MOST_REQUESTS, share);
		this.#bodyBytes = new Room(MOST_BODY_BYTES, share);
		this.#uploads = new Room(MOST_UPLOADS, share);
	}

	/** Runs the work of a request. Throws UNAVAILABLE, at once, where there are too many: a flood costs no memory. */
	async request<T>(address: string, work: () => Promise<T>): Promise<T> {
		if (!this.#requests.take(address, 1)) throw tooMuch();
		try {
			return await work();
		} finally {
			this.#requests.give(address, 1);
		}
	}

	/** Room for a body that takes up to so many bytes of memory; call the answer to give it back. Throws UNAVAILABLE. */
	body = (address: string, bytes: number) => roomIn(this.#bodyBytes, address, bytes);

	/** Room for a file on its way; call the answer to give it back. Throws UNAVAILABLE. */
	upload = (address: string) => roomIn(this.#uploads, address, 1);
}

async function roomIn(room: Room, address: string, amount: number): Promise<() => void> {
	if (!room.take(address, amount) && !(await room.takeSoon(address, amount, AbortSignal.timeout(PATIENCE_MS)))) {
		throw tooMuch();
	}
	return () => room.give(address, amount);
}

const tooMuch = () =>
	new PublicError('UNAVAILABLE', 'The house has too much to do at this moment. Try again in a few seconds.');
