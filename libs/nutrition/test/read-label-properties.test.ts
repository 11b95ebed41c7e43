import test from 'ava';
import fc from 'fast-check';
import {LEXICON} from '../lexicon.js';
import {nutrientValues} from '../nutrients.js';
import {type Evidence, readLabel} from '../read-label.js';
import {RULES} from '../values.js';
import {MAX_WORDS, type Page, page as pageSchema} from '../words.js';
import {print} from './print.js';

const names = Object.values(LEXICON).flat();
const text = fc.oneof(
	{weight: 4, arbitrary: fc.constantFrom(...names)},
	{
		weight: 2,
		arbitrary: fc.constantFrom('per 100 g', 'per 100ml', 'per serving', '30 g', '%', 'serving size', '< ', 'kJ', '(g)'),
	},
	{weight: 4, arbitrary: fc.stringMatching(/^[0-9OolI]{1,5}([.,][0-9O]{1,3})? ?(g|mg|kJ|kcal|%|9|)$/)},
	{weight: 1, arbitrary: fc.string({maxLength: 30})},
	{weight: 1, arbitrary: fc.string({unit: 'binary', maxLength: 12})},
);
const share = fc.double({min: -0.2, max: 1.2, noNaN: true});
const size = fc.double({min: 0, max: 0.5, noNaN: true});
const words = fc.array(
	fc.record({
		text,
		confidence: fc.double({min: 0, max: 1, noNaN: true}),
		box: fc.record({x: share, y: share, width: size, height: size}),
	}),
	{maxLength: 60},
);
const scattered: fc.Arbitrary<Page> = fc.record({
	words,
	width_px: fc.integer({min: 1, max: 20_000}),
	height_px: fc.integer({min: 1, max: 20_000}),
});
// Laid out as a table, so that amounts meet names and heads far more often than by chance.
const amount = fc.stringMatching(/^(< )?[0-9OlI]{1,4}([.,][0-9O]{1,3})? ?(g|g|mg|kJ|kcal|9|)$/);
const name = fc.oneof({weight: 4, arbitrary: fc.constantFrom(...names)}, {weight: 1, arbitrary: text});
const tabled: fc.Arbitrary<Page> = fc
	.tuple(
		fc.constantFrom(
			['', 'per 100 g', 'per serving (30 g)'],
			['', '100 ml', '% RI'],
			['Nutrition Facts', '', ''],
			['', '', ''],
		),
		fc.array(fc.tuple(name, fc.oneof({weight: 4, arbitrary: amount}, text), fc.oneof(amount, text)), {
			minLength: 1,
			maxLength: 25,
		}),
	)
	.map(([head, rows]) => [head, ...rows])
	.map(rows => print(rows.map(cells => cells.map(cell => cell.replace(/\s+/g, ' ').padEnd(34)).join('')).join('\n')));
const anyPage = fc.oneof(scattered, tabled);

/** The digits of an amount's text as anyone would copy them: look-alike letters as digits, without separators. */
const digitsOf = (printed: string): string =>
	printed
		.replace(/(?<=[\dOoQlIitT.,])\s?(?:kJ|kcal|g|mg|%).*$/u, '')
		.replace(/[OoQ]/g, '0')
		.replace(/[lI|itT]/g, '1')
		.replace(/\D/g, '');

/** Whether a value's digits stand in the text in that order, give or take what its rules allow. */
function standsInText({value, text: printed, rules}: Evidence): boolean {
	const digits = digitsOf(printed);
	const scales = rules.includes('unit_converted') ? [1, 1000, 1 / 1000, 1e6, 1e-6] : [1];
	return scales.some(scale => {
		const plain = String(Number((value * scale).toFixed(9))).replace('.', '');
		const bare = plain.replace(/^0+/, '').replace(/0+$/, '');
		return bare === '' ? /0/.test(digits) || /o/i.test(printed) : digits.includes(bare);
	});
}

