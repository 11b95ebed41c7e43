import {v7 as uuidv7} from 'uuid';
import type {Auth} from './auth.js';
import {type Conflict, choose, listConflicts, type Resolution, type Strategy} from './conflicts.js';
import {Crew} from './crew.js';
import {createRecord, deleteRecord, type Item, updateRecord} from './edit-record.js';
import {exchangeWith} from './exchange.js';
import {findRecord, findRecords, type Where} from './find-records.js';
import type {LiveEvent} from './live.js';
import {observable} from './observable.js';
import {dismissRejection, listRejections, type Rejection, retryRejected} from './rejections.js';
import {type Changes, Replica} from './replica.js';
import {claim, readState} from './replica-state.js';
import {type Fetch, Requests} from './requests.js';
import type {Data} from './row.js';
import type {Store} from './store.js';
import {Sync} from './sync.js';
import {STARTING, type SyncStatus} from './sync-status.js';
import {alone, type Tabs} from './tabs.js';
import {watch} from './watch.js';

/** Names of collections, and what a record of each holds: `{weights: FieldsOf<typeof weights>}`. */
export type Shapes = {[name: string]: object};

/**
 * What a record of a declared collection holds. The collection is imported as a type only, so that no schema gets into the app:
 * `import type {weights} from '@hearth/body/weights.js'`.
 */
export type FieldsOf<Declared extends {readonly schema: {readonly _zod: {readonly output: object}}}> = Named<
	Declared['schema']['_zod']['output']
>;

/** Without "and whatever else": what a schema does not name is kept, but not by this app. */
type Named<Fields> = {[Field in keyof Fields as string extends Field ? never : Field]: Fields[Field]};

export interface CollectionOptions<Fields> {
	/** Fields by which `list` finds quickly. Default: none. */
	indexes?: readonly (keyof Fields & string)[];
	/** What becomes of a conflict that a push of this device opened. Default: that of all collections. */
	conflicts?: Strategy;
}

export interface HearthOptions<Collections extends Shapes> {
	/** Of the house, such as `https://hearth.example.org`; in a page that it serves itself, ''. */
	url: string;
	/** One for each person and device; it is closed with the client. */
	store: Store;
	auth: Auth;
	/** The collections to be kept here. One that is added later is fetched then. */
	collections: {readonly [Name in keyof Collections]: CollectionOptions<Collections[Name]>};
	/** Named in pushes; the same as at sign-in. Default: one made for the store. */
	device_id?: string;
	/** Of collections that do not say. Default `ask`. */
	conflicts?: Strategy;
	/** Whether to listen for other devices' changes. Default true. */
	live?: boolean;
	/** Calls back whenever a connection may have come back, or the person. */
	wake?: (callback: () => void) => () => void;
	tabs?: Tabs;
	fetch?: Fetch;
	/** Epoch milliseconds. */
	now?: () => number;
	random?: () => number;
}

/** A patch: fields that it leaves out stay, null erases those that need not be there. */
export type Patch<Fields> = {
	readonly [Field in keyof Fields]?: Fields[Field] | (undefined extends Fields[Field] ? null : never);
};

/** All of it works without a connection, at once, and is kept when its promise resolves. */
export interface RecordsOf<Fields> {
	get(id: string): Promise<Item<Fields> | null>;
	list(where?: Where<Fields>): Promise<Item<Fields>[]>;
	/** Calls back now and after each change, until the function it answers is called. */
	watch(where: Where<Fields>, listener: (items: Item<Fields>[]) => void): () => void;
	create(data: Fields, options?: {id?: string}): Promise<Item<Fields>>;
	update(id: string, patch: Patch<Fields>): Promise<Item<Fields>>;
	delete(id: string): Promise<void>;
}

