import {backoff_ms} from './backoff.js';
import {listConflicts} from './conflicts.js';
import {type Exchange, elapsed, isHalting, readHealth} from './exchange.js';
import {countWaiting} from './find-records.js';
import {Live, type LiveEvent} from './live.js';
import type {Observable} from './observable.js';
import {listRejections} from './rejections.js';
import type {Replica} from './replica.js';
import {readState} from './replica-state.js';
import {Refused, type Requests, SyncDisabled, Unreachable} from './requests.js';
import type {SyncStatus} from './sync-status.js';

export interface SyncOptions {
	replica: Replica;
	requests: Requests;
	exchange: Exchange;
	status: Observable<SyncStatus>;
	/** Also to be told: what another tab, or the app, may want to know of. */
	onLive: (event: LiveEvent) => void;
	/** Whether to listen to the server. */
	live: boolean;
	now: () => number;
	random: () => number;
}

// A person who types makes one push of it, but does not put it off for ever.
const DEBOUNCE_MS = 1_000;
const LONGEST_DEBOUNCE_MS = 5_000;
// How often it looks by itself: where nothing is told, and where something could be missed.
const POLL_MS = 60_000;
const POLL_LIVE_MS = 10 * 60_000;
const RECOUNT_MS = 50;

/** When to push and pull, and what the person is told of it. One at a time; in a browser, in one tab. */
export class Sync {
	readonly #options: SyncOptions;
	readonly #live: Live;
	#running: Promise<void> | null = null;
	#again = false;
	#stopped = true;
	#timer: ReturnType<typeof setTimeout> | undefined;
	/** When `#timer` rings; by `elapsed`, as all that waits: a device's clock may be set while it does. */
	#due = Number.POSITIVE_INFINITY;
	/** Of the oldest edit that nothing has been done about. */
	#editedAt: number | null = null;
	/** Rounds in a row that did not come through. */
	#failures = 0;
	/** The server asked to be left alone until then. */
	#notBefore = 0;
	/** When the next try is due after a failure. */
	#retryAt: number | null = null;
	#refreshing: Promise<void> | null = null;
	#isStale = false;

