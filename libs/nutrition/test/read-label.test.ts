import test from 'ava';
import type {Bases} from '../checks.js';
import type {ReadingBasis} from '../nutrients.js';
import {type LabelReading, readLabel} from '../read-label.js';
import {print} from './print.js';

interface Expected {
	bases: Bases;
	basis?: ReadingBasis;
	serving_size?: LabelReading['serving_size'];
}
const reads = test.macro({
	exec(t, label: string, expected: Expected) {
		const reading = readLabel(print(label));
		t.deepEqual(reading.bases, expected.bases);
		if (expected.basis) t.is(reading.basis, expected.basis);
		if (expected.serving_size !== undefined) t.deepEqual(reading.serving_size, expected.serving_size);
	},
	title: what => `${what} is read`,
});

const CRACKERS = {
	per_100g: {
		...{energy_kj: 1928, energy_kcal: 458, fat_g: 17, saturated_fat_g: 2, carbohydrate_g: 65, sugars_g: 12},
		...{fiber_g: 6, protein_g: 8, salt_g: 2},
	},
	per_serving: {
		...{energy_kj: 578, energy_kcal: 137, fat_g: 5.1, saturated_fat_g: 0.6, carbohydrate_g: 19.5, sugars_g: 3.6},
		...{fiber_g: 1.8, protein_g: 2.4, salt_g: 0.6},
	},
};
const CRACKERS_PRINT = `
NUTRITION INFORMATION
Typical values          per 100 g     per serving (30 g)   %RI*
Energy                  1928 kJ       578 kJ               7%
                        458 kcal      137 kcal
Fat                     17 g          5.1 g                7%
  of which saturates    2.0 g         0.6 g                3%
Carbohydrate            65 g          19.5 g               8%
  of which sugars       12 g          3.6 g                4%
Fibre                   6.0 g         1.8 g
Protein                 8.0 g         2.4 g                5%
Salt                    2.0 g         0.6 g                10%
*Reference intake of an average adult (8400 kJ/2000 kcal)
INGREDIENTS: wheat flour 54%, sugar, salt 2%`;

test('an English table per 100 g and per serving', reads, CRACKERS_PRINT, {
	bases: CRACKERS,
	basis: 'per_100g',
	serving_size: {amount: 30, unit: 'g'},
});

test(
	'a Polish table whose names take two lines',
	reads,
	`
Średnia wartość             100 g        30 g      (%**)
odżywcza
Wartość                     1928 kJ      578 kJ    (7%)
energetyczna                458 kcal     137 kcal
Tłuszcz                     17 g         5,1 g     (7%)
w tym kwasy
nasycone                    2,0 g        0,6 g     (3%)
Węglowodany                 65 g         19,5 g
w tym cukry                 12 g         3,6 g     (4%)
Błonnik                     6,0 g        1,8 g
Białko                      8,0 g        2,4 g
Sól                         2,0 g        0,6 g     (10%)`,
	{bases: CRACKERS, serving_size: {amount: 30, unit: 'g'}},
);

test(
	'a German table with kJ and kcal in one cell',
	reads,
	`
Durchschnittliche Nährwerte       pro 100 ml
Brennwert                         264 kJ / 63 kcal
Fett                              3,4 g
davon gesättigte Fettsäuren       2,2 g
Kohlenhydrate                     4,8 g
davon Zucker                      4,8 g
Eiweiß                            3,3 g
Salz                              0,11 g`,
	{
		bases: {
			per_100ml: {
				...{energy_kj: 264, energy_kcal: 63, fat_g: 3.4, saturated_fat_g: 2.2, carbohydrate_g: 4.8, sugars_g: 4.8},
				...{protein_g: 3.3, salt_g: 0.11},
			},
		},
		basis: 'per_100ml',
		serving_size: null,
	},
);

