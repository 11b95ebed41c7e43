import {z} from 'zod';

// A rule's condition is data, and has three answers: yes, no, or that it cannot be told without knowing more. What is missing is then
// asked for and not guessed.

export type Value = string | number | boolean | readonly (string | number)[];
const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()])).readonly()]);
const operand = z.union([value, z.strictObject({fact: z.string()})]);
type Operand = Value | {readonly fact: string};

/** `fact` is an input (`age_years`), something computed of inputs (`bmi`), or a field of the entry that is looked at (`item.level`). */
export type Condition =
	| {readonly all: readonly Condition[]}
	| {readonly any: readonly Condition[]}
	| {readonly not: Condition}
	/** Whether it was said at all; never unknown. */
	| {readonly given: string}
	| {readonly fact: string; readonly is: Operand}
	| {readonly fact: string; readonly below: Operand}
	| {readonly fact: string; readonly at_least: Operand}
	/** A list that holds this, or one of these. */
	| {readonly fact: string; readonly has: Operand}
	/** A value of this list, or a list of which each is of it. */
	| {readonly fact: string; readonly within: Operand};

export const condition: z.ZodType<Condition> = z.lazy(() =>
	z.union([
		z.strictObject({all: z.array(condition)}),
		z.strictObject({any: z.array(condition)}),
		z.strictObject({not: condition}),
		z.strictObject({given: z.string()}),
		z.strictObject({fact: z.string(), is: operand}),
		z.strictObject({fact: z.string(), below: operand}),
		z.strictObject({fact: z.string(), at_least: operand}),
		z.strictObject({fact: z.string(), has: operand}),
		z.strictObject({fact: z.string(), within: operand}),
	]),
);

/** A fact with the inputs that it comes of, or the inputs without which it is not known. */
export type Fact = {readonly value: Value; readonly inputs: readonly string[]} | {readonly missing: readonly string[]};
export type Facts = (name: string) => Fact;

export interface Verdict {
	/** Null where it cannot be told. */
	holds: boolean | null;
	/** Which inputs decided it. */
	inputs: string[];
	/** Without which it cannot be told; of a decided one, what was not said and would have been looked at. */
	missing: string[];
}

export function judge(of: Condition, facts: Facts): Verdict {
	if ('all' in of)
		return combine(
			of.all.map(part => judge(part, facts)),
			false,
		);
	if ('any' in of)
		return combine(
			of.any.map(part => judge(part, facts)),
			true,
		);
	if ('not' in of) {
		const {holds, ...rest} = judge(of.not, facts);
		return {holds: holds === null ? null : !holds, ...rest};
	}
	if ('given' in of) {
		const fact = facts(of.given);
		return 'missing' in fact
			? {holds: false, inputs: [], missing: [...fact.missing]}
			: {holds: true, inputs: [...fact.inputs], missing: []};
	}
	return compare(of, facts);
}

/** One part that is `decisive` decides all of them, whatever the others are. */
function combine(parts: Verdict[], decisive: boolean): Verdict {
	const deciding = parts.filter(({holds}) => holds === decisive);
	if (deciding.length > 0) return {holds: decisive, ...together(deciding)};
	if (parts.some(({holds}) => holds === null)) {
		return {holds: null, ...together(parts.filter(({holds}) => holds === null))};
	}
	return {holds: !decisive, ...together(parts)};
}

const together = (parts: Verdict[]) => ({
	inputs: [...new Set(parts.flatMap(({inputs}) => inputs))],
	missing: [...new Set(parts.flatMap(({missing}) => missing))],
});

type Comparison = Extract<Condition, {fact: string}>;

function compare(of: Comparison, facts: Facts): Verdict {
	const left = facts(of.fact);
	const right = rightOf(of, facts);
	const missing = [left, right].flatMap(fact => ('missing' in fact ? fact.missing : []));
	if ('missing' in left) return {holds: null, inputs: [], missing: [...new Set(missing)]};
	// An empty list is within any: a program that needs no equipment suits whoever has not said what there is.
	if ('within' in of && Array.isArray(left.value) && left.value.length === 0) {
		return {holds: true, inputs: [...left.inputs], missing: []};
	}
	if ('missing' in right) return {holds: null, inputs: [], missing: [...new Set(missing)]};
	return {
		holds: holds(of, left.value, right.value),
		inputs: [...new Set([...left.inputs, ...right.inputs])],
		missing: [],
	};
}

function rightOf(of: Comparison, facts: Facts): Fact {
	const given: Operand =
		'is' in of ? of.is : 'below' in of ? of.below : 'at_least' in of ? of.at_least : 'has' in of ? of.has : of.within;
	return isReference(given) ? facts(given.fact) : {value: given, inputs: []};
}

const isReference = (given: Operand): given is {readonly fact: string} =>
	typeof given === 'object' && !Array.isArray(given) && 'fact' in given;

function holds(of: Comparison, left: Value, right: Value): boolean {
	if ('is' in of) return left === right;
	if ('below' in of) return Number(left) < Number(right);
	if ('at_least' in of) return Number(left) >= Number(right);
	const [held, wanted] = [listOf(left), listOf(right)];
	return 'has' in of ? wanted.some(one => held.includes(one)) : held.every(one => wanted.includes(one));
}

const listOf = (value: Value): readonly (string | number | boolean)[] => (isList(value) ? value : [value]);
const isList = (value: Value): value is readonly (string | number)[] => Array.isArray(value);
