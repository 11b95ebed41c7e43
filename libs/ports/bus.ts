/** A message as a consumer sees it. `id` is the same at every delivery, `attempt` counts from 1. */
export interface Message {
	id: string;
	subject: string;
	payload: unknown;
	attempt: number;
	/** Tells the bus that the work goes on, so that nobody else is given it meanwhile. */
	working(): void;
}

export interface Consumer {
	/** Which kind of listener this is: one process of each group gets a message. Kept over restarts. */
	group: string;
	/** Deliveries at the same time in this process. */
	concurrency?: number;
	/** Milliseconds to wait before delivery `attempt + 1` after a failure. */
	backoff_ms: (attempt: number) => number;
	/** Resolving acknowledges, throwing asks for another delivery. */
	handle: (message: Message) => Promise<void>;
}

/** The one who was asked is not there, did not answer in time, or the bus is away. */
export class NoResponder extends Error {
	override readonly name = 'NoResponder';
}

/**
 * Messages between plugins, in one process or over a network. Payloads are JSON.
 * `publish` is durable from the moment it resolves: each group that ever subscribed gets the message at least once.
 * `request` and `broadcast` are not durable.
 */
export interface Bus {
	/** Asks one of those who answer `subject`. Throws `NoResponder`; an error the other side threw comes back as its payload says. */
	request(subject: string, payload: unknown, options: {timeout_ms: number}): Promise<unknown>;
	answer(subject: string, handle: (payload: unknown) => Promise<unknown>): Promise<void>;
	/** `id` makes a repeated publish harmless. */
	publish(subject: string, payload: unknown, options: {id: string}): Promise<void>;
	subscribe(subject: string, consumer: Consumer): Promise<void>;
	/** To every process, this one too; may be lost. */
	broadcast(subject: string, payload: unknown): Promise<void>;
	listen(subject: string, handle: (payload: unknown) => void): Promise<void>;
	onReconnect(callback: () => void): void;
	check(): Promise<void>;
	/** Takes no more messages and waits, up to `timeout_ms`, for those in work. What is cut off is delivered again later. */
	drain(timeout_ms: number): Promise<void>;
	close(): Promise<void>;
}

/** Of a payload as JSON: NATS takes no more unless it is told to. */
export const LARGEST_PAYLOAD_BYTES = 1_000_000;

/** The payload as JSON, `null` for undefined; throws `RangeError` when it is too large. */
export function checkPayload(payload: unknown): string {
	const json = JSON.stringify(payload) ?? 'null';
	const size_bytes = Buffer.byteLength(json);
	if (size_bytes > LARGEST_PAYLOAD_BYTES) {
		throw new RangeError(`A payload may have ${LARGEST_PAYLOAD_BYTES} bytes as JSON, this one has ${size_bytes}`);
	}
	return json;
}
