import {Readable} from 'node:stream';
import {ACCESS_TOKEN_S, timesOf} from '@hearth/host/access-token.js';
import {type Revocation, revoked} from '@hearth/host/identity.js';
import {type Context, onBroadcast, Reply, route, type User} from '@hearth/host/plugin.js';
import {recordsAdvanced} from '@hearth/host/records.js';
import type {Settings} from '@hearth/host/settings.js';
import type {Sql} from '@hearth/ports/database.js';
import {type ReadConflict, readHead} from '@hearth/records/read.js';
import {pictureMoved} from '@hearth/vision/contract.js';
import {serverTimestamp} from './sync-answer.js';

// Proxies end what is silent for a minute or so; clients take the house for gone after that.
const PING_MS = 25_000;
const MOST_OF_A_USER = 10;
// Of one who does not read. What is missed is found by the next pull.
const MOST_UNREAD_BYTES = 64 * 1024;
const CONFLICTS_AT_ONCE = 20;

type EventName = 'change' | 'image' | 'conflict' | 'revoked';

/** Somebody who listens. */
class Listener {
	readonly body = new Readable({read() {}});
	readonly user: User;
	readonly issued_at_s: number;
	/** The newest version it was told of. */
	#version = -1;
	#isEnded = false;

	constructor(user: User, issued_at_s: number) {
		this.user = user;
		this.issued_at_s = issued_at_s;
	}

	get version(): number {
		return this.#version;
	}