const COOKIE = {
	energy_kj: 2085,
	energy_kcal: 497,
	fat_g: 22.6,
	saturated_fat_g: 11.6,
	carbohydrate_g: 66.3,
	sugars_g: 37.3,
	fiber_g: 3.1,
	protein_g: 5.5,
	salt_g: 0.6,
};
const inLanguage = (head: string, names: readonly string[]): string => {
	const values = ['2085 kJ', '497 kcal', '22,6 g', '11,6 g', '66,3 g', '37,3 g', '3,1 g', '5,5 g', '0,60 g'];
	return [`${' '.repeat(44)}${head}`, ...values.map((value, i) => `${(names[i] ?? '').padEnd(44)}${value}`)].join('\n');
};
test(
	'a French table',
	reads,
	inLanguage('pour 100 g', [
		...[
			'Énergie',
			'',
			'Matières grasses',
			'dont acides gras saturés',
			'Glucides',
			'dont sucres',
			'Fibres alimentaires',
		],
		...['Protéines', 'Sel'],
	]),
	{bases: {per_100g: COOKIE}},
);
test(
	'a Spanish table',
	reads,
	inLanguage('por 100 g', [
		...['Valor energético', '', 'Grasas', 'de las cuales saturadas', 'Hidratos de carbono', 'de los cuales azúcares'],
		...['Fibra alimentaria', 'Proteínas', 'Sal'],
	]),
	{bases: {per_100g: COOKIE}},
);
test(
	'an Italian table',
	reads,
	inLanguage('per 100 g', [
		...[
			'Energia',
			'',
			'Grassi',
			'di cui acidi grassi saturi',
			'Carboidrati',
			'di cui zuccheri',
			'Fibre',
			'Proteine',
			'Sale',
		],
	]),
	{bases: {per_100g: COOKIE}},
);
test(
	'a Dutch table',
	reads,
	inLanguage('per 100 g', [
		...[
			'Energie',
			'',
			'Vetten',
			'waarvan verzadigde vetzuren',
			'Koolhydraten',
			'waarvan suikers',
			'Vezels',
			'Eiwitten',
			'Zout',
		],
	]),
	{bases: {per_100g: COOKIE}},
);
test(
	'a Portuguese table',
	reads,
	inLanguage('por 100 g', [
		...[
			'Energia',
			'',
			'Lípidos',
			'dos quais saturados',
			'Hidratos de carbono',
			'dos quais açúcares',
			'Fibra',
			'Proteínas',
			'Sal',
		],
	]),
	{bases: {per_100g: COOKIE}},
);
test(
	'a table in three languages',
	reads,
	inLanguage('100 g', [
		...['Energy / Energie / Énergie', '', 'Fat / Fett / Matières grasses', 'of which saturates / davon gesättigte'],
		...['Carbohydrate / Kohlenhydrate / Glucides', 'of which sugars / davon Zucker / sucres', 'Fibre / Ballaststoffe'],
		...['Protein / Eiweiß / Protéines', 'Salt / Salz / Sel'],
	]),
	{bases: {per_100g: COOKIE}},
);

test(
	'American Nutrition Facts',
	reads,
	`
Nutrition Facts
8 servings per container
Serving size     2/3 cup (55g)
Amount per serving
Calories 230
              % Daily Value*
Total Fat 8g             10%
 Saturated Fat 1g         5%
 Trans Fat 0g
Cholesterol 0mg           0%
Sodium 160mg              7%
Total Carbohydrate 37g   13%
 Dietary Fiber 4g        14%
 Total Sugars 12g
  Includes 10g Added Sugars  20%
Protein 3g
Vitamin D 2mcg           10%
Calcium 260mg            20%
Iron 8mg                 45%
Potassium 240mg           6%
* The % Daily Value (DV) tells you how much a nutrient in a
serving of food contributes to a daily diet. 2,000 calories a
day is used for general nutrition advice.`,
	{
		bases: {
			per_serving: {
				...{energy_kcal: 230, fat_g: 8, saturated_fat_g: 1, trans_fat_g: 0, cholesterol_mg: 0, sodium_mg: 160},
				...{carbohydrate_g: 37, fiber_g: 4, sugars_g: 12, added_sugars_g: 10, protein_g: 3, vitamin_d_ug: 2},
				...{calcium_mg: 260, iron_mg: 8, potassium_mg: 240},
			},
		},
		basis: 'per_serving',
		serving_size: {amount: 55, unit: 'g'},
	},
);

