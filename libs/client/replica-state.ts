import {OtherUser} from './requests.js';
import type {Reading, Store, Writing} from './store.js';

/** Up to where a collection was pulled. */
export interface Cursor {
	/** The next page begins above this version. */
	since: number;
	/** All changes up to this version are here; null until the first time that all pages have come. */
	complete: number | null;
	/** Rows of an older one are from before a start over. */
	generation: number;
}

export interface ReplicaState {
	/** Whose records these are; null until somebody has signed in. */
	user_id: string | null;
	device_id: string;
	/** Of the versions; null until the first pull. */
	epoch: string | null;
	cursors: Record<string, Cursor>;
	/** By which fields each collection can be looked up quickly; built for these. */
	indexes: Record<string, readonly string[]>;
}

const KEY = 'state';

const START: Cursor = {since: 0, complete: null, generation: 1};

export async function readState(tx: Reading): Promise<ReplicaState> {
	const state = await tx.get<ReplicaState>(KEY);
	if (state === undefined) throw new Error('The store was not opened by a replica.');
	return state;
}

export const findState = (tx: Reading) => tx.get<ReplicaState>(KEY);

export const writeState = (tx: Writing, state: ReplicaState) => tx.put(KEY, state);

export const cursorOf = ({cursors}: ReplicaState, collection: string): Cursor => cursors[collection] ?? START;

/** The cursor from which everything is pulled anew, while what is here stays to be read. */
export const startedOver = ({generation}: Cursor): Cursor => ({since: 0, complete: null, generation: generation + 1});

/** What is here is from before: until the server's copies have come, nobody knows on which versions the queue was made. */
export const isStartingOver = ({cursors}: ReplicaState): boolean =>
	Object.values(cursors).some(({complete, generation}) => complete === null && generation > 1);

/** The first who signs in owns the store. Throws `OtherUser` for everybody else: their server must not get what is here. */
export function claim(store: Pick<Store, 'write'>, user_id: string): Promise<void> {
	return store.write(async tx => {
		const state = await readState(tx);
		if (state.user_id === null) writeState(tx, {...state, user_id});
		else if (state.user_id !== user_id) throw new OtherUser();
	});
}
