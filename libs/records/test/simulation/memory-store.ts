import type {Query, Sql, Transaction} from '@hearth/ports/database.js';
import type {Head} from '../../apply.js';
import type {PastChange} from '../../history.js';
import type {Data} from '../../merge.js';
import type {PulledRow} from '../../read.js';
import type {Stamps} from '../../stamps.js';

// What PostgreSQL does for the records, in memory: the same statements, the same lock, read committed, nothing kept of a transaction
// that does not commit. It lets thousands of runs interleave their statements by a seed; that it does as PostgreSQL does is a test.

export interface MemoryRecord {
	collection: string;
	id: string;
	data: Data;
	stamps: Stamps;
	version: number;
	is_deleted: boolean;
}
export interface MemoryChange extends PastChange {
	collection: string;
	record_id: string;
	op: 'upsert' | 'delete';
	prior_version: number;
	mutation_id: string;
	at_ms: number;
}
export interface MemoryMutation {
	hash: string;
	status: string;
	version: number;
	conflict_id: string | null;
	lost: Data | null;
}
export interface MemoryConflict {
	conflict_id: string;
	mutation_id: string;
	device_id: string;
	record_id: string;
	collection: string;
	local: Data | null;
	server: Data | null;
}

/** All that is kept of one space. */
export class MemorySpace {
	head: Head = {version: 0, at_ms: 0, epoch: '00000000-0000-4000-8000-000000000001', floor: 0};
	/** By `collection\nid`. */
	records = new Map<string, MemoryRecord>();
	/** By version. */
	changes = new Map<number, MemoryChange>();
	/** By `device\nid`. */
	mutations = new Map<string, MemoryMutation>();
	conflicts: MemoryConflict[] = [];
	sums = new Map<string, {count: number; sum: string}>();
}

/** Faults put in on purpose, to see that the simulation finds each. */
export type Fault =
	| 'version taken before the lock'
	| 'clock as cursor'
	| 'tombstone dropped early'
	| 'duplicate applied twice'
	| 'merge base wrong'
	| 'another user’s row'
	| 'record written without its log'
	| 'checksum not kept up';

/** Awaited before each statement: where others may come between, and where a server that restarts throws. */
export type Gate = () => Promise<void>;

export class MemoryStore {
	readonly #spaces = new Map<string, MemorySpace>();
	readonly #locks = new Map<string, Promise<void>>();
	/** The version that a transaction at work will have reached; a clock is that far ahead of what can be seen. */
	readonly #ahead = new Map<string, number>();
	readonly #fault: Fault | null;

	constructor(fault: Fault | null = null) {
		this.#fault = fault;
	}

	space(space_id: string): MemorySpace {
		// With this fault rows are found by their id alone, whoever asks.
		const key = this.#fault === 'another user’s row' ? 'everybody' : space_id;
		const space = this.#spaces.get(key) ?? new MemorySpace();
		this.#spaces.set(key, space);
		return space;
	}

