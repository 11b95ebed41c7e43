import {Readable} from 'node:stream';
import {ACCESS_TOKEN_S, timesOf} from '@hearth/host/access-token.js';
import {type Revocation, revoked} from '@hearth/host/identity.js';
import {type Context, onBroadcast, Reply, type RequestInfo, route, type User} from '@hearth/host/plugin.js';
import {recordsAdvanced} from '@hearth/host/records.js';
import type {Settings} from '@hearth/host/settings.js';
import {z} from 'zod';
import {askedCollection, collectionParams, fieldsQuery} from './asked-collection.js';
import {type Asked, askedCheckpoint, checkpointIn, checkpointQuery, eventId} from './checkpoint.js';
import type {Fields} from './documents.js';
import {checkpointAt, readDocuments} from './read-documents.js';

// Proxies end what is silent for a minute or so. A broadcast may be lost: what it would have told is found at the latest now.
const PING_MS = 25_000;
// Of one collection of one user: RxDB replicates each by itself.
const MOST_OF_A_COLLECTION = 10;
const DOCUMENTS_AN_EVENT = 100;
// An app pulls, then listens, without saying up to where it pulled. Told twice, a document changes nothing.
const OVERLAP_MS = 60_000;

export const streamDocuments = route('GET', '/compat/rxdb/:collection/stream', {
	summary: 'RxDB’s pull stream: server-sent events of changed documents with their checkpoint, without gaps',
	role: 'member',
	ticket: true,
	stream: true,
	params: collectionParams,
	query: z.object({...checkpointQuery, fields: fieldsQuery, ticket: z.string().optional()}),
	handle: async ({params, query, user, request}, context) => {
		const collection = await askedCollection(params.collection, user, context);
		const heard = checkpointIn(request.headers['last-event-id']);
		const asked = heard === 'nothing' ? askedCheckpoint(query) : heard;
		const {db, now} = context;
		const from =
			asked === 'nothing'
				? await db.snapshot(sql => checkpointAt(sql, user.id, new Date(now() - OVERLAP_MS)), user.id)
				: asked;
		const listener = new Listener(user, collection.name, {from, fields: query.fields}, issuedAt(request, context));
		add(listener, context);
		const end = setTimeout(() => listener.end(), Math.max(0, listener.ends_at_s * 1000 - now()));
		end.unref();
		listener.body.once('close', () => {
			clearTimeout(end);
			remove(listener, context);
		});
		void listener.run(context);
		return new Reply(undefined, {body: listener.body});
	},
});

/** Epoch seconds. A ticket does not say when its token ends; it was asked for within the last minute. */
function issuedAt({headers}: RequestInfo, {now}: Context): {issued_at_s: number; expires_at_s: number} {
	const token = /^bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim();
	const now_s = now() / 1000;
	return (token === undefined ? null : timesOf(token)) ?? {issued_at_s: now_s, expires_at_s: now_s + ACCESS_TOKEN_S};
}

/** Somebody who listens to a collection: reads by its own cursor whenever it is woken, and no faster than its client. */
class Listener {
	readonly user: User;
	readonly collection: string;
	readonly issued_at_s: number;
	readonly ends_at_s: number;
	readonly body: Readable;
	#asked: Asked;
	readonly #fields: Fields;
	#isEnded = false;
	#isBehind = true;
	#wake = () => {};
	#drained = () => {};

	constructor(
		user: User,
		collection: string,
		{from, fields}: {from: Asked; fields: Fields},
		{issued_at_s, expires_at_s}: {issued_at_s: number; expires_at_s: number},
	) {
		this.user = user;
		this.collection = collection;
		this.#asked = from;
		this.#fields = fields;
		this.issued_at_s = issued_at_s;
		this.ends_at_s = expires_at_s;
		this.body = new Readable({
			read: () => this.#drained(),
			destroy: (error, done) => {
				this.end();
				done(error);
			},
		});
	}

	/** There is something to read. */
	poke(): void {
		this.#isBehind = true;
		this.#wake();
	}

