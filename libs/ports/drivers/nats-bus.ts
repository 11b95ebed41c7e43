import {setTimeout as sleep} from 'node:timers/promises';
import {
	AckPolicy,
	type ConnectionOptions,
	type ConsumerConfig,
	connect,
	DeliverPolicy,
	DiscardPolicy,
	Events,
	headers,
	type Msg,
	type NatsConnection,
	NatsError,
	nanos,
	RetentionPolicy,
	type StreamConfig,
} from 'nats';
import {type Bus, checkPayload, NoResponder} from '../bus.js';
import {type Log, withoutPassword} from '../driver.js';
import {StartupError} from '../startup-error.js';
import {aGate} from './gate.js';
import {LONG_WORK_MS, openDeliveries} from './nats-deliveries.js';
import {LATE, within} from './within.js';

// Requests and broadcasts are core NATS: gone when nobody listens. Published messages are kept in one JetStream stream a house until
// each durable consumer, one for every subject and group, has acknowledged them.

const START_PATIENCE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT = {reconnectTimeWait: 200, reconnectJitter: 200, reconnectJitterTLS: 400};
// A server that is silent for twice this is connected to anew.
const PING_MS = 10_000;
// For whatever JetStream is asked; a disk that is busy takes a second.
const ANSWER_MS = 5_000;
const CHECK_TIMEOUT_MS = 2_000;
const RETRY_MS = {first: 250, most: 5_000};
// From noticing that a stream is gone until it is made anew, and from then until something is published into it: the other processes, told by the server at once that theirs is gone,
// make their consumers anew meanwhile, and what no consumer waits for is not kept.
const SETTLE_MS = 500;
// A message that a killed process worked on is another's after this time, unless `working` renews it. Shorter doubles slow work.
const ACK_WAIT_MS = 30_000;
// A group or a message that is older is given up. Longer than a house is switched off for a holiday.
const KEEP_MS = 30 * 24 * 3_600_000;
// When it is full, publishing fails, and the rows wait in the outbox; nothing is dropped for newer messages.
const STREAM_BYTES = 256 * 1024 * 1024;
// Servers of a cluster that have each message: one of them may fail.
const KEPT_BY = 3;
// A message published again within this time is the same. It costs the server some 100 bytes a message for so long.
const REMEMBER_MS = 3_600_000;
// Handed out and not acknowledged, of one group; those that wait for another attempt count, and must not hold up the others.
const MOST_UNACKNOWLEDGED = 50_000;
// How long the server holds a request for a message, and how often it says meanwhile that it still does.
const PULL = {expires: 60_000, idle_heartbeat: LONG_WORK_MS, bind: true, abort_on_missing_resource: true};
// Answers in work at the same time in one process; who asks more is told at once.
const MOST_ANSWERS = 1_000;
// What is in work when the connection is closed may still be answered within this time.
const CLOSE_PATIENCE_MS = 1_000;

const FAILED = 'Hearth-Failed';
const STREAM_NOT_FOUND = 10059;
const CONSUMER_NOT_FOUND = 10014;
const CONSUMER_EXISTS = [10013, 10105, 10148];

export interface NatsOptions {
	/**
	 * `nats://user:password@host:port/house`, or `tls://…`; `?ca=/file.pem` where the certificate is our own. The library checks a
	 * certificate against the host's name, never against an address. `house` (default `hearth`)
	 * is the name of the stream and the first word of every subject, so that several houses may share a server. Servers of a cluster are
	 * named all, `nats://user:password@one:4222,two:4222,three:4222`; from three on, messages are kept by three of them.
	 */
	url: string;
	log: Log;
	/** Milliseconds to wait for a server that is not up yet. */
	patience_ms?: number;
}

/** A group's consumer of one subject. */
interface Subscription {
	config: Partial<ConsumerConfig> & {durable_name: string};
	/** False until it was there once: from then on, one that is missing was lost. */
	known: boolean;
}

