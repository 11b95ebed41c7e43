import type {Replica} from './replica.js';
import {Refused, type Requests} from './requests.js';
import type {Data, Mutation} from './row.js';
import type {RecordId} from './rows.js';
import {type Reading, under, type Writing} from './store.js';
import type {WireConflict} from './wire.js';

/** Two values of which the server could keep one; the other waits there until somebody has chosen. */
export interface Conflict extends WireConflict {
	/** A push of this device opened it; only such are resolved by the collection's strategy. */
	own: boolean;
	/** Chosen here; the server is told with the next sync. */
	resolution: Resolution | null;
	/** Why the server did not take the choice. */
	problem: string | null;
}

export type Resolution =
	| {resolution: 'keep_server'}
	| {resolution: 'keep_local'}
	/** The fields as they are to be. */
	| {resolution: 'merge'; data: Data};

/** `ask`: the person chooses. A function may also answer `ask`. */
export type Strategy =
	| 'ask'
	| 'server'
	| 'local'
	| ((conflict: Conflict) => Resolution | 'ask' | Promise<Resolution | 'ask'>);

const conflictKey = (id: string) => `conflict/${id}`;

export const listConflicts = async (tx: Reading): Promise<Conflict[]> =>
	(await tx.scan<Conflict>(under('conflict/'))).map(([, conflict]) => conflict);

/** Until the server was asked for it, all that is known is what was sent. */
export function keepConflict(tx: Writing, id: string, {collection, id: record_id}: RecordId, mutation: Mutation): void {
	tx.put(conflictKey(id), {
		id,
		collection,
		record_id,
		base: null,
		local: mutation.data ?? null,
		server: null,
		fields: Object.keys(mutation.data ?? {}),
		created_at: mutation.client_timestamp,
		own: true,
		resolution: null,
		problem: null,
	} satisfies Conflict);
}

/** Written down here first, so that it can be chosen without a connection. */
export function choose(replica: Replica, id: string, resolution: Resolution): Promise<void> {
	return replica.write(async ({tx}) => {
		const conflict = await tx.get<Conflict>(conflictKey(id));
		if (conflict === undefined) throw new Error('There is no such conflict; perhaps another device has resolved it.');
		tx.put(conflictKey(id), {...conflict, resolution, problem: null} satisfies Conflict);
	});
}

/** Takes over what awaits a choice on the server, and lets the strategies choose for what this device's pushes opened. */
export async function refreshConflicts(
	replica: Replica,
	requests: Requests,
	strategyOf: (collection: string) => Strategy,
): Promise<void> {
	const before = await replica.read(listConflicts);
	const listed = await requests.list<WireConflict>('/sync/conflicts');
	await replica.write(async ({tx}) => {
		for (const {id} of before) if (!listed.some(one => one.id === id)) tx.delete(conflictKey(id));
		for (const {id, collection, record_id, base, local, server, fields, created_at} of listed) {
			const {own = false, resolution = null, problem = null} = (await tx.get<Conflict>(conflictKey(id))) ?? {};
			tx.put(conflictKey(id), {
				id,
				collection,
				record_id,
				base,
				local,
				server,
				fields,
				created_at,
				own,
				resolution,
				problem,
			} satisfies Conflict);
		}
	});
	for (const conflict of await replica.read(listConflicts)) {
		if (!conflict.own || conflict.resolution !== null || conflict.problem !== null) continue;
		const chosen = await chosenBy(strategyOf(conflict.collection), conflict);
		if (chosen !== 'ask') await choose(replica, conflict.id, chosen);
	}
}

async function chosenBy(strategy: Strategy, conflict: Conflict): Promise<Resolution | 'ask'> {
	if (typeof strategy === 'function') return strategy(conflict);
	return strategy === 'ask' ? 'ask' : {resolution: `keep_${strategy}`};
}

/** Tells the server what was chosen. One that it does not know any more was resolved elsewhere. */
export async function sendResolutions(replica: Replica, requests: Requests): Promise<number> {
	const chosen = (await replica.read(listConflicts)).filter(({resolution}) => resolution !== null);
	for (const conflict of chosen) {
		const problem = await resolve(requests, conflict);
		await replica.write(async ({tx}) => {
			if (problem === null) tx.delete(conflictKey(conflict.id));
			else tx.put(conflictKey(conflict.id), {...conflict, resolution: null, problem} satisfies Conflict);
		});
	}
	return chosen.length;
}

async function resolve(requests: Requests, {id, resolution}: Conflict): Promise<string | null> {
	try {
		await requests.ask('POST', `/sync/conflicts/${encodeURIComponent(id)}/resolve`, resolution);
		return null;
	} catch (error) {
		if (!(error instanceof Refused)) throw error;
		if (error.status === 404 || error.status === 409) return null;
		if (error.status === 400 || error.status === 422) return error.message;
		throw error;
	}
}
