import type {Bus} from '@hearth/ports/bus.js';
import type {Database, Transaction as PortTransaction} from '@hearth/ports/database.js';
import type {Logger} from 'pino';
import {v7 as uuidv7} from 'uuid';
import {briefly} from './briefly.js';
import type {Metrics} from './metrics.js';
import type {Context, Job} from './plugin.js';

interface Row {
	id: string;
	name: string;
	payload: unknown;
	attempts: number;
}

/** A kind of job this process works off. */
interface Kind {
	job: Job;
	context: Context;
}

// Seconds to wait after attempt 1, 2, …: a hiccup is over soon, a broken part takes minutes.
const BACKOFF_S = [2, 10, 60, 300, 900];
// Jobs whose announcement was lost while nobody was there to sweep at start or on reconnection. Rare, so seldom.
const SWEEP_EVERY_MS = 5 * 60_000;
const SWEEP_BATCH = 1000;
const ABORT_WAIT_MS = 3000;
// Of a job that this process cannot do itself, or cannot now.
const ANNOUNCE_AGAIN_MS = 5000;

/** Milliseconds to wait before the next attempt, a fifth more or less so that what failed together does not return together. */
export const backoff = (attempt: number): number =>
	(BACKOFF_S[attempt - 1] ?? BACKOFF_S.at(-1) ?? 900) * 1000 * (0.8 + Math.random() * 0.4);

export const jobSubject = (name: string) => `jobs.${name}`;

/**
 * Durable work. The row in `platform.jobs` is the truth; the bus only announces it, so a lost message costs time and nothing else, and
 * while nothing can be announced each process works off what it hears of itself.
 * A worker holds a lease that it renews; when it dies, another takes the job over once the lease ends. Each attempt counts, also
 * one that killed its process, so a job that always kills ends among the parked.
 */
export class Jobs {
	readonly #database: Database;
	readonly #bus: Bus;
	readonly #log: Logger;
	readonly #metrics: Metrics;
	/** This process, in `lease_owner`. */
	readonly #owner = uuidv7();
	readonly #running = new Map<AbortController, Promise<void>>();
	readonly #timers = new Map<string, NodeJS.Timeout>();
	#sweeper: NodeJS.Timeout | undefined;
	readonly #kinds = new Map<string, Kind>();
	/** Of each kind, the last of those that are worked off without the bus, one after the other. */
	readonly #unannounced = new Map<string, Promise<void>>();
	#stopping = false;

	constructor(database: Database, bus: Bus, log: Logger, metrics: Metrics) {
		this.#database = database;
		this.#bus = bus;
		this.#log = log;
		this.#metrics = metrics;
	}

	/** Writes the job with the transaction's data and announces it after the commit. Answers its id, or that of the unfinished one with this key. */
	async add(tx: PortTransaction, {name}: {name: string}, payload: unknown, key: string | null): Promise<string> {
		const id = uuidv7();
		const added = await tx.find<{id: string}>(
			`insert into platform.jobs (id, name, payload, key) values ($1, $2, $3, $4)
			on conflict (name, key) where state in ('queued', 'running') do nothing returning id`,
			[id, name, JSON.stringify(payload), key],
		);
		if (added === null) {
			const known = await tx.one<{id: string}>(
				`select id from platform.jobs where name = $1 and key = $2 and state in ('queued', 'running')`,
				[name, key],
			);
			return known.id;
		}
		tx.afterCommit(() => briefly(this.#announce(name, id)));
		return id;
	}

	/** Works off the jobs of these kinds from now on. `alone` says that no other process can be working on this database. */
	async start(kinds: (Kind & {plugin: string})[], {alone}: {alone: boolean}): Promise<void> {
		for (const {plugin: _, ...kind} of kinds) this.#kinds.set(kind.job.name, kind);
		if (alone) await this.#database.run(`update platform.jobs set lease_until = now() where state = 'running'`);
		for (const {plugin, ...kind} of kinds) {
			const {job} = kind;
			await this.#bus.subscribe(jobSubject(job.name), {
				group: plugin,
				concurrency: job.concurrency,
				backoff_ms: backoff,
				handle: async message => {
					const {id} = message.payload as {id: string};
					await this.#run(kind, id, () => message.working());
				},
			});
		}
		await this.sweep();
	}

