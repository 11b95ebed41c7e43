import {randomUUID} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {type FileHandle, mkdir, open, rm} from 'node:fs/promises';
import path from 'node:path';
import type {Readable} from 'node:stream';
import {dataFolder} from '@hearth/host/platform-settings.js';
import type {Context} from '@hearth/host/plugin.js';

const MOST_IN_MEMORY = 1024 * 1024;

/**
 * An answer that is written piece by piece: small ones in memory, large ones on the disk. The protocol knows no pages, and however large
 * the answer and slow its reader, the database is asked quickly and memory does not grow.
 */
export class AnswerText {
	readonly #folder: string;
	#pieces: string[] = [];
	#chars = 0;
	#spill: {file: string; handle: FileHandle} | null = null;

	/** What a killed process leaves in this folder goes with the next start. */
	constructor({settings}: Context) {
		this.#folder = path.join(settings.get(dataFolder), 'uploads');
	}

	async add(piece: string): Promise<void> {
		this.#pieces.push(piece);
		this.#chars += piece.length;
		if (this.#chars > MOST_IN_MEMORY) await this.#write();
	}

	/** Once, at the end. */
	async body(): Promise<Readable | string> {
		if (this.#spill === null) return this.#pieces.join('');
		await this.#write();
		const {file, handle} = this.#spill;
		await handle.close();
		const body = createReadStream(file);
		// Fetched, or given up.
		body.once('close', () => void rm(file, {force: true}));
		return body;
	}

	/** In place of `body`, where the answer did not come about. */
	async discard(): Promise<void> {
		if (this.#spill === null) return;
		await this.#spill.handle.close();
		await rm(this.#spill.file, {force: true});
	}

	async #write(): Promise<void> {
		if (this.#spill === null) {
			await mkdir(this.#folder, {recursive: true, mode: 0o700});
			const file = path.join(this.#folder, `${randomUUID()}.json`);
			this.#spill = {file, handle: await open(file, 'wx', 0o600)};
		}
		await this.#spill.handle.appendFile(this.#pieces.join(''));
		this.#pieces = [];
		this.#chars = 0;
	}
}
