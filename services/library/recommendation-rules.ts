import {z} from 'zod';
import {has, library, line} from './library.js';
import {condition} from './recommend/conditions.js';
import {STARTER_RULES} from './starter/recommendation-rules.js';

const EFFECTS = ['refuse', 'leave_out', 'prefer', 'suggest', 'target', 'guard'] as const;

export const recommendationRules = library('recommendation-rules', {
	summary: 'The rules of the recommendations, each with its reason',
	// A rule that somebody takes out could be the one that keeps advice from harming.
	writable: false,
	fields: z.object({
		applies_to: z.enum(['programs', 'nutrition']),
		/** What it does where its condition holds; of targets and guards the amounts decide. */
		effect: z.enum(EFFECTS),
		when: condition,
		because: line(500),
		points: z.number().nullable(),
		reason: line(50).nullable(),
		/** The key of the supplement that it suggests. */
		supplement: line(80).nullable(),
		amount: z.object({nutrient: line(80), amount: z.number().positive(), unit: line(20)}).nullable(),
	}),
	filters: {applies_to: has('applies_to', ['programs', 'nutrition']), effect: has('effect', EFFECTS)},
	alsoFoundBy: ({because}) => [String(because)],
	starter: () =>
		STARTER_RULES.map(({source, points, reason, supplement, amount, ...rule}) => ({
			...rule,
			other_names: [],
			sources: [source],
			points: points ?? null,
			reason: reason ?? null,
			supplement: supplement ?? null,
			amount: amount ?? null,
		})),
});