/** The bus on NATS with JetStream. Throws `StartupError` where the server cannot be used. */
export async function openNatsBus({url, log, patience_ms = START_PATIENCE_MS}: NatsOptions): Promise<Bus> {
	const {house, replicas, options} = connectionOf(url);
	const started_at = Date.now();
	const nc = await connectPatiently(options, url, patience_ms);
	const js = nc.jetstream({timeout: ANSWER_MS});
	const jsm = await nc.jetstreamManager({timeout: ANSWER_MS, checkAPI: false});
	const subscriptions: Subscription[] = [];
	const reconnected: (() => void)[] = [];
	const answering = new Set<Promise<void>>();
	const connection = aGate();
	/** Open while the stream and our consumers are there. */
	const stream = aGate();
	let stopping = false;
	let returned = false;
	let restoring: Promise<void> | undefined;
	connection.open();
	const deliveries = openDeliveries({
		log,
		ready: stream,
		// One at a time: the next is asked for when the loop asks for it, so that none waits here while others are idle.
		pull: async name => (await js.consumers.get(house, name)).consume({...PULL, max_messages: 1}),
		failed(error, subject) {
			if (isMissing(error)) lostStream(error);
			else if (connection.isOpen) log.warn({err: error, subject}, 'Messages could not be asked for; tried again');
		},
		isClosed: () => nc.isClosed(),
	});

	async function watch() {
		for await (const {type, data} of nc.status()) {
			if (type === Events.Disconnect) {
				connection.shut();
				stream.shut();
				deliveries.askAnew();
				if (!stopping) log.warn({}, 'The bus is away: calls fail and events wait');
			} else if (type === Events.Reconnect) {
				connection.open();
				returned = true;
				void restore();
			} else if (type === Events.Error) log.warn({detail: data}, 'The bus refused something');
		}
	}

	/** Makes what is missing of the stream and our consumers, until it is all there or the connection is lost. */
	function restore(): Promise<void> {
		restoring ??= makeWhole().finally(() => {
			restoring = undefined;
		});
		return restoring;
	}

	async function makeWhole() {
		for (
			let wait_ms = RETRY_MS.first;
			connection.isOpen && !nc.isClosed();
			wait_ms = Math.min(wait_ms * 2, RETRY_MS.most)
		) {
			try {
				const made = await ensureStream();
				const missed = await Promise.all(subscriptions.map(ensureConsumer));
				const lost = made || missed.includes(true);
				if (lost) await sleep(SETTLE_MS);
				if (!connection.isOpen) return;
				stream.open();
				if (returned || lost) {
					log.info({}, 'The bus is back');
					returned = false;
					for (const callback of reconnected) callback();
				}
				return;
			} catch (error) {
				if (nc.isClosed()) return;
				log.warn({err: error}, 'The bus is not ready; tried again');
				await sleep(wait_ms, undefined, {ref: false});
			}
		}
	}

	/** Answers true where it had to be made. */
	async function ensureStream(): Promise<boolean> {
		const wanted = streamConfig(house, replicas);
		try {
			const {config} = await jsm.streams.info(house);
			if (!includes(config, wanted)) await jsm.streams.update(house, wanted);
			return false;
		} catch (error) {
			if (apiCode(error) !== STREAM_NOT_FOUND) throw error;
		}
		await jsm.streams.add(wanted);
		return true;
	}

	/** Answers true where it was there before and had to be made again. */
	async function ensureConsumer(subscription: Subscription): Promise<boolean> {
		const {config, known} = subscription;
		let made = false;
		try {
			const info = await jsm.consumers.info(house, config.durable_name);
			if (!includes(info.config, config)) await jsm.consumers.update(house, config.durable_name, config);
		} catch (error) {
			if (apiCode(error) !== CONSUMER_NOT_FOUND) throw error;
			// A new group begins with what comes; one that was lost takes all that is still there for it.
			const deliver_policy = known ? DeliverPolicy.All : DeliverPolicy.New;
			made = await jsm.consumers.add(house, {...config, deliver_policy}).then(
				() => true,
				(refusal: unknown) => {
					// Another process was faster.
					if (CONSUMER_EXISTS.includes(apiCode(refusal) ?? 0)) return false;
					throw refusal;
				},
			);
		}
		subscription.known = true;
		return made && known;
	}

	function lostStream(error: unknown) {
		if (!stream.isOpen || !connection.isOpen || stopping) return;
		log.warn({err: error}, 'The stream of the bus is gone and is made anew');
		stream.shut();
		returned = true;
		// Consumers end before their stream does: what is made in one that is being deleted goes with it.
		setTimeout(() => void restore(), SETTLE_MS).unref();
	}

	async function answerOne(subject: string, handle: (payload: unknown) => Promise<unknown>, message: Msg) {
		const failed = headers();
		let json = '';
		try {
			json = checkPayload(await handle(message.json()));
		} catch (error) {
			log.error({err: error, subject}, 'A request was not answered');
			failed.set(FAILED, 'failed');
		}
		if (!nc.isClosed()) message.respond(json, {headers: failed});
	}

	void watch();
	await prepare();

	/** The stream, at the start. A server that has no JetStream, or no room for ours, is for a person to mend. */
	async function prepare() {
		for (;;) {
			try {
				await ensureStream();
				stream.open();
				return;
			} catch (error) {
				if (Date.now() < started_at + patience_ms) {
					await sleep(RETRY_MS.first);
					continue;
				}
				await nc.close();
				const reason = isMissing(error) ? 'it has no JetStream (start it with --jetstream)' : messageOf(error);
				throw new StartupError(`NATS at ${withoutPassword(url)} cannot be used: ${reason}. Check BUS_URL.`, {
					cause: error,
				});
			}
		}
	}

	/** So that others reach what this process has just subscribed to; it goes on without where the server is away. */
	const flushed = () => within(CHECK_TIMEOUT_MS, nc.flush());

	return {
		async request(subject, payload, {timeout_ms}) {
			const json = checkPayload(payload);
			const deadline = Date.now() + timeout_ms;
			// What is sent while the server is away would wait in a buffer without a bound.
			if (!connection.isOpen) await within(timeout_ms, connection.passed);
			if (!connection.isOpen || nc.isClosed()) throw new NoResponder(`The bus is away, so nobody answers ${subject}`);
			const timeout = Math.max(1, deadline - Date.now());
			const answer = await nc
				.request(`${house}.ask.${checkSubject(subject)}`, json, {timeout})
				.catch((error: unknown) => {
					const code = error instanceof NatsError ? error.code : '';
					if (code === '503') throw new NoResponder(`Nobody answers ${subject}`, {cause: error});
					throw new NoResponder(`${subject} was not answered within ${timeout_ms} ms`, {cause: error});
				});
			const failure = answer.headers?.get(FAILED);
			if (failure === 'busy') throw new NoResponder(`Whoever answers ${subject} has too much to do`);
			if (failure) throw new Error(`${subject} failed where it was asked; the log there says why`);
			return answer.json();
		},
		async answer(subject, handle) {
			nc.subscribe(`${house}.ask.${checkSubject(subject)}`, {
				queue: 'answer',
				callback(error, message) {
					if (error) return log.error({err: error, subject}, 'Requests cannot be answered');
					if (answering.size >= MOST_ANSWERS) {
						const busy = headers();
						busy.set(FAILED, 'busy');
						return void message.respond('', {headers: busy});
					}
					const work = answerOne(subject, handle, message).finally(() => answering.delete(work));
					answering.add(work);
				},
			});
			await flushed();
		},
		async publish(subject, payload, {id}) {
			const json = checkPayload(payload);
			if (!stream.isOpen || nc.isClosed()) throw new Error(`The bus is away: ${subject} cannot be published now`);
			try {
				await js.publish(`${house}.on.${checkSubject(subject)}`, json, {msgID: id, timeout: ANSWER_MS});
			} catch (error) {
				if (isMissing(error)) lostStream(error);
				throw new Error(`${subject} cannot be published now: ${messageOf(error)}`, {cause: error});
			}
		},
		async subscribe(subject, consumer) {
			const config = consumerConfig(house, checkSubject(subject), consumer.group);
			if (subscriptions.some(({config: {durable_name}}) => durable_name === config.durable_name)) {
				throw new Error(`${consumer.group} subscribes to ${subject} twice`);
			}
			const subscription: Subscription = {config, known: false};
			await ensureConsumer(subscription);
			subscriptions.push(subscription);
			deliveries.start(config.durable_name, subject, consumer);
		},
		async broadcast(subject, payload) {
			const json = checkPayload(payload);
			// May be lost, and would otherwise wait in a buffer without a bound.
			if (connection.isOpen && !nc.isClosed()) nc.publish(`${house}.cast.${checkSubject(subject)}`, json);
		},
		async listen(subject, handle) {
			nc.subscribe(`${house}.cast.${checkSubject(subject)}`, {
				callback(refusal, message) {
					try {
						if (refusal) throw refusal;
						handle(message.json());
					} catch (error) {
						log.error({err: error, subject}, 'A listener failed');
					}
				},
			});
			await flushed();
		},
		onReconnect: callback => void reconnected.push(callback),
		async check() {
			if (!connection.isOpen || nc.isClosed()) throw new Error('NATS is away');
			const answered = await within(CHECK_TIMEOUT_MS, jsm.streams.info(house)).catch((error: unknown) => {
				if (isMissing(error)) lostStream(error);
				throw error;
			});
			if (answered === LATE) throw new Error(`JetStream did not answer within ${CHECK_TIMEOUT_MS} ms`);
			if (!stream.isOpen) throw new Error('The stream of the bus is being made anew');
		},
		async drain(timeout_ms) {
			stopping = true;
			await within(timeout_ms, deliveries.drain());
		},
		async close() {
			stopping = true;
			deliveries.cutOff();
			if (nc.isClosed()) return;
			const ended = async () => {
				// Takes no more requests, then waits for the answers in work.
				if (connection.isOpen) await nc.flush();
				await Promise.all(answering);
				if (connection.isOpen) await nc.drain();
			};
			await within(
				CLOSE_PATIENCE_MS,
				// The connection went meanwhile: what was in work comes again, and there is nothing left to drain.
				ended().catch(() => {}),
			);
			await nc.close();
		},
	};
}

