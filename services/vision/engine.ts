import type {Page} from '@hearth/nutrition/words.js';

export type EngineName = 'pp-ocr' | 'tesseract';

export interface ReadOptions {
	/** Codes of `languages.ts`, most important first; for an engine that needs them. */
	languages: readonly string[];
	/** A second look at what was read before: an engine that has two ways of reading takes the other one. */
	again?: boolean;
	/** Aborted when nobody waits for the words any more. */
	signal: AbortSignal;
}

/** How an engine wants its pictures; lengths in pixels. */
export interface Sight {
	/** The longer side of a whole picture. */
	page_px: number;
	/** The longer side of a whole picture on which no table was found; 0 where a larger one finds no more. */
	large_page_px: number;
	/** The height of letters of a table that is read by itself, and the longer side of that table at most. */
	letters_px: number;
	table_px: number;
	colour: 'grey' | 'as it is';
}

/**
 * What finds words on a picture. Throws when it could not read; a picture without words is no failure.
 * The image is a PNG or JPEG without orientation marks, prepared as `sight` says.
 */
export interface Engine {
	readonly name: EngineName;
	readonly sight: Sight;
	read(image: Buffer, options: ReadOptions): Promise<Page>;
	/** Ends what is running; reads in work are rejected. */
	close(): Promise<void>;
}

/** The engine does not start on this machine, so that no picture can be read with it. */
export class EngineUnavailable extends Error {
	override readonly name = 'EngineUnavailable';
}
