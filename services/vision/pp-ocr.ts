import {availableParallelism} from 'node:os';
import type {Engine} from './engine.js';
import {type PoolOptions, readingProcesses} from './reading-processes.js';

/** PP-OCRv4 on ONNX Runtime: reads photographs well, in all languages with Latin letters, where there is a build for the machine. */
export function ppOcr(options: PoolOptions): Engine {
	const processes = readingProcesses(new URL('pp-ocr-process.js', import.meta.url), options);
	// All cores together where one picture is read at a time.
	const argument = String(Math.max(Math.floor(availableParallelism() / options.workers), 1));
	return {
		name: 'pp-ocr',
		sight: {page_px: 1280, large_page_px: 1920, letters_px: 36, table_px: 1280, colour: 'as it is'},
		read: (image, {again = false, signal}) => processes.read(image, {argument, again, signal}),
		close: processes.close,
	};
}
