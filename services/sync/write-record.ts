import {randomUUID} from 'node:crypto';
import {type ErrorCode, notFound, PublicError} from '@hearth/host/errors.js';
import type {Context, Transaction, User} from '@hearth/host/plugin.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data, StoredRecord} from '@hearth/records/merge.js';
import type {Rejection, RejectionCode} from '@hearth/records/mutation.js';
import {findRecord, type ReadRecord} from '@hearth/records/read.js';

export interface Write {
	collection: Collection;
	id: string;
	op: 'upsert' | 'delete';
	data?: Data;
}

const codeOf: Record<RejectionCode, ErrorCode> = {
	VALIDATION_ERROR: 'VALIDATION_ERROR',
	UNKNOWN_COLLECTION: 'UNPROCESSABLE',
	TOO_LARGE: 'TOO_LARGE',
	MUTATION_REUSED: 'CONFLICT',
	READ_ONLY: 'FORBIDDEN',
	SYNC_DISABLED: 'SYNC_DISABLED',
};

export function refusalOf({code, message}: Rejection): PublicError {
	const details = code === 'VALIDATION_ERROR' ? {details: [{path: pathIn(message), message}]} : {};
	return new PublicError(codeOf[code], message, details);
}

/** The records name what is wrong as `data.field: why`. */
const pathIn = (message: string): string => /^data\.([^\s:]+):/.exec(message)?.[1] ?? '';

/**
 * One write by a person at a screen, made against what is stored now, which `check` may refuse. Answers the record after it; of a
 * deleted one, as it was.
 */
export const changeRecord = (
	write: Write,
	user: User,
	{db, records, now}: Context,
	check: (stored: StoredRecord | null) => void,
): Promise<ReadRecord> =>
	db.as(user.id, async tx => {
		const before = write.op === 'delete' ? await find(tx, user, write) : null;
		const {results} = await records.applyIn(tx, {
			space_id: user.id,
			actor_id: user.id,
			device_id: `rest:${user.session_id}`,
			mutations: [
				{
					id: randomUUID(),
					collection: write.collection.name,
					record_id: write.id,
					op: write.op,
					...(write.data === undefined ? {} : {data: write.data}),
					base_version: 'current',
					client_timestamp: new Date(now()).toISOString(),
				},
			],
			check: (_mutation, stored) => check(stored),
		});
		const [result] = results;
		if (result?.status === 'rejected') throw refusalOf(result);
		const after = before ?? (await find(tx, user, write));
		if (after === null) throw notFound('record');
		return after;
	});

const find = (tx: Transaction, user: User, {collection, id}: Write) => findRecord(tx, user.id, collection.name, id);
