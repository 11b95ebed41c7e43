import {setTimeout as sleep} from 'node:timers/promises';
import type {Consumer} from '../bus.js';
import type {Log} from '../driver.js';
import type {Gate} from './gate.js';

/** While work takes longer than this, a pull may ask the server anew, believing it silent. */
export const LONG_WORK_MS = 30_000;
const RETRY_MS = {first: 250, most: 5_000};
const MESSAGE_ID = 'Nats-Msg-Id';

/** A message as the library gives it. */
interface Delivered {
	readonly seq: number;
	readonly info: {deliveryCount: number};
	readonly headers?: {get(name: string): string} | undefined;
	json(): unknown;
	ack(): void;
	nak(wait_ms?: number): void;
	term(): void;
	working(): void;
}

/** Messages of one consumer, each asked for when the loop asks for it. */
interface Pull extends AsyncIterable<Delivered> {
	stop(): void;
}

/**
 * Takes messages and hands them to their consumers, in this process as many at a time as each of them said. `ready` is open while there
 * is something to ask; `failed` is told why asking failed.
 */
export function openDeliveries({
	log,
	ready,
	pull,
	failed,
	isClosed,
}: {
	log: Log;
	ready: Gate;
	pull: (durable_name: string) => Promise<Pull>;
	failed: (error: unknown, subject: string) => void;
	isClosed: () => boolean;
}) {
	const pulls = new Set<Pull>();
	const inWork = new Map<Delivered, Promise<void>>();
	let stopping = false;

	/** One delivery after another. */
	async function runSlot(durable_name: string, subject: string, consumer: Consumer) {
		for (let wait_ms = 0; !stopping; ) {
			await ready.passed;
			if (stopping) return;
			let messages: Pull | undefined;
			try {
				messages = await pull(durable_name);
				pulls.add(messages);
				wait_ms = 0;
				for await (const message of stopping ? [] : messages) {
					const began_at = Date.now();
					await take(subject, consumer, message);
					// Begun anew, so that it has not asked twice.
					if (stopping || Date.now() - began_at > LONG_WORK_MS) break;
				}
			} catch (error) {
				if (!stopping) failed(error, subject);
				await sleep(wait_ms, undefined, {ref: false});
				wait_ms = Math.min(Math.max(wait_ms * 2, RETRY_MS.first), RETRY_MS.most);
			} finally {
				if (messages !== undefined) {
					pulls.delete(messages);
					messages.stop();
				}
			}
		}
	}

	function take(subject: string, consumer: Consumer, message: Delivered): Promise<void> {
		// Came in the moment we stopped.
		if (stopping) {
			settle(() => message.nak());
			return Promise.resolve();
		}
		const work = deliver(subject, consumer, message).finally(() => inWork.delete(message));
		inWork.set(message, work);
		return work;
	}

	async function deliver(subject: string, {group, backoff_ms, handle}: Consumer, message: Delivered) {
		const attempt = message.info.deliveryCount;
		let payload: unknown;
		try {
			payload = message.json();
		} catch (error) {
			log.error({err: error, subject, group}, 'A message that is not JSON was put aside: it is not ours');
			return settle(() => message.term());
		}
		const id = message.headers?.get(MESSAGE_ID) || `${message.seq}`;
		try {
			await handle({id, subject, payload, attempt, working: () => settle(() => message.working())});
			settle(() => message.ack());
		} catch (error) {
			const wait_ms = backoff_ms(attempt);
			log.warn({err: error, subject, group, attempt, wait_ms}, 'A message was not handled and comes again');
			settle(() => message.nak(Math.max(1, Math.round(wait_ms))));
		}
	}

	/** Tells the server what became of a message. On a connection that is closed it cannot be told, and delivers it again. */
	function settle(tell: () => void) {
		if (!isClosed()) tell();
	}

	/** After a lost connection: a pull of before is nobody's now, and each slot begins a new one. */
	function askAnew() {
		for (const messages of pulls) messages.stop();
	}

	return {
		askAnew,
		start(durable_name: string, subject: string, consumer: Consumer) {
			for (let slot = 0; slot < (consumer.concurrency ?? 1); slot++) void runSlot(durable_name, subject, consumer);
		},
		/** Takes nothing more and waits for what is in work. */
		async drain() {
			stopping = true;
			askAnew();
			await Promise.all(inWork.values());
		},
		/** Takes nothing more. What is in work is another's at once, and not when the server has waited in vain. */
		cutOff() {
			stopping = true;
			askAnew();
			for (const message of inWork.keys()) settle(() => message.nak());
		},
	};
}
