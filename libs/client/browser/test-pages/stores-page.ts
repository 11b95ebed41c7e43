import {promises} from '../../test/store-contract.ts';
import {indexedDbStore} from '../indexeddb-store.ts';

/** Keeps the promises of every store in this browser; answers what was not kept. */
async function keepAll(): Promise<Record<string, string>> {
	const outcomes: Record<string, string> = {};
	for (const [n, [promise, keep]] of Object.entries(promises).entries()) {
		try {
			await keep(() => indexedDbStore(`promise-${n}`));
			outcomes[promise] = 'kept';
		} catch (error) {
			outcomes[promise] = String(error);
		}
	}
	return outcomes;
}

Object.assign(window, {keepAll});