	/** One transaction of a user; `work` sees what is committed, and nobody sees what it writes before it has. */
	async as<T>(space_id: string, gate: Gate, work: (tx: Transaction) => Promise<T>): Promise<T> {
		const pending: (() => void)[] = [];
		let unlock = () => {};
		const callbacks: (() => void | Promise<void>)[] = [];
		const answer = async (query: Query, values: readonly unknown[]): Promise<unknown[]> => {
			const text = String(query);
			if (text.includes('records.open_push')) {
				const early = this.#fault === 'version taken before the lock' ? {...this.space(space_id).head} : null;
				await gate();
				unlock = await this.#lock(space_id);
				return [this.#open(space_id, values, early)];
			}
			await gate();
			if (text.includes('records.write_push')) {
				pending.push(() => this.#write(space_id, values));
				this.#ahead.set(space_id, Number(values[3]));
				return [{}];
			}
			if (text.includes('with recursive past')) return this.#histories(space_id, values);
			throw new Error(`The memory store does not know this statement: ${text}`);
		};
		// One after another, also what is not awaited.
		let last: Promise<unknown> = Promise.resolve();
		const asked: typeof answer = (query, values) => {
			const next = last.then(() => answer(query, values));
			last = next;
			next.catch(() => {});
			return next;
		};
		try {
			await gate();
			const result = await work({...sqlOf(asked), afterCommit: callback => void callbacks.push(callback)});
			await last;
			await gate();
			for (const write of pending) write();
			for (const callback of callbacks) await callback();
			return result;
		} finally {
			this.#ahead.delete(space_id);
			unlock();
		}
	}

	/** One snapshot: everything as it is at its first statement. */
	async snapshot<T>(space_id: string, gate: Gate, work: (sql: Sql) => Promise<T>): Promise<T> {
		await gate();
		const now = structuredClone(this.space(space_id));
		if (this.#fault === 'clock as cursor') {
			now.head = {...now.head, version: Math.max(now.head.version, this.#ahead.get(space_id) ?? 0)};
		}
		const answer = async (query: Query, values: readonly unknown[]): Promise<unknown[]> => {
			await gate();
			const text = String(query);
			if (text.includes('from records.heads')) return now.head.version === 0 ? [] : [now.head];
			if (text.includes('count(*)'))
				return [{count: rowsAbove(now, 0, Number(values[1])).filter(row => row.op === 'upsert').length}];
			if (text.includes('from records.records r')) {
				const [, since, limit] = values as [string, number, number];
				return rowsAbove(now, since, Number.POSITIVE_INFINITY)
					.filter(({op}) => since > 0 || op === 'upsert')
					.slice(0, limit);
			}
			// How rows are found is nothing that is seen here.
			if (text.includes('set_config')) return [];
			throw new Error(`The memory store does not know this statement: ${text}`);
		};
		return work(sqlOf(answer));
	}

	/** Tombstones up to the version go, and the floor rises to it. */
	async compact(space_id: string, gate: Gate, version: number): Promise<void> {
		await gate();
		const unlock = await this.#lock(space_id);
		const space = this.space(space_id);
		for (const [key, {is_deleted, version: at}] of space.records) {
			if (is_deleted && at <= version) space.records.delete(key);
		}
		// With this fault nobody is told that they are gone.
		if (this.#fault !== 'tombstone dropped early')
			space.head = {...space.head, floor: Math.max(space.head.floor, version)};
		unlock();
	}

	async #lock(space_id: string): Promise<() => void> {
		const before = this.#locks.get(space_id) ?? Promise.resolve();
		let release = () => {};
		this.#locks.set(
			space_id,
			new Promise(resolve => {
				release = resolve;
			}),
		);
		await before;
		return release;
	}

	#open(space_id: string, values: readonly unknown[], early: Head | null) {
		const [, device, mutation_ids, collections, record_ids] = values as [string, string, string[], string[], string[]];
		const space = this.space(space_id);
		const keys = new Set(collections.map((collection, index) => `${collection}\n${record_ids[index]}`));
		const known = this.#fault === 'duplicate applied twice' ? [] : [...new Set(mutation_ids)];
		return structuredClone({
			head: early ?? space.head,
			stored: [...keys].flatMap(key => {
				const found = space.records.get(key);
				return found === undefined
					? []
					: [[found.collection, found.id, found.data, found.stamps, found.version, found.is_deleted]];
			}),
			known: known.flatMap(id => {
				const found = space.mutations.get(`${device}\n${id}`);
				return found === undefined ? [] : [[id, found.hash, found.status, found.version, found.conflict_id]];
			}),
			sums: [...new Set(collections)].flatMap(name => {
				const found = space.sums.get(name);
				return found === undefined ? [] : [[name, found.count, found.sum]];
			}),
		});
	}

	#write(space_id: string, values: readonly unknown[]): void {
		const [, , device_id, version, at_ms] = values as [string, string, string, number, number];
		const [rows, conflicts, sums] = values.slice(5).map(value => JSON.parse(String(value ?? '[]')));
		const space = this.space(space_id);
		for (const {c, i, v, d, f, a, x = false} of rows) {
			const key = `${c}\n${i}`;
			if (v === undefined || d === undefined) continue;
			if (a === space.records.has(key)) throw new Error(`The record ${key} is there already, or is not`);
			space.records.set(key, {collection: c, id: i, data: d, stamps: f, version: v, is_deleted: x});
		}
		for (const {c, i, v, d, x = false, w = d, b = {}, e = null, p = 0, m} of rows) {
			if (v === undefined || this.#fault === 'record written without its log') continue;
			space.changes.set(v, {
				version: v,
				collection: c,
				record_id: i,
				op: x ? 'delete' : 'upsert',
				data: w,
				previous: b,
				sent: e,
				prior_version: p,
				mutation_id: m,
				device_id,
				at_ms,
			});
		}
		for (const {c, n, h} of this.#fault === 'checksum not kept up' ? [] : sums) space.sums.set(c, {count: n, sum: h});
		if (version > space.head.version) space.head = {...space.head, version, at_ms};
		for (const {m, h, s = 'accepted', v, u = v, k = null, l = null} of rows) {
			space.mutations.set(`${device_id}\n${m}`, {hash: h, status: s, version: u, conflict_id: k, lost: l});
		}
		for (const {k, c, i, l, s, m} of conflicts) {
			space.conflicts.push({
				conflict_id: k,
				collection: c,
				record_id: i,
				mutation_id: m,
				device_id,
				local: l,
				server: s,
			});
		}
	}

	#histories(space_id: string, values: readonly unknown[]): unknown[] {
		if (this.#fault === 'merge base wrong') return [];
		const [, versions, sinces] = values as [string, number[], number[]];
		const {changes} = this.space(space_id);
		return versions.flatMap((newest, index) => {
			const past: unknown[] = [];
			for (let at = newest; at > (sinces[index] ?? 0); ) {
				const change = changes.get(at);
				if (change === undefined) break;
				const {version, device_id, data, previous, sent, prior_version} = structuredClone(change);
				past.push({place: index + 1, version, device_id, data, previous, sent});
				if (prior_version >= at) throw new Error(`The change ${at} came after ${prior_version}`);
				at = prior_version;
			}
			return past;
		});
	}
}

function rowsAbove(space: MemorySpace, since: number, upTo: number): (PulledRow & {is_over: boolean})[] {
	return [...space.records.values()]
		.filter(({version}) => version > since && version <= upTo)
		.sort((one, other) => one.version - other.version)
		.map(({collection, id, data, version, is_deleted}) => ({
			version,
			collection,
			record_id: id,
			op: is_deleted ? 'delete' : 'upsert',
			data: is_deleted ? 'null' : JSON.stringify(data),
			device_id: space.changes.get(version)?.device_id ?? '',
			updated_at: new Date(space.changes.get(version)?.at_ms ?? 0),
			created_at: new Date(0),
			is_over: false,
		}));
}

function sqlOf(answer: (query: Query, values: readonly unknown[]) => Promise<unknown[]>): Sql {
	const many = async <Row>(query: Query, values: readonly unknown[] = []) => (await answer(query, values)) as Row[];
	const find = async <Row>(query: Query, values?: readonly unknown[]) => (await many<Row>(query, values))[0] ?? null;
	return {
		many,
		find,
		async one<Row>(query: Query, values?: readonly unknown[]) {
			const row = await find<Row>(query, values);
			if (row === null) throw new Error('There is no row');
			return row;
		},
		run: async (query, values) => (await many(query, values)).length,
	};
}
