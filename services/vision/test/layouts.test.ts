import type {Bases} from '@hearth/nutrition/checks.js';
import {readLabel} from '@hearth/nutrition/read-label.js';
import test from 'ava';
import {ppOcr} from '../pp-ocr.js';
import {readPicture} from '../read-picture.js';
import {bentPicture, hurriedPicture, labelPicture, type Row, TABLE} from './label-picture.js';

const engine = ppOcr({workers: 1});
test.after.always(() => engine.close());

/** As a house reads it. */
async function read(jpeg: Buffer) {
	const {page, table} = await readPicture(jpeg, engine, {
		languages: ['eng'],
		signal: new AbortController().signal,
		progress: async () => {},
	});
	return readLabel(page, ...(table === null ? [] : [table]));
}

const reads = test.macro({
	async exec(t, rows: readonly Row[], bases: Bases) {
		t.timeout(120_000);
		const picture = await labelPicture({rows, width: 1600});
		t.deepEqual((await read(await picture.jpeg({quality: 90}).toBuffer())).bases, bases);
	},
	title: what => `${what} is read from its picture`,
});

const ENGLISH = {
	per_100g: {
		...{energy_kj: 1569, energy_kcal: 373, fat_g: 7.2, saturated_fat_g: 1.4, carbohydrate_g: 58.5, sugars_g: 0.9},
		...{fiber_g: 10.1, protein_g: 13.6, salt_g: 0.03},
	},
	per_serving: {
		...{energy_kj: 471, energy_kcal: 112, fat_g: 2.2, saturated_fat_g: 0.4, carbohydrate_g: 17.6, sugars_g: 0.3},
		...{fiber_g: 3, protein_g: 4.1, salt_g: 0.01},
	},
} satisfies Bases;

test.serial('a European table of two columns', reads, TABLE, ENGLISH);

test.serial(
	'a German drink, kJ and kcal in one cell',
	reads,
	[
		['Nährwertangaben', 'pro 100 ml'],
		['Brennwert', '180 kJ / 42 kcal'],
		['Fett', '< 0,5 g'],
		['davon gesättigte Fettsäuren', '< 0,1 g'],
		['Kohlenhydrate', '10,6 g'],
		['davon Zucker', '10,6 g'],
		['Eiweiß', '0 g'],
		['Salz', '0,02 g'],
	],
	{
		per_100ml: {
			...{energy_kj: 180, energy_kcal: 42, fat_g: 0.5, saturated_fat_g: 0.1, carbohydrate_g: 10.6, sugars_g: 10.6},
			...{protein_g: 0, salt_g: 0.02},
		},
	},
);

test.serial(
	'a French table with a column per portion and one of reference intakes',
	reads,
	[
		['Valeurs nutritionnelles', '100 g', '25 g', '% AR'],
		['Énergie', '2252 kJ', '563 kJ', '7 %'],
		['', '539 kcal', '135 kcal', ''],
		['Matières grasses', '30,9 g', '7,7 g', '11 %'],
		['dont acides gras saturés', '10,6 g', '2,7 g', '13 %'],
		['Glucides', '57,5 g', '14,4 g', '6 %'],
		['dont sucres', '56,3 g', '14,1 g', '16 %'],
		['Protéines', '6,3 g', '1,6 g', '3 %'],
		['Sel', '0,107 g', '0,027 g', '0 %'],
	],
	{
		per_100g: {
			...{energy_kj: 2252, energy_kcal: 539, fat_g: 30.9, saturated_fat_g: 10.6, carbohydrate_g: 57.5, sugars_g: 56.3},
			...{protein_g: 6.3, salt_g: 0.107},
		},
		per_serving: {
			...{energy_kj: 563, energy_kcal: 135, fat_g: 7.7, saturated_fat_g: 2.7, carbohydrate_g: 14.4, sugars_g: 14.1},
			...{protein_g: 1.6, salt_g: 0.027},
		},
	},
);

test.serial(
	'a Polish table',
	reads,
	[
		['Wartość odżywcza', '100 g'],
		['Wartość energetyczna', '1928 kJ / 458 kcal'],
		['Tłuszcz', '17 g'],
		['w tym kwasy nasycone', '2,0 g'],
		['Węglowodany', '65 g'],
		['w tym cukry', '12 g'],
		['Błonnik', '6,0 g'],
		['Białko', '8,0 g'],
		['Sól', '2,0 g'],
	],
	{
		per_100g: {
			...{energy_kj: 1928, energy_kcal: 458, fat_g: 17, saturated_fat_g: 2, carbohydrate_g: 65, sugars_g: 12},
			...{fiber_g: 6, protein_g: 8, salt_g: 2},
		},
	},
);

test.serial(
	'a Spanish table',
	reads,
	[
		['Información nutricional', 'por 100 g'],
		['Valor energético', '1046 kJ / 250 kcal'],
		['Grasas', '9,5 g'],
		['de las cuales saturadas', '3,1 g'],
		['Hidratos de carbono', '33 g'],
		['de los cuales azúcares', '4,2 g'],
		['Proteínas', '7,4 g'],
		['Sal', '1,25 g'],
	],
	{
		per_100g: {
			...{energy_kj: 1046, energy_kcal: 250, fat_g: 9.5, saturated_fat_g: 3.1, carbohydrate_g: 33, sugars_g: 4.2},
			...{protein_g: 7.4, salt_g: 1.25},
		},
	},
);

test.serial(
	'American Nutrition Facts',
	reads,
	[
		['Nutrition Facts'],
		['Serving size 2/3 cup (55g)'],
		['Calories', '', '230'],
		['', '', '% Daily Value*'],
		['Total Fat 8g', '', '10%'],
		['Saturated Fat 1g', '', '5%'],
		['Trans Fat 0g'],
		['Cholesterol 0mg', '', '0%'],
		['Sodium 160mg', '', '7%'],
		['Total Carbohydrate 37g', '', '13%'],
		['Dietary Fiber 4g', '', '14%'],
		['Total Sugars 12g'],
		['Includes 10g Added Sugars', '', '20%'],
		['Protein 3g'],
		['Vitamin D 2mcg', '', '10%'],
		['Calcium 260mg', '', '20%'],
	],
	{
		per_serving: {
			...{energy_kcal: 230, fat_g: 8, saturated_fat_g: 1, trans_fat_g: 0, cholesterol_mg: 0, sodium_mg: 160},
			...{carbohydrate_g: 37, fiber_g: 4, sugars_g: 12, added_sugars_g: 10, protein_g: 3},
			...{vitamin_d_ug: 2, calcium_mg: 260},
		},
	},
);

test.serial('a table on a bottle is read along its bent lines', async t => {
	t.timeout(120_000);
	const bent = await bentPicture(await labelPicture(), 0.08);
	t.deepEqual((await read(await bent.jpeg({quality: 90}).toBuffer())).bases, ENGLISH);
});

test.serial(
	'a small, blurred, shaded and tilted picture is read for the most part, and nothing wrong is certain',
	async t => {
		t.timeout(120_000);
		const {evidence} = await read(await hurriedPicture(await labelPicture()));
		const right = evidence.filter(({basis, field, value}) => (ENGLISH as Bases)[basis]?.[field] === value);
		t.true(right.length >= 14, `${right.length} of 18`);
		t.deepEqual(
			evidence.filter(one => !right.includes(one) && one.confidence >= 0.9),
			[],
		);
	},
);
