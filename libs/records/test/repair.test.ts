import test from 'ava';
import {z} from 'zod';
import {collection} from '../collection.js';
import {day, label, labels, listOf, quantity} from '../fields.js';
import {repair} from '../repair.js';

const walks = collection('walks', {
	summary: 'Walks of a test',
	schema: z.object({
		date: day,
		name: label.optional(),
		distance_m: quantity.optional(),
		with_dog: z.boolean().optional(),
		tags: labels.optional(),
		stops: listOf(z.object({id: z.string(), note: label.optional()})).optional(),
	}),
});

const repairs = test.macro({
	exec(t, sent: Record<string, unknown>, kept: Record<string, unknown>) {
		t.deepEqual(repair(walks, sent), kept);
		t.deepEqual(repair(walks, kept), kept, 'what is repaired stays as it is');
		t.true(walks.patch.safeParse(kept).success);
	},
	title: (what = '') => `repair: ${what}`,
});

test(
	'what is right stays as it is, fields that nobody declared too',
	repairs,
	{date: '2026-01-31', mood: {a: [1]}},
	{
		date: '2026-01-31',
		mood: {a: [1]},
	},
);
test('a text that is too long is cut', repairs, {name: 'x'.repeat(300_000)}, {name: 'x'.repeat(100)});
test('no text is cut within a letter', repairs, {name: `${'x'.repeat(99)}😀😀`}, {name: `${'x'.repeat(99)}😀`});
test('a list that is too long is cut', repairs, {tags: Array(600).fill('a')}, {tags: Array(500).fill('a')});
test('NUL and half characters go', repairs, {name: 'a\0b\ud800c\ufffd', other: ['\0']}, {name: 'abc', other: ['']});
test(
	'numbers in texts, texts in numbers and truth in both are converted',
	repairs,
	{distance_m: '12.5', name: 7, with_dog: 1},
	{
		distance_m: 12.5,
		name: '7',
		with_dog: true,
	},
);
test('a time becomes its day', repairs, {date: '2026-01-31T10:00:00Z'}, {date: '2026-01-31'});
test('what has no near value goes alone', repairs, {distance_m: -4, date: 'soon', name: 'kept'}, {name: 'kept'});
test(
	'of a list only the items go that cannot stay',
	repairs,
	{stops: [{id: 'a', note: 'x'.repeat(101)}, {}, 3, {id: 'b'}]},
	{
		stops: [{id: 'a', note: 'x'.repeat(100)}, {id: 'b'}],
	},
);
test('numbers that are none go', repairs, {far: Number.POSITIVE_INFINITY, name: 'kept'}, {name: 'kept'});
test('__proto__ goes', repairs, JSON.parse('{"name":"kept","deep":{"__proto__":{"a":1},"b":2}}'), {
	name: 'kept',
	deep: {b: 2},
});
test(
	'of what is too large the largest goes',
	repairs,
	{name: 'kept', big: 'x'.repeat(900_000), bigger: 'y'.repeat(1_000_000)},
	{
		name: 'kept',
		big: 'x'.repeat(900_000),
	},
);

test('what is nested too deeply goes', t => {
	let deep: Record<string, unknown> = {};
	for (let depth = 0; depth < 1_000; depth += 1) deep = {deep};
	t.notThrows(() => repair(walks, {name: 'kept', deep}));
	t.is(repair(walks, {name: 'kept', deep}).name, 'kept');
});
