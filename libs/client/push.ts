import {keepConflict} from './conflicts.js';
import {keepRejected} from './rejections.js';
import type {Replica} from './replica.js';
import {cursorOf, readState} from './replica-state.js';
import {Refused, type Requests, SyncDisabled} from './requests.js';
import {acknowledged, type Mutation, nextToSend, sent, without} from './row.js';
import {type RecordId, scanDirty} from './rows.js';
import {type PushAnswer, type WireMutation, wireMutation} from './wire.js';

// Few enough for a slow line, far below what the server takes.
const MAX_MUTATIONS = 500;
const MAX_CHARS = 1024 * 1024;
// A server that fails at whatever it is sent is not sent every single mutation to find the bad one: 2⁹ > MAX_MUTATIONS.
const MAX_FAILURES = 12;

export interface Pushed {
	/** Mutations that the server has now, in whatever way. */
	settled: number;
	/** Ids of the conflicts that it opened for them. */
	conflicts: string[];
}

/**
 * Sends what is waiting, oldest first, at most one mutation of a record at a time. A body that the server cannot take is sent in halves,
 * down to the one mutation that it is about: that one is kept as refused, and the others go on. Throws what stops the rest.
 */
export async function push(replica: Replica, requests: Requests, device_id: string): Promise<Pushed> {
	const pushed: Pushed = {settled: 0, conflicts: []};
	const tried = new Set<string>();
	let failures = 0;
	let unanswered: unknown = null;

	const sendAll = async (batch: Waiting[]): Promise<void> => {
		let answer: PushAnswer;
		try {
			answer = await send(replica, requests, device_id, batch);
			failures = 0;
		} catch (error) {
			if (!(error instanceof Refused) || !isAboutTheBody(error)) throw error;
			if (error.status >= 500) {
				failures += 1;
				unanswered = error;
				if (failures >= MAX_FAILURES) throw error;
			}
			const [one] = batch;
			if (batch.length > 1) {
				const half = Math.ceil(batch.length / 2);
				await sendAll(batch.slice(0, half));
				await sendAll(batch.slice(half));
			} else if (one !== undefined && error.status < 500) {
				await replica.write(step => keepRejected(step, one.at, one.mutation, error));
				pushed.settled += 1;
			}
			return;
		}
		const outcome = await settle(replica, batch, answer);
		pushed.settled += outcome.settled;
		pushed.conflicts.push(...outcome.conflicts);
		if (outcome.isDisabled) throw new SyncDisabled();
		if (outcome.settled < batch.length) unanswered = new Error('The server left mutations of a push unanswered.');
	};

	for (;;) {
		const batch = await takeBatch(replica, tried);
		if (batch.length === 0) break;
		for (const {mutation} of batch) tried.add(mutation.id);
		await sendAll(batch);
	}
	if (unanswered !== null) throw unanswered;
	return pushed;
}

interface Waiting {
	at: RecordId;
	mutation: Mutation;
}

/** The next mutations, marked as sent before they are: from here on their bodies are fixed. */
function takeBatch(replica: Replica, tried: ReadonlySet<string>): Promise<Waiting[]> {
	return replica.write(async step => {
		const batch: Waiting[] = [];
		let chars = 0;
		for (const {waiting, ...at} of await scanDirty(step.tx)) {
			if (waiting === 0) continue;
			const row = await step.row(at);
			const mutation = nextToSend(row);
			if (mutation === undefined || tried.has(mutation.id)) continue;
			chars += JSON.stringify(mutation).length;
			if (batch.length > 0 && chars > MAX_CHARS) break;
			batch.push({at, mutation});
			if (!mutation.sent) step.setRow(at, row, sent(row, mutation.id));
			if (batch.length === MAX_MUTATIONS) break;
		}
		return batch;
	});
}

async function send(
	replica: Replica,
	requests: Requests,
	device_id: string,
	batch: readonly Waiting[],
): Promise<PushAnswer> {
	const {epoch} = await replica.read(readState);
	const mutations: WireMutation[] = batch.map(({at, mutation}) => wireMutation(at, mutation));
	return requests.ask<PushAnswer>('POST', '/sync/push', {device_id, ...(epoch === null ? {} : {epoch}), mutations});
}

/** What the server itself says of the body, as opposed to: who asks, how often, and whether it is there at all. */
const isAboutTheBody = ({status, code}: Refused) =>
	code !== 'SYNC_DISABLED' && (status === 400 || status === 413 || status === 422 || status === 500);

interface Settled {
	settled: number;
	conflicts: string[];
	isDisabled: boolean;
}

function settle(replica: Replica, batch: readonly Waiting[], answer: PushAnswer): Promise<Settled> {
	return replica.write(async step => {
		const outcome: Settled = {settled: 0, conflicts: [], isDisabled: false};
		const results = new Map(answer.results.map(result => [result.id, result]));
		const reasons = new Map(answer.rejected.map(reason => [reason.id, reason]));
		for (const {at, mutation} of batch) {
			const result = results.get(mutation.id);
			if (result === undefined) continue;
			const reason = reasons.get(mutation.id);
			if (result.status === 'rejected' && reason?.code === 'SYNC_DISABLED') {
				outcome.isDisabled = true;
				continue;
			}
			outcome.settled += 1;
			for (const {id, conflict_id} of answer.conflicts) {
				if (id !== mutation.id) continue;
				keepConflict(step.tx, conflict_id, at, mutation);
				outcome.conflicts.push(conflict_id);
			}
			const row = await step.row(at);
			if (result.status === 'rejected') {
				await keepRejected(step, at, mutation, reason ?? {code: 'UNKNOWN', message: 'The server gave no reason.'});
			} else if (result.status === 'conflict') {
				step.setRow(at, row, without(row, mutation.id));
			} else {
				const {complete, generation} = cursorOf(step.state, at.collection);
				const applied = Math.max(complete ?? 0, row.generation === generation ? row.version : 0);
				step.setRow(at, row, acknowledged(row, mutation.id, result.version, applied));
			}
		}
		return outcome;
	});
}