	/** Tells of a newer version; of one that it knows, nothing. */
	advance(version: number, data: object): void {
		if (version <= this.#version) return;
		this.#version = version;
		this.tell('change', {latest_version: version, ...data});
	}

	/** The id is a version in every event, so that who connects anew says what it has heard. */
	tell(event: EventName, data: unknown): void {
		const id = this.#version < 0 ? '' : `id: ${this.#version}\n`;
		this.#send(`${id}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
	}

	ping(): void {
		this.#send(': ping\n\n');
	}

	/** In whole, so that the client sees an end and asks again. */
	end(): void {
		if (this.#isEnded) return;
		this.#isEnded = true;
		this.body.push(null);
	}

	#send(text: string): void {
		if (this.#isEnded || this.body.destroyed) return;
		if (this.body.readableLength > MOST_UNREAD_BYTES) this.body.destroy();
		else this.body.push(text);
	}
}

/** Of each house of this process, who listens, by user; the one that listens longest first. */
const houses = new WeakMap<Settings, Map<string, Listener[]>>();

function listenersIn({settings}: Context): Map<string, Listener[]> {
	const listeners = houses.get(settings) ?? new Map<string, Listener[]>();
	houses.set(settings, listeners);
	return listeners;
}

const listenersOf = (context: Context, user_id: string): readonly Listener[] => listenersIn(context).get(user_id) ?? [];

export const live = route('GET', '/api/v1/sync/live', {
	summary: 'Server-sent events: that records changed, conflicts, pictures being read, the end of the session',
	role: 'member',
	ticket: true,
	stream: true,
	handle: async ({user, request}, context) => {
		const {now} = context;
		const token = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]?.trim();
		const now_s = now() / 1000;
		// A ticket does not say when its token ends; it was asked for within the last minute.
		const times = (token === undefined ? null : timesOf(token)) ?? {
			issued_at_s: now_s,
			expires_at_s: now_s + ACCESS_TOKEN_S,
		};
		const listener = new Listener(user, times.issued_at_s);
		// Before the head is read, so that no change falls between.
		add(listener, context);
		const end = setTimeout(() => listener.end(), Math.max(0, times.expires_at_s * 1000 - now()));
		const ping = setInterval(() => void keepUp(listener, context), PING_MS);
		for (const timer of [end, ping]) timer.unref();
		listener.body.once('close', () => {
			clearTimeout(end);
			clearInterval(ping);
			remove(listener, context);
		});
		try {
			await greet(listener, heardUpTo(request.headers['last-event-id']), context);
		} catch (error) {
			listener.body.destroy();
			throw error;
		}
		return new Reply(undefined, {body: listener.body, headers: serverTimestamp(context)});
	},
});

/** One more than there may be takes the place of the oldest: of several, that is the one whose browser is gone without a word. */
function add(listener: Listener, context: Context): void {
	const listeners = listenersIn(context);
	const own = [...(listeners.get(listener.user.id) ?? []), listener];
	for (const oldest of own.slice(0, -MOST_OF_A_USER)) oldest.end();
	listeners.set(listener.user.id, own.slice(-MOST_OF_A_USER));
}

function remove(listener: Listener, context: Context): void {
	const listeners = listenersIn(context);
	const own = (listeners.get(listener.user.id) ?? []).filter(other => other !== listener);
	if (own.length === 0) listeners.delete(listener.user.id);
	else listeners.set(listener.user.id, own);
}

/** Where it had heard up to a version, only the collections that changed since are named; else any may have. */
async function greet(listener: Listener, heard: number | null, {db, records}: Context): Promise<void> {
	const space_id = listener.user.id;
	const {head, collections} = await db.snapshot(async sql => {
		const found = await readHead(sql, space_id);
		if (heard === null || heard > found.version) return {head: found, collections: [...records.collections.keys()]};
		return {head: found, collections: await changedSince(sql, space_id, heard)};
	}, space_id);
	listener.advance(head.version, {epoch: head.epoch, collections});
}

const heardUpTo = (id: string | undefined): number | null =>
	id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : null;

export const changedSince = async (sql: Sql, space_id: string, version: number): Promise<string[]> =>
	(
		await sql.many<{collection: string}>(
			'select distinct collection from records.records where space_id = $1 and version > 0 and version > $2 order by collection',
			[space_id, version],
		)
	).map(({collection}) => collection);

/** A broadcast may be lost: what it would have told is found at the latest now. */
async function keepUp(listener: Listener, context: Context): Promise<void> {
	listener.ping();
	const {id} = listener.user;
	try {
		const found = await context.db.snapshot(async sql => {
			const head = await readHead(sql, id);
			return head.version > listener.version
				? {head, collections: await changedSince(sql, id, listener.version)}
				: null;
		}, id);
		if (found !== null) listener.advance(found.head.version, {collections: found.collections});
	} catch (error) {
		context.log.warn({err: error}, 'what a listener may have missed could not be looked up; tried again');
	}
}

export const tellOfRecords = onBroadcast(recordsAdvanced, async (advanced, context) => {
	const {space_id, version, device_id, collections, conflicts} = advanced;
	const listeners = listenersOf(context, space_id);
	if (listeners.length === 0) return;
	for (const listener of listeners) listener.advance(version, {device_id, collections});
	if (conflicts === 0) return;
	const opened = await context.db.snapshot(sql => newestConflicts(sql, space_id, conflicts), space_id);
	for (const listener of listeners) for (const conflict of opened) listener.tell('conflict', conflict);
});

export const newestConflicts = (sql: Sql, space_id: string, count: number): Promise<ReadConflict[]> =>
	sql.many<ReadConflict>(
		`select id, collection, record_id, fields, base, local, server, device_id, version, created_at from (
			select * from records.conflicts where space_id = $1 and resolved_at is null order by created_at desc, id desc limit $2
		) as newest order by created_at, id`,
		[space_id, Math.min(count, CONFLICTS_AT_ONCE)],
	);

export const tellOfPictures = onBroadcast(pictureMoved, async ({user_id, state}, context) => {
	for (const listener of listenersOf(context, user_id)) listener.tell('image', state);
});

/** Who was signed out is told, and hears no more. */
export const tellOfRevocation = onBroadcast(revoked, async (revocation, context) => {
	const all =
		'user_id' in revocation ? listenersOf(context, revocation.user_id) : [...listenersIn(context).values()].flat();
	for (const listener of all.filter(one => isMeant(one, revocation))) {
		listener.tell('revoked', {session_id: listener.user.session_id});
		listener.end();
	}
});

const isMeant = ({user, issued_at_s}: Listener, revocation: Revocation): boolean =>
	'session_id' in revocation
		? revocation.session_id === user.session_id
		: revocation.user_id === user.id && issued_at_s < revocation.issued_before;
