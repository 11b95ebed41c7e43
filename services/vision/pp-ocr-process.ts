// A process of its own that reads pictures with PP-OCR on ONNX Runtime: what crashes, hangs or grows in there is ended from outside by
// reading-processes.ts, and all its memory is given back. Started with the number of its threads; speaks over the channel to its parent.

import {setPriority} from 'node:os';
import type {PpOcr} from './pp-ocr/read-words.js';
import type {Answer, Request} from './reading-processes.js';

const answer = (message: Answer) => process.send?.(message);

// The parent is gone, also when it was killed: nobody waits for the words. A model runs for a second at most before this is heard.
process.on('disconnect', () => process.exit());

// Reading is all that this process does, and whoever waits for a page of the house goes first. Not every system allows it.
try {
	setPriority(5);
} catch {
	// Slower answers elsewhere while a label is read; nothing is lost.
}

const reader = await load(Number(process.argv[2] ?? 1));
if (reader !== null) {
	process.on('message', ({image, again}: Request) => {
		reader.read(image, again ? 'en' : 'ch').then(
			words => answer({words}),
			(error: unknown) => answer({error: String(error)}),
		);
	});
	answer({ready: true});
}

/** Null where ONNX Runtime has no build for this machine, or the models are not there; the parent is told. */
async function load(threads: number): Promise<PpOcr | null> {
	try {
		const {loadPpOcr} = await import('./pp-ocr/read-words.js');
		return await loadPpOcr(threads);
	} catch (error) {
		answer({unavailable: error instanceof Error ? error.message : String(error)});
		return null;
	}
}
