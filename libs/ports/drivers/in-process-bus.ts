import {randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {type Bus, type Consumer, checkPayload, type Message, NoResponder} from '../bus.js';
import type {Database} from '../database.js';
import type {Log} from '../driver.js';

/** Where the tables of this driver are made. */
export const BUS_MIGRATIONS = new URL('../../../migrations/bus/', import.meta.url);

const CHANNEL = 'hearth_bus';
// A message published again within this time is the same message. Whoever publishes twice does so because an answer was lost or its
// process was killed between publishing and noting it, and does it at its next start.
const REMEMBER_HANDLED = '1 day';
const FORGET_EVERY_MS = 3_600_000;
// The clock of the database and ours may differ by a moment; a timer that rings early would find nothing due.
const TIMER_SLACK_MS = 5;
// A database that answers but refuses, because its disk is full perhaps, is asked again after this time.
const REFUSED_RETRY_MS = 5_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

// Makes a statement's commit not wait for the disk. A machine that loses power may then forget that a message was delivered, and
// delivers it again, which is what was promised; what was published is on the disk before `publish` resolves.
const NO_NEED_TO_WAIT = `set_config('synchronous_commit', 'off', true)`;

interface Delivery {
	seq: number;
	message_id: string;
	payload: unknown;
	attempt: number;
}

/**
 * The bus of one process. Requests and broadcasts never leave it; published messages wait in the database until every group has handled
 * them, so they outlive the process. Only one process may subscribe on a database; others, such as commands, may publish.
 */
export async function openInProcessBus({database, log}: {database: Database; log: Log}): Promise<Bus> {
	await database.migrate('bus', BUS_MIGRATIONS);
	const responders = new Map<string, ((payload: unknown) => Promise<unknown>)[]>();
	const listeners = new Map<string, ((payload: unknown) => void)[]>();
	const queues: Queue[] = [];
	let closed = false;
	let forgotten_at = 0;

	async function forgetHandled() {
		if (Date.now() < forgotten_at + FORGET_EVERY_MS) return;
		forgotten_at = Date.now();
		await database.run(`delete from bus.deliveries where handled_at < now() - interval '${REMEMBER_HANDLED}'`);
	}

	const wake = (subject?: string) => {
		for (const queue of queues) if (subject === undefined || queue.subject === subject) queue.wake();
	};
	// What other processes publish. Ours would only be told what it knows.
	const self = randomUUID();
	let hearing: Promise<void> | undefined;
	const hearOthers = () =>
		database.listen(CHANNEL, payload => {
			const [sender, subject] = payload?.split(' ') ?? [];
			if (sender !== self) wake(subject);
		});

	return {
		async request(subject, payload, {timeout_ms}) {
			const copy = throughJson(payload);
			const ready = responders.get(subject);
			const respond = ready?.shift();
			if (closed || !ready || !respond) throw new NoResponder(`Nobody answers ${subject}`);
			// The next request goes to the next of them.
			ready.push(respond);
			const settled = new AbortController();
			const late = sleep(timeout_ms, undefined, {signal: settled.signal}).then(() => {
				throw new NoResponder(`${subject} was not answered within ${timeout_ms} ms`);
			});
			try {
				return throughJson(await Promise.race([respond(copy), late]));
			} finally {
				// The race is over: one that loses it later is nobody's failure.
				late.catch(() => {});
				settled.abort();
			}
		},
		async answer(subject, handle) {
			responders.set(subject, [...(responders.get(subject) ?? []), handle]);
		},
		async publish(subject, payload, {id}) {
			await database.run(
				`with queued as (
					insert into bus.deliveries (subject, group_name, message_id, payload)
					select subject, group_name, $2, $3::jsonb from bus.groups where subject = $1
					on conflict (subject, group_name, message_id) do nothing
					returning 1)
				select pg_notify('${CHANNEL}', $4) from queued limit 1`,
				[subject, id, checkPayload(payload), `${self} ${subject}`],
			);
			wake(subject);
		},
		async subscribe(subject, consumer) {
			if (queues.some(queue => queue.subject === subject && queue.group === consumer.group)) {
				throw new Error(`${consumer.group} subscribes to ${subject} twice`);
			}
			await database.run('insert into bus.groups (subject, group_name) values ($1, $2) on conflict do nothing', [
				subject,
				consumer.group,
			]);
			hearing ??= hearOthers();
			await hearing;
			const queue = openQueue({database, log, subject, consumer, handled: forgetHandled});
			queues.push(queue);
			queue.wake();
		},
		async broadcast(subject, payload) {
			const json = checkPayload(payload);
			for (const listen of listeners.get(subject) ?? []) {
				setImmediate(() => {
					try {
						listen(JSON.parse(json));
					} catch (error) {
						log.error({err: error, subject}, 'A listener failed');
					}
				});
			}
		},
		async listen(subject, handle) {
			listeners.set(subject, [...(listeners.get(subject) ?? []), handle]);
		},
		// Nothing of it can be away while the process runs; what the database missed, the bus makes up for itself.
		onReconnect() {},
		check: () => database.check(),
		async drain(timeout_ms) {
			await Promise.race([Promise.all(queues.map(queue => queue.drain())), sleep(timeout_ms, undefined, {ref: false})]);
		},
		async close() {
			closed = true;
			await Promise.all(queues.map(queue => queue.stop()));
			responders.clear();
			listeners.clear();
		},
	};
}

interface Queue {
	subject: string;
	group: string;
	/** Looks for what is due, once; nothing looks without being woken. */
	wake(): void;
	/** Takes nothing more, and leaves what is in work to be delivered again. */
	stop(): Promise<void>;
	/** Takes nothing more and waits for what is in work. */
	drain(): Promise<void>;
}

/** Deliveries of one subject to one group, in the order they were published, as far as none has to be repeated. */
function openQueue({
	database,
	log,
	subject,
	consumer: {group, concurrency = 1, backoff_ms, handle},
	handled,
}: {
	database: Database;
	log: Log;
	subject: string;
	consumer: Consumer;
	handled: () => Promise<void>;
}): Queue {
	const working = new Map<number, Promise<void>>();
	const noting = new Set<Promise<boolean>>();
	let stopped = false;
	let looking: Promise<void> | undefined;
	let lookAgain = false;
	// True when some delivery may wait for its time. So it is at the start, until we know better.
	let retriesWait = true;
	let timer: NodeJS.Timeout | undefined;

	function wake() {
		lookAgain = true;
		looking ??= look().finally(() => {
			looking = undefined;
		});
	}

	async function look() {
		while (lookAgain && !stopped) {
			lookAgain = false;
			const free = concurrency - working.size;
			// Each delivery that ends looks again.
			if (free <= 0) return;
			try {
				const due = await takeDue(free);
				for (const delivery of due) {
					const work = deliver(delivery).then(noted => {
						working.delete(delivery.seq);
						if (noted) wake();
						else wakeIn(REFUSED_RETRY_MS);
					});
					working.set(delivery.seq, work);
				}
				if (due.length < free && retriesWait) await setTimer();
			} catch (error) {
				// A database that is back from being away wakes us at once.
				log.warn({err: error, subject, group}, 'Deliveries wait for the database');
				wakeIn(REFUSED_RETRY_MS);
			}
		}
	}

	const takeDue = (free: number) =>
		database
			.many<Delivery>(
				`update bus.deliveries set attempt = attempt + 1
				where seq in (
					select seq from bus.deliveries
					where subject = $1 and group_name = $2 and handled_at is null and due_at <= now() and seq <> all ($3::bigint[])
					order by seq limit $4)
				returning seq, message_id, payload, attempt, ${NO_NEED_TO_WAIT}`,
				[subject, group, [...working.keys()], free],
			)
			.then(due => due.sort((a, b) => a.seq - b.seq));

	async function setTimer() {
		const {wait_ms} = await database.one<{wait_ms: number | null}>(
			`select extract(epoch from min(due_at) - now()) * 1000 as wait_ms from bus.deliveries
			where subject = $1 and group_name = $2 and handled_at is null and seq <> all ($3::bigint[])`,
			[subject, group, [...working.keys()]],
		);
		retriesWait = wait_ms !== null;
		if (wait_ms !== null) wakeIn(Math.min(Math.max(wait_ms, 0) + TIMER_SLACK_MS, LONGEST_TIMER_MS));
	}

	function wakeIn(wait_ms: number) {
		clearTimeout(timer);
		// A process that has nothing else to do may end: the delivery is in the database.
		if (!stopped) timer = setTimeout(wake, wait_ms).unref();
	}

	/** Answers whether what became of it was written down. */
	async function deliver({seq, message_id, payload, attempt}: Delivery): Promise<boolean> {
		// Nobody else is given what this process works on, so there is nothing to renew.
		const message: Message = {id: message_id, subject, payload, attempt, working() {}};
		let failure: {error: unknown} | undefined;
		try {
			await handle(message);
		} catch (error) {
			failure = {error};
		}
		const note = noteOutcome(seq, attempt, failure).then(
			() => true,
			error => {
				// It is delivered again: at least once is what was promised.
				log.warn({err: error, subject, group, message_id}, 'What became of a message could not be written down');
				return false;
			},
		);
		noting.add(note);
		return note.finally(() => noting.delete(note));
	}

	async function noteOutcome(seq: number, attempt: number, failure: {error: unknown} | undefined) {
		if (failure === undefined) {
			await database.run(
				`update bus.deliveries set handled_at = now(), payload = null where seq = $1 returning ${NO_NEED_TO_WAIT}`,
				[seq],
			);
			await handled();
			return;
		}
		const wait_ms = backoff_ms(attempt);
		log.warn({err: failure.error, subject, group, attempt, wait_ms}, 'A message was not handled and comes again');
		retriesWait = true;
		await database.run(`update bus.deliveries set due_at = now() + $2 * interval '1 ms' where seq = $1`, [
			seq,
			wait_ms,
		]);
	}

	async function stop() {
		stopped = true;
		clearTimeout(timer);
		await looking;
		await Promise.all(noting);
	}

	return {
		subject,
		group,
		wake,
		stop,
		async drain() {
			await stop();
			await Promise.all(working.values());
		},
	};
}

/** What a message becomes on a network: no dates, no undefined, no shared objects. */
const throughJson = (value: unknown): unknown => JSON.parse(checkPayload(value));
