import {asSent, editStep} from './edit-record.js';
import type {Replica, Step} from './replica.js';
import {type Data, type Mutation, refused} from './row.js';
import type {RecordId} from './rows.js';
import {type Reading, under, type Writing} from './store.js';
import {type WireMutation, wireMutation} from './wire.js';

/** What the server refused; kept until the person has seen it. */
export interface Rejection extends WireMutation {
	/** Holds a whole record. */
	whole: boolean;
	code: string;
	/** What to do about it, in the server's words. */
	message: string;
}

const rejectionKey = (mutation_id: string) => `rejected/${mutation_id}`;

export const listRejections = async (tx: Reading): Promise<Rejection[]> =>
	(await tx.scan<Rejection>(under('rejected/'))).map(([, rejection]) => rejection);

export const dismissRejection = (tx: Writing, mutation_id: string) => tx.delete(rejectionKey(mutation_id));

/** Out of the queue, so that it stops nothing, and into the list. */
export async function keepRejected(
	{tx, row, setRow}: Step,
	at: RecordId,
	mutation: Mutation,
	{code, message}: {code: string; message: string},
): Promise<void> {
	const {whole} = mutation;
	tx.put(rejectionKey(mutation.id), {...wireMutation(at, mutation), whole, code, message} satisfies Rejection);
	const before = await row(at);
	setRow(at, before, refused(before, mutation.id));
}

/** Does it again as a new mutation, with corrections, on what the record is now. */
export function retryRejected(replica: Replica, mutation_id: string, corrections: Data, now: number): Promise<void> {
	return replica.write(async step => {
		const rejection = await step.tx.get<Rejection>(rejectionKey(mutation_id));
		if (rejection === undefined) throw new Error('There is no such refused mutation.');
		const {collection, record_id: id, op, whole} = rejection;
		await editStep(step, {collection, id}, now, current => {
			if (op === 'delete') return current === null ? null : {op};
			if (current === null && !whole) throw new Error('The record was deleted; make a new one.');
			return {op, data: {...rejection.data, ...asSent(corrections)}, whole};
		});
		dismissRejection(step.tx, mutation_id);
	});
}
