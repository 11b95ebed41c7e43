import {type ChildProcess, fork} from 'node:child_process';
import {Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {MAX_WORDS, type Page} from '@hearth/nutrition/words.js';
import pLimit from 'p-limit';
import {EngineUnavailable} from './engine.js';
import {sizeOf} from './picture.js';

/** What a reading process is asked: to read a PNG or JPEG. */
export interface Request {
	image: Uint8Array;
	/** See `ReadOptions`. */
	again: boolean;
}
/** A word with its box in pixels; confidence and slope as in `Word`. */
export interface PixelWord {
	text: string;
	confidence: number;
	left: number;
	top: number;
	right: number;
	bottom: number;
	slope?: number;
}
/**
 * What a reading process says: first that it is ready or why it never will be, then one answer a request, in order.
 */
export type Answer = {ready: true} | {unavailable: string} | {words: PixelWord[]} | {error: string};

// Loading takes half a second to a second; a machine that swaps may take much longer.
const LOAD_TIMEOUT_MS = 30_000;
// The slowest page measured took 6 s alone on its core, and half a minute on a machine with five times the work it can do. Too long
// delays one retry, too short fails a readable picture. So: too long.
const READ_TIMEOUT_MS = 120_000;
// Memory of an engine grows and is not given back: after so many pictures a process has the size of the largest of them, and is replaced.
const READS_PER_PROCESS = 100;
// A process holds hundreds of megabytes. People photograph several labels in a row, then none for hours.
const IDLE_MS = 60_000;

export interface PoolOptions {
	/** Pictures read at the same time; each is a process that fills a core. */
	workers: number;
	idle_ms?: number;
	timeout_ms?: number;
}

export interface ReadingProcesses {
	/** Reads with a process that was started with this argument. */
	read(image: Buffer, options: {argument: string; again: boolean; signal: AbortSignal}): Promise<Page>;
	close(): Promise<void>;
}

/** Reads with processes of `program`, which are started when there is something to read and ended when there is not. */
export function readingProcesses(
	program: URL,
	{workers, idle_ms = IDLE_MS, timeout_ms = READ_TIMEOUT_MS}: PoolOptions,
): ReadingProcesses {
	const atOnce = pLimit(workers);
	const idle = new Set<Reader>();
	const all = new Set<Reader>();
	let closed = false;

	async function take(argument: string): Promise<Reader> {
		for (const reader of idle) {
			if (!reader.alive) end(reader);
			if (!reader.alive || reader.argument !== argument) continue;
			idle.delete(reader);
			clearTimeout(reader.idle);
			return reader;
		}
		// One of another argument is in the way of the number of processes that was asked for.
		for (const reader of idle) if (all.size >= workers) end(reader);
		const reader = new Reader(program, argument);
		all.add(reader);
		try {
			await reader.ready();
			return reader;
		} catch (error) {
			end(reader);
			throw error;
		}
	}

	function end(reader: Reader): void {
		clearTimeout(reader.idle);
		idle.delete(reader);
		all.delete(reader);
		reader.kill();
	}

	function putBack(reader: Reader): void {
		if (closed || !reader.alive || reader.reads >= READS_PER_PROCESS) {
			end(reader);
			return;
		}
		idle.add(reader);
		reader.idle = setTimeout(() => end(reader), idle_ms);
		reader.idle.unref();
	}

	const read: ReadingProcesses['read'] = async (image, {argument, again, signal}) => {
		signal.throwIfAborted();
		if (closed) throw new Error('The reader of labels was closed');
		const size = await sizeOf(image);
		const reader = await take(argument);
		const stop = () => end(reader);
		signal.addEventListener('abort', stop);
		try {
			const answer = await reader.ask({image, again}, timeout_ms);
			putBack(reader);
			return pageOf(answer, size);
		} catch (error) {
			end(reader);
			signal.throwIfAborted();
			throw error;
		} finally {
			signal.removeEventListener('abort', stop);
		}
	};

	return {
		read: (image, options) => atOnce(() => read(image, options)),
		close: async () => {
			closed = true;
			const open = [...all];
			for (const reader of open) end(reader);
			await Promise.all(open.map(reader => reader.ended));
		},
	};
}

/** One process. It answers one request at a time, in order. */
class Reader {
	readonly argument: string;
	readonly ended: Promise<void>;
	reads = 0;
	idle: NodeJS.Timeout | undefined;
	readonly #process: ChildProcess;
	/** The end of what it said on its error stream, for the one who looks for why it died. */
	#complaint = '';

	constructor(program: URL, argument: string) {
		this.argument = argument;
		this.#process = fork(program, [argument], {
			serialization: 'advanced',
			stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
			// It needs no setting of ours, and what reads strangers' pictures is not given our secrets.
			env: {TMPDIR: tmpdir()},
			execArgv: [],
		});
		this.ended = new Promise(resolve => this.#process.once('close', () => resolve()));
		this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
			this.#complaint = (this.#complaint + text).slice(-500);
		});
		// Whoever waits for an answer hears of it; without a listener it would end the house's process.
		this.#process.on('error', () => {});
		// Waiting for work must not keep that process alive either.
		this.#process.unref();
		this.#process.channel?.unref();
		if (this.#process.stderr instanceof Socket) this.#process.stderr.unref();
	}

	get alive(): boolean {
		return this.#process.connected;
	}

	kill(): void {
		// It is gone in a moment, and that is worth waiting for.
		this.#process.ref();
		this.#process.kill('SIGKILL');
	}

	async ready(): Promise<void> {
		const answer = await this.#answer(LOAD_TIMEOUT_MS);
		if ('unavailable' in answer) throw new EngineUnavailable(answer.unavailable);
	}

	ask(request: Request, timeout_ms: number): Promise<Answer> {
		this.reads++;
		const answer = this.#answer(timeout_ms);
		// A failure to send is followed by the end of the process, which `#answer` hears.
		this.#process.send(request, () => {});
		return answer;
	}

	/** The next thing it says. Rejects when it dies, or says nothing for too long. */
	#answer(timeout_ms: number): Promise<Answer> {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				done();
				reject(new Error(`Reading took longer than ${timeout_ms / 1000} s and was ended`));
			}, timeout_ms);
			const onMessage = (answer: Answer) => {
				done();
				resolve(answer);
			};
			const onEnd = (code: number | null, signal: string | null) => {
				done();
				reject(new Error(`The reading process ended (${signal ?? code}): ${this.#complaint.trim()}`));
			};
			const onError = (cause: Error) => {
				done();
				reject(new Error('The reading process could not be started', {cause}));
			};
			const done = () => {
				clearTimeout(timer);
				this.#process.off('message', onMessage).off('close', onEnd).off('error', onError);
			};
			this.#process.once('message', onMessage).once('close', onEnd).once('error', onError);
		});
	}
}

function pageOf(answer: Answer, {width_px, height_px}: {width_px: number; height_px: number}): Page {
	if ('error' in answer) throw new Error(`The picture could not be read: ${answer.error}`);
	if (!('words' in answer)) throw new Error('The reading process answered something else than words');
	return {
		width_px,
		height_px,
		words: answer.words.slice(0, MAX_WORDS).map(({text, confidence, left, top, right, bottom, slope}) => ({
			text: text.slice(0, 1000),
			confidence: Math.min(Math.max(confidence, 0), 1),
			box: {
				x: left / width_px,
				y: top / height_px,
				width: Math.max(right - left, 0) / width_px,
				height: Math.max(bottom - top, 0) / height_px,
			},
			...(slope === undefined ? {} : {slope}),
		})),
	};
}