export interface Hearth<Collections extends Shapes = Shapes> {
	collection<Name extends keyof Collections & string>(name: Name): RecordsOf<Collections[Name]>;
	status(): SyncStatus;
	onStatus(listener: () => void): () => void;
	/** By name of the collection; the ids, or `all`. */
	onChange(listener: (changes: Changes) => void): () => void;
	onLive(listener: (event: LiveEvent) => void): () => void;
	/** Pushes and pulls now; resolves when it is done or has failed, which the status says. */
	sync(): Promise<SyncStatus>;
	/** Compares with the server by checksum, fetches anew what differs. The collections that did; null: not now. */
	verify(): Promise<string[] | null>;
	dismissLoss(): Promise<void>;
	rejected(): Promise<Rejection[]>;
	/** The person has seen it. */
	dismiss(mutation_id: string): Promise<void>;
	/** Does what was refused once more, with corrections. */
	retry(mutation_id: string, corrections?: Data): Promise<void>;
	conflicts(): Promise<Conflict[]>;
	resolve(conflict_id: string, resolution: Resolution): Promise<void>;
	close(): Promise<void>;
}

/** Opens what is kept on this device, and keeps it and the house the same from then on. */
export async function openHearth<Collections extends Shapes>(
	options: HearthOptions<Collections>,
): Promise<Hearth<Collections>> {
	const {store, now = Date.now, random = Math.random, tabs = alone} = options;
	const names = Object.keys(options.collections) as (keyof Collections & string)[];
	const replica = await Replica.open(
		store,
		Object.fromEntries(names.map(name => [name, options.collections[name].indexes ?? []])),
		options.device_id ?? uuidv7(),
	);
	const {device_id} = await replica.read(readState);
	const status = observable<SyncStatus>(STARTING);
	const liveListeners = new Set<(event: LiveEvent) => void>();
	const tellLive = (event: LiveEvent) => {
		for (const listener of [...liveListeners]) listener(event);
	};
	const requests = new Requests({
		url: options.url,
		auth: options.auth,
		fetch: options.fetch ?? ((address, init) => globalThis.fetch(address, init)),
		claim: user_id => claim(store, user_id),
	});
	const exchange = exchangeWith({
		replica,
		requests,
		device_id: options.device_id ?? device_id,
		status,
		strategyOf: name => options.collections[name]?.conflicts ?? options.conflicts ?? 'ask',
		now,
	});
	const sync = new Sync({
		replica,
		requests,
		exchange,
		status,
		live: options.live ?? true,
		now,
		random,
		onLive(event) {
			tellLive(event);
			tabs.send({type: 'live', event});
		},
	});
	const crew = new Crew({replica, sync, status, tabs, tellLive});
	const unwake = options.wake?.(() => crew.wake());

	const records = <Fields>(collection: string): RecordsOf<Fields> => {
		const at = (id: string) => ({collection, id});
		const list = (where: Where<Fields> = {}) =>
			findRecords(replica, collection, where as Where<Data>) as Promise<Item<Fields>[]>;
		const done = async <Result>(edit: Promise<Result>) => {
			const result = await edit;
			crew.edited();
			return result;
		};
		return {
			get: id => findRecord(replica, collection, id) as Promise<Item<Fields> | null>,
			list,
			watch: (where, listener) => watch(replica, collection, () => list(where), listener),
			create: (data, {id} = {}) => done(createRecord(replica, collection, id, data, now()) as Promise<Item<Fields>>),
			update: (id, patch) => done(updateRecord(replica, at(id), patch, now()) as Promise<Item<Fields>>),
			delete: id => done(deleteRecord(replica, at(id), now())),
		};
	};

	return {
		collection(name) {
			if (!names.includes(name)) throw new Error(`${name} is not among the collections that were opened.`);
			return records(name);
		},
		status: status.get,
		onStatus: status.subscribe,
		onChange: listener => replica.onChange(listener),
		onLive(listener) {
			liveListeners.add(listener);
			return () => {
				liveListeners.delete(listener);
			};
		},
		async sync() {
			await crew.sync();
			return status.get();
		},
		verify: exchange.verify,
		async dismissLoss() {
			await exchange.dismissLoss();
			await crew.counted();
		},
		rejected: () => replica.read(listRejections),
		async dismiss(mutation_id) {
			await replica.write(async ({tx}) => dismissRejection(tx, mutation_id));
			await crew.counted();
		},
		async retry(mutation_id, corrections = {}) {
			await retryRejected(replica, mutation_id, corrections, now());
			crew.edited();
		},
		conflicts: () => replica.read(listConflicts),
		async resolve(conflict_id, resolution) {
			await choose(replica, conflict_id, resolution);
			crew.edited();
		},
		async close() {
			unwake?.();
			await crew.close();
			await replica.close();
		},
	};
}
