import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import type {Context, User} from '@hearth/host/plugin.js';
import type {Collection} from '@hearth/records/collection.js';
import {z} from 'zod';

export const collectionParams = z.object({collection: z.string().max(100)});

/** The fields an app's schema knows, by commas; where its storage validates, others would stop it. All when left out. */
export const fieldsQuery = z
	.string()
	.max(4_000)
	.transform(fields => new Set(fields.split(',').map(field => field.trim())))
	.optional();

/** The collection of the path. Throws NOT_FOUND where there is none, and SYNC_DISABLED where this person wants no sync. */
export async function askedCollection(name: string, user: User, context: Context): Promise<Collection> {
	const collection = context.records.collections.get(name.replaceAll('-', '_'));
	if (collection === undefined) {
		const known = [...context.records.collections.keys()].join(', ');
		throw new PublicError('NOT_FOUND', `There is no collection ${JSON.stringify(name)} here; there are ${known}.`);
	}
	await refuseWhereSyncIsOff(context, user.id);
	return collection;
}
