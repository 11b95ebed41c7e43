import test from 'ava';
import fc from 'fast-check';
import {EQUIPMENT, HEALTH, LEVELS, programRequest, TRAINING_GOALS} from '../contract.js';
import {libraryNamed} from '../libraries.js';
import {chooseProgram} from '../recommend/programs.js';
import {STARTER_RULES} from '../starter/recommendation-rules.js';
import {aLibraryHouse} from './fixtures.js';

const programs = libraryNamed('programs').starter().entries;
/** The same without a server; that both say the same is seen in other-doors. */
const recommended = (body: unknown) => chooseProgram(programRequest.parse(body), programs);

const healthy = {age_years: 35, health: []};
const beginner = {...healthy, goal: 'strength', level: 'beginner', days_per_week: 3, session_minutes: 60};

test('a beginner with dumbbells is given programs that fit, the best first, each with its rules, inputs and score', async t => {
	const {recommend} = await aLibraryHouse(t);
	const {status, data} = await recommend('programs', {...beginner, equipment: ['dumbbells', 'bench']});
	t.is(status, 200);
	t.is(data.refused, null);
	t.deepEqual(data.missing, []);
	const [best] = data.items;
	t.is(best.name, 'Two days with dumbbells');
	t.deepEqual(
		best.rules.map(({id}: {id: string}) => id).sort(),
		[
			'program-first-goal',
			'program-same-level',
			'program-serves-goal',
			'program-use-of-equipment',
			'program-use-of-time',
		].sort(),
	);
	t.true(
		best.rules.every(({sentence, source}: {sentence: string; source: string}) => sentence !== '' && source !== ''),
	);
	t.true(['goal', 'level', 'days_per_week', 'equipment'].every(input => best.inputs.includes(input)));
	t.true(best.score > 0.5 && best.score <= 1);
	t.true(data.notes.some((note: string) => /no doctor/.test(note)));
});

test('what was left out is said, and why', t => {
	const {items, left_out} = recommended({...beginner, equipment: []});
	const why = (key: string) => left_out.find(entry => entry.key === key)?.rules.map(({id}) => id);
	t.deepEqual(why('first-barbell'), ['program-equipment']);
	t.deepEqual(why('push-pull-legs'), [
		'program-goal',
		'program-equipment',
		'program-level',
		'program-days',
		'program-minutes',
	]);
	t.is(items.length + left_out.length, programs.length);
});

test('what nobody said is asked for in plain words and not guessed', t => {
	const nothing = recommended({});
	t.deepEqual(nothing.items, []);
	const asked = nothing.missing.filter(({required}) => required);
	t.deepEqual(
		asked.map(({input}) => input),
		['goal', 'level', 'days_per_week', 'age_years', 'health', 'equipment'],
	);
	t.true(nothing.missing.every(({question, rules}) => question.includes('?') && rules.length > 0));
	const {items, missing} = recommended({...beginner, session_minutes: undefined});
	t.deepEqual(
		missing.map(({input, required}) => [input, required]),
		[
			['equipment', false],
			['session_minutes', false],
		],
	);
	t.deepEqual(
		items.map(({key}) => key),
		['full-body-without-equipment'],
		'what needs nothing suits whoever has not said what there is',
	);
});

for (const [body, reason] of [
	[{age_years: 17}, 'minor'],
	[{age_years: 17.9}, 'minor'],
	[{age_years: 0}, 'minor'],
	[{...beginner, age_years: 12}, 'minor'],
	[{...beginner, health: ['pregnancy']}, 'pregnancy'],
	[{health: ['heart_or_circulation']}, 'illness'],
	[{...beginner, health: ['diabetes', 'medication']}, 'illness'],
	[{...beginner, health: ['injury']}, 'illness'],
	[{...beginner, health: ['recent_surgery']}, 'illness'],
] as const) {
	test(`refused in plain words, for ${reason}: ${JSON.stringify(body)}`, t => {
		const {refused, items, targets, left_out, missing} = recommended(body);
		t.is(refused?.reason, reason);
		t.regex(refused?.message ?? '', /doctor|midwife|coach/);
		t.true((refused?.rules.length ?? 0) > 0 && (refused?.inputs.length ?? 0) > 0);
		t.deepEqual([items, targets, left_out, missing], [[], [], [], []]);
	});
}

