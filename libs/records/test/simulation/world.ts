import {setImmediate} from 'node:timers/promises';
import {applyIn, ResyncRequired} from '../../apply.js';
import type {Mutation} from '../../mutation.js';
import {pull} from '../../read.js';
import {collections, START_MS} from '../a-space.js';
import {type Acknowledged, type Connection, Device, NoAnswer} from './device.js';
import {type Fault, MemoryStore} from './memory-store.js';
import {Random} from './random.js';

// One run: devices of two people, a server, a network and a clock, all driven by one seed. Nothing else decides what comes next.

/** The server stopped between two statements; its transactions are rolled back. */
class Restarted extends Error {}

const DAY_MS = 86_400_000;
const PEOPLE = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'] as const;
/** Edited by everybody, never deleted: every change to it must be in it at the end. */
export const TALLY = 'tally';
const RECORDS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** What a device did to the tally. */
export interface TallyEntry {
	mutation: Mutation;
	added: number;
	items: string[];
	removed: string[];
}

export interface Person {
	space_id: string;
	devices: Device[];
	acknowledged: Acknowledged[];
	tally: TallyEntry[];
}

/** What changed a space, in the order of commits. */
export type Commit =
	| {space_id: string; device_id: string; mutations: Mutation[]; now: number}
	| {space_id: string; floor: number};

interface Waiting {
	go: () => void;
	stop: (error: Error) => void;
}

export class World {
	readonly random: Random;
	readonly store: MemoryStore;
	readonly people: Person[];
	/** Each step in words, for whoever replays it. */
	readonly story: string[] = [];
	readonly commits: Commit[] = [];
	#now = START_MS;
	#waiting: Waiting[] = [];
	#under_way = 0;
	#isHealthy = false;
	#items = 0;
	readonly #failures: unknown[] = [];

	constructor(seed: number, fault: Fault | null = null) {
		this.random = new Random(seed);
		this.store = new MemoryStore(fault);
		const devices = this.random.between(2, 6);
		this.people = PEOPLE.map((space_id, index) =>
			this.#person(space_id, index === 0 ? devices : this.random.between(1, 2), index),
		);
	}

