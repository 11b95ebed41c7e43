import {access} from 'node:fs/promises';
import type {Context} from '@hearth/host/plugin.js';
import type {Settings} from '@hearth/host/settings.js';
import {type Engine, type EngineName, EngineUnavailable} from './engine.js';
import {dataOf} from './languages.js';
import {ppOcr} from './pp-ocr.js';
import {defaultLanguages, ocrEngine, workers} from './settings.js';
import {tesseract} from './tesseract.js';

// A machine without a build of it stays without; one that was short of memory for a moment is not left with the lesser engine.
const UNAVAILABLE_MS = 10 * 60_000;

const LONG_NAME: Record<EngineName, string> = {'pp-ocr': 'PP-OCR', tesseract: 'tesseract.js'};

/** The engines of a host: the one that is asked first, and for when that one does not start on this machine perhaps another. */
export class Engines {
	readonly #first: Engine;
	readonly #second: Engine | null;
	/** Why the first does not start, and when it is tried again; epoch milliseconds. */
	#unavailable: {reason: string; until: number} | null = null;

	constructor(first: Engine, second: Engine | null) {
		this.#first = first;
		this.#second = second;
	}

	async readWith<T>({log, now}: Pick<Context, 'log' | 'now'>, read: (engine: Engine) => Promise<T>): Promise<T> {
		const [first, second] = [this.#first, this.#second];
		if (second !== null && this.#unavailable !== null && now() < this.#unavailable.until) return read(second);
		try {
			const found = await read(first);
			this.#unavailable = null;
			return found;
		} catch (error) {
			if (!(error instanceof EngineUnavailable)) throw error;
			this.#unavailable = {reason: error.message, until: now() + UNAVAILABLE_MS};
			if (second === null) throw error;
			log.warn(
				{err: error},
				`labels are read by ${LONG_NAME[second.name]}: ${LONG_NAME[first.name]} does not start here`,
			);
			return read(second);
		}
	}

	/** Which engine reads, and why not the one that was asked for. */
	state(): {engine: EngineName; detail: string} {
		const because =
			this.#unavailable && `${LONG_NAME[this.#first.name]} does not start here: ${this.#unavailable.reason}`;
		if (because !== null && this.#second === null) throw new Error(because);
		const {name} = because === null ? this.#first : (this.#second ?? this.#first);
		const by = `labels are read by ${LONG_NAME[name]}`;
		return {engine: name, detail: because === null ? by : `${by}; ${because}`};
	}

	async close(): Promise<void> {
		await Promise.all([this.#first.close(), this.#second?.close()]);
	}
}

// A job is given a context and not what its plugin opened, so the engines are found by what all contexts of one host share.
const opened = new WeakMap<Settings, Engines>();

/** Opens the engines of this host; what it answers closes them. No process is started before there is a picture. */
export async function openEngines({settings}: Context): Promise<() => Promise<void>> {
	const options = {workers: settings.get(workers)};
	const chosen = settings.get(ocrEngine);
	const engines = new Engines(
		chosen === 'tesseract' ? tesseract(options) : ppOcr(options),
		chosen === 'auto' ? tesseract(options) : null,
	);
	opened.set(settings, engines);
	return () => engines.close();
}

export function enginesOf(settings: Settings): Engines {
	const engines = opened.get(settings);
	if (engines === undefined) throw new Error('The reader of labels was not started');
	return engines;
}

/** Whether it can read, and what with. Whether it does read is what the jobs tell. */
export async function stateOfEngines({settings}: Context): Promise<string> {
	const {engine, detail} = enginesOf(settings).state();
	if (engine === 'tesseract') for (const language of settings.get(defaultLanguages)) await access(dataOf(language));
	return detail;
}
