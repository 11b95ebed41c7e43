import type {Page} from '@hearth/nutrition/words.js';

export interface ReadOptions {
	/** Codes of `languages.ts`, most important first. */
	languages: readonly string[];
	/** Aborted when nobody waits for the words any more. */
	signal: AbortSignal;
}

/**
 * What finds words on a picture. Throws when it could not read; a picture without words is no failure.
 * The image is a PNG or JPEG without orientation marks, prepared at the size it is to be read at.
 */
export interface Engine {
	read(image: Buffer, options: ReadOptions): Promise<Page>;
	/** Ends what is running; reads in work are rejected. */
	close(): Promise<void>;
}
