import {notFound, PublicError} from '@hearth/host/errors.js';
import {respond} from '@hearth/host/plugin.js';
import {NoSuchObject, ObjectTooLarge} from '@hearth/ports/objects.js';
import {v7 as uuidv7} from 'uuid';
import {expectPicture, takePicture} from './contract.js';
import {doom, removeDoomed} from './doomed-objects.js';
import {languages as languageCodes} from './languages.js';
import {MAX_UPLOAD_BYTES} from './picture.js';
import {keepUpload} from './upload-picture.js';

// A picture is too large for the bus, so another part of the house puts it into the object store and tells where it lies. It is doomed
// before it is there, so that whatever dies in between, it does not stay.

const folderOf = (user_id: string): string => `vision/incoming/${user_id}/`;

export const answerExpectPicture = respond(expectPicture, async ({user_id}, {db}) => {
	const object_key = folderOf(user_id) + uuidv7();
	await doom(db, object_key);
	return {object_key};
});

export const answerTakePicture = respond(takePicture, async ({user_id, object_key, languages}, context) => {
	if (!object_key.startsWith(folderOf(user_id))) throw notFound('picture');
	try {
		const parsed = languageCodes.optional().safeParse(languages);
		if (!parsed.success) {
			const message = parsed.error.issues[0]?.message ?? 'is not right';
			throw new PublicError('VALIDATION_ERROR', message, {details: [{path: 'languages', message}]});
		}
		const read = () => context.objects.read(object_key, MAX_UPLOAD_BYTES);
		return await keepUpload({read, user_id, languages: parsed.data ?? null}, context);
	} catch (error) {
		if (error instanceof NoSuchObject) throw notFound('picture');
		if (error instanceof ObjectTooLarge) {
			throw new PublicError(
				'TOO_LARGE',
				`This file is too large: at most ${MAX_UPLOAD_BYTES / 1024 / 1024} MiB are taken.`,
			);
		}
		throw error;
	} finally {
		await removeDoomed(context, [object_key]);
	}
});