const streamConfig = (house: string, replicas: number) =>
	({
		name: house,
		num_replicas: replicas,
		subjects: [`${house}.on.>`],
		retention: RetentionPolicy.Interest,
		discard: DiscardPolicy.New,
		max_bytes: STREAM_BYTES,
		max_age: nanos(KEEP_MS),
		duplicate_window: nanos(REMEMBER_MS),
	}) satisfies Partial<StreamConfig>;

const consumerConfig = (house: string, subject: string, group: string) => ({
	durable_name: `${group}-${subject.replaceAll('.', '-')}`,
	filter_subject: `${house}.on.${subject}`,
	ack_policy: AckPolicy.Explicit,
	ack_wait: nanos(ACK_WAIT_MS),
	max_ack_pending: MOST_UNACKNOWLEDGED,
	inactive_threshold: nanos(KEEP_MS),
});

/** True where `actual` has every field of `wanted` with its value. */
const includes = (actual: object, wanted: object) =>
	Object.entries(wanted).every(
		([field, value]) => JSON.stringify((actual as Record<string, unknown>)[field]) === JSON.stringify(value),
	);

const apiCode = (error: unknown): number | undefined =>
	error instanceof NatsError ? error.jsError()?.err_code : undefined;

/** True where the stream, the consumer or JetStream is not there, as far as the server can be understood. */
const isMissing = (error: unknown): boolean =>
	error instanceof NatsError &&
	// With a number of its own it is an answer of JetStream: that it is full, or not yet ready.
	((error.code === '503' && apiCode(error) === undefined) ||
		/^(stream not found|consumer not found|consumer deleted|no responders)$/.test(error.message) ||
		[STREAM_NOT_FOUND, CONSUMER_NOT_FOUND].includes(apiCode(error) ?? 0));

