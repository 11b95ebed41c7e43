import {notFound} from '@hearth/host/errors.js';
import type {Db, User} from '@hearth/host/plugin.js';
import {z} from 'zod';
import type {ImageStatus, Reading} from './contract.js';

export const imageId = z.object({id: z.uuid()});

/** A user's own picture as the table holds it; NOT_FOUND for anything else's id. */
export async function getOwnImage(db: Db, user_id: string, id: string): Promise<OwnImage> {
	const row = await db.as(user_id, tx =>
		tx.find<OwnImage>(
			'select id, status, progress, error, reading, object_key from vision.images where user_id = $1 and id = $2',
			[user_id, id],
		),
	);
	if (row === null) throw notFound('picture');
	return row;
}
export interface OwnImage extends SeenImage {
	id: string;
	status: ImageStatus;
	/** 0–1. */
	progress: number;
	error: string | null;
}

/** A picture that may be looked at: one's own, or for a moderator one whose food waits in the queue; else NOT_FOUND. */
export async function getSeenImage(db: Db, user: User, id: string): Promise<SeenImage> {
	if (user.role !== 'member') {
		const shown = await db.find<SeenImage>('select object_key, reading from vision.find_shown_picture($1)', [id]);
		if (shown !== null) return shown;
	}
	return getOwnImage(db, user.id, id);
}
export interface SeenImage {
	object_key: string;
	reading: Reading | null;
}
