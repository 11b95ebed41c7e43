import {PublicError} from '@hearth/host/errors.js';
import type {Context} from '@hearth/host/plugin.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Kind} from './kinds.js';

export function collectionOf({records}: Context, kind: Kind): Collection {
	const collection = records.collections.get(kind.collection);
	if (collection === undefined) {
		throw new PublicError('UNAVAILABLE', `The part of Hearth that keeps ${kind.path} is not installed here.`);
	}
	return collection;
}
