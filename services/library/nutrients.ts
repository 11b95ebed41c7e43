import {isNutrient, NUTRIENTS} from '@hearth/nutrition/nutrients.js';
import {z} from 'zod';
import {has, library, line} from './library.js';
import {NUTRIENT_SOURCES, NUTRIENTS_OF_ADULTS, type StarterNutrient} from './starter/nutrients.js';

const KINDS = ['energy', 'macronutrient', 'fatty acid', 'amino acid', 'vitamin', 'mineral', 'other'] as const;
const amount = z.number().min(0).max(1_000_000);
const source = line(300);

export const nutrients = library('nutrients', {
	summary: 'Nutrients: how much a day is enough, how much is too much, where they are found',
	fields: z.object({
		kind: z.enum(KINDS),
		/** `mg/kg` is for each kilogram of body weight. */
		unit: z.enum(['kcal', 'kJ', 'g', 'mg', 'µg', 'ml', 'mg/kg']),
		/** For adults who are neither pregnant nor breastfeeding, in a day. */
		reference_intake: z.object({female: amount, male: amount, source}).nullable().default(null),
		/** Of the energy of a day, in per cent. */
		energy_percent: z
			.object({min: amount.max(100).nullable(), max: amount.max(100).nullable(), source})
			.nullable()
			.default(null),
		/** What labels in the EU count per cent of. */
		label_reference: amount.nullable().default(null),
		/** The most in a day. `added`: only what supplements and enriched foods bring counts. */
		upper_limit: z
			.object({amount, counts: z.enum(['all', 'added']), source})
			.nullable()
			.default(null),
		role: line(500),
		found_in: line(500),
		note: line(500).nullable().default(null),
	}),
	filters: {
		kind: has('kind', KINDS),
		limited: {
			schema: z.enum(['true', 'false'], {error: 'must be true or false'}).optional(),
			keeps: ({upper_limit}, wanted: string) => (upper_limit !== null) === (wanted === 'true'),
		},
	},
	alsoFoundBy: ({found_in}) => [String(found_in)],
	starter: () => NUTRIENTS_OF_ADULTS.map(described),
});

const LABEL_SOURCE = 'Regulation (EU) No 1169/2011, Annex XIII (label reference)';

function described({key, name, unit, reference, energy_percent, limit, label, ...row}: StarterNutrient) {
	const known = isNutrient(key) ? NUTRIENTS[key] : undefined;
	const reference_intake = reference && {
		female: reference[0],
		male: reference[1],
		source: NUTRIENT_SOURCES[reference[2] ?? 'efsa'],
	};
	const share = energy_percent && {
		min: energy_percent[0],
		max: energy_percent[1],
		source: NUTRIENT_SOURCES[energy_percent[2] ?? 'efsa'],
	};
	const upper_limit = limit && {amount: limit[0], counts: limit[2] ?? 'all', source: NUTRIENT_SOURCES[limit[1]]};
	const sources = [reference_intake?.source, share?.source, upper_limit?.source, label && LABEL_SOURCE];
	return {
		key,
		name: name ?? known?.name ?? key,
		other_names: row.other_names === undefined ? [] : [row.other_names],
		kind: row.kind,
		unit: unit ?? known?.unit,
		reference_intake: reference_intake ?? null,
		energy_percent: share ?? null,
		label_reference: label ?? null,
		upper_limit: upper_limit ?? null,
		role: row.role,
		found_in: row.found_in,
		note: row.note ?? null,
		sources: [...new Set(sources.filter(one => typeof one === 'string'))],
	};
}