	/** Announces what is due and sets a timer for what will be. */
	async sweep(): Promise<void> {
		clearTimeout(this.#sweeper);
		if (this.#stopping || this.#kinds.size === 0) return;
		try {
			const rows = await this.#database.many<{id: string; name: string; wait_ms: number}>(
				`select id, name, extract(epoch from greatest(run_at, lease_until) - now())::float8 * 1000 as wait_ms
				from platform.jobs where name = any($1) and state in ('queued', 'running')
				order by greatest(run_at, lease_until) limit ${SWEEP_BATCH}`,
				[[...this.#kinds.keys()]],
			);
			for (const {id, name, wait_ms} of rows) this.#announceIn(wait_ms, name, id);
		} catch (error) {
			this.#log.warn({err: error}, 'waiting jobs could not be listed; tried again');
		}
		this.#sweeper = setTimeout(() => void this.sweep(), SWEEP_EVERY_MS);
		this.#sweeper.unref();
	}

	/** Gives a parked job its attempts back. Null where there is no such parked job. */
	async retry(id: string): Promise<string | null> {
		const row = await this.#database.find<{name: string}>(
			`update platform.jobs set state = 'queued', attempts = 0, run_at = now(), updated_at = now()
			where id = $1 and state = 'parked' returning name`,
			[id],
		);
		if (row === null) return null;
		await this.#announce(row.name, id);
		return row.name;
	}

	#announceIn(wait_ms: number, name: string, id: string): void {
		if (this.#stopping) return;
		clearTimeout(this.#timers.get(id));
		const timer = setTimeout(
			() => {
				this.#timers.delete(id);
				void this.#announce(name, id);
			},
			Math.min(Math.max(wait_ms, 0), 2 ** 31 - 1),
		);
		this.#timers.set(id, timer);
	}

	async #announce(name: string, id: string): Promise<void> {
		try {
			// A new id each time: an announcement is a hint, and one that the bus thinks it knows would be dropped.
			await this.#bus.publish(jobSubject(name), {id}, {id: uuidv7()});
		} catch (error) {
			const kind = this.#kinds.get(name);
			this.#log.warn(
				{err: error, job: name, id},
				kind === undefined ? 'a job could not be announced; tried again' : 'a job is worked off without the bus',
			);
			if (kind === undefined) this.#announceIn(ANNOUNCE_AGAIN_MS, name, id);
			else this.#runUnannounced(kind, id);
		}
	}

	#runUnannounced(kind: Kind, id: string): void {
		const {name} = kind.job;
		const before = this.#unannounced.get(name) ?? Promise.resolve();
		const work = before.then(async () => {
			if (this.#stopping) return;
			try {
				await this.#run(kind, id, () => {});
			} catch (error) {
				this.#log.warn({err: error, job: name, id}, 'a job could not be worked off; tried again');
				this.#announceIn(ANNOUNCE_AGAIN_MS, name, id);
			}
		});
		this.#unannounced.set(name, work);
	}

	async #run(kind: Kind, id: string, working: () => void): Promise<void> {
		const stop = new AbortController();
		const work = this.#work(kind, id, stop, working);
		this.#running.set(stop, work);
		await work.finally(() => this.#running.delete(stop));
	}

	async #work(kind: Kind, id: string, stop: AbortController, working: () => void): Promise<void> {
		const {job, context} = kind;
		const row = await this.#claim(job, id);
		if (row === null) return;
		if (row.attempts > job.attempts) {
			await this.#park(row, kind, 'The process died each time it worked on this.');
			return;
		}
		const lease = setInterval(() => void this.#renew(row, job, stop, working), job.lease_ms / 3);
		const ended = this.#metrics.jobs.startTimer({job: job.name});
		try {
			await job.handle(job.payload.parse(row.payload), {id, attempt: row.attempts, signal: stop.signal}, context);
			await this.#database.run('delete from platform.jobs where id = $1 and lease_owner = $2', [id, this.#owner]);
			ended({outcome: 'done'});
		} catch (error) {
			if (this.#stopping && stop.signal.aborted) {
				ended({outcome: 'handed_back'});
				await this.#handBack(row);
			} else if (row.attempts >= job.attempts) {
				ended({outcome: 'parked'});
				this.#log.error(
					{err: error, job: job.name, id, attempt: row.attempts},
					'a job failed for good; an admin can retry it',
				);
				await this.#park(row, kind, messageOf(error));
			} else {
				ended({outcome: 'failed'});
				this.#log.warn({err: error, job: job.name, id, attempt: row.attempts}, 'a job failed; it is tried again');
				await this.#again(row, messageOf(error));
			}
		} finally {
			clearInterval(lease);
		}
	}

