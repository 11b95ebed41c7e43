import {session} from '../../api/session.ts';
import {kept} from '../../kept.ts';
import {newId} from '../../new-id.ts';
import {store} from '../../store.ts';
import type {FoodText} from '../foods/food-text.ts';
import {pictures} from './pictures.ts';

// Labels that were begun on this device and are not sent yet. The words are in localStorage, written at each key; the picture is
// in IndexedDB, written once. Both belong to the user who began them: nobody else who signs in here sees them.

export interface Draft {
	/** Also the address of its page, and the id of the food that it becomes. */
	id: string;
	user_id: string;
	/** Epoch milliseconds. */
	created_at: number;
	picture_name: string;
	/** The server's, once the picture is there. */
	image_id: string | null;
	/** Why the server refused the picture, for good. */
	refused: string | null;
	/** Only what the person typed; what was read comes from the server. */
	typed: FoodText | null;
}

const KEY = 'drafts';
const state = store<{all: Draft[]}>({all: kept.read<Draft[]>(KEY) ?? []});

// Another tab of this browser may have changed them.
addEventListener('storage', event => {
	if (event.key === `hearth:${KEY}`) state.set({all: kept.read<Draft[]>(KEY) ?? []});
});

function save(all: Draft[]) {
	kept.write(KEY, all);
	state.set({all});
}

const mine = (all: readonly Draft[]) => {
	const user = session.get().user?.id;
	return all.filter(({user_id}) => user_id === user).sort((a, b) => b.created_at - a.created_at);
};

export const drafts = {
	/** Newest first. */
	use: () => mine(state.use().all),
	list: () => mine(state.get().all),
	useOne: (id: string): Draft | null => mine(state.use().all).find(draft => draft.id === id) ?? null,
	get: (id: string): Draft | null => mine(state.get().all).find(draft => draft.id === id) ?? null,
	async begin(picture: Blob, name: string): Promise<Draft> {
		const user = session.get().user;
		if (user === null) throw new Error('Nobody is signed in');
		const draft: Draft = {
			id: newId(),
			user_id: user.id,
			created_at: Date.now(),
			picture_name: name,
			image_id: null,
			refused: null,
			typed: null,
		};
		await pictures.put(draft.id, picture);
		save([...state.get().all, draft]);
		return draft;
	},
	change(id: string, change: Partial<Pick<Draft, 'image_id' | 'refused' | 'typed'>>) {
		save(state.get().all.map(draft => (draft.id === id ? {...draft, ...change} : draft)));
	},
	remove(id: string) {
		save(state.get().all.filter(draft => draft.id !== id));
		void pictures.remove(id);
	},
};