test(
	'an American label with calories from fat and the table of recommended amounts',
	reads,
	`
Nutrition Facts
Serving Size 2 cookies (31g)
Servings Per Container About 6
Amount Per Serving
Calories 110   Calories from Fat 20
                % Daily Value*
Total Fat 2g              3%
Cholesterol Less than 5mg 0%
Sodium 110mg              5%
Total Carbohydrate 22g    7%
 Sugars 12g
Protein 1g
*Percent Daily Values are based on a 2,000
calorie diet. Your daily values may be higher
          Calories: 2,000    2,500
Total Fat Less than 65g      80g
Sodium    Less than 2,400mg  2,400mg
Total Carbohydrate  300g     375g`,
	{
		bases: {
			per_serving: {
				...{
					energy_kcal: 110,
					fat_g: 2,
					cholesterol_mg: 5,
					sodium_mg: 110,
					carbohydrate_g: 22,
					sugars_g: 12,
					protein_g: 1,
				},
			},
		},
		serving_size: {amount: 31, unit: 'g'},
	},
);

test(
	'an American label with a column per container',
	reads,
	`
Nutrition Facts
Serving size    1 cup (230g)
             Per serving      Per container
Calories     245              490
Total Fat    12g     14%      24g     29%
Sodium       210mg    9%      420mg   18%
Total Carb.  34g     12%      68g     24%
Protein      11g              22g`,
	{
		bases: {per_serving: {energy_kcal: 245, fat_g: 12, sodium_mg: 210, carbohydrate_g: 34, protein_g: 11}},
		serving_size: {amount: 230, unit: 'g'},
	},
);

test(
	'an Australian panel',
	reads,
	`
NUTRITION INFORMATION
SERVINGS PER PACKAGE: About 9
SERVING SIZE: 25g (6 Biscuits)
                 QUANTITY       %DAILY INTAKE*   QUANTITY
                 PER SERVING    (PER SERVING)    PER 100g
ENERGY           493 kJ         5.6 %            1,970 kJ
PROTEIN          2.0 g          3.9 %            7.9 g
FAT, TOTAL       5.0 g          7.2 %            20.0 g
 - SATURATED     1.0 g          4.0 %            3.9 g
CARBOHYDRATE     15.6 g         5.0 %            62.6 g
 - SUGARS        0.3 g          0.4 %            1.3 g
SODIUM           212 mg         9.2 %            848 mg
*BASED ON AN AVERAGE ADULT DIET OF 8700 KJ.`,
	{
		bases: {
			per_serving: {
				...{
					energy_kj: 493,
					protein_g: 2,
					fat_g: 5,
					saturated_fat_g: 1,
					carbohydrate_g: 15.6,
					sugars_g: 0.3,
					sodium_mg: 212,
				},
			},
			per_100g: {
				...{energy_kj: 1970, protein_g: 7.9, fat_g: 20, saturated_fat_g: 3.9, carbohydrate_g: 62.6, sugars_g: 1.3},
				sodium_mg: 848,
			},
		},
		serving_size: {amount: 25, unit: 'g'},
	},
);

test(
	'an Indian table with the units in the names',
	reads,
	`
NUTRITIONAL INFORMATION   per 100g   per 35 g serving
energy (kcal)             386.0      135.1
protein (g)               75.9       26.5
carbohydrate (g)          9.3        3.2
total sugars (g)          6.4        2.2
total fat (g)             5.0        1.7
saturated fat (g)         3.1        1.1
sodium (mg)               186.9      65.4`,
	{
		bases: {
			per_100g: {
				...{energy_kcal: 386, protein_g: 75.9, carbohydrate_g: 9.3, sugars_g: 6.4, fat_g: 5, saturated_fat_g: 3.1},
				sodium_mg: 186.9,
			},
			per_serving: {
				...{energy_kcal: 135.1, protein_g: 26.5, carbohydrate_g: 3.2, sugars_g: 2.2, fat_g: 1.7, saturated_fat_g: 1.1},
				sodium_mg: 65.4,
			},
		},
		serving_size: {amount: 35, unit: 'g'},
	},
);

