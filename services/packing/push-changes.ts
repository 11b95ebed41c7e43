import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, route, type Transaction, type User} from '@hearth/host/plugin.js';
import type {Head} from '@hearth/records/apply.js';
import {type PastChange, readHistories, valuesSeen} from '@hearth/records/history.js';
import type {Data, StoredRecord} from '@hearth/records/merge.js';
import type {Mutation} from '@hearth/records/mutation.js';
import type {Stamps} from '@hearth/records/stamps.js';
import {z} from 'zod';
import {type RefusedChange, readChange, type SentChange, toWire, type WireChange} from './change.js';
import {afterwards, decideChange, knownVersion} from './decide-change.js';
import {noteSession} from './device.js';

const MAX_CHANGES = 10_000;
const MAX_PUSH_BYTES = 16 * 1024 * 1024;

type ChangeId = string | number;
interface Answer {
	accepted: ChangeId[];
	rejected: ChangeId[];
	/** Why, by id. */
	reasons: Record<string, string>;
	conflicts: {local: Data; server: WireChange}[];
}

export const pushChanges = route('POST', '/compat/packing/changes', {
	summary: 'Packing lists: hand over changes; each is accepted, rejected, or a conflict that the device resolves',
	role: 'member',
	max_body_bytes: MAX_PUSH_BYTES,
	as_sent: true,
	body: z.looseObject({changes: z.array(z.unknown(), 'must be a list of changes')}),
	handle: async ({body, user}, context) => {
		if (body.changes.length > MAX_CHANGES) {
			throw new PublicError('TOO_LARGE', `A push holds at most ${MAX_CHANGES} changes. Send them in several.`);
		}
		await refuseWhereSyncIsOff(context, user.id);
		const about = {user, collections: context.records.collections, now_ms: context.now()};
		const changes = body.changes.map((local, index) => {
			const change = readChange(local, about);
			if (change !== null) return change;
			const path = `changes.${index}.id`;
			throw new PublicError('VALIDATION_ERROR', `${path} in the body is not right: every change needs an id.`, {
				details: [{path, message: 'every change needs an id'}],
			});
		});
		return new Reply(await context.db.as(user.id, tx => takeChanges(tx, changes, user, context)));
	},
});

const isSent = (change: SentChange | RefusedChange): change is SentChange => 'mutation_id' in change;
const keyOf = ({collection, record_id}: Pick<SentChange, 'collection' | 'record_id'>) =>
	`${collection.name}\n${record_id}`;

async function takeChanges(
	tx: Transaction,
	changes: readonly (SentChange | RefusedChange)[],
	user: User,
	context: Context,
): Promise<Answer> {
	const space = {space_id: user.id, actor_id: user.id};
	// The lock first: what is decided on is what is written on.
	const {head} = await context.records.applyIn(tx, {...space, device_id: 'packing', mutations: []});
	const sent = changes.filter(isSent);
	const deciding = new Deciding(head, await readStored(tx, user.id, sent), await readKnown(tx, user.id, sent));
	deciding.histories = await readHistories(tx, user.id, deciding.historiesWanted(sent));
	const accepted: ChangeId[] = [];
	const refused: RefusedChange[] = [];
	const conflicting: SentChange[] = [];
	const taken: {change: SentChange; mutation: Mutation}[] = [];
	for (const change of changes) {
		if (!isSent(change)) {
			refused.push(change);
			continue;
		}
		const decided = deciding.take(change);
		if (decided === 'conflict') conflicting.push(change);
		else if (decided === 'nothing') accepted.push(change.id);
		else taken.push({change, mutation: decided});
	}
	for (const run of runsOfDevices(taken)) {
		const device_id = run[0]?.change.device_id ?? '';
		const mutations = run.map(({mutation}) => mutation);
		const {results} = await context.records.applyIn(tx, {...space, device_id, mutations});
		for (const [index, result] of results.entries()) {
			const change = run[index]?.change;
			if (change === undefined) continue;
			if (result.status === 'rejected') refused.push({id: change.id, reason: result.message});
			else if (result.status === 'conflict') conflicting.push(change);
			else accepted.push(change.id);
		}
	}
	const servers = await readStored(tx, user.id, conflicting);
	const at = new Date(context.now());
	await noteSession(tx, user, {at, pushed_at: at});
	return {
		accepted,
		rejected: refused.map(({id}) => id),
		reasons: Object.fromEntries(refused.map(({id, reason}) => [id, reason])),
		conflicts: conflicting.map(change => ({local: change.local, server: serverOf(change, servers)})),
	};
}

/** Mutations of one device each, in their order. */
function runsOfDevices<T extends {change: SentChange}>(taken: readonly T[]): T[][] {
	const runs: T[][] = [];
	for (const one of taken) {
		const last = runs.at(-1);
		if (last?.[0]?.change.device_id === one.change.device_id) last.push(one);
		else runs.push([one]);
	}
	return runs;
}

interface Stored extends StoredRecord {
	updated_at: Date;
	device_id: string;
}