	constructor(options: SyncOptions) {
		this.#options = options;
		this.#live = new Live({
			requests: options.requests,
			random: options.random,
			onState: live => options.status.change({live}),
			onEvent: event => this.#heard(event),
		});
	}

	async start(): Promise<void> {
		this.#stopped = false;
		await this.refresh();
		this.#runIn(0);
	}

	/** What is under way ends as if the connection had broken. */
	async stop(): Promise<void> {
		this.#stopped = true;
		clearTimeout(this.#timer);
		this.#live.stop();
		this.#options.requests.close();
		await Promise.all([this.#running, this.#refreshing]);
	}

	/** Something waits to be sent. */
	edited(): void {
		if (this.#isHalted) return;
		// It goes with the next try.
		if (this.#failures > 0) return;
		this.#editedAt ??= elapsed();
		const latest = this.#editedAt + LONGEST_DEBOUNCE_MS - elapsed();
		this.#runIn(Math.max(0, Math.min(DEBOUNCE_MS, latest)), {later: true});
	}

	/** The connection may be back, or the person is: no waiting out of a backoff. */
	wake(): void {
		if (this.#isHalted) return;
		this.#live.wake();
		this.#runIn(Math.max(0, this.#notBefore - elapsed()));
	}

	/** A whole round that begins after this call, also where nothing more was to be tried; never throws, see the status. */
	async sync(): Promise<void> {
		if (this.#stopped) return;
		this.#again = true;
		clearTimeout(this.#timer);
		while (this.#again && !this.#stopped) await this.#run();
	}

	/** Reads anew what the status tells of the store. Of many calls at once, as during a long pull, the last decides. */
	async refresh(): Promise<void> {
		this.#isStale = true;
		this.#refreshing ??= this.#read().finally(() => {
			this.#refreshing = null;
		});
		await this.#refreshing;
	}

	async #read(): Promise<void> {
		while (this.#isStale && !this.#stopped) {
			this.#isStale = false;
			this.#options.status.change(
				await this.#options.replica.read(async tx => ({
					...(await readHealth(tx)),
					pending: await countWaiting(tx),
					rejected: (await listRejections(tx)).length,
					conflicts: (await listConflicts(tx)).filter(({resolution}) => resolution === null).length,
				})),
			);
			// Counting what waits takes longer the more it is; thousands of edits in a row are not slowed down by it.
			if (this.#isStale) await new Promise(resolve => setTimeout(resolve, RECOUNT_MS));
		}
	}

	get #isHalted(): boolean {
		return this.#stopped || ['signed_out', 'disabled'].includes(this.#options.status.get().state);
	}

	#heard(event: LiveEvent): void {
		this.#options.onLive(event);
		if (event.event === 'conflict') this.#options.exchange.conflictsChanged();
		if (event.event === 'image') return;
		if (event.event === 'change') this.#catchUp(event).catch(() => this.#runIn(0));
		else this.#runIn(Math.max(0, this.#notBefore - elapsed()));
	}

	/** Of its own changes a device is told too; it has them already, or the pull that is under way brings them. */
	async #catchUp({version, data}: LiveEvent): Promise<void> {
		await this.#running;
		if (this.#stopped) return;
		const {epoch, cursors} = await this.#options.replica.read(readState);
		const told = (data as {epoch?: unknown} | null)?.epoch;
		const isHere = this.#options.replica.collections.every(name => (cursors[name]?.complete ?? -1) >= (version ?? 0));
		if (!isHere || version === null || (told !== undefined && told !== epoch)) {
			this.#runIn(Math.max(0, this.#notBefore - elapsed()));
		}
	}

	/** `later`: instead of an earlier time, which it puts off. */
	#runIn(ms: number, {later = false} = {}): void {
		if (this.#stopped) return;
		if (this.#running !== null) {
			this.#again = true;
			return;
		}
		const due = elapsed() + ms;
		if (due >= this.#due && !later) return;
		clearTimeout(this.#timer);
		this.#due = due;
		this.#timer = setTimeout(() => void this.#run(), ms);
	}

	#run(): Promise<void> {
		this.#running ??= this.#round().finally(() => {
			this.#running = null;
			this.#goOn();
		});
		return this.#running;
	}

	async #round(): Promise<void> {
		const {status} = this.#options;
		clearTimeout(this.#timer);
		this.#due = Number.POSITIVE_INFINITY;
		this.#again = false;
		this.#editedAt = null;
		this.#retryAt = null;
		status.change({state: 'syncing', retry_at: null});
		const errors = await this.#options.exchange.run();
		// Of a store that cannot be read, the exchange has told already.
		await this.refresh().catch(error => errors.push(error));
		this.#conclude(errors);
	}

	#conclude(errors: unknown[]): void {
		const {status, now, random} = this.#options;
		const halting = errors.find(isHalting);
		if (halting !== undefined) {
			this.#live.stop();
			status.change({state: halting instanceof SyncDisabled ? 'disabled' : 'signed_out'});
			return;
		}
		if (errors.length === 0) {
			this.#failures = 0;
			status.change({state: 'idle'});
			if (this.#options.live && !this.#stopped) this.#live.start();
			return;
		}
		this.#failures += 1;
		const asked = Math.max(0, ...errors.map(error => (error instanceof Refused ? (error.retry_after_ms ?? 0) : 0)));
		if (asked > 0) this.#notBefore = elapsed() + asked;
		const wait = Math.max(asked, backoff_ms(this.#failures, random));
		this.#retryAt = elapsed() + wait;
		status.change({
			state: errors.some(error => error instanceof Unreachable) ? 'offline' : 'waiting',
			retry_at: new Date(now() + wait).toISOString(),
		});
	}

	/** After a round: the next one, at its time. */
	#goOn(): void {
		if (this.#isHalted) return;
		if (this.#retryAt !== null) this.#runIn(Math.max(0, this.#retryAt - elapsed()));
		else if (this.#again) this.#runIn(0);
		else this.#runIn(this.#options.status.get().live ? POLL_LIVE_MS : POLL_MS);
	}
}