test(
	'a bilingual Canadian label',
	reads,
	`
Nutrition Facts / Valeur nutritive
Per 1 cup (250 mL) / par 1 tasse (250 mL)
Calories 110         % Daily Value* / % valeur quotidienne*
Fat / Lipides 2 g                  3 %
 Saturated / saturés 0.5 g         3 %
Carbohydrate / Glucides 20 g
 Fibre / Fibres 1 g                4 %
 Sugars / Sucres 18 g             18 %
Protein / Protéines 3 g
Sodium 180 mg                      8 %`,
	{
		bases: {
			per_serving: {
				...{
					energy_kcal: 110,
					fat_g: 2,
					saturated_fat_g: 0.5,
					carbohydrate_g: 20,
					fiber_g: 1,
					sugars_g: 18,
					protein_g: 3,
				},
				sodium_mg: 180,
			},
		},
	},
);

test(
	'a traffic light with names over amounts',
	reads,
	`
Each serving (150g) contains
Energy      Fat       Saturates   Sugars    Salt
1046 kJ     3.0 g     1.3 g       34 g      0.9 g
250 kcal
13%         4%        7%          38%       15%`,
	{
		bases: {
			per_serving: {energy_kj: 1046, energy_kcal: 250, fat_g: 3, saturated_fat_g: 1.3, sugars_g: 34, salt_g: 0.9},
		},
		serving_size: {amount: 150, unit: 'g'},
	},
);

test('the food as prepared is told apart from the food as sold', t => {
	const {bases} = readLabel(
		print(`
              per 100 g     as prepared
Energy        1500 kJ       300 kJ
Fat           4.0 g         1.5 g
Carbohydrate  70 g          12 g
Protein       9.0 g         3.2 g`),
	);
	t.deepEqual(bases, {per_100g: {energy_kj: 1500, fat_g: 4, carbohydrate_g: 70, protein_g: 9}});
});

for (const [what, options] of [
	['tilted by four degrees', {slope: 0.07}],
	['tilted the other way', {slope: -0.07}],
	['bent around a bottle', {sag: 1.2}],
	['answered in cells', {pieces: 'cells'}],
] as const) {
	test(`a print ${what} reads the same`, t => {
		const reading = readLabel(print(CRACKERS_PRINT, options));
		t.deepEqual(reading.bases, CRACKERS);
		t.deepEqual(reading.serving_size, {amount: 30, unit: 'g'});
	});
}

test('an engine that leaves out the spaces is understood', t => {
	const {bases} = readLabel(
		print(
			`
NutritionFacts
ServingSize1cup(240mL)
Calories160
TotalFat8g      10%
SaturatedFat5g  24%
TransFatOg
Sodium75mg      3%
TotalCarb.20g   7%
Protein2g       4%`,
			{pieces: 'cells'},
		),
	);
	t.deepEqual(bases, {
		per_serving: {
			energy_kcal: 160,
			fat_g: 8,
			saturated_fat_g: 5,
			trans_fat_g: 0,
			sodium_mg: 75,
			carbohydrate_g: 20,
			protein_g: 2,
		},
	});
});

const CRACKERS_MISREAD = CRACKERS_PRINT.replace('Energy  ', 'Enerqy  ')
	.replace('1928 kJ', 'I928 kJ')
	.replace('458 kcal', '458 keal')
	.replace('Fat  ', 'Fat  ')
	.replace('saturates', 'satura1es')
	.replace('5.1 g', '5.19 ')
	.replace('65 g ', '659  ')
	.replace('19.5 g', '19.59 ')
	.replace('12 g', 'l2 g')
	.replace('6.0 g', '6,09 ')
	.replace('1.8 g', '1.89 ')
	.replace('Protein', 'Proteln')
	.replace('0.6 g                10%', 'O.6 g                10%');

test('what engines mistake is mended, and says so', t => {
	const {bases, evidence} = readLabel(print(CRACKERS_MISREAD));
	t.deepEqual(bases, CRACKERS);
	const rules = (basis: ReadingBasis, field: string) =>
		evidence.find(one => one.basis === basis && one.field === field)?.rules;
	t.deepEqual(rules('per_serving', 'salt_g'), ['letters_as_digits']);
	t.deepEqual(rules('per_100g', 'carbohydrate_g')?.slice(0, 1), ['unit_read_as_digit']);
	t.deepEqual(rules('per_100g', 'protein_g'), []);
});

