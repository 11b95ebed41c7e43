import {type Applied, ResyncRequired} from '../../apply.js';
import type {Data} from '../../merge.js';
import type {Mutation} from '../../mutation.js';
import type {Pulled} from '../../read.js';
import type {Random} from './random.js';

/** What a device asks of the server, over a network that may lose, double and delay. Both throw where no answer comes. */
export interface Connection {
	push(mutations: Mutation[], epoch: string | undefined): Promise<Applied>;
	pull(since: number, epoch: string | undefined, limit: number): Promise<Pulled>;
}

/** An answer that will not come; whether the request arrived nobody knows. */
export class NoAnswer extends Error {
	override readonly name = 'NoAnswer';
}

interface Confirmed {
	data: Data;
	version: number;
}

/** What the server said of a mutation. */
export interface Acknowledged {
	mutation: Mutation;
	status: Applied['results'][number]['status'];
}

/**
 * A device as SYNC.md's clients are at their best: keeps what it has not pushed, base versions of what it had applied, pulls by cursor,
 * starts over when told, and has a clock of its own.
 */
export class Device {
	readonly id: string;
	/** Records as the server said they are. */
	confirmed = new Map<string, Confirmed>();
	/** While it starts over: what it has pulled so far; its person goes on with what was there until it is whole. */
	#anew: Map<string, Confirmed> | null = null;
	queue: Mutation[] = [];
	/** Taken by the server, but not pulled yet: still to be seen on top of what is confirmed. */
	#taken: {mutation: Mutation; version: number}[] = [];
	since = 0;
	epoch: string | undefined;
	isSyncing = false;
	/** Since the last pull that reached the head. */
	isCurrent = false;
	readonly #random: Random;
	readonly #connection: Connection;
	readonly #clock: () => number;
	readonly #acknowledge: (acknowledged: Acknowledged) => void;
	#count = 0;

	constructor(options: {
		id: string;
		random: Random;
		connection: Connection;
		/** Of the device, epoch milliseconds; may be days off. */
		clock: () => number;
		acknowledge: (acknowledged: Acknowledged) => void;
	}) {
		this.id = options.id;
		this.#random = options.random;
		this.#connection = options.connection;
		this.#clock = options.clock;
		this.#acknowledge = options.acknowledge;
	}

	/** What its person sees: what is confirmed, with what waits to be pushed on top. */
	view(record_id: string): Data | null {
		let seen: Data | null = this.confirmed.get(record_id)?.data ?? null;
		for (const {record_id: id, op, data} of this.#unpulled()) {
			if (id === record_id) seen = op === 'delete' ? null : {...seen, ...data};
		}
		return seen;
	}

	/** The ids of what its person sees. */
	ids(): string[] {
		const known = new Set([...this.confirmed.keys(), ...this.#unpulled().map(({record_id}) => record_id)]);
		return [...known].filter(id => this.view(id) !== null);
	}

	#has({record_id}: Mutation, version: number): boolean {
		return (this.confirmed.get(record_id)?.version ?? 0) >= version;
	}

	#unpulled(): Mutation[] {
		return [...this.#taken.map(({mutation}) => mutation), ...this.queue];
	}

	edit(record_id: string, data: Data): Mutation {
		return this.#wait({op: 'upsert', record_id, data});
	}

	remove(record_id: string): Mutation {
		return this.#wait({op: 'delete', record_id});
	}

	#wait(what: Pick<Mutation, 'op' | 'record_id' | 'data'>): Mutation {
		this.#count += 1;
		const mutation: Mutation = {
			id: `${this.id}-${this.#count}`,
			collection: 'things',
			base_version: this.#baseOf(what.record_id),
			client_timestamp: new Date(this.#clock()).toISOString(),
			...what,
		};
		this.queue.push(mutation);
		return mutation;
	}

	/**
	 * The version that an edit goes on from. An edit that is not pulled yet hides what was pulled since, so the next one goes on from
	 * where that one did.
	 */
	#baseOf(record_id: string): number {
		const waiting = this.#unpulled().findLast(mutation => mutation.record_id === record_id)?.base_version;
		return typeof waiting === 'number' ? waiting : (this.confirmed.get(record_id)?.version ?? 0);
	}

	/** One exchange. Answers false where the network or the server failed it; nothing is lost then. */
	async sync(): Promise<boolean> {
		this.isSyncing = true;
		try {
			if (this.queue.length > 0) await this.#push();
			await this.#pull();
			return true;
		} catch (error) {
			if (error instanceof ResyncRequired) {
				this.#anew = new Map();
				this.since = 0;
				this.epoch = undefined;
				return false;
			}
			if (error instanceof NoAnswer) return false;
			throw error;
		} finally {
			this.isSyncing = false;
		}
	}

	async #push(): Promise<void> {
		const batch = this.queue.slice(0, this.#random.between(1, 6));
		const {results} = await this.#connection.push(batch, this.epoch);
		for (const {id, status, version} of results) {
			const mutation = batch.find(one => one.id === id);
			if (mutation === undefined) continue;
			this.#acknowledge({mutation, status});
			if (status !== 'conflict' && !this.#has(mutation, version)) this.#taken.push({mutation, version});
		}
		const done = new Set(results.map(({id}) => id));
		this.queue = this.queue.filter(({id}) => !done.has(id));
		this.isCurrent = false;
	}

	async #pull(): Promise<void> {
		const {rows, next_since, has_more, head} = await this.#connection.pull(
			this.since,
			this.epoch,
			this.#random.between(1, 20),
		);
		const records = this.#anew ?? this.confirmed;
		for (const {record_id, op, data, version} of rows) {
			if (op === 'delete') records.delete(record_id);
			else records.set(record_id, {data: JSON.parse(data), version});
		}
		this.since = next_since;
		this.epoch = head.epoch;
		this.isCurrent = !has_more;
		if (this.#anew !== null) {
			if (has_more) return;
			this.confirmed = this.#anew;
			this.#anew = null;
		}
		// A page may have ended before a record that was changed again meanwhile.
		this.#taken = this.#taken.filter(
			({mutation, version}) => !this.#has(mutation, version) && (has_more || version > next_since),
		);
	}
}
