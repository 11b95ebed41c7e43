// A process of its own that reads pictures with tesseract.js: what crashes, hangs or grows in there is ended from outside by
// reading-processes.ts, and all its memory is given back. Started with the languages as its argument; speaks over the channel to its parent.

import {copyFile, mkdtemp, rm} from 'node:fs/promises';
import {setPriority, tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {createWorker, type Page, PSM, type Worker} from 'tesseract.js';
import {dataOf} from './languages.js';
import type {Answer, Request} from './reading-processes.js';

const answer = (message: Answer) => process.send?.(message);

// The parent is gone, also when it was killed: nobody waits for the words. A thread does the reading, so this is heard meanwhile.
process.on('disconnect', () => process.exit());

// Reading is all that this process does, and whoever waits for a page of the house goes first. Not every system allows it.
try {
	setPriority(5);
} catch {
	// Slower answers elsewhere while a label is read; nothing is lost.
}

const worker = await load((process.argv[2] ?? 'eng').split('+'));
process.on('message', (request: Request) => {
	read(worker, request).then(answer, (error: unknown) => answer({error: String(error)}));
});
answer({ready: true});

// tesseract.js takes the data of all languages from one folder, and every language here is a package of its own.
async function load(languages: string[]): Promise<Worker> {
	const folder = await mkdtemp(join(tmpdir(), 'hearth-languages-'));
	try {
		await Promise.all(languages.map(dataOf).map(file => copyFile(file, join(folder, basename(file)))));
		return await new Promise((resolve, reject) => {
			// Of a failed load only this handler hears; createWorker's promise stays open for ever.
			const errorHandler = (error: unknown) => reject(new Error(String(error)));
			createWorker(languages, 1, {langPath: folder, cacheMethod: 'none', errorHandler}).then(resolve, reject);
		});
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

async function read(worker: Worker, {image}: Request): Promise<Answer> {
	await worker.setParameters({
		// As many words as there are, in no order. On photographs the analysis of a page's layout (AUTO) finds nothing at all, or words
		// on their side: on 6 of 8 it named fewer nutrients.
		tessedit_pageseg_mode: PSM.SPARSE_TEXT,
		// Black and white are told apart tile by tile: one threshold for all loses the shaded half of a photograph. With it tables were
		// found on 24 of 32 photographs instead of 22.
		thresholding_method: '1',
		// Pictures have no true resolution; without one the engine guesses, and warns on each.
		user_defined_dpi: '300',
	});
	const {data} = await worker.recognize(Buffer.from(image), {}, {text: false, blocks: true});
	return {words: [...wordsOf(data)]};
}

function* wordsOf({blocks}: Page) {
	for (const {paragraphs} of blocks ?? []) {
		for (const {lines} of paragraphs) {
			for (const {words} of lines) {
				for (const {text, confidence, bbox} of words) {
					yield {text, confidence: confidence / 100, left: bbox.x0, top: bbox.y0, right: bbox.x1, bottom: bbox.y1};
				}
			}
		}
	}
}
