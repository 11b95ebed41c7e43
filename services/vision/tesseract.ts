import type {Engine} from './engine.js';
import {type PoolOptions, readingProcesses} from './reading-processes.js';

/** tesseract.js: runs wherever Node does, and reads photographs less well. */
export function tesseract(options: PoolOptions): Engine {
	const processes = readingProcesses(new URL('tesseract-process.js', import.meta.url), options);
	return {
		name: 'tesseract',
		sight: {
			// Enough to find the table, which is then read in its own size.
			page_px: 1600,
			// Takes three times as long, and finds half of the tables that were missed (4 of 8 on 32 photographs).
			large_page_px: 3200,
			// The engine was trained on lines of 36 px, with room above and below.
			letters_px: 32,
			table_px: 2400,
			colour: 'grey',
		},
		read: (image, {languages, signal}) => processes.read(image, {argument: languages.join('+'), again: false, signal}),
		close: processes.close,
	};
}