/** What becomes of each change, the earlier ones of the same push in mind. */
class Deciding {
	histories: ReadonlyMap<string, PastChange[]> = new Map();
	readonly #head: Head;
	readonly #stored: Map<string, StoredRecord>;
	readonly #known: Set<string>;
	// What devices wrote in this push, which they know: by device and record.
	readonly #own = new Map<string, Data>();
	#version: number;

	constructor(head: Head, stored: ReadonlyMap<string, Stored>, known: ReadonlySet<string>) {
		this.#head = head;
		this.#stored = new Map(stored);
		this.#known = new Set(known);
		this.#version = head.version;
	}

	/** Of the records that others may have changed since a device saw them. */
	historiesWanted(changes: readonly SentChange[]): Map<string, {version: number; since: number}> {
		const wanted = new Map<string, {version: number; since: number}>();
		for (const change of changes) {
			const key = keyOf(change);
			const stored = this.#stored.get(key);
			if (stored === undefined || stored.is_deleted) continue;
			const known = knownVersion(stored, change, this.#head);
			if (known >= stored.version) continue;
			wanted.set(key, {
				version: stored.version,
				since: Math.min(known, wanted.get(key)?.since ?? Number.MAX_SAFE_INTEGER),
			});
		}
		return wanted;
	}

	take(change: SentChange): Mutation | 'conflict' | 'nothing' {
		const {device_id, mutation_id, record_id, client_timestamp} = change;
		const known_as = `${device_id}\n${mutation_id}`;
		if (this.#known.has(known_as)) return 'nothing';
		const key = keyOf(change);
		const stored = this.#stored.get(key) ?? null;
		const known = knownVersion(stored, change, this.#head);
		const decision = decideChange(change, stored, {known, floor: this.#head.floor, seen: this.#seen(change, known)});
		if (decision === 'conflict') return decision;
		this.#known.add(known_as);
		if (decision === 'nothing') return decision;
		this.#version += 1;
		this.#stored.set(key, afterwards(change, stored, decision, this.#version));
		const own = `${device_id}\n${key}`;
		this.#own.set(own, decision.op === 'delete' ? {} : {...this.#own.get(own), ...decision.data});
		return {
			...decision,
			id: mutation_id,
			collection: change.collection.name,
			record_id,
			...(change.version === undefined || change.version > this.#head.version ? {} : {base_version: known}),
			client_timestamp,
		};
	}

	#seen(change: SentChange, known: number): Data | null {
		const key = keyOf(change);
		const stored = this.#stored.get(key);
		if (stored === undefined || stored.is_deleted) return null;
		const history = this.histories.get(key);
		if (history === undefined) return stored.data;
		const seen = valuesSeen(stored.data, history, known, change.device_id);
		return seen === null ? null : {...seen, ...this.#own.get(`${change.device_id}\n${key}`)};
	}
}

async function readStored(
	tx: Transaction,
	space_id: string,
	changes: readonly SentChange[],
): Promise<Map<string, Stored>> {
	if (changes.length === 0) return new Map();
	const rows = await tx.many<Stored & {key: string; stamps: Stamps}>(
		`select r.collection || E'\\n' || r.id as key, r.data, r.field_versions as stamps, r.version, r.deleted_at is not null as is_deleted,
			r.updated_at, r.device_id
		from (select distinct c, i from unnest($2::text[], $3::text[]) as asked(c, i)) as asked
		join records.records r on r.space_id = $1 and r.collection = asked.c and r.id = asked.i`,
		[space_id, changes.map(({collection}) => collection.name), changes.map(({record_id}) => record_id)],
	);
	return new Map(rows.map(({key, ...stored}) => [key, stored]));
}

/** Changes that were taken before, by device and mutation. */
async function readKnown(tx: Transaction, space_id: string, changes: readonly SentChange[]): Promise<Set<string>> {
	if (changes.length === 0) return new Set();
	const rows = await tx.many<{known: string}>(
		`select m.device_id || E'\\n' || m.id as known from unnest($2::text[], $3::text[]) as asked(d, i)
		join records.mutations m on m.space_id = $1 and m.device_id = asked.d and m.id = asked.i`,
		[space_id, changes.map(({device_id}) => device_id), changes.map(({mutation_id}) => mutation_id)],
	);
	return new Set(rows.map(({known}) => known));
}

/** Of a record whose tombstone is forgotten only that it is deleted is known. */
function serverOf({collection, record_id, ...change}: SentChange, servers: ReadonlyMap<string, Stored>): WireChange {
	const stored = servers.get(keyOf({collection, record_id}));
	const {data, version, updated_at, device_id, is_deleted} = stored ?? {
		data: {},
		version: change.version ?? 0,
		updated_at: new Date(0),
		device_id: '',
		is_deleted: true,
	};
	const row = {collection: collection.name, record_id, data: is_deleted ? null : data, version, updated_at, device_id};
	return toWire(row, collection, false);
}
