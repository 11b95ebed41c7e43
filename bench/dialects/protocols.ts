import {createHash, randomUUID} from 'node:crypto';
import {z} from 'zod';
import {ask} from '../sync/ask.js';
import {COLLECTION, pushOf, type SetDone} from '../sync/mutations.js';

/** One app's protocol, asked as its client asks: the same batches, the same round trips. */
export interface Protocol {
	name: string;
	/** In which its records are, natively. */
	collection: string;
	/** How its client goes about it, for the reader of the figures. */
	manner: string;
	push(house: Asking, sets: readonly SetDone[]): Promise<void>;
	/** What is new since the cursor; all there is where it is null. */
	pull(house: Asking, cursor: string | null): Promise<{records: number; cursor: string}>;
}

/** Somebody at a house: the address from `/compat` or `/api` on, and the body. */
export type Asking = (path: string, body?: unknown) => Promise<string>;

export const asking =
	(url: string, token?: string): Asking =>
	(path, body) =>
		ask(`${url}${path}`, body === undefined ? {method: 'GET', token} : {token, body: JSON.stringify(body)});

const BATCH = 1_000;
/** PouchDB's and RxDB's own. */
const SMALL_BATCH = 100;

function* batches<Item>(items: readonly Item[], size: number): Iterable<readonly Item[]> {
	for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

const parse = <Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> =>
	schema.parse(JSON.parse(text));
const list = z.array(z.unknown());

/** Throws where the house did not take all of them. */
function all(taken: number, of: number): void {
	if (taken !== of) throw new Error(`Of ${of} records the house took ${taken}`);
}

export const native: Protocol = {
	name: 'native',
	collection: COLLECTION,
	manner: '1,000 a push and a page',
	async push(house, sets) {
		for (const batch of batches(sets, BATCH)) {
			const answer = await house('/api/v1/sync/push', JSON.parse(pushOf(batch)));
			all(parse(z.object({data: z.object({accepted: list})}), answer).data.accepted.length, batch.length);
		}
	},
	async pull(house, cursor) {
		const page = z.object({data: z.object({changes: list, next_since: z.number(), has_more: z.boolean()})});
		let records = 0;
		for (let since = Number(cursor ?? 0); ; ) {
			const {data} = parse(page, await house('/api/v1/sync/pull', {since, limit: BATCH}));
			records += data.changes.length;
			since = data.next_since;
			if (!data.has_more) return {records, cursor: String(since)};
		}
	},
};

const watermelon: Protocol = {
	name: 'WatermelonDB',
	collection: COLLECTION,
	manner: 'all in one body',
	async push(house, sets) {
		const {timestamp} = parse(
			z.object({timestamp: z.number()}),
			await house(`${WATERMELON}/pull-changes?lastPulledAt=null`),
		);
		const created = sets.map(({id, data}) => ({id, _status: 'created', _changed: '', ...data}));
		const changes = {[COLLECTION]: {created, updated: [], deleted: []}};
		await house(`${WATERMELON}/push-changes`, {changes, lastPulledAt: timestamp});
	},
	async pull(house, cursor) {
		const changed = z.object({created: list, updated: list});
		const answer = z.object({changes: z.record(z.string(), changed), timestamp: z.number()});
		const {changes, timestamp} = parse(answer, await house(`${WATERMELON}/pull-changes?lastPulledAt=${cursor}`));
		const records = Object.values(changes).reduce(
			(sum, {created, updated}) => sum + created.length + updated.length,
			0,
		);
		return {records, cursor: String(timestamp)};
	},
};
const WATERMELON = '/compat/watermelon/api/sync';

/** As PouchDB's replicator asks of a database at this address. */
export const replicating = (database: string): Protocol => ({
	name: 'PouchDB',
	collection: COLLECTION,
	manner: '100 a batch, each asked for first',
	async push(house, sets) {
		for (const batch of batches(sets, SMALL_BATCH)) {
			const docs = batch.map(({id, data}) => {
				const rev = createHash('md5').update(JSON.stringify(data)).digest('hex');
				return {_id: id, _rev: `1-${rev}`, _revisions: {start: 1, ids: [rev]}, ...data};
			});
			await house(`${database}/_revs_diff`, Object.fromEntries(docs.map(({_id, _rev}) => [_id, [_rev]])));
			const refused = parse(list, await house(`${database}/_bulk_docs`, {docs, new_edits: false}));
			all(docs.length - refused.length, docs.length);
		}
	},
	async pull(house, cursor) {
		const changes = z.object({
			results: z.array(z.object({id: z.string(), changes: z.array(z.object({rev: z.string()}))})),
			last_seq: z.unknown(),
		});
		let records = 0;
		for (let since = cursor ?? '0'; ; ) {
			const at = `${database}/_changes?style=all_docs&limit=${SMALL_BATCH}&since=${encodeURIComponent(since)}`;
			const {results, last_seq} = parse(changes, await house(at));
			since = String(last_seq);
			if (results.length === 0) return {records, cursor: since};
			const docs = results.flatMap(({id, changes: [change]}) => ({id, rev: change?.rev}));
			const {results: got} = parse(
				z.object({results: list}),
				await house(`${database}/_bulk_get?revs=true&latest=true`, {docs}),
			);
			records += got.length;
		}
	},
});

const rxdb: Protocol = {
	name: 'RxDB',
	collection: COLLECTION,
	manner: '100 a batch',
	async push(house, sets) {
		for (const batch of batches(sets, SMALL_BATCH)) {
			const rows = batch.map(({id, data}) => ({newDocumentState: {id, ...data, _deleted: false}}));
			const conflicts = parse(list, await house(`${RX}/push`, rows));
			all(rows.length - conflicts.length, rows.length);
		}
	},
	async pull(house, cursor) {
		const page = z.object({documents: list, checkpoint: z.record(z.string(), z.union([z.string(), z.number()]))});
		let records = 0;
		for (let checkpoint = cursor ?? ''; ; ) {
			const {documents, checkpoint: next} = parse(page, await house(`${RX}/pull?${checkpoint}&limit=${SMALL_BATCH}`));
			records += documents.length;
			checkpoint = new URLSearchParams(
				Object.fromEntries(Object.entries(next).map(([name, value]) => [name, String(value)])),
			).toString();
			if (documents.length < SMALL_BATCH) return {records, cursor: checkpoint};
		}
	},
};
const RX = `/compat/rxdb/${COLLECTION}`;

const packing: Protocol = {
	name: 'packing lists',
	collection: 'items',
	manner: '1,000 a push, all in one answer',
	async push(house, sets) {
		for (const batch of batches(sets, BATCH)) {
			const changes = batch.map(({id, data: {notes, reps}}) => ({
				id: randomUUID(),
				entityType: 'items',
				entityId: id,
				operation: 'create',
				timestamp: Date.now(),
				version: 0,
				deviceId: 'bench-a',
				data: {name: 'Socks', quantity: reps, notes, listId: 'of-the-bench'},
			}));
			const answer = await house('/compat/packing/changes', {changes});
			all(parse(z.object({accepted: list}), answer).accepted.length, batch.length);
		}
	},
	async pull(house, cursor) {
		const answer = z.object({changes: list, timestamp: z.number()});
		const {changes, timestamp} = parse(answer, await house(`/compat/packing/changes?since=${cursor ?? 0}`));
		return {records: changes.length, cursor: String(timestamp)};
	},
};

const health: Protocol = {
	name: 'health tracker',
	collection: 'health_metrics',
	manner: '1,000 a push, all in one answer',
	async push(house, sets) {
		for (const batch of batches(sets, BATCH)) {
			const updated_at = new Date().toISOString();
			const metrics = batch.map(({id, data: {weight, notes}}) => ({id, updated_at, data: {weight, notes}}));
			const answer = await house(HEALTH.replace('?', '/sync?'), {metrics});
			all(parse(z.object({data: z.object({synced: z.number()})}), answer).data.synced, batch.length);
		}
	},
	async pull(house, cursor) {
		const answer = z.object({data: z.object({metrics: list, next_sync_token: z.string()})});
		const {data} = parse(
			answer,
			await house(cursor === null ? HEALTH : `${HEALTH}since=${encodeURIComponent(cursor)}`),
		);
		return {records: data.metrics.length, cursor: data.next_sync_token};
	},
};
const HEALTH = '/compat/health/api/health-metrics?';

const modi: Protocol = {
	name: 'modi',
	collection: 'workouts',
	manner: '1,000 a push, which answers them',
	async push(house, sets) {
		let last_sync_timestamp: string | null = null;
		for (const batch of batches(sets, BATCH)) {
			const modified = batch.map(({id, data: {weight, reps, notes}}) => ({id, name: 'Squat', weight, reps, notes}));
			const data: z.output<typeof modiAnswer>['data'] = parse(
				modiAnswer,
				await house(MODI, {modified, deleted: [], last_sync_timestamp}),
			).data;
			all(batch.length - (data.rejected?.length ?? 0), batch.length);
			last_sync_timestamp = data.server_timestamp;
		}
	},
	async pull(house, cursor) {
		let records = 0;
		for (let last_sync_timestamp = cursor; ; ) {
			const answer = await house(MODI, {modified: [], deleted: [], last_sync_timestamp});
			const {data} = parse(modiAnswer, answer);
			records += data.modified.length;
			last_sync_timestamp = data.server_timestamp;
			if (!data.has_more) return {records, cursor: data.server_timestamp};
		}
	},
};
const MODI = '/compat/modi/api/v1/workouts/sync';
const modiAnswer = z.object({
	data: z.object({modified: list, rejected: list.optional(), server_timestamp: z.string(), has_more: z.boolean()}),
});

const weekday: Protocol = {
	name: 'weekday',
	collection: 'log_entries',
	manner: '1,000 a push, all in one answer',
	async push(house, sets) {
		for (const batch of batches(sets, BATCH)) {
			const mutations = batch.map(({id, data: {notes}}) => ({
				id: randomUUID(),
				entity: 'log_entries',
				entity_id: id,
				op: 'upsert',
				payload: {text: notes, date: '2026-03-01'},
				client_timestamp: new Date().toISOString(),
			}));
			const answer = await house('/compat/weekday/sync/push', {mutations, deviceId: 'bench-a'});
			all(parse(z.object({accepted: list}), answer).accepted.length, batch.length);
		}
	},
	async pull(house, cursor) {
		const answer = z.object({changes: list, latestVersion: z.number()});
		const asked = {clientVersion: Number(cursor ?? 0), deviceId: 'bench-b'};
		const {changes, latestVersion} = parse(answer, await house('/compat/weekday/sync/pull', asked));
		return {records: changes.length, cursor: String(latestVersion)};
	},
};

export const dialects: readonly Protocol[] = [
	watermelon,
	replicating(`/compat/couchdb/${COLLECTION}`),
	rxdb,
	packing,
	health,
	modi,
	weekday,
];