function messageOf(error: unknown): string {
	if (error instanceof NatsError) return error.jsError()?.description ?? error.message;
	return error instanceof Error ? error.message : String(error);
}

/** Throws `RangeError` for what cannot be a subject with us: NATS would take some of it for wildcards. */
function checkSubject(subject: string): string {
	if (subject.length <= 120 && /^\w+(\.\w+)*$/.test(subject)) return subject;
	throw new RangeError(`Not a subject: ${JSON.stringify(subject.slice(0, 200))}`);
}

/** The URL once for each server that it names; `URL` itself knows of one. */
function eachServer(url: string): string[] {
	const [, before = '', servers = '', after = ''] = /^([a-z]+:\/\/(?:[^@/?]*@)?)([^/?]*)(.*)$/i.exec(url) ?? [];
	return servers.split(',').map(server => before + server + after);
}

function connectionOf(given: string): {house: string; replicas: number; options: ConnectionOptions} {
	const wrong = (why: string) =>
		new StartupError(
			`BUS_URL is ${withoutPassword(given)}: ${why}; expected nats://user:password@host:4222/house, or tls:// with ?ca= naming a file.`,
		);
	const urls = eachServer(given);
	if (!urls.every(url => URL.canParse(url))) throw wrong('it cannot be read');
	const servers = urls.map(url => new URL(url));
	const {protocol, username, password, pathname, searchParams} = servers[0] as URL;
	const house = pathname.replace(/^\//, '') || 'hearth';
	if (servers.some(({hostname}) => hostname === '')) throw wrong('it names no host');
	if (!/^\w{1,32}$/.test(house)) throw wrong('a house has at most 32 letters, digits and _');
	const ca = searchParams.get('ca');
	const user = decodeURIComponent(username);
	return {
		house,
		// Two cannot agree without each other, so they would keep less than one alone.
		replicas: servers.length < KEPT_BY ? 1 : KEPT_BY,
		options: {
			servers: servers.map(({hostname, port}) => `${hostname}:${port || 4222}`),
			name: 'hearth',
			...(user === '' ? {} : password === '' ? {token: user} : {user, pass: decodeURIComponent(password)}),
			...(protocol === 'tls:' || ca !== null ? {tls: ca === null ? {} : {caFile: ca}} : {}),
			timeout: CONNECT_TIMEOUT_MS,
			maxReconnectAttempts: -1,
			// A server that is set up anew may refuse us for a moment.
			ignoreAuthErrorAbort: true,
			// Of servers that the URL does not name, addresses that perhaps only the others can reach.
			ignoreClusterUpdates: true,
			...RECONNECT,
			pingInterval: PING_MS,
			maxPingOut: 2,
		},
	};
}

async function connectPatiently(options: ConnectionOptions, url: string, patience_ms: number): Promise<NatsConnection> {
	for (const deadline = Date.now() + patience_ms; ; await sleep(RETRY_MS.first)) {
		try {
			return await connect(options);
		} catch (error) {
			// Refused, no name yet, too slow; a password or a certificate does not get better by waiting.
			const passing =
				error instanceof NatsError && ['CONNECTION_REFUSED', 'TIMEOUT', 'ENOTFOUND', 'EAI_AGAIN'].includes(error.code);
			if (passing && Date.now() < deadline) continue;
			throw new StartupError(
				`NATS at ${withoutPassword(url)} cannot be used: ${messageOf(error)}. Check BUS_URL and that the server is up.`,
				{cause: error},
			);
		}
	}
}
