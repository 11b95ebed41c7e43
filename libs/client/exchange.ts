import {SignedOut} from './auth.js';
import {refreshConflicts, type Strategy, sendResolutions} from './conflicts.js';
import type {Observable} from './observable.js';
import {acknowledge, pull, startOver} from './pull.js';
import {push} from './push.js';
import type {Replica} from './replica.js';
import {isStartingOver, readState} from './replica-state.js';
import {OtherUser, Refused, type Requests, SyncDisabled, Unreachable} from './requests.js';
import type {Reading} from './store.js';
import type {SyncError, SyncStatus} from './sync-status.js';

export interface ExchangeOptions {
	replica: Replica;
	requests: Requests;
	device_id: string;
	status: Observable<SyncStatus>;
	strategyOf: (collection: string) => Strategy;
	now: () => number;
}

/** What there is to do with the server, each thing once; when, is for `Sync` to say. */
export interface Exchange {
	/** Pushes, pulls, and settles conflicts. Answers what went wrong; never throws. */
	run(): Promise<unknown[]>;
	/** Compares with the server, and fetches anew what differs. Answers the collections that did; null where it cannot be said now. */
	verify(): Promise<string[] | null>;
	dismissLoss(): Promise<void>;
	/** The next run asks for them. */
	conflictsChanged(): void;
}

// How often the house is told that this device is there, and what it has. It keeps deletes for months.
const REPORT_MS = 60 * 60_000;
// Nobody says when another device has resolved a conflict.
const CONFLICTS_MS = 10 * 60_000;

const HEALTH = 'health';
type Health = Pick<SyncStatus, 'last_push_at' | 'last_pull_at' | 'loss'>;

export const readHealth = (tx: Reading) => tx.get<Health>(HEALTH);

/** Milliseconds by a clock that nobody sets. */
export const elapsed = () => performance.now();

/** Nothing helps but somebody who does something about it. */
export const isHalting = (error: unknown) =>
	error instanceof SignedOut || error instanceof OtherUser || error instanceof SyncDisabled;

export function exchangeWith({replica, requests, device_id, status, strategyOf, now}: ExchangeOptions): Exchange {
	let reportedAt = Number.NEGATIVE_INFINITY;
	let conflictsAt = Number.NEGATIVE_INFINITY;
	/** Everything came for the first time, and was not compared yet. */
	let unverified = false;
	let errors: unknown[] = [];

	const time = () => new Date(now()).toISOString();

	function failed(what: 'push_error' | 'pull_error', error: unknown): false {
		status.change({[what]: {...describe(error), at: time()}});
		errors.push(error);
		return false;
	}

	async function keepHealth(part: Partial<Health>): Promise<void> {
		await replica.write(async ({tx}) => {
			const kept = (await readHealth(tx)) ?? {last_push_at: null, last_pull_at: null, loss: null};
			tx.put(HEALTH, {...kept, ...part} satisfies Health);
		});
		status.change(part);
	}

	async function verify(): Promise<string[] | null> {
		// With SHA-256 a fifth of it all, and needed seldom: an app's bundler makes a file of its own of it.
		const {compareChecksums} = await import('./checksum.js');
		// While other devices write there is no common version; the next time will do.
		for (let attempt = 0; attempt < 3; attempt += 1) {
			const different = await compareChecksums(replica, requests);
			if (different === null) {
				await pull(replica, requests);
				continue;
			}
			if (different.length > 0) {
				await keepHealth({loss: {collections: different, found_at: time()}});
				await startOver(replica, different);
				await pull(replica, requests);
			}
			return different;
		}
		return null;
	}

	/** Whether it came through. */
	async function pullAll(isSecond = false): Promise<boolean> {
		const isToReport = elapsed() - reportedAt >= REPORT_MS;
		try {
			unverified = (await pull(replica, requests, isToReport ? device_id : undefined)).length > 0 || unverified;
			if (isToReport) await acknowledge(replica, requests, device_id);
			if (isToReport) reportedAt = elapsed();
			await keepHealth({last_pull_at: time()});
			status.change({pull_error: null});
			if (unverified) await verify();
			unverified = false;
			return true;
		} catch (error) {
			if (isSecond || !isResync(error)) return failed('pull_error', error);
			await startOver(replica);
			return pullAll(true);
		}
	}

	async function pushAll(isSecond = false): Promise<void> {
		try {
			const {settled, conflicts} = await push(replica, requests, device_id);
			if (settled > 0) await keepHealth({last_push_at: time()});
			if (conflicts.length > 0) conflictsAt = Number.NEGATIVE_INFINITY;
			status.change({push_error: null});
		} catch (error) {
			if (isSecond || !isResync(error)) {
				failed('push_error', error);
				return;
			}
			await startOver(replica);
			if (await pullAll()) await pushAll(true);
		}
	}

	async function settleConflicts(): Promise<void> {
		if (!status.get().live || elapsed() - conflictsAt >= CONFLICTS_MS) {
			await refreshConflicts(replica, requests, strategyOf);
			conflictsAt = elapsed();
		}
		// What was chosen comes back as a change.
		if ((await sendResolutions(replica, requests)) > 0) await pullAll();
	}

	return {
		async run() {
			errors = [];
			try {
				// What waits here was made on versions that nobody knows before they have come.
				const isReady = !isStartingOver(await replica.read(readState)) || (await pullAll());
				if (isReady) await pushAll();
				// Whatever is wrong with what is sent, what others did comes all the same.
				if (isReady && !errors.some(isHalting)) await pullAll();
				if (errors.length === 0) await settleConflicts();
			} catch (error) {
				// Conflicts could not be asked for; or the store itself is full, or was closed under us.
				failed('pull_error', error);
			}
			return errors;
		},
		verify,
		dismissLoss: () => keepHealth({loss: null}),
		conflictsChanged() {
			conflictsAt = Number.NEGATIVE_INFINITY;
		},
	};
}

const isResync = (error: unknown) => error instanceof Refused && error.code === 'RESYNC_REQUIRED';

function describe(error: unknown): Pick<SyncError, 'code' | 'message'> {
	if (error instanceof Refused || error instanceof SyncDisabled) return {code: error.code, message: error.message};
	if (error instanceof SignedOut || error instanceof OtherUser) return {code: error.code, message: error.message};
	const message = error instanceof Error ? error.message : String(error);
	return {code: error instanceof Unreachable ? 'UNREACHABLE' : 'UNKNOWN', message};
}
