import test from 'ava';
import fc from 'fast-check';
import {slipsBetween, variantsOf} from '../near-words.js';

const slips = test.macro({
	exec: (t, one: string, other: string, count: number) => {
		t.is(slipsBetween(one, other), count);
		t.is(slipsBetween(other, one), count);
	},
	title: (_, one, other, count) => `from ${one} to ${other} it is ${count}`,
});
test(slips, 'milk', 'milk', 0);
test(slips, 'milk', 'mlik', 1);
test(slips, 'milk', 'ilk', 1);
test(slips, 'milk', 'milks', 1);
test(slips, 'milk', 'mild', 1);
test(slips, 'avocado', 'avacodo', 2);
test(slips, 'tea', 'coffee', 5);
test(slips, '', 'tea', 3);

const letters = fc.string({unit: fc.constantFrom(...'abcdeé'), minLength: 1, maxLength: 14});

test('two words one slip apart always share a variant', t => {
	const slip = fc.tuple(
		letters,
		fc.nat(),
		fc.constantFrom(...'abcdeé'),
		fc.constantFrom('add', 'drop', 'change', 'swap'),
	);
	fc.assert(
		fc.property(slip, ([word, place, letter, kind]) => {
			const at = place % word.length;
			const [before, after] = [word.slice(0, at), word.slice(at)];
			const slipped = {
				add: before + letter + after,
				drop: before + after.slice(1),
				change: before + letter + after.slice(1),
				swap: before + after.slice(1, 2) + after.slice(0, 1) + after.slice(2),
			}[kind];
			t.true(slipsBetween(word, slipped) <= 1);
			const variants = new Set(variantsOf(word));
			if (!variantsOf(slipped).some(variant => variants.has(variant))) t.fail(`${word} and ${slipped} share none`);
		}),
		{numRuns: 5000},
	);
});

test('slips count the same in both directions, and never more than the longer word has letters', t => {
	fc.assert(
		fc.property(letters, letters, (one, other) => {
			t.is(slipsBetween(one, other), slipsBetween(other, one));
			t.true(slipsBetween(one, other) <= Math.max(one.length, other.length));
		}),
	);
});