test('a mended value has less confidence than one as printed', t => {
	const [clean, misread] = [CRACKERS_PRINT, CRACKERS_MISREAD].map(label => readLabel(print(label)).confidence);
	t.true((misread?.carbohydrate_g ?? 1) < (clean?.carbohydrate_g ?? 0) - 0.05);
	t.true((clean?.carbohydrate_g ?? 0) >= 0.9);
});

test('a lost decimal point is put back where another amount demands it', t => {
	const reading = readLabel(
		print(CRACKERS_PRINT.replace('2.0 g         0.6 g                3%', '20 g          0.6 g                3%')),
	);
	t.is(reading.bases.per_100g?.saturated_fat_g, 2);
	t.true(
		reading.warnings.some(({code, fields}) => code === 'decimal_point_restored' && fields.includes('saturated_fat_g')),
	);
});

test('an amount that fits nothing stays as printed, is warned of, and is not certain', t => {
	const reading = readLabel(print(CRACKERS_PRINT.replace('458 kcal ', '777 kcal ')));
	t.is(reading.bases.per_100g?.energy_kcal, 777);
	t.true(reading.warnings.some(({code, fields}) => code === 'energy_units_differ' && fields.includes('energy_kcal')));
	t.true((reading.confidence.energy_kcal ?? 1) < 0.7);
});

test('what is not printed is absent: no kcal from kJ, no salt from sodium, no zero', t => {
	const {bases} = readLabel(
		print(`
             per 100 g
Energy       1500 kJ
Fat          4.0 g
Carbohydrate
Sodium       400 mg`),
	);
	t.deepEqual(bases, {per_100g: {energy_kj: 1500, fat_g: 4, sodium_mg: 400}});
});

test('an upper bound is read as the bound, with a warning', t => {
	const reading = readLabel(
		print(`
               per 100 g
Energy         1500 kJ
Fat            < 0.5 g
Sugars         less than 1 g
Salt           traces`),
	);
	t.deepEqual(reading.bases, {per_100g: {energy_kj: 1500, fat_g: 0.5, sugars_g: 1}});
	t.like(
		reading.warnings.find(({code}) => code === 'less_than'),
		{fields: ['fat_g', 'sugars_g']},
	);
});

test('sodium in grams is given in milligrams', t => {
	const {bases} = readLabel(print('          per 100 g\nFat       4.0 g\nProtein   3.0 g\nSodium    0.08 g'));
	t.is(bases.per_100g?.sodium_mg, 80);
});

test('a table without a head is taken as the law prescribes, with a warning and little confidence', t => {
	const reading = readLabel(
		print(
			CRACKERS_PRINT.split('\n')
				.slice(3, 12)
				.map(line => line.slice(0, 34))
				.join('\n'),
		),
	);
	t.deepEqual(reading.bases, {per_100g: CRACKERS.per_100g});
	t.true(reading.warnings.some(({code}) => code === 'basis_assumed'));
	t.true(Object.values(reading.confidence).every(confidence => confidence <= 0.5));
});

test('a picture without a table gives its text and what to do', t => {
	const reading = readLabel(print('Best before end: see lid\nStore in a cool dry place'));
	t.like(reading, {basis: null, bases: {}, fields: {}, serving_size: null});
	t.regex(reading.raw_text, /cool dry/);
	t.deepEqual(
		reading.warnings.map(({code}) => code),
		['no_table'],
	);
	t.is(readLabel({words: [], width_px: 100, height_px: 100}).basis, null);
});

test('each field has a box around what was read for it', t => {
	const page = print(CRACKERS_PRINT);
	const {boxes} = readLabel(page);
	const printed = page.words.find(word => word.text === '65')?.box;
	t.true(printed && boxes.carbohydrate_g && Math.abs(boxes.carbohydrate_g.x - printed.x) < 1e-9);
	t.true(printed && boxes.carbohydrate_g && boxes.carbohydrate_g.width > printed.width);
});

test('a name that was not read follows from the order that the law prescribes, and says so', t => {
	const {bases, evidence, warnings} = readLabel(
		print(CRACKERS_PRINT.replace('Fat  ', 'Lhu  ').replace('Carbohydrate', 'Cazbo#yd!.e ')),
	);
	t.deepEqual(bases, CRACKERS);
	const fat = evidence.find(({basis, field}) => basis === 'per_100g' && field === 'fat_g');
	t.deepEqual(fat?.rules, ['name_by_order']);
	t.true((fat?.confidence ?? 1) < 0.9);
	t.true(warnings.some(({code}) => code === 'name_by_order'));
});

