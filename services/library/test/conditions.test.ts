import test from 'ava';
import {type Condition, condition, type Facts, judge} from '../recommend/conditions.js';
import {STARTER_RULES} from '../starter/recommendation-rules.js';

/** Known are `age` and `tools`; `weight` and `height` nobody has said. */
const facts: Facts = name => {
	const known: Record<string, number | string[]> = {age: 30, tools: ['rope', 'mat'], none: [], 'item.age': 20};
	const value = known[name];
	if (value === undefined) return {missing: [name]};
	return {value, inputs: name.startsWith('item.') ? [] : [name]};
};
const yes: Condition = {fact: 'age', is: 30};
const no: Condition = {fact: 'age', below: 30};
const unknown: Condition = {fact: 'weight', at_least: 50};

const judged = test.macro({
	exec(t, of: Condition, holds: boolean | null, inputs: string[], missing: string[]) {
		t.deepEqual(judge(of, facts), {holds, inputs, missing});
		t.true(condition.safeParse(of).success);
	},
	title: (_, of, holds) => `${JSON.stringify(of)} is ${holds === null ? 'not known' : holds}`,
});

test(judged, yes, true, ['age'], []);
test(judged, no, false, ['age'], []);
test(judged, unknown, null, [], ['weight']);
test(judged, {not: unknown}, null, [], ['weight']);
test(judged, {not: no}, true, ['age'], []);
// One that decides needs none of the others.
test(judged, {all: [unknown, no]}, false, ['age'], []);
test(judged, {any: [unknown, yes]}, true, ['age'], []);
test(judged, {all: [unknown, yes]}, null, [], ['weight']);
test(judged, {any: [unknown, no]}, null, [], ['weight']);
test(judged, {all: []}, true, [], []);
test(judged, {any: []}, false, [], []);
// Whether something was said is always known; what would be looked at is told all the same.
test(judged, {given: 'age'}, true, ['age'], []);
test(judged, {given: 'weight'}, false, [], ['weight']);
test(judged, {all: [{given: 'weight'}, unknown]}, false, [], ['weight']);
// Facts beside each other, and of the entry that is looked at.
test(judged, {fact: 'age', at_least: {fact: 'item.age'}}, true, ['age'], []);
test(judged, {fact: 'age', below: {fact: 'height'}}, null, [], ['height']);
test(judged, {fact: 'weight', below: {fact: 'height'}}, null, [], ['weight', 'height']);
// Lists.
test(judged, {fact: 'tools', has: 'mat'}, true, ['tools'], []);
test(judged, {fact: 'tools', has: ['bar', 'rope']}, true, ['tools'], []);
test(judged, {fact: 'tools', has: ['bar']}, false, ['tools'], []);
test(judged, {fact: 'tools', within: ['rope', 'mat', 'bar']}, true, ['tools'], []);
test(judged, {fact: 'tools', within: ['rope']}, false, ['tools'], []);
test(judged, {fact: 'none', within: {fact: 'weight'}}, true, ['none'], []);
test(judged, {fact: 'none', has: ['rope']}, false, ['none'], []);

test('the rules look only at what there is to look at', t => {
	const names = (of: Condition): string[] => {
		if ('all' in of) return of.all.flatMap(names);
		if ('any' in of) return of.any.flatMap(names);
		if ('not' in of) return names(of.not);
		if ('given' in of) return [of.given];
		const operands = Object.values(of).flatMap(value =>
			typeof value === 'object' && !Array.isArray(value) && 'fact' in value ? [String(value.fact)] : [],
		);
		return [of.fact, ...operands];
	};
	const known = {
		programs: /^(?:goal|level|level_rank|days_per_week|(?:half_)?session_minutes|equipment|age_years|health)$/,
		nutrition:
			/^(?:goal|diet|avoid|sun|age_years|health|height_cm|bmi|with_supplements|takes_supplements|doses_above_limit|intake\.\w+)$/,
	};
	for (const {key, applies_to, when} of STARTER_RULES) {
		for (const name of names(when)) t.true(name.startsWith('item.') || known[applies_to].test(name), `${key}: ${name}`);
	}
});
