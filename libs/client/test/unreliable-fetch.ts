import type {Fetch} from '../requests.js';

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

export type Fault = 'none' | 'request lost' | 'answer lost' | 'sent twice' | 'late';

/** The real network with faults: `choose` says what happens to each request. */
export const unreliable =
	(choose: (url: string) => Fault): Fetch =>
	async (url, init) => {
		const fault = choose(url);
		if (fault === 'request lost') throw new TypeError('The request was lost.');
		if (fault === 'sent twice') await (await fetch(url, init)).arrayBuffer();
		const response = await fetch(url, init);
		if (fault === 'answer lost') {
			await response.arrayBuffer();
			throw new TypeError('The answer was lost.');
		}
		if (fault === 'late') {
			const body = await response.arrayBuffer();
			for (let turns = 0; turns < 50; turns += 1) await new Promise(resolve => setImmediate(resolve));
			return new Response(response.status === 204 ? null : body, {status: response.status, headers: response.headers});
		}
		return response;
	};
