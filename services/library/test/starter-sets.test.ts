import {readFile} from 'node:fs/promises';
import {NUTRIENT_KEYS, NUTRIENTS} from '@hearth/nutrition/nutrients.js';
import test from 'ava';
import {EQUIPMENT} from '../contract.js';
import {exercises, MUSCLES} from '../exercises.js';
import {LIBRARY_LIST, libraryNamed} from '../libraries.js';
import {STARTER_RULES} from '../starter/recommendation-rules.js';

const starterOf = (name: Parameters<typeof libraryNamed>[0]) => libraryNamed(name).starter().entries;

test('each library is shipped with a starter set that a household can begin with', t => {
	const least = {
		supplements: 40,
		nutrients: 60,
		exercises: 150,
		programs: 12,
		'nutrition-templates': 8,
		'recommendation-rules': 30,
		'settings-options': 30,
	};
	for (const {name, starter} of LIBRARY_LIST) {
		const {length} = starter().entries;
		t.true(length >= least[name], `${name}: ${length}`);
		t.log(`${name}: ${length}`);
	}
});

test('every entry names where its facts are from, settings apart', t => {
	for (const {name, starter} of LIBRARY_LIST.filter(library => library.name !== 'settings-options')) {
		const without = starter().entries.filter(({sources}) => sources.length === 0);
		// Of these nobody says how much; that they exist and where is common knowledge.
		const common =
			name === 'nutrients'
				? without.filter(({reference_intake, upper_limit}) => reference_intake ?? upper_limit)
				: without;
		t.deepEqual(
			common.map(({key}) => key),
			[],
			name,
		);
	}
});

test('ids and keys are an entry’s alone', t => {
	for (const {name, starter} of LIBRARY_LIST) {
		const {entries} = starter();
		t.is(new Set(entries.map(({id}) => id)).size, entries.length, name);
		t.is(new Set(entries.map(({key}) => key)).size, entries.length, name);
	}
});

test('an exercise’s id, key and number are the same in every version', t => {
	const known = [
		['barbell-back-squat', 1],
		['push-up', 45],
		['plank', 120],
		['worlds-greatest-stretch', 205],
	];
	const squat = starterOf('exercises').find(({key}) => key === 'barbell-back-squat');
	for (const [key, number] of known) t.is(starterOf('exercises').find(entry => entry.key === key)?.number, number);
	t.is(squat?.id, '4abda809-61b9-5333-9640-e5a0e8868775');
	const numbers = starterOf('exercises').map(({number}) => Number(number));
	t.is(new Set(numbers).size, numbers.length);
	t.true(Math.max(...numbers) < 100_000);
});

test('the nutrients that labels and logs know are all in the library, in the same unit', t => {
	for (const nutrient of NUTRIENT_KEYS) {
		t.is(starterOf('nutrients').find(({key}) => key === nutrient)?.unit, NUTRIENTS[nutrient].unit, nutrient);
	}
});

test('no supplement brings more of anything than its upper limit, and no reference intake is above one', t => {
	const limits = new Map(
		starterOf('nutrients').map(({key, upper_limit}) => [key, upper_limit as {amount: number} | null]),
	);
	for (const {name, brings} of starterOf('supplements')) {
		for (const [nutrient, amount] of Object.entries(brings as Record<string, number>)) {
			t.true(amount <= (limits.get(nutrient)?.amount ?? Infinity), `${name}: ${nutrient}`);
		}
	}
	for (const {key, reference_intake, upper_limit} of starterOf('nutrients')) {
		const limit = upper_limit as {amount: number; counts: string} | null;
		const reference = reference_intake as {female: number; male: number} | null;
		// What EFSA thought adequate for men in 2013 is above what it called safe in 2025; recommendations keep to the lower.
		if (limit?.counts !== 'all' || reference === null || key === 'fluoride_mg') continue;
		t.true(Math.max(reference.female, reference.male) <= limit.amount, key);
	}
});

test('every exercise of a program is in the library, and what it needs the program needs', t => {
	const known = new Map(starterOf('exercises').map(entry => [entry.id, entry]));
	for (const {name, days, equipment} of starterOf('programs')) {
		for (const {exercises: planned} of days as {exercises: {exercise_id: string; name: string}[]}[]) {
			for (const {exercise_id, name: named} of planned) {
				const exercise = known.get(exercise_id);
				t.is(exercise?.name, named);
				const needed = (exercise?.equipment ?? []) as string[];
				for (const thing of needed) t.true((equipment as string[]).includes(thing), `${name}: ${named}`);
			}
		}
	}
});

test('the shares of a nutrition template can add up to a whole day', t => {
	for (const {name, energy_percent} of starterOf('nutrition-templates')) {
		const shares = Object.values(energy_percent as Record<string, {min: number; max: number}>);
		t.true(shares.reduce((sum, {min}) => sum + min, 0) <= 100, `${name}`);
		t.true(shares.reduce((sum, {max}) => sum + max, 0) >= 100, `${name}`);
	}
});

test('each supplement that a rule suggests is in the library and brings what the rule says of it', t => {
	for (const {key, supplement, amount} of STARTER_RULES.filter(({effect}) => effect === 'suggest')) {
		const entry = starterOf('supplements').find(candidate => candidate.key === supplement);
		t.truthy(entry, key);
		const brings = entry?.brings as Record<string, number>;
		const usual = entry?.usual_amount as {amount: number} | null;
		t.is(brings[amount?.nutrient ?? ''] ?? usual?.amount, amount?.amount, key);
	}
});

test('the exercises cover each muscle and each piece of equipment that can be asked for', t => {
	const {muscle, equipment} = exercises.filters;
	for (const word of MUSCLES)
		t.true(
			starterOf('exercises').some(entry => muscle?.keeps(entry, word as never)),
			word,
		);
	for (const word of EQUIPMENT)
		t.true(
			starterOf('exercises').some(entry => equipment?.keeps(entry, word as never)),
			word,
		);
});

test('the page of the libraries names each with its filters and how many entries it is shipped with', async t => {
	const page = await readFile(new URL('../../../docs/library.md', import.meta.url), 'utf8');
	for (const {name, filters, starter} of LIBRARY_LIST) {
		const [, , told = '', count = ''] =
			page
				.split('\n')
				.find(line => line.startsWith(`| \`${name}\``))
				?.split('|') ?? [];
		t.deepEqual(
			[...told.matchAll(/`(\w+)`/g)].map(match => match[1]),
			Object.keys(filters),
			name,
		);
		t.is(Number(count), starter().entries.length, name);
	}
});
