import type {Page} from '@hearth/nutrition/words.js';
import test from 'ava';
import {findBarcode} from '../find-barcode.js';
import {findTable} from '../find-table.js';
import {languages} from '../languages.js';

/** Lines of text, one below the other, each letter 10 × 20 px on a page of 1000 × 1000; two spaces are a wide gap. */
function pageOf(...lines: string[]): Page {
	const words = lines.flatMap((line, row) =>
		[...line.matchAll(/\S+/g)].map(({0: text, index}) => ({
			text,
			confidence: 0.9,
			box: {x: index / 100, y: (row * 30) / 1000, width: text.length / 100, height: 0.02},
		})),
	);
	return {words, width_px: 1000, height_px: 1000};
}

const barcode = test.macro({
	title: name => `a barcode: ${name}`,
	exec(t, lines: string[], gtin: string | null) {
		t.is(findBarcode(pageOf(...lines)), gtin);
	},
});
test('printed in three groups', barcode, ['Salt 0.1 g', '5 900820 008055'], '05900820008055');
test('of twelve digits', barcode, ['0 72417 13616 0'], '00072417136160');
test('with a misread digit is none', barcode, ['5 900820 008056'], null);
test('of eight digits is not told from a number', barcode, ['96385074'], null);
test('two different ones are none', barcode, ['5900820008055', '4006381333931'], null);
test('numbers of a table are none', barcode, ['1569 kJ 373 kcal 471 kJ 112 kcal', '7.2 2.2 58.5 17.6 0.03 0.01'], null);

test('the table is found beside a list of ingredients that names nutrients too', t => {
	const blank = Array.from({length: 12}, () => '');
	const page = pageOf(
		'Ingredients: sugar 30%, salt, milk protein 2%',
		...blank,
		'Energy 1569 kJ',
		'Fat 7.2 g',
		'Carbohydrate 58 g',
		'Protein 13 g',
		'Salt 0.03 g',
	);
	const {region, letter_height} = findTable(page) ?? t.fail();
	t.true(region.y > 0.2 && region.y < 13 * 0.03 && region.y + region.height > 18 * 0.03, JSON.stringify(region));
	t.true(Math.abs(letter_height - 0.02) < 0.001);
});

test('a text that only mentions nutrients holds no table', t => {
	t.is(findTable(pageOf('rich in protein and fibre', 'low in salt and sugar', 'less than 3 g of fat')), null);
	t.is(findTable(pageOf()), null);
});

test('languages are refused by name, and taken once each', t => {
	t.deepEqual(languages.parse('de; DE-ch deu, en_GB'), ['deu', 'eng']);
	t.false(languages.safeParse('').success);
	t.false(languages.safeParse('klingon').success);
	t.false(languages.safeParse('constructor').success);
});
