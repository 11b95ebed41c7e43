import {PublicError} from '@hearth/host/errors.js';
import {Reply, route} from '@hearth/host/plugin.js';
import {
	nutritionRequest,
	programRequest,
	recommendNutrition,
	recommendPrograms,
	search,
} from '@hearth/library/contract.js';
import type {Data} from '@hearth/records/merge.js';
import {z} from 'zod';

const entry = z.looseObject({id: z.string(), name: z.string()});

export const searchLibrary = route('GET', '/compat/weekday/library/:name', {
	summary: 'Weekday: find in a library of supplements, nutrients, foods, exercises or programs',
	role: 'member',
	params: z.object({name: z.enum(['supplements', 'nutrients', 'foods', 'exercises', 'programs'])}),
	query: z.record(z.string().max(50), z.string().max(2000)),
	data: z.object({items: z.array(entry), nextCursor: z.string().nullable()}),
	handle: async ({params: {name: library}, query, user: {id, role, household_id}}, {call}) => {
		const {entries, next_cursor} = await call(search, {library, query, user: {id, role, household_id}});
		return new Reply({items: entries, nextCursor: next_cursor});
	},
});

export const programsFor = route('POST', '/compat/weekday/recommendations/programs', {
	summary: 'Weekday: training programs that fit a person, and why',
	role: 'member',
	body: z.looseObject({}),
	data: recommendPrograms.output,
	handle: async ({body}, {call}) => new Reply(await call(recommendPrograms, asked(programRequest, body))),
});

export const nutritionFor = route('POST', '/compat/weekday/recommendations/nutrition', {
	summary: 'Weekday: how to eat for a goal, and why',
	role: 'member',
	body: z.looseObject({}),
	data: recommendNutrition.output,
	handle: async ({body}, {call}) => new Reply(await call(recommendNutrition, asked(nutritionRequest, body))),
});

/** What is asked by, also in the language of the app: `daysPerWeek`. Throws VALIDATION_ERROR. */
function asked<Request extends z.ZodType>(request: Request, body: Data): z.output<Request> {
	const named = Object.fromEntries(
		Object.entries(body).map(([key, value]) => [key.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`), value]),
	);
	const parsed = request.safeParse(named);
	if (parsed.success) return parsed.data;
	const details = parsed.error.issues.map(({path, message}) => ({path: path.join('.'), message}));
	throw new PublicError('VALIDATION_ERROR', `${details[0]?.path} in the body is not right: ${details[0]?.message}`, {
		details,
	});
}
