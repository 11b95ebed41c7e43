import {Readable} from 'node:stream';
import {type Context, onBroadcast, Reply, type User} from '@hearth/host/plugin.js';
import {recordsAdvanced} from '@hearth/host/records.js';
import type {Settings} from '@hearth/host/settings.js';
import {databasesAdvanced} from './events.js';
import {type Asked, type Changes, changesText, readChanges} from './read-changes.js';

// The client asks again at once. Longer would hold on to those who were signed out; shorter asks more often than anything changes.
const LONGEST_MS = 60_000;
// A line that stays silent for longer is cut by proxies, and by the client itself after 30 s.
const HEARTBEAT_MS = {shortest: 1_000, usual: 10_000, longest: 25_000};
const MOST_OF_A_USER = 50;

/** Somebody who waits for a change of a database. */
class Waiting {
	readonly body = new Readable({read() {}});
	readonly #look: () => Promise<Changes>;
	/** What it has to be told where nothing happens. */
	#newest: Changes;
	#isLooking = false;
	#isWoken = false;
	#isEnded = false;

	constructor(look: () => Promise<Changes>, newest: Changes) {
		this.#look = look;
		this.#newest = newest;
	}

	/** Something changed, or may have. */
	async wake(): Promise<void> {
		this.#isWoken = true;
		if (this.#isLooking) return;
		this.#isLooking = true;
		try {
			while (this.#isWoken && !this.#isEnded) {
				this.#isWoken = false;
				this.#newest = await this.#look();
				if (this.#newest.results.length > 0) this.end();
			}
		} catch (error) {
			// The client takes the cut line for one, and asks again.
			this.#isEnded = true;
			this.body.destroy(error instanceof Error ? error : undefined);
		} finally {
			this.#isLooking = false;
		}
	}

	beat(): void {
		if (!this.#isEnded && !this.body.destroyed) this.body.push('\n');
	}

	/** With what there is, which may be nothing. */
	end(): void {
		if (this.#isEnded || this.body.destroyed) return;
		this.#isEnded = true;
		this.body.push(changesText(this.#newest));
		this.body.push(null);
	}
}

/** Of each house of this process, who waits, by user; the one that waits longest first. */
const houses = new WeakMap<Settings, Map<string, Waiting[]>>();

function waitingIn({settings}: Context): Map<string, Waiting[]> {
	const waiting = houses.get(settings) ?? new Map<string, Waiting[]>();
	houses.set(settings, waiting);
	return waiting;
}

/** The changes, at once where there are some; else the next one, or none after a while. */
export async function longPoll(
	context: Context,
	{id: user_id}: User,
	name: string,
	asked: Asked,
	{timeout, heartbeat}: {timeout?: number | undefined; heartbeat?: number | undefined},
): Promise<Reply> {
	const found = await readChanges(context, user_id, name, asked);
	// From now on, not from whenever it is looked at next.
	const from = asked.since === 'now' ? {...asked, since: found.last_seq} : asked;
	const waiting = new Waiting(() => readChanges(context, user_id, name, from), found);
	const headers = {'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store'};
	if (found.results.length > 0) {
		waiting.end();
		return new Reply(undefined, {body: waiting.body, headers});
	}
	add(context, user_id, waiting);
	const {shortest, usual, longest} = HEARTBEAT_MS;
	// A broadcast may be lost: what it would have told is found with the next beat.
	const beat = setInterval(
		() => {
			waiting.beat();
			void waiting.wake();
		},
		Math.min(Math.max(heartbeat || usual, shortest), longest),
	);
	const end = setTimeout(() => waiting.end(), Math.min(timeout || LONGEST_MS, LONGEST_MS));
	for (const timer of [beat, end]) timer.unref();
	waiting.body.once('close', () => {
		clearInterval(beat);
		clearTimeout(end);
		remove(context, user_id, waiting);
	});
	// What came between the first look and now.
	void waiting.wake();
	return new Reply(undefined, {body: waiting.body, headers});
}

/** One more than there may be takes the place of the oldest. */
function add(context: Context, user_id: string, one: Waiting): void {
	const all = [...(waitingIn(context).get(user_id) ?? []), one];
	for (const oldest of all.slice(0, -MOST_OF_A_USER)) oldest.end();
	waitingIn(context).set(user_id, all.slice(-MOST_OF_A_USER));
}

function remove(context: Context, user_id: string, one: Waiting): void {
	const left = (waitingIn(context).get(user_id) ?? []).filter(other => other !== one);
	if (left.length === 0) waitingIn(context).delete(user_id);
	else waitingIn(context).set(user_id, left);
}

function wakeAll(context: Context, user_id: string): void {
	for (const one of waitingIn(context).get(user_id) ?? []) void one.wake();
}

export const wakeOnRecords = onBroadcast(recordsAdvanced, async ({space_id}, context) => wakeAll(context, space_id));
export const wakeOnRevisions = onBroadcast(databasesAdvanced, async ({user_id}, context) => wakeAll(context, user_id));
