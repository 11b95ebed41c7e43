import {type Objects, ObjectsAway, tellingFailures} from '@hearth/ports/objects.js';
import {PublicError} from './errors.js';

/** The object store as plugins see it: where it is away or full they hear UNAVAILABLE, which a caller is told. */
export const openObjects = (objects: Objects): Objects =>
	tellingFailures(objects, error => {
		if (!(error instanceof ObjectsAway)) return error;
		const told = 'The store of pictures and files of Hearth is down or full. Try again shortly.';
		return new PublicError('UNAVAILABLE', told, {details: {part: 'objects'}, cause: error});
	});
