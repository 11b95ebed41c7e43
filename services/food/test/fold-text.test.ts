import test from 'ava';
import fc from 'fast-check';
import {foldText, searchWords, wordsOf} from '../fold-text.js';

const folds = test.macro({
	exec: (t, text: string, folded: string) => t.is(foldText(text), folded),
	title: (_, text, folded) => `“${text}” is looked up as “${folded}”`,
});
test(folds, 'Crème  Fraîche!', 'creme fraiche');
test(folds, 'ÆØÅ Straße', 'aeoa strasse');
test(folds, 'ＦＵＬＬ ｗｉｄｔｈ', 'full width');
test(folds, '3,5 % Fat', '3 5 fat');
test(folds, '🍎 Apfel ❤️', 'apfel');
test(folds, 'İzmir', 'izmir');
test(folds, 'שׁוֹקוֹ', 'שוקו');
test(folds, 'नमकीन', 'नमकीन');
test(folds, '...', '');

test('words that are written in one are found in both ways', t => {
	t.deepEqual(searchWords('Kellogg’s Coca-Cola').sort(), ['coca', 'cocacola', 'cola', 'kellogg', 'kelloggs', 's']);
});

test('folding is stable, bounded, and leaves nothing that a search expression could mistake', t => {
	fc.assert(
		fc.property(fc.string({unit: 'binary', maxLength: 300}), text => {
			const folded = foldText(text);
			t.true(folded.length <= 300 && folded.isWellFormed());
			t.is(foldText(folded), folded);
			for (const word of [...wordsOf(folded), ...searchWords(text)]) {
				if (!/^[\p{L}\p{N}\p{M}]{1,60}$/u.test(word)) t.fail(`${JSON.stringify(text)} gives ${JSON.stringify(word)}`);
			}
		}),
		{numRuns: 500},
	);
});