	// Null where the job is done, parked, not yet due, or in another worker's hands.
	async #claim(job: Job, id: string): Promise<Row | null> {
		const row = await this.#database.find<Row>(
			`update platform.jobs set state = 'running', attempts = attempts + 1, lease_owner = $2, updated_at = now(),
				lease_until = now() + $3 * interval '1 millisecond'
			where id = $1 and (state = 'queued' and run_at <= now() or state = 'running' and lease_until <= now())
			returning id, name, payload, attempts`,
			[id, this.#owner, job.lease_ms],
		);
		if (row !== null) return row;
		const waiting = await this.#database.find<{name: string; wait_ms: number}>(
			`select name, extract(epoch from greatest(run_at, lease_until) - now())::float8 * 1000 as wait_ms
			from platform.jobs where id = $1 and state in ('queued', 'running')`,
			[id],
		);
		// The announcement is spent, so this process looks again when the other's lease would end.
		if (waiting !== null) this.#announceIn(waiting.wait_ms + 100, waiting.name, id);
		return null;
	}

	async #renew(row: Row, job: Job, stop: AbortController, working: () => void): Promise<void> {
		working();
		try {
			const held = await this.#database.run(
				`update platform.jobs set lease_until = now() + $3 * interval '1 millisecond' where id = $1 and lease_owner = $2`,
				[row.id, this.#owner, job.lease_ms],
			);
			if (held === 0) stop.abort(new Error('Another worker took this job over'));
		} catch (error) {
			this.#log.warn({err: error, job: job.name, id: row.id}, 'a lease could not be renewed');
		}
	}

	async #again(row: Row, error: string): Promise<void> {
		const wait_ms = backoff(row.attempts);
		await this.#database.run(
			`update platform.jobs set state = 'queued', run_at = now() + $3 * interval '1 millisecond', lease_until = null,
				error = $4, updated_at = now()
			where id = $1 and lease_owner = $2`,
			[row.id, this.#owner, wait_ms, error],
		);
		this.#announceIn(wait_ms + 100, row.name, row.id);
	}

	async #handBack(row: Row): Promise<void> {
		await this.#database.run(
			`update platform.jobs set state = 'queued', attempts = attempts - 1, lease_until = null where id = $1 and lease_owner = $2`,
			[row.id, this.#owner],
		);
	}

	async #park(row: Row, {job, context}: Kind, error: string): Promise<void> {
		await context.db.transaction(async tx => {
			const held = await tx.run(
				`update platform.jobs set state = 'parked', lease_until = null, error = $3, updated_at = now()
				where id = $1 and lease_owner = $2`,
				[row.id, this.#owner, error],
			);
			if (held === 1) await job.parked?.(job.payload.parse(row.payload), error, tx);
		});
	}

	/** Starts nothing more. */
	stop(): void {
		this.#stopping = true;
		clearTimeout(this.#sweeper);
		for (const timer of this.#timers.values()) clearTimeout(timer);
		this.#timers.clear();
	}

	/** Cuts those that did not end in time and waits until they are handed back. */
	async abort(): Promise<void> {
		const works = [...this.#running.values()];
		for (const stop of this.#running.keys()) stop.abort(new Error('The process is stopping'));
		let timer: NodeJS.Timeout | undefined;
		// One that ignores its signal keeps its lease, and another process takes it over when that ends.
		const enough = new Promise<void>(resolve => {
			timer = setTimeout(resolve, ABORT_WAIT_MS);
		});
		await Promise.race([Promise.allSettled(works), enough]);
		clearTimeout(timer);
	}
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);