test('a row between two others that may be several things is not named', t => {
	const {bases} = readLabel(
		print(`
              per 100 g
Energy        1928 kJ / 458 kcal
Fat           17 g
Carbohydrate  65 g
Sugars        12 g
xxxxxx         4 g
yyyyyy         3 g
Protein        8 g
Salt           2 g`),
	);
	t.is(bases.per_100g?.fiber_g, undefined);
	t.is(bases.per_100g?.starch_g, undefined);
});

test('a table beside which a footnote is printed keeps its row', t => {
	const {bases} = readLabel(
		print(
			CRACKERS_PRINT.replace('5.1 g                7%', '5.1 g                7%          adult (8400 kJ / 2000 kcal)'),
		),
	);
	t.deepEqual(bases, CRACKERS);
});

test('two looks at one picture are weighed together: what one lost or misread, the other has', t => {
	const first = print(
		CRACKERS_PRINT.replace('Protein               8.0 g', 'Prxyzin               8.0 g').replace('65 g ', '85 g '),
	);
	const second = print(
		CRACKERS_PRINT.replace('Salt                  2.0 g', 'S#zt                  2.0 g').replace('17 g ', '11 g '),
	);
	t.notDeepEqual(readLabel(first).bases, CRACKERS);
	t.notDeepEqual(readLabel(second).bases, CRACKERS);
	const both = readLabel(first, second);
	t.deepEqual(both.bases, CRACKERS);
	const seen = (field: string) =>
		both.evidence.find(one => one.basis === 'per_100g' && one.field === field)?.confidence ?? 0;
	t.true(seen('sugars_g') > seen('carbohydrate_g'), 'what both say is surer than what one denies');
});

test('energies of two columns that an engine joined are two', t => {
	const {bases} = readLabel(
		print(`
Nutrition Facts
Serving Size 2.5 oz (71 g)
                   Mix     Prepared
Calories           270280
Total Fat 4g       6%      6%
Sodium 430mg       18%     18%
Total Carb. 47g    16%     16%
Protein 11g        13%     13%`),
	);
	t.is(bases.per_serving?.energy_kcal, 270);
});

test('the energy stands before the calories from fat, also where its own name was lost', t => {
	const {bases} = readLabel(
		print(`
Nutrition Facts
Serving Size 1 slice (28g)
#nt.      70 Calories from Fat 15
Total Fat 1.5g             2%
8odium 115mg               5%
Total Carbohydrate 13g     4%
Protein 3g                 7%`),
	);
	t.deepEqual(bases.per_serving, {energy_kcal: 70, fat_g: 1.5, sodium_mg: 115, carbohydrate_g: 13, protein_g: 3});
});

test('heads that stand closely beside each other are two, also when an engine joined their words', t => {
	const table = (serving: string, hundred: string) => `
Serving size: 30g
                 ${serving}   ${hundred}
Energy           356kJ             1187kJ
Protein          3.4g              11.4g
Fat, total       6.0g              20.1g
Carbohydrate     4.4g              14.7g
Sodium           171mg             569mg`;
	for (const [serving, hundred] of [
		['Per serving    ', 'Per 100g'],
		['Perserving     ', 'Per100g'],
		['AvgQtyperserving', 'AvgQtyper100g'],
	] as const) {
		const {bases} = readLabel(print(table(serving, hundred)));
		t.deepEqual(bases.per_serving, {energy_kj: 356, protein_g: 3.4, fat_g: 6, carbohydrate_g: 4.4, sodium_mg: 171});
		t.deepEqual(bases.per_100g, {energy_kj: 1187, protein_g: 11.4, fat_g: 20.1, carbohydrate_g: 14.7, sodium_mg: 569});
	}
});

test('a cell with the letter O alone is 0 where the unit stands with the name', t => {
	const {bases} = readLabel(
		print(
			'                   Per 100g\nProtein (g)        10.5\nTotal Fat (g)      8.4\nCholesterol (mg)   O\nSodium (mg)        583',
		),
	);
	t.is(bases.per_100g?.cholesterol_mg, 0);
});
