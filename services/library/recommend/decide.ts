import type {Recommendation} from '../contract.js';
import type {StarterRule} from '../starter/recommendation-rules.js';
import {type Fact, type Facts, judge, type Value} from './conditions.js';

/** An entry of a library as the rules see it. */
export interface Candidate {
	kind: 'program' | 'nutrition_template';
	id: string;
	key: string;
	name: string;
	/** By the names of the rules: `item.level`. */
	facts: Record<string, Value>;
}

type Reason = Recommendation['items'][number]['rules'][number];
export type Item = Recommendation['items'][number];
export type LeftOut = Recommendation['left_out'][number];

export const reasonOf = ({key, because, points, source}: StarterRule): Reason => ({
	id: key,
	sentence: because,
	...(points === undefined ? {} : {points}),
	source,
});

/** What is missing, by input: which rules wait for it, and whether nothing can be said without it. */
export class Missing {
	readonly #rules = new Map<string, Set<string>>();
	readonly #required = new Set<string>();

	add(inputs: readonly string[], rule: string, required = false): void {
		for (const input of inputs) {
			const rules = this.#rules.get(input) ?? new Set();
			this.#rules.set(input, rules.add(rule));
			if (required) this.#required.add(input);
		}
	}

	get blocks(): boolean {
		return this.#required.size > 0;
	}

	/** The required ones first, else in the order of the questions. */
	asked(questions: Readonly<Record<string, string>>): Recommendation['missing'] {
		return Object.entries(questions)
			.flatMap(([input, question]) => {
				const rules = this.#rules.get(input);
				return rules === undefined ? [] : [{input, question, required: this.#required.has(input), rules: [...rules]}];
			})
			.sort((one, other) => Number(other.required) - Number(one.required));
	}
}

/** Inputs as facts; what is computed of them goes before. */
export const factsOf =
	(inputs: Readonly<Record<string, unknown>>, computed: Readonly<Record<string, () => Fact>>): Facts =>
	name => {
		const compute = Object.hasOwn(computed, name) ? computed[name] : undefined;
		if (compute !== undefined) return compute();
		const value = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
		// What a schema let through is one of these, or was not given.
		return value === undefined ? {missing: [name]} : {value: value as Value, inputs: [name]};
	};

/** A fact that follows from an input, or is as unknown as that. */
export const from = <Input>(input: string, value: Input | undefined, compute: (value: Input) => Value): Fact =>
	value === undefined ? {missing: [input]} : {value: compute(value), inputs: [input]};

/** The refusals: those that hold together, or null; what they cannot be decided without is required. */
export function refusal(rules: readonly StarterRule[], facts: Facts, missing: Missing): Recommendation['refused'] {
	const held: {rule: StarterRule; inputs: string[]}[] = [];
	for (const rule of rules.filter(({effect}) => effect === 'refuse')) {
		const verdict = judge(rule.when, facts);
		if (verdict.holds === true) held.push({rule, inputs: verdict.inputs});
		if (verdict.holds === null) missing.add(verdict.missing, rule.key, true);
	}
	const [first] = held;
	if (first === undefined) return null;
	return {
		reason: first.rule.reason ?? first.rule.key,
		message: [...new Set(held.map(({rule}) => rule.because))].join(' '),
		rules: held.map(({rule}) => reasonOf(rule)),
		inputs: [...new Set(held.flatMap(({inputs}) => inputs))],
	};
}

/** Nobody reads more; and an answer goes over the bus to another plugin. */
const MOST_LEFT_OUT = 50;

const leastWrongFirst = (one: LeftOut, other: LeftOut) =>
	one.rules.length - other.rules.length || (one.key < other.key ? -1 : 1);

/** Ranks what no rule leaves out, the best first; ties by key, so that the same question has the same answer. */
export function rank(
	candidates: readonly Candidate[],
	rules: readonly StarterRule[],
	facts: Facts,
	missing: Missing,
): {items: Item[]; left_out: LeftOut[]} {
	const left_out: LeftOut[] = [];
	const kept: {candidate: Candidate; for: {rule: StarterRule; inputs: string[]}[]; inputs: string[]}[] = [];
	const waiting: {inputs: string[]; rule: string}[] = [];
	/** Rules that spoke for any entry: together they are a full score. */
	const spoke = new Map<string, number>();
	for (const candidate of candidates) {
		const seen: Facts = name =>
			Object.hasOwn(candidate.facts, name) ? {value: candidate.facts[name] ?? '', inputs: []} : facts(name);
		const against = rules.filter(({effect}) => effect === 'leave_out').map(rule => ({rule, ...judge(rule.when, seen)}));
		const speaking = rules.filter(({effect}) => effect === 'prefer').map(rule => ({rule, ...judge(rule.when, seen)}));
		for (const {rule, holds} of speaking) if (holds === true) spoke.set(rule.key, rule.points ?? 0);
		const {kind, id, key, name} = candidate;
		const out = against.filter(({holds}) => holds === true);
		if (out.length > 0) {
			const inputs = [...new Set(out.flatMap(verdict => verdict.inputs))];
			left_out.push({kind, id, key, name, rules: out.map(({rule}) => reasonOf(rule)), inputs});
			continue;
		}
		for (const verdict of [...against, ...speaking]) missing.add(verdict.missing, verdict.rule.key);
		const undecided = against.filter(({holds}) => holds === null);
		waiting.push(...undecided.map(({rule, missing: inputs}) => ({inputs, rule: rule.key})));
		if (undecided.length > 0) continue;
		const held = speaking.filter(({holds}) => holds === true);
		kept.push({candidate, for: held, inputs: [...new Set([...against, ...held].flatMap(verdict => verdict.inputs))]});
	}
	if (kept.length === 0) for (const {inputs, rule} of waiting) missing.add(inputs, rule, true);
	const full = [...spoke.values()].reduce((sum, points) => sum + points, 0);
	const items = kept.map(({candidate: {kind, id, key, name}, for: held, inputs}): Item => {
		const points = held.reduce((sum, {rule}) => sum + (rule.points ?? 0), 0);
		const reasons = held.map(({rule}) => reasonOf(rule)).sort((one, other) => (other.points ?? 0) - (one.points ?? 0));
		return {kind, id, key, name, score: full === 0 ? 0 : points / full, rules: reasons, inputs};
	});
	return {items: items.sort(bestFirst), left_out: left_out.sort(leastWrongFirst).slice(0, MOST_LEFT_OUT)};
}

export const bestFirst = (one: Item, other: Item) => other.score - one.score || (one.key < other.key ? -1 : 1);

/** Nothing but what stands in the way. */
export const nothing = (parts: Partial<Recommendation>): Recommendation => ({
	items: [],
	targets: [],
	left_out: [],
	missing: [],
	refused: null,
	notes: [],
	...parts,
});
