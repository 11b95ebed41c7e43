import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, route, type Transaction, type User} from '@hearth/host/plugin.js';
import type {Head} from '@hearth/records/apply.js';
import {sameValue} from '@hearth/records/canonical.js';
import {noteDevice} from '@hearth/records/devices.js';
import {type PastChange, readHistories, valuesSeen} from '@hearth/records/history.js';
import type {Data} from '@hearth/records/merge.js';
import type {Mutation} from '@hearth/records/mutation.js';
import {lastVersionBy} from '@hearth/records/stamps.js';
import {z} from 'zod';
import {deviceOf} from './device.js';
import {collectionOf} from './entities.js';
import {type Refused, readMutation, type Sent, versionOf} from './mutation.js';
import {fieldsKept, fieldsOf, inward} from './payload.js';
import {keyOf, readStored} from './read-stored.js';

const MAX_MUTATIONS = 10_000;
export const MAX_PUSH_BYTES = 16 * 1024 * 1024;

const id = z.union([z.string(), z.number()]);
const pushed = z.object({
	/** Also those that were merged with others', and those that were here before. */
	accepted: z.array(id),
	rejected: z.array(z.object({id: id.nullable(), code: z.string(), message: z.string()})),
	/** Of what is accepted or kept aside: what the person should look at; see GET /sync/conflicts. */
	conflicts: z.array(
		z.object({id, conflict_id: z.uuid(), entity: z.string(), entity_id: z.string(), entityId: z.string()}),
	),
	latestVersion: z.number().int(),
	epoch: z.string(),
});

export const pushMutations = route('POST', '/compat/weekday/sync/push', {
	summary: 'Weekday: hand over mutations; each is accepted or rejected by itself',
	role: 'member',
	max_body_bytes: MAX_PUSH_BYTES,
	as_sent: true,
	body: z.looseObject({
		mutations: z.array(z.unknown(), 'must be a list of mutations'),
		/** The `latestVersion` of the last pull. */
		clientVersion: z.unknown().optional(),
		deviceId: z.unknown().optional(),
	}),
	data: pushed,
	handle: async ({body, user}, context) => {
		if (body.mutations.length > MAX_MUTATIONS) {
			throw new PublicError('TOO_LARGE', `A push holds at most ${MAX_MUTATIONS} mutations. Send them in several.`);
		}
		await refuseWhereSyncIsOff(context, user.id);
		const device_id = body.deviceId ?? body.device_id;
		const read = body.mutations.map(given => readMutation(given, {user, device_id, now_ms: context.now()}));
		const known = versionOf(body.clientVersion ?? body.client_version);
		return new Reply(
			await context.db.as(user.id, async tx => {
				const at = new Date(context.now());
				await noteDevice(tx, user.id, deviceOf(device_id, user), {at, pushed_at: at});
				return takeMutations(tx, read, {user, known}, context);
			}),
		);
	},
});

const isSent = (one: Sent | Refused): one is Sent => 'mutation_id' in one;

async function takeMutations(
	tx: Transaction,
	read: readonly (Sent | Refused)[],
	{user, known}: {user: User; known: number | undefined},
	context: Context,
): Promise<z.output<typeof pushed>> {
	const space = {space_id: user.id, actor_id: user.id};
	// The lock first: what is decided on is what is written on.
	let {head} = await context.records.applyIn(tx, {...space, device_id: 'weekday', mutations: []});
	const answer: z.output<typeof pushed> = {
		accepted: [],
		rejected: read.flatMap(one => (isSent(one) ? [] : [one])),
		conflicts: [],
		latestVersion: head.version,
		epoch: head.epoch,
	};
	const sent = read.filter(isSent);
	const before = await readKnown(tx, user.id, sent);
	for (const run of runsOf(sent)) {
		const news: Sent[] = [];
		for (const one of run) {
			const known_as = `${one.device_id}\n${one.mutation_id}`;
			if (before.has(known_as)) answer.accepted.push(one.id);
			else news.push(one);
			before.add(known_as);
		}
		const mutations = await mutationsFor(tx, news, {user, head, known}, context);
		const device_id = run[0]?.device_id ?? '';
		const applied = await context.records.applyIn(tx, {...space, device_id, mutations});
		head = applied.head;
		const byMutation = new Map(news.map(one => [one.mutation_id, one]));
		for (const [index, result] of applied.results.entries()) {
			const id = news[index]?.id ?? '';
			if (result.status === 'rejected') answer.rejected.push({id, code: result.code, message: result.message});
			else answer.accepted.push(id);
		}
		for (const {id, conflict_id, collection, record_id} of applied.conflicts) {
			const one = byMutation.get(id);
			if (one === undefined) continue;
			answer.conflicts.push({id: one.id, conflict_id, entity: collection, entity_id: record_id, entityId: record_id});
		}
	}
	return {...answer, latestVersion: head.version, epoch: head.epoch};
}

