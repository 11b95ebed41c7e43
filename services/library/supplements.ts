import {nutrientValues} from '@hearth/nutrition/nutrients.js';
import {z} from 'zod';
import {has, library, line} from './library.js';
import {type StarterSupplement, SUPPLEMENT_SOURCES, SUPPLEMENTS} from './starter/supplements.js';

const KINDS = ['vitamin', 'mineral', 'fatty acid', 'protein', 'sport', 'plant', 'fibre', 'other'] as const;
const EVIDENCE = ['need', 'good', 'some', 'weak'] as const;

export const supplements = library('supplements', {
	summary: 'Supplements: what they bring, what is known of them, whom they may harm',
	fields: z.object({
		kind: z.enum(KINDS),
		/** Nutrients in a usual amount for a day. */
		brings: nutrientValues.default({}),
		/** A usual amount for a day, where nutrients do not say it. */
		usual_amount: z
			.object({amount: z.number().positive().max(1_000_000), unit: line(30)})
			.nullable()
			.default(null),
		/** Of its effect: by the needs of the body, by good trials, by some, or hardly. */
		evidence: z.enum(EVIDENCE),
		use: line(1000),
		caution: line(1000).nullable().default(null),
		vegan: z.boolean().nullable().default(null),
	}),
	filters: {
		kind: has('kind', KINDS),
		evidence: has('evidence', EVIDENCE),
		nutrient: {
			schema: nutrientValues.keyof().optional(),
			keeps: ({brings}, wanted: string) =>
				typeof brings === 'object' && brings !== null && Object.hasOwn(brings, wanted),
		},
		vegan: {
			schema: z.enum(['true', 'false'], {error: 'must be true or false'}).optional(),
			keeps: ({vegan}, wanted: string) => vegan === (wanted === 'true'),
		},
	},
	starter: () => SUPPLEMENTS.map(described),
});

function described({source, usual, other_names, ...row}: StarterSupplement) {
	return {
		...row,
		vegan: row.vegan ?? false,
		other_names: other_names === undefined ? [] : [other_names],
		usual_amount: usual === undefined ? null : {amount: usual[0], unit: usual[1]},
		sources: [SUPPLEMENT_SOURCES[source]],
	};
}
