import {findState, type ReplicaState, readState, writeState} from './replica-state.js';
import {noRow, type Row} from './row.js';
import {indexKeys, type RecordId, readRow, scanRows, writeRow} from './rows.js';
import {type Reading, type Store, under, type Writing} from './store.js';

/** Whose records changed: the ids, by collection; `all` where they are too many to name. */
export type Changes = ReadonlyMap<string, ReadonlySet<string> | 'all'>;

/** A write transaction that knows of rows. */
export interface Step {
	tx: Writing;
	/** Written back with `setState`. */
	state: ReplicaState;
	setState(state: ReplicaState): void;
	row(at: RecordId): Promise<Row>;
	setRow(at: RecordId, before: Row, after: Row): void;
}

// More than this are told as "all of the collection": whoever shows them asks anew in either case.
const MAX_NAMED = 200;

/** The records on this device. What pushes, pulls and edits them is in files of their own, each step one transaction. */
export class Replica {
	readonly collections: readonly string[];
	readonly #store: Store;
	readonly #indexes: Readonly<Record<string, readonly string[]>>;
	#closed = false;
	readonly #listeners = new Set<(changes: Changes) => void>();

	private constructor(store: Store, indexes: Record<string, readonly string[]>) {
		this.#store = store;
		this.#indexes = indexes;
		this.collections = Object.keys(indexes);
	}

	/** `indexes`: the collections, and the fields by which each is looked up. */
	static async open(store: Store, indexes: Record<string, readonly string[]>, device_id: string): Promise<Replica> {
		await store.write(async tx => {
			const before = await findState(tx);
			const state: ReplicaState = before ?? {user_id: null, device_id, epoch: null, cursors: {}, indexes: {}};
			for (const [collection, fields] of Object.entries(indexes)) {
				if (fields.join() !== (state.indexes[collection] ?? []).join()) await reindex(tx, collection, fields);
			}
			writeState(tx, {...state, indexes: {...state.indexes, ...indexes}});
		});
		return new Replica(store, indexes);
	}

	indexesOf = (collection: string): readonly string[] => this.#indexes[collection] ?? [];

	read<Result>(work: (tx: Reading) => Promise<Result>): Promise<Result> {
		return this.#store.read(work);
	}

	/** Listeners are told once it is on the disk. */
	async write<Result>(work: (step: Step) => Promise<Result>): Promise<Result> {
		const changed = new Map<string, Set<string>>();
		const result = await this.#store.write(async tx => {
			changed.clear();
			const step: Step = {
				tx,
				state: await readState(tx),
				setState(state) {
					step.state = state;
					writeState(tx, state);
				},
				row: at => readRow(tx, at),
				setRow: (at, before, after) => {
					writeRow(tx, at, before, after, this.indexesOf);
					const ids = changed.get(at.collection) ?? new Set();
					changed.set(at.collection, ids.add(at.id));
				},
			};
			return work(step);
		});
		if (changed.size > 0) {
			this.tell(new Map([...changed].map(([name, ids]) => [name, ids.size > MAX_NAMED ? 'all' : ids])));
		}
		return result;
	}

	onChange(listener: (changes: Changes) => void): () => void {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	}

	/** Also of what another tab changed in the same store. */
	tell(changes: Changes): void {
		for (const listener of [...this.#listeners]) listener(changes);
	}

	get isClosed(): boolean {
		return this.#closed;
	}

	close(): Promise<void> {
		this.#closed = true;
		this.#listeners.clear();
		return this.#store.close();
	}
}

async function reindex(tx: Writing, collection: string, fields: readonly string[]): Promise<void> {
	for (const [key] of await tx.scan(under(`index/${collection}/`))) tx.delete(key);
	for (const [id, row] of await scanRows(tx, collection)) {
		for (const key of indexKeys({collection, id}, row ?? noRow, () => fields)) tx.put(key, 1);
	}
}
