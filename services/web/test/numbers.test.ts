import test from 'ava';
import {formatNumber, parseNumber} from '../app/numbers.js';

const reads = test.macro((t, text: string, value: number) => t.deepEqual(parseNumber(text), {state: 'number', value}));

test('a decimal comma', reads, '1,5', 1.5);
test('a decimal point', reads, '1.5', 1.5);
test('a whole number', reads, '375', 375);
test('nothing before the comma', reads, ',5', 0.5);
test('nothing behind the comma yet, as one types', reads, '1,', 1);
test('three decimals below one', reads, '0,125', 0.125);
test('thousands by point, decimals by comma', reads, '1.234,5', 1234.5);
test('thousands by comma, decimals by point', reads, '1,234.5', 1234.5);
test('thousands by space', reads, '1 578', 1578);
test('thousands by a narrow no-break space', reads, '1\u202f578', 1578);
test('thousands by apostrophe, as in Zürich', reads, '1’234,5', 1234.5);
test('two groups of thousands are beyond doubt', reads, '1.000.000', 1_000_000);
test('a unit behind it', reads, '12,5 g', 12.5);
test('kilojoules behind it', reads, '1578 kJ', 1578);
test('digits of another width', reads, '１２,５', 12.5);
test('spaces around it', reads, '  7,5 ', 7.5);

const refuses = test.macro((t, text: string, why: string) =>
	t.deepEqual(parseNumber(text) as unknown, {state: 'wrong', why}),
);

test('a word is no number', refuses, 'viel', 'text');
test('a unit alone is no number', refuses, 'g', 'text');
test('an exponent is no quantity that anybody types', refuses, '1e5', 'text');
test('two numbers are not one', refuses, '1578/375', 'text');
test('“less than” is not guessed', refuses, '< 0,5', 'text');
test('a sum below zero is refused', refuses, '-3', 'negative');
test('a typographic minus is a minus', refuses, '−3', 'negative');
test('more than a tonne is a slip', refuses, '10000000', 'large');
test('what is a thousand to some and one to others is asked about', refuses, '1.234', 'ambiguous');
test('the same with a comma', refuses, '1,234', 'ambiguous');

test('an empty field is empty', t => {
	t.deepEqual(parseNumber(''), {state: 'empty'});
	t.deepEqual(parseNumber('   '), {state: 'empty'});
});

test('a number is shown as the person writes it, and small ones keep their digits', t => {
	t.is(formatNumber(1578.25, 'de-DE'), '1578,25');
	t.is(formatNumber(7.5, 'en-GB'), '7.5');
	t.is(formatNumber(0.00007, 'de-DE'), '0,00007');
	t.is(formatNumber(0, 'de-DE'), '0');
});
