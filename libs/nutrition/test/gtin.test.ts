import test from 'ava';
import fc from 'fast-check';
import {checkDigit, parseGtin} from '../gtin.js';

const means = test.macro({
	exec: (t, text: string, gtin: string) => t.deepEqual(parseGtin(text), {gtin}),
	title: (_, text, gtin) => `${text} is the product ${gtin}`,
});
test(means, '4006381333931', '04006381333931');
test(means, '4 006381-333931', '04006381333931');
test(means, '036000291452', '00036000291452');
test(means, '96385074', '00000096385074');
test(means, '10012345678902', '10012345678902');
// The six ways in which UPC-E leaves out zeros.
test(means, '01234505', '00012000003455');
test(means, '01234514', '00012100003454');
test(means, '04252614', '00042100005264');
test(means, '01234531', '00012300000451');
test(means, '01234543', '00012340000053');
test(means, '01234565', '00012345000065');
test(means, '\u20114006381333931\u00a0', '04006381333931');

const refused = test.macro({
	exec: (t, text: string, says: RegExp) => t.regex(parseGtin(text).reason ?? '', says),
	title: (_, text?: string) => `${JSON.stringify(text?.slice(0, 20))} is no barcode, and the reason says what to do`,
});
test(refused, '4006381333930', /mistyped/);
test(refused, '400638133393', /mistyped/);
test(refused, '12345', /this has 5/);
test(refused, '', /digits only/);
test(refused, 'abc', /digits only/);
test(refused, '0000000000000', /zeros/);
test(refused, '٤٠٠٦٣٨١٣٣٣٩٣١', /digits only/);
test(refused, '9'.repeat(100_000), /this has 64/);

test('one wrong digit is always found out', t => {
	fc.assert(
		fc.property(
			fc.stringMatching(/^[1-9][0-9]{11}$/),
			fc.nat(12),
			fc.integer({min: 1, max: 9}),
			(body, position, shift) => {
				const good = `${body}${checkDigit(body)}`;
				const wrong = (Number(good[position]) + shift) % 10;
				const bad = `${good.slice(0, position)}${wrong}${good.slice(position + 1)}`;
				return parseGtin(good).gtin === `0${good}` && parseGtin(bad).gtin === undefined;
			},
		),
	);
	t.pass();
});