	#person(space_id: string, count: number, index: number): Person {
		const acknowledged: Acknowledged[] = [];
		const devices = Array.from({length: count}, (_, number) => {
			const skew_ms = this.random.chance(0.5) ? 0 : this.random.between(-3 * DAY_MS, 3 * DAY_MS);
			const id = `${'pq'[index]}${number}`;
			return new Device({
				id,
				random: this.random,
				connection: this.#connect(space_id, id),
				clock: () => this.#now + skew_ms,
				acknowledge: one => void acknowledged.push(one),
			});
		});
		return {space_id, devices, acknowledged, tally: []};
	}

	/** Runs for so many steps in trouble, then heals and lets everybody sync until all is quiet. */
	async run(steps: number): Promise<void> {
		for (let step = 0; step < steps; step += 1) {
			await this.#step();
			if (this.#failures.length > 0) throw this.#failures[0];
		}
		this.#isHealthy = true;
		await this.#settle();
		for (let round = 0; round < 200; round += 1) {
			for (const {devices} of this.people) {
				for (const device of devices) {
					this.#launch(() => device.sync());
					await this.#settle();
				}
			}
			if (this.people.every(person => this.#isQuiet(person))) return;
		}
		throw new Error('After two hundred rounds without any trouble the devices still have something to say');
	}

	#isQuiet({space_id, devices}: Person): boolean {
		const {version} = this.store.space(space_id).head;
		return devices.every(({queue, since, isCurrent}) => queue.length === 0 && isCurrent && since === version);
	}

	async #step(): Promise<void> {
		this.#now += this.random.chance(0.1) ? this.random.below(DAY_MS) : this.random.below(60_000);
		const person = this.random.chance(0.8) ? this.#first : this.random.pick(this.people);
		const device = this.random.pick(person.devices);
		const dice = this.random.next();
		if (dice < 0.3) this.#edit(person, device);
		else if (dice < 0.5) {
			if (!device.isSyncing) {
				this.story.push(`${device.id} syncs`);
				this.#launch(() => device.sync());
			}
		} else if (dice < 0.52) this.#restart();
		else if (dice < 0.54) this.#compact(person);
		await this.#advance();
	}

	get #first(): Person {
		const [first] = this.people;
		if (first === undefined) throw new Error('There is nobody');
		return first;
	}

	#edit(person: Person, device: Device): void {
		const dice = this.random.next();
		if (dice < 0.25) this.#addToTally(person, device);
		else if (dice < 0.4) {
			const ids = device.ids().filter(id => id !== TALLY);
			if (ids.length > 0) this.#tell(device.remove(this.random.pick(ids)));
		} else {
			const id = this.random.pick(RECORDS);
			this.#tell(
				device.edit(id, {
					[this.random.pick([
						'title',
						'notes',
						'decided',
						'date',
						'unknown',
					])]: `${device.id}:${this.random.below(1000)}`,
					...(this.random.chance(0.3) ? {count: this.random.below(5)} : {}),
					...(this.random.chance(0.2) ? {title: null} : {}),
					...(this.random.chance(0.2) ? {most: this.random.below(100), least: this.random.below(100)} : {}),
				}),
			);
		}
	}

	#addToTally(person: Person, device: Device): void {
		const seen = device.view(TALLY) ?? {};
		const before = (seen.items ?? []) as string[];
		const removed = before.length > 0 && this.random.chance(0.3) ? [this.random.pick(before)] : [];
		this.#items += 1;
		const items = [`item ${this.#items}`];
		const added = this.random.between(-5, 9);
		const mutation = device.edit(TALLY, {
			total: Number(seen.total ?? 0) + added,
			items: [...before.filter(item => !removed.includes(item)), ...items],
		});
		person.tally.push({mutation, added, items, removed});
		this.#tell(mutation);
	}

	#tell({id, op, record_id, data, base_version}: Mutation): void {
		this.story.push(`${id}: ${op} ${record_id} at ${base_version} ${JSON.stringify(data ?? null)}`);
	}

	#restart(): void {
		this.story.push(`the server restarts with ${this.#waiting.length} under way`);
		for (const {stop} of this.#waiting.splice(0)) stop(new Restarted());
	}

	#compact({space_id}: Person): void {
		const {version} = this.store.space(space_id).head;
		const floor = this.random.between(0, version);
		this.story.push(`tombstones up to ${floor} go`);
		this.#launch(async () => {
			await this.store.compact(space_id, this.#gate, floor);
			this.commits.push({space_id, floor});
		});
	}

	/** One of those that wait goes on, and the world stands still again when it waits once more. */
	async #advance(): Promise<void> {
		if (this.#waiting.length > 0) {
			const [next] = this.#waiting.splice(this.random.below(this.#waiting.length), 1);
			next?.go();
		}
		await setImmediate();
	}

	async #settle(): Promise<void> {
		await setImmediate();
		while (this.#under_way > 0 && this.#failures.length === 0) await this.#advance();
		if (this.#failures.length > 0) throw this.#failures[0];
	}

	#launch(work: () => Promise<unknown>): void {
		this.#under_way += 1;
		work()
			.catch((error: unknown) => {
				// A request that nobody waits for any more may end as it likes.
				if (!(error instanceof Restarted) && !(error instanceof ResyncRequired)) this.#failures.push(error);
			})
			.finally(() => {
				this.#under_way -= 1;
			});
	}

	readonly #gate = (): Promise<void> =>
		new Promise((go, stop) => {
			this.#waiting.push({go, stop});
		});

	#connect(space_id: string, device_id: string): Connection {
		return {
			push: (mutations, epoch) =>
				this.#send(() =>
					this.store.as(space_id, this.#gate, async tx => {
						const now = this.#now;
						// Only a transaction that commits gets so far.
						tx.afterCommit(() => void this.commits.push({space_id, device_id, mutations, now}));
						return applyIn(tx, collections, {space_id, actor_id: space_id, device_id, mutations, epoch, now});
					}),
				),
			pull: (since, epoch, limit) =>
				this.#send(() => this.store.snapshot(space_id, this.#gate, sql => pull(sql, space_id, {since, epoch, limit}))),
		};
	}

	/** What the network makes of a request. */
	async #send<T>(request: () => Promise<T>): Promise<T> {
		const fate = this.#isHealthy ? 1 : this.random.next();
		if (fate < 0.08) throw new NoAnswer('the request was lost');
		if (fate < 0.16) {
			// It arrives later, when the device has given up on it.
			this.#launch(async () => {
				for (let wait = this.random.below(30); wait > 0; wait -= 1) await this.#gate();
				await request();
			});
			throw new NoAnswer('the request was delayed');
		}
		// A second copy, which may be carried out before or after the first.
		if (fate < 0.24) this.#launch(request);
		const answer = await request().catch((error: unknown) => {
			if (error instanceof Restarted) throw new NoAnswer('the server restarted');
			throw error;
		});
		if (fate >= 0.24 && fate < 0.34) throw new NoAnswer('the answer was lost');
		return answer;
	}
}
