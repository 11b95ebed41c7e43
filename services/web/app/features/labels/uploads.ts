import {calls} from '../../api/calls.ts';
import {ApiError} from '../../api/client.ts';
import {connection} from '../../api/connection.ts';
import {messages} from '../../messages.ts';
import {store} from '../../store.ts';
import {drafts} from './drafts.ts';
import {fitPicture} from './fit-picture.ts';
import {pictures} from './pictures.ts';

// Pictures on their way. It goes on when the person leaves the page, and again by itself when the server is back: the same picture
// of the same owner gets the same id, so sending it twice is harmless.

export interface Upload {
	/** 0–1. */
	fraction: number;
	error: unknown;
	busy: boolean;
}

const state = store<Record<string, Upload>>({});
const IDLE: Upload = {fraction: 0, error: null, busy: false};

const set = (id: string, change: Partial<Upload>) =>
	state.set({...state.get(), [id]: {...(state.get()[id] ?? IDLE), ...change}});

export const uploads = {
	useOne: (id: string): Upload => state.use()[id] ?? IDLE,
	/** Never throws; how it went is in the state, and in the draft. */
	async start(id: string): Promise<void> {
		const draft = drafts.get(id);
		if (draft === null || draft.image_id !== null || state.get()[id]?.busy) return;
		set(id, {busy: true, error: null, fraction: 0});
		try {
			const picture = await pictures.get(id);
			if (picture === null) {
				drafts.change(id, {refused: messages.labels.pictureGone});
				return set(id, {busy: false});
			}
			const fit = await fitPicture(picture);
			const {id: image_id} = await calls.sendPicture(fit, draft.picture_name, fraction => set(id, {fraction}));
			drafts.change(id, {image_id, refused: null});
			set(id, {busy: false, fraction: 1});
		} catch (error) {
			// What the picture itself is refused for will not get better by itself.
			if (error instanceof ApiError && [400, 413, 415, 422].includes(error.status)) {
				drafts.change(id, {refused: error.message});
			}
			set(id, {busy: false, error});
		}
	},
};

connection.onReturn(() => {
	for (const draft of drafts.list()) {
		if (draft.image_id === null && draft.refused === null) void uploads.start(draft.id);
	}
});