	/** In whole, so that the client sees an end and asks again. */
	end(): void {
		this.#isEnded = true;
		this.#wake();
		this.#drained();
	}

	async run(context: Context): Promise<void> {
		await this.#send(': hello\n\n');
		while (!this.#isEnded) {
			try {
				await this.#catchUp(context);
			} catch (error) {
				// It may be back at the next ping.
				context.log.warn({err: error}, 'what a listener may have missed could not be read; tried again');
			}
			await this.#rest();
		}
		if (!this.body.destroyed) this.body.push(null);
	}

	async #catchUp({db}: Context): Promise<void> {
		this.#isBehind = false;
		const {id} = this.user;
		for (let has_more = true; has_more && !this.#isEnded; ) {
			const asked = {collection: this.collection, asked: this.#asked, limit: DOCUMENTS_AN_EVENT, fields: this.#fields};
			const page = await db.snapshot(sql => readDocuments(sql, id, asked), id);
			const {documents, checkpoint} = page;
			if (documents.length > 0) {
				await this.#send(`id: ${eventId(checkpoint)}\ndata: ${JSON.stringify({documents, checkpoint})}\n\n`);
			}
			this.#asked = checkpoint.seq === 0 ? 'nothing' : checkpoint;
			has_more = page.has_more;
		}
	}

	/** Until it is woken, or it is time for a ping, by which it looks for itself. */
	async #rest(): Promise<void> {
		if (this.#isBehind || this.#isEnded) return;
		let timer: NodeJS.Timeout | undefined;
		const isWoken = await new Promise<boolean>(resolve => {
			this.#wake = () => resolve(true);
			timer = setTimeout(() => resolve(false), PING_MS);
			timer.unref();
		});
		clearTimeout(timer);
		if (isWoken || this.#isEnded) return;
		await this.#send(': ping\n\n');
		this.#isBehind = true;
	}

	async #send(text: string): Promise<void> {
		if (this.#isEnded || this.body.destroyed) return;
		const isDrained = new Promise<void>(resolve => {
			this.#drained = resolve;
		});
		if (!this.body.push(text)) await isDrained;
	}
}

/** Of each house of this process, who listens, by user. */
const houses = new WeakMap<Settings, Map<string, Listener[]>>();

function listenersIn({settings}: Context): Map<string, Listener[]> {
	const listeners = houses.get(settings) ?? new Map<string, Listener[]>();
	houses.set(settings, listeners);
	return listeners;
}

/** One more than there may be takes the place of the oldest, whose browser is gone without a word. */
function add(listener: Listener, context: Context): void {
	const listeners = listenersIn(context);
	const own = [...(listeners.get(listener.user.id) ?? []), listener];
	const alike = own.filter(({collection}) => collection === listener.collection);
	for (const oldest of alike.slice(0, -MOST_OF_A_COLLECTION)) oldest.end();
	listeners.set(listener.user.id, own);
}

function remove(listener: Listener, context: Context): void {
	const listeners = listenersIn(context);
	const own = (listeners.get(listener.user.id) ?? []).filter(other => other !== listener);
	if (own.length === 0) listeners.delete(listener.user.id);
	else listeners.set(listener.user.id, own);
}

export const tellOfRecords = onBroadcast(recordsAdvanced, async ({space_id, collections}, context) => {
	for (const listener of listenersIn(context).get(space_id) ?? []) {
		if (collections.includes(listener.collection)) listener.poke();
	}
});

/** Who was signed out hears no more. */
export const tellOfRevocation = onBroadcast(revoked, async (revocation, context) => {
	const all =
		'user_id' in revocation
			? (listenersIn(context).get(revocation.user_id) ?? [])
			: [...listenersIn(context).values()].flat();
	for (const listener of all.filter(one => isMeant(one, revocation))) listener.end();
});

const isMeant = ({user, issued_at_s}: Listener, revocation: Revocation): boolean =>
	'session_id' in revocation
		? revocation.session_id === user.session_id
		: revocation.user_id === user.id && issued_at_s < revocation.issued_before;