test('any words give an answer that its contract allows', t => {
	fc.assert(
		fc.property(anyPage, page => {
			const reading = readLabel(page);
			for (const values of Object.values(reading.bases)) nutrientValues.parse(values);
			t.deepEqual(reading.fields, reading.basis ? reading.bases[reading.basis] : {});
			t.deepEqual(Object.keys(reading.confidence).sort(), Object.keys(reading.fields).sort());
			t.deepEqual(Object.keys(reading.boxes).sort(), Object.keys(reading.fields).sort());
			for (const confidence of Object.values(reading.confidence)) t.true(confidence >= 0 && confidence <= 1);
			if (reading.serving_size) t.true(reading.serving_size.amount > 0);
		}),
		{numRuns: 400},
	);
});

test('every value stands in the text, or follows from it by a named rule', t => {
	let values = 0;
	fc.assert(
		fc.property(anyPage, page => {
			for (const evidence of readLabel(page).evidence) {
				values++;
				t.true(
					evidence.rules.every(rule => rule in RULES),
					JSON.stringify(evidence),
				);
				t.true(page.words.some(word => word.text.normalize('NFKC').includes(evidence.text.slice(0, 1))));
				t.true(standsInText(evidence), JSON.stringify(evidence));
			}
		}),
		{numRuns: 600},
	);
	t.true(values > 300, `only ${values} values were read: the pages no longer look like labels`);
});

test('the same words in another order read the same', t => {
	fc.assert(
		fc.property(tabled, fc.infiniteStream(fc.nat()), (page, order) => {
			const shuffled = page.words
				.map(word => ({word, at: order.next().value}))
				.sort((a, b) => a.at - b.at)
				.map(({word}) => word);
			t.deepEqual(readLabel({...page, words: shuffled}).bases, readLabel(page).bases);
		}),
		{numRuns: 150},
	);
});

const pageOf = (count: number, textAt: (i: number) => string): Page => ({
	words: Array.from({length: count}, (_, i) => ({
		text: textAt(i),
		confidence: 0.9,
		box: {x: (i % 50) / 50, y: Math.floor(i / 50) / (count / 50), width: 0.015, height: 0.3 / (count / 50)},
	})),
	width_px: 3000,
	height_px: 4000,
});

const quick = test.macro({
	exec(t, page: Page) {
		const before = performance.now();
		readLabel(page);
		const ms = performance.now() - before;
		// A busy machine's multiple of the slowest seen, and far below a worker's patience.
		t.true(ms < 10_000, `${ms} ms`);
	},
	title: what => `${what} is read in bounded time`,
});
test(
	'a page of the most words allowed',
	quick,
	pageOf(MAX_WORDS, i => names[i % names.length] ?? ''),
);
test(
	'a page of amounts alone',
	quick,
	pageOf(MAX_WORDS, i => `${i},${i % 10} g`),
);
test(
	'a page of names and amounts',
	quick,
	pageOf(MAX_WORDS, i => (i % 3 === 0 ? (names[i % names.length] ?? '') : `${i % 100}9`)),
);
test(
	'a page of nearly names',
	quick,
	pageOf(MAX_WORDS, i => `carbohydrat${String.fromCharCode(97 + (i % 26))}${i}satured`),
);
test(
	'a page of long words without an end',
	quick,
	pageOf(500, i => `${'1,'.repeat(490)}${i}`),
);
test(
	'a page of long words of letters',
	quick,
	pageOf(500, i => `${'Fat Og '.repeat(140)}${i}`),
);
test(
	'a page with more words than allowed',
	quick,
	pageOf(MAX_WORDS * 3, i => `fat ${i} g`),
);

test('a page of an engine is checked at the door', t => {
	const page = print('Fat 1 g');
	t.true(pageSchema.safeParse(page).success);
	t.false(pageSchema.safeParse({...page, words: [{text: 'Fat', confidence: 1.2, box: page.words[0]?.box}]}).success);
	t.false(pageSchema.safeParse({...page, width_px: 0}).success);
});
