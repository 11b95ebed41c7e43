import {createParser} from 'eventsource-parser';
import {SignedOut} from './auth.js';
import {backoff_ms} from './backoff.js';
import {OtherUser, type Requests} from './requests.js';

/** Something happened on the server: `change`, `image`, `conflict` or `revoked`, with its data. */
export interface LiveEvent {
	event: string;
	/** The version it happened at, where it has one. */
	version: number | null;
	data: unknown;
}

export interface LiveOptions {
	requests: Requests;
	onEvent: (event: LiveEvent) => void;
	/** Whether it listens now. */
	onState: (live: boolean) => void;
	random: () => number;
}

// The server says something every 25 s, if only that it is there.
const SILENCE_MS = 60_000;
// A stream that ends at once, again and again, is a failure like any other.
const WORTHWHILE_MS = 5_000;

/**
 * Listens to the house by `GET /sync/live`. The token goes in the header, which EventSource cannot send: a ticket in the address would be
 * one more request each time, and end up in the logs of whatever stands between. What is missed costs time only; pulls find it.
 */
export class Live {
	readonly #options: LiveOptions;
	#stopped = true;
	#running = false;
	#stream: AbortController | null = null;
	#wake: (() => void) | null = null;
	#failures = 0;

	constructor(options: LiveOptions) {
		this.#options = options;
	}

	start(): void {
		this.#stopped = false;
		if (!this.#running) void this.#run();
	}

	/** Does not wait any longer for the next try. */
	wake(): void {
		this.#wake?.();
	}

	stop(): void {
		this.#stopped = true;
		this.#stream?.abort();
		this.#wake?.();
	}

	async #run(): Promise<void> {
		this.#running = true;
		while (!this.#stopped) {
			const began = performance.now();
			try {
				await this.#listen();
				this.#failures = performance.now() - began < WORTHWHILE_MS ? this.#failures + 1 : 0;
			} catch (error) {
				// Pulls meet the same, and say it.
				if (error instanceof SignedOut || error instanceof OtherUser) this.#stopped = true;
				this.#failures += 1;
			}
			this.#options.onState(false);
			if (!this.#stopped && this.#failures > 0) await this.#pause(backoff_ms(this.#failures, this.#options.random));
		}
		this.#running = false;
	}

	/** Until the stream ends. */
	async #listen(): Promise<void> {
		const stream = new AbortController();
		this.#stream = stream;
		let watchdog = setTimeout(() => stream.abort(), SILENCE_MS);
		try {
			const response = await this.#options.requests.stream('/sync/live', stream.signal);
			const reader = response.body?.getReader();
			if (reader === undefined) throw new Error('This fetch cannot stream.');
			this.#options.onState(true);
			const decoder = new TextDecoder();
			const parser = createParser({
				onEvent: ({event = 'message', id, data}) =>
					this.#options.onEvent({event, version: id === undefined ? null : Number(id), data: parsed(data)}),
			});
			for (;;) {
				const {done, value} = await reader.read();
				if (done) return;
				clearTimeout(watchdog);
				watchdog = setTimeout(() => stream.abort(), SILENCE_MS);
				parser.feed(decoder.decode(value, {stream: true}));
			}
		} finally {
			clearTimeout(watchdog);
			this.#stream = null;
		}
	}

	#pause(ms: number): Promise<void> {
		return new Promise(resolve => {
			const timer = setTimeout(resolve, ms);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}
}

function parsed(data: string): unknown {
	try {
		return JSON.parse(data);
	} catch {
		// Of a later server, perhaps; whoever listens sees the text.
		return data;
	}
}