test('who begins at 65 or later is given nothing with jumps or runs', t => {
	const asked = {
		goal: 'endurance',
		level: 'beginner',
		days_per_week: 5,
		session_minutes: 60,
		equipment: [],
		health: [],
	};
	const keys = (age_years: number) => recommended({...asked, age_years}).items.map(({key}) => key);
	t.true(keys(30).includes('running-from-zero'));
	t.false(keys(70).includes('running-from-zero'));
	t.true(keys(70).includes('walking'));
});

test('a program of the house’s own is recommended like the others', async t => {
	const {get, person, post, reader, recommend} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	const {id: _, key: __, origin: ___, ...program} = (await get('/api/v1/library/programs/first-barbell', reader)).data;
	await post('/api/v1/library/programs', {...program, name: 'Our shed', level: 'beginner'}, moderator);
	const {data} = await recommend('programs', {...beginner, equipment: ['barbell', 'rack', 'bench']});
	t.true(data.items.some(({name}: {name: string}) => name === 'Our shed'));
});

test('a body that is wrong is refused with what would be right', async t => {
	const {ask, reader, recommend} = await aLibraryHouse(t);
	for (const [body, says] of [
		[{goal: 'cure my diabetes'}, /must be one of: strength/],
		[{age_years: -1}, /age_years/],
		[{age_years: '30'}, /age_years/],
		[{days_per_week: 8}, /from 1 to 7/],
		[{days_per_week: 2.5}, /whole number/],
		[{limit: 0}, /limit/],
		[{health: ['a cold']}, /must be one of/],
		[{medicine: 'warfarin'}, /medicine/],
		[[], /body/],
	] as const) {
		const {status, error} = await recommend('programs', body);
		t.is(status, 400, JSON.stringify(body));
		t.regex(error?.message ?? '', says);
	}
	const infinite = await ask('POST', '/api/v1/recommendations/programs', {
		as: reader,
		body: '{"age_years": 1e999}',
		headers: {'content-type': 'application/json'},
	});
	t.is(infinite.status, 400);
	t.is((await ask('POST', '/api/v1/recommendations/programs', {body: {}})).status, 401);
});

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, {nil: undefined, freq: 9});
const anyRequest = fc.record({
	goal: maybe(fc.constantFrom(...TRAINING_GOALS)),
	level: maybe(fc.constantFrom(...LEVELS)),
	days_per_week: maybe(fc.integer({min: 1, max: 7})),
	session_minutes: maybe(fc.integer({min: 5, max: 300})),
	equipment: maybe(fc.subarray([...EQUIPMENT])),
	age_years: maybe(fc.integer({min: 10, max: 110})),
	health: maybe(fc.oneof({weight: 3, arbitrary: fc.constant([])}, fc.subarray([...HEALTH]))),
	limit: fc.integer({min: 1, max: 20}),
});

test('for any request: nothing unfit, nothing beside a refusal, nothing while something required is missing, the best first', t => {
	const known = new Set(STARTER_RULES.map(({key}) => key));
	let recommended = 0;
	fc.assert(
		fc.property(anyRequest, given => {
			const request = programRequest.parse(given);
			const answer = chooseProgram(request, programs);
			t.deepEqual(
				chooseProgram(request, [...programs].reverse()).items,
				answer.items,
				'the order of the library counts for nothing',
			);
			recommended += answer.items.length;
			const {age_years, health, items, equipment, days_per_week, goal} = {...request, ...answer};
			if (answer.refused !== null || answer.missing.some(({required}) => required)) t.deepEqual(items, []);
			if ((age_years !== undefined && age_years < 18) || health?.some(one => one === 'pregnancy'))
				t.not(answer.refused, null);
			if (age_years === undefined || health === undefined) t.deepEqual(items, []);
			t.true(items.length <= request.limit);
			for (const [at, {key, score, rules}] of items.entries()) {
				const program = programs.find(entry => entry.key === key);
				t.true(score >= 0 && score <= 1 && score <= (items[at - 1]?.score ?? 1));
				t.true(rules.length > 0 && rules.every(({id}) => known.has(id)));
				t.true(Number(program?.days_per_week) <= Number(days_per_week));
				const {goals, equipment: needed} = program as {goals?: string[]; equipment?: string[]};
				t.true(goals?.includes(String(goal)));
				for (const thing of needed ?? []) t.true(equipment?.some(one => one === thing));
			}
		}),
		{numRuns: 1000},
	);
	t.true(recommended > 100, 'enough of the requests were answered with something');
});