/** In order, cut where the device changes, or a delete and another mutation are of one record: those need it as it is then. */
function runsOf(sent: readonly Sent[]): Sent[][] {
	const runs: Sent[][] = [];
	let touched = new Map<string, Sent['op']>();
	for (const one of sent) {
		const last = runs.at(-1);
		const before = touched.get(keyOf(one));
		const isApart = before !== undefined && (before === 'delete' || one.op === 'delete');
		if (last === undefined || last[0]?.device_id !== one.device_id || isApart) {
			runs.push([one]);
			touched = new Map();
		} else last.push(one);
		touched.set(keyOf(one), one.op);
	}
	return runs;
}

/** Of a whole payload only what the device changed: what it had is told from the version that it knew, and what it did since. */
async function mutationsFor(
	tx: Transaction,
	sent: readonly Sent[],
	{user, head, known}: {user: User; head: Head; known: number | undefined},
	context: Context,
): Promise<Mutation[]> {
	const stored = await readStored(tx, user.id, sent);
	const based = sent.map(one => {
		const record = stored.get(keyOf(one)) ?? null;
		// Who deleted a record itself knows of that, whatever it pulled last.
		const isOwn = record?.is_deleted === true && record.stamps.all[1] === one.device_id;
		const base = isOwn
			? undefined
			: [one.version, known].find(version => version !== undefined && version <= head.version);
		const since = base ?? (record === null ? 0 : lastVersionBy(record.stamps, one.device_id));
		return {one, record: record?.is_deleted === true ? null : record, base, since};
	});
	const wanted = new Map<string, {version: number; since: number}>();
	for (const {one, record, since} of based) {
		if (record === null || one.op === 'delete' || since >= record.version) continue;
		const least = Math.min(since, wanted.get(keyOf(one))?.since ?? since);
		wanted.set(keyOf(one), {version: record.version, since: least});
	}
	const histories = wanted.size === 0 ? new Map<string, PastChange[]>() : await readHistories(tx, user.id, wanted);
	/** What earlier mutations of the same run write, by record. */
	const written = new Map<string, Data>();
	return based.map(({one, record, base, since}): Mutation => {
		const key = keyOf(one);
		const mutation = {
			id: one.mutation_id,
			collection: one.entity.name,
			record_id: one.record_id,
			...(base === undefined ? {} : {base_version: base}),
			client_timestamp: new Date(one.client_ms).toISOString(),
		};
		if (one.op === 'delete') return {...mutation, op: 'delete'};
		const seen = record === null ? {} : valuesSeen(record.data, histories.get(key) ?? [], since, one.device_id);
		const own = written.get(key);
		const data = changedData(
			one,
			{stored: {...record?.data, ...own}, seen: seen === null ? null : {...seen, ...own}},
			context,
		);
		written.set(key, {...own, ...data});
		return {...mutation, op: 'upsert', data: record === null && own === undefined ? withoutNulls(data) : data};
	});
}

/** `seen`: what the device had; null where nobody knows any more. */
function changedData(
	{entity, record_id, payload}: Sent,
	{stored, seen}: {stored: Data; seen: Data | null},
	context: Context,
): Data {
	const collection = collectionOf(context, entity);
	const had = fieldsKept(seen ?? {});
	const fields = Object.entries(fieldsOf(entity, collection, {record_id, payload}, had));
	const changed = fields.filter(([field, value]) => seen === null || !sameValue(value, had[field]));
	return inward(collection, Object.fromEntries(changed), stored);
}

const withoutNulls = (data: Data): Data =>
	Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));

/** Mutations that were taken before, by device. */
async function readKnown(tx: Transaction, space_id: string, sent: readonly Sent[]): Promise<Set<string>> {
	if (sent.length === 0) return new Set();
	const rows = await tx.many<{known: string}>(
		`select m.device_id || E'\\n' || m.id as known from unnest($2::text[], $3::text[]) as asked(d, i)
		join records.mutations m on m.space_id = $1 and m.device_id = asked.d and m.id = asked.i`,
		[space_id, sent.map(({device_id}) => device_id), sent.map(({mutation_id}) => mutation_id)],
	);
	return new Set(rows.map(({known}) => known));
}
