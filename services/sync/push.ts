import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, route, type User} from '@hearth/host/plugin.js';
import type {MutationResult, OpenedConflict} from '@hearth/records/apply.js';
import {noteDevice} from '@hearth/records/devices.js';
import type {Data} from '@hearth/records/merge.js';
import type {Mutation, Rejection} from '@hearth/records/mutation.js';
import {NO_EPOCH, readHead} from '@hearth/records/read.js';
import {z} from 'zod';
import {deviceId, isDue} from './devices.js';
import {orResync, serverTimestamp} from './sync-answer.js';
import {isSyncEnabled, SYNC_IS_OFF} from './sync-enabled.js';

export const MAX_MUTATIONS = 10_000;
export const MAX_PUSH_BYTES = 16 * 1024 * 1024;

const isObject = (value: unknown): value is Data =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** One mutation as it comes over the wire. */
export const wireMutation = z.strictObject({
	/** 1–128 visible ASCII characters, unique to the device: the same one again changes nothing. */
	id: z.string(),
	collection: z.string(),
	record_id: z.string(),
	op: z.enum(['upsert', 'delete'], 'must be upsert or delete'),
	/** Taken as it is, key by key: what of it cannot be kept is for the records to say. */
	data: z.custom<Data>(isObject, 'must be an object: the fields that changed').meta({type: 'object'}).nullish(),
	base_version: z.number('must be a version, a whole number from 0').nullish(),
	client_timestamp: z.string(),
});

/** For the API page; each is checked by itself, so that one that is wrong does not sink the others. */
export const describedAs = (schema: z.ZodType) => {
	const {$schema, ...described} = z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any'});
	return z.unknown().meta(described as z.core.GlobalMeta);
};

const result = z.object({
	id: z.string(),
	status: z.enum(['accepted', 'merged', 'duplicate', 'conflict', 'rejected']),
	/** Of the record after it, or of the space where there is none. */
	version: z.number().int(),
});
export const pushed = z.object({
	latest_version: z.number().int(),
	epoch: z.string(),
	/** Accepted, merged and duplicate. */
	accepted: z.array(z.string()),
	rejected: z.array(z.object({id: z.string(), code: z.string(), message: z.string()})),
	conflicts: z.array(
		z.object({id: z.string(), conflict_id: z.string(), collection: z.string(), record_id: z.string()}),
	),
	results: z.array(result),
});

export const push = route('POST', '/api/v1/sync/push', {
	summary:
		'Hand over what a device changed; each mutation is answered by itself, and what is accepted commits together',
	role: 'member',
	max_body_bytes: MAX_PUSH_BYTES,
	as_sent: true,
	body: z.object({
		device_id: deviceId,
		/** As the last pull gave it. */
		epoch: z.string().max(100).nullish(),
		mutations: z.array(describedAs(wireMutation)),
	}),
	data: pushed,
	handle: ({body, user}, context) => takePush(body, user, context),
});

/** The push of one device, perhaps into one collection only, answered. Throws TOO_LARGE, VALIDATION_ERROR and RESYNC_REQUIRED, and then has changed nothing. */
export async function takePush(
	given: {device_id: string; epoch?: string | null | undefined; mutations: readonly unknown[]},
	user: User,
	context: Context,
	only?: string,
): Promise<Reply<z.output<typeof pushed>>> {
	const {device_id, epoch, mutations} = given;
	if (mutations.length > MAX_MUTATIONS) {
		throw new PublicError(
			'TOO_LARGE',
			`A push holds at most ${MAX_MUTATIONS} mutations, this one ${mutations.length}. Send them in several.`,
		);
	}
	const read = mutations.map((mutation, index) => readMutation(mutation, index, only));
	const headers = serverTimestamp(context);
	if (!(await isSyncEnabled(context, user.id))) {
		const head = await context.db.snapshot(sql => readHead(sql, user.id), user.id);
		const refused = read.map(one => refuse(one.id, {code: 'SYNC_DISABLED', message: SYNC_IS_OFF}, head.version));
		return new Reply(answerOf(head, refused, []), {headers});
	}
	const {db, records, now} = context;
	const due = isDue(context, 'push', user.id, device_id);
	const applied = await orResync(
		db.as(user.id, async tx => {
			const done = await records.applyIn(tx, {
				space_id: user.id,
				actor_id: user.id,
				device_id,
				// A space that nobody has written to has no epoch yet.
				epoch: epoch === NO_EPOCH ? undefined : (epoch ?? undefined),
				mutations: read.flatMap(one => ('mutation' in one ? [one.mutation] : [])),
			});
			if (due.isDue) {
				const at = new Date(now());
				await noteDevice(tx, user.id, device_id, {at, pushed_at: at});
				tx.afterCommit(due.noted);
			}
			return done;
		}),
	);
	const decided = applied.results.values();
	const results = read.flatMap(one => {
		if ('rejection' in one) return [refuse(one.id, one.rejection, applied.head.version)];
		const {value} = decided.next();
		return value === undefined ? [] : [value];
	});
	return new Reply(answerOf(applied.head, results, applied.conflicts), {headers});
}

type Read = {id: string; mutation: Mutation} | {id: string; rejection: Rejection};

/** Throws VALIDATION_ERROR for what has no id under which it could be answered. */
function readMutation(given: unknown, index: number, only: string | undefined): Read {
	const id = isObject(given) ? given.id : undefined;
	if (!isObject(given) || typeof id !== 'string' || id === '') {
		const path = `mutations.${index}${isObject(given) ? '.id' : ''}`;
		const message = isObject(given) ? 'every mutation needs an id, a text' : 'must be an object';
		throw new PublicError('VALIDATION_ERROR', `${path} in the body is not right: ${message}`, {
			details: [{path, message}],
		});
	}
	const parsed = wireMutation.safeParse(only === undefined ? given : {collection: only, ...given});
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		const where = issue?.path.join('.') ?? '';
		const message = `${where === '' ? 'The mutation' : where}: ${issue?.message ?? 'is not right'}`;
		return {id, rejection: {code: 'VALIDATION_ERROR', message: message.slice(0, 500)}};
	}
	const {data, base_version, ...rest} = parsed.data;
	if (only !== undefined && rest.collection !== only) {
		const message = `collection: only ${only} is taken here; POST /api/v1/sync/push takes all.`;
		return {id, rejection: {code: 'VALIDATION_ERROR', message}};
	}
	return {
		id,
		mutation: {
			...rest,
			// A delete says nothing of fields; what comes with it is not looked at.
			...(data === null || data === undefined || rest.op === 'delete' ? {} : {data}),
			...(base_version === null || base_version === undefined ? {} : {base_version}),
		},
	};
}

const refuse = (id: string, rejection: Rejection, version: number): MutationResult => ({
	id,
	status: 'rejected',
	version,
	...rejection,
});

const answerOf = (
	head: {version: number; epoch: string},
	results: readonly MutationResult[],
	conflicts: OpenedConflict[],
): z.output<typeof pushed> => ({
	latest_version: head.version,
	epoch: head.epoch,
	accepted: results.flatMap(({id, status}) => (status === 'conflict' || status === 'rejected' ? [] : [id])),
	rejected: results.flatMap(one =>
		one.status === 'rejected' ? [{id: one.id, code: one.code, message: one.message}] : [],
	),
	conflicts,
	results: results.map(({id, status, version}) => ({id, status, version})),
});
