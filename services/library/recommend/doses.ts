import {isNutrient, NUTRIENT_KEYS, type Nutrient, type NutrientValues} from '@hearth/nutrition/nutrients.js';
import {z} from 'zod';
import type {Entry} from '../library.js';

/** What the recommendations know of a nutrient. */
export interface NutrientFacts {
	id: string;
	key: string;
	name: string;
	unit: string;
	reference: {female: number; male: number} | null;
	energy_percent: {min: number | null; max: number | null} | null;
	limit: {amount: number; counts: 'all' | 'added'} | null;
	found_in: string;
}

const read = z.object({
	unit: z.string(),
	found_in: z.string(),
	reference_intake: z.object({female: z.number(), male: z.number()}).nullable(),
	energy_percent: z.object({min: z.number().nullable(), max: z.number().nullable()}).nullable(),
	upper_limit: z.object({amount: z.number(), counts: z.enum(['all', 'added'])}).nullable(),
});

/** The nutrients as the house has them. A limit may be corrected downwards here; nobody is given more than we were shipped with. */
export function nutrientFacts(nutrients: readonly Entry[], shipped: readonly Entry[]): Map<string, NutrientFacts> {
	const factsBy = (entries: readonly Entry[]) =>
		new Map(
			entries.map(({id, key, name, ...entry}) => {
				const {unit, found_in, reference_intake, energy_percent, upper_limit} = read.parse(entry);
				return [key, {id, key, name, unit, found_in, reference: reference_intake, energy_percent, limit: upper_limit}];
			}),
		);
	const known = factsBy(nutrients);
	for (const [key, facts] of factsBy(shipped)) {
		const own = known.get(key);
		known.set(
			key,
			own === undefined || own.unit !== facts.unit ? facts : {...own, limit: lower(own.limit, facts.limit)},
		);
	}
	return known;
}

type Limit = NutrientFacts['limit'];
function lower(one: Limit, other: Limit): Limit {
	if (one === null || other === null) return one ?? other;
	return {
		amount: Math.min(one.amount, other.amount),
		counts: one.counts === 'all' || other.counts === 'all' ? 'all' : 'added',
	};
}

/** What is advised for salt is a goal that most people miss with food alone, so only what a supplement brings is held against it. */
const GOALS = new Set<string>(['salt_g', 'sodium_mg']);

export interface Taken {
	intake: NutrientValues;
	supplements: NutrientValues;
}

/** How much of the nutrient counts for its limit. */
export function counted(nutrient: string, limit: {counts: 'all' | 'added'}, {intake, supplements}: Taken): number {
	const of = (values: NutrientValues) => (isNutrient(nutrient) ? (values[nutrient] ?? 0) : 0);
	return of(supplements) + (limit.counts === 'all' && !GOALS.has(nutrient) ? of(intake) : 0);
}

/** Nutrients of which supplements bring somebody above the limit. */
export function aboveLimit(taken: Taken, nutrients: ReadonlyMap<string, NutrientFacts>): Nutrient[] {
	return NUTRIENT_KEYS.filter(nutrient => {
		const limit = nutrients.get(nutrient)?.limit;
		if (limit === null || limit === undefined) return false;
		return (taken.supplements[nutrient] ?? 0) > 0 && counted(nutrient, limit, taken) > limit.amount;
	});
}
