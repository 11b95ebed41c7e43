import test from 'ava';
import fc from 'fast-check';
import {LEXICON, type Named} from '../lexicon.js';
import {findNames} from '../names.js';
import {buildRows} from '../rows.js';
import {editDistance, fold} from '../spelling.js';
import {print} from './print.js';

const namesIn = (text: string): Named[] =>
	buildRows(print(text)).flatMap(row => findNames(row).map(({named}) => named));

const names = test.macro({
	exec: (t, text: string, ...named: Named[]) => t.deepEqual(namesIn(text), named),
	title: (_, text?: string, ...named) => `“${text}” names ${named.join(', ') || 'no nutrient'}`,
});
test(names, 'of which saturates', 'saturated_fat_g');
test(names, 'ofwhichsaturates', 'saturated_fat_g');
test(names, 'FAT - TOTAL', 'fat_g');
test(names, 'Monounsaturated Fat', 'monounsaturated_fat_g');
test(names, 'Su9ars', 'sugars_g');
test(names, 'S0dium', 'sodium_mg');
test(names, 'Cho1estero1', 'cholesterol_mg');
test(names, 'lron', 'iron_mg');
test(names, 'Weglowodany', 'carbohydrate_g');
test(names, 'EIWEISS', 'protein_g');
test(names, 'Fat / Fett', 'fat_g', 'fat_g');
test(names, 'Calories from Fat', 'other');
test(names, 'Vitamin B6', 'vitamin_b6_mg');
test(names, 'Vitamin B12', 'vitamin_b12_ug');
test(names, 'Vitamin C', 'vitamin_c_mg');
test(names, 'Sat');
test(names, 'Fate and Salty seas');

test('every name of the lexicon is found by itself, whole, as what it stands for', t => {
	const known = new Map<string, string>();
	for (const [named, spellings] of Object.entries(LEXICON)) {
		for (const spelling of spellings) {
			// Two nutrients under one spelling would be a guess.
			const before = known.get(fold(spelling));
			t.true(before === undefined || before === named, `${spelling}: ${before} and ${named}`);
			known.set(fold(spelling), named);
			t.deepEqual(new Set(namesIn(spelling)), new Set([named]), spelling);
		}
	}
});

test('a long name with one letter wrong is still found', t => {
	const long = Object.entries(LEXICON).flatMap(([named, spellings]) =>
		named === 'other'
			? []
			: spellings.filter(spelling => /^\p{L}{8,}$/u.test(spelling)).map(spelling => ({named, spelling})),
	);
	fc.assert(
		fc.property(fc.constantFrom(...long), fc.nat(), fc.constantFrom('x', 'z', 'k'), ({named, spelling}, at, letter) => {
			const i = 1 + (at % (spelling.length - 1));
			t.true(namesIn(`${spelling.slice(0, i)}${letter}${spelling.slice(i + 1)}`).includes(named as Named));
		}),
	);
});

test('the distance of two texts is the same both ways, and never above the length of the longer', t => {
	fc.assert(
		fc.property(fc.string({maxLength: 12}), fc.string({maxLength: 12}), (a, b) => {
			const distance = editDistance(a, b, 12);
			t.is(distance, editDistance(b, a, 12));
			t.true(distance <= Math.max(a.length, b.length));
			t.is(editDistance(a, b, 2), Math.min(distance, 3));
			t.is(editDistance(a, a, 0), 0);
		}),
	);
});
