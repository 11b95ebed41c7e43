import test from 'ava';
import {NUTRIENT_KEYS, NUTRIENTS, nutrientValues, parentOf} from '../nutrients.js';

const suffix = {kcal: 'kcal', kJ: 'kj', g: 'g', mg: 'mg', µg: 'ug'};

test('a nutrient’s key says its unit', t => {
	for (const nutrient of NUTRIENT_KEYS) t.true(nutrient.endsWith(`_${suffix[NUTRIENTS[nutrient].unit]}`), nutrient);
});

test('a part is in the unit of its whole', t => {
	for (const nutrient of NUTRIENT_KEYS) {
		const whole = parentOf(nutrient);
		if (whole) t.is(NUTRIENTS[nutrient].unit, NUTRIENTS[whole].unit, nutrient);
	}
});

test('amounts may be fractions, zero, or absent', t => {
	t.deepEqual(nutrientValues.parse({fat_g: 0, salt_g: 0.01}), {fat_g: 0, salt_g: 0.01});
	t.deepEqual(nutrientValues.parse({}), {});
});

const refused = test.macro({
	exec: (t, nutrients: object, says: RegExp) =>
		t.regex(nutrientValues.safeParse(nutrients).error?.issues[0]?.message ?? '', says),
	title: what => `${what} is refused with what to do about it`,
});
test('a negative amount', refused, {fat_g: -1}, /^Fat must be a number of g from 0/);
test('text for an amount', refused, {sodium_mg: '5'}, /^Sodium must be a number of mg/);
test('an amount that is not finite', refused, {fat_g: Number.NaN}, /leave fat_g out/);
test('an amount beyond all plates', refused, {energy_kcal: 1e9}, /from 0 to 1000000/);
test('null for an amount', refused, {fat_g: null}, /leave fat_g out/);
test('an unknown nutrient', refused, {unobtainium_g: 1}, /no nutrient called unobtainium_g/);
