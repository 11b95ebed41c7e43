import test from 'ava';
import {findAmounts} from '../amounts.js';
import {buildRows} from '../rows.js';
import {print} from './print.js';

const amountsIn = (text: string) => buildRows(print(text)).flatMap(row => findAmounts(row));

const holds = test.macro({
	exec: (t, text: string, ...amounts: string[]) =>
		t.deepEqual(
			amountsIn(text).map(({bound, digits, unit}) => `${bound ? '<' : ''}${digits}${unit ? ` ${unit}` : ''}`),
			amounts,
		),
	title: (_, text?: string, ...amounts) => `“${text}” holds ${amounts.join(', ') || 'no amount'}`,
});
test(holds, 'Total Fat 16g 25%', '16 g', '25 %');
test(holds, 'SaturatedFat5g 3%16mg', '5 g', '3 %', '16 mg');
test(holds, 'Energie 1 970 kJ / 471 kcal', '1970 kJ', '471 kcal');
test(holds, 'Energy 1,970kJ', '1,970 kJ');
test(holds, '1928kJ/458keal', '1928 kJ', '458 kcal');
test(holds, 'Fett < 0,5 g', '<0,5 g');
test(holds, 'Sugars less than 1g', '<1 g');
test(holds, 'dont sucres moins de 0,5 g', '<0,5 g');
test(holds, 'Trans Fat Og', 'O g');
test(holds, 'FatOg 2%', 'O g', '2 %');
test(holds, 'Sugars l2 g', 'l2 g');
test(holds, 'Salt O.6 g', 'O.6 g');
test(holds, 'Sugars 5 . 6 g', '5.6 g');
test(holds, 'Fat 15.6 9', '15.6 g');
test(holds, 'Vitamin B12 2.5µg', '2.5 µg');
test(holds, 'Vitamin D 4mcg 20%', '4 µg', '20 %');
test(holds, 'Calories 110 Calories from Fat 20', '110', '20');
test(holds, 'Omega-3 0,5 g', '0,5 g');
test(holds, 'Glycine and Oil');

test('an amount stands where its letters stand', t => {
	const page = print('Fat      12,5 g');
	const [amount] = buildRows(page).flatMap(row => findAmounts(row));
	const [, digits, unit] = page.words;
	t.is(amount?.place.box.x, digits?.box.x);
	t.true(
		Math.abs(
			(amount?.place.box.x ?? 0) + (amount?.place.box.width ?? 0) - ((unit?.box.x ?? 0) + (unit?.box.width ?? 0)),
		) < 1e-9,
	);
});
