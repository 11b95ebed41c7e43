import {z} from 'zod';
import {LEVELS, type ProgramRequest, type Recommendation} from '../contract.js';
import type {Entry} from '../library.js';
import {STARTER_RULES} from '../starter/recommendation-rules.js';
import {type Candidate, factsOf, from, Missing, nothing, rank, refusal} from './decide.js';

const RULES = STARTER_RULES.filter(({applies_to}) => applies_to === 'programs');

/** In the order in which a person would be asked. */
const QUESTIONS = {
	goal: 'What do you train for: strength, muscle, endurance, losing fat, general fitness or mobility?',
	level: 'How long have you trained: are you a beginner, intermediate (about a year) or advanced (several years)?',
	days_per_week: 'On how many days a week can you train?',
	age_years: 'How old are you?',
	health:
		'Does any of this apply to you: pregnancy, an illness, an injury, a recent operation, medicines? An empty list says that none does.',
	equipment: 'Which equipment do you have? An empty list says that you have none.',
	session_minutes: 'How many minutes may a session take?',
};

const NOTES = [
	'General information for healthy adults; it does not know you and replaces no doctor.',
	'Stop and ask a doctor at chest pain, dizziness or breathlessness that is not of the effort.',
];

const program = z.object({
	goals: z.array(z.string()).min(1),
	level: z.enum(LEVELS),
	days_per_week: z.number(),
	session_minutes: z.number(),
	impact: z.string(),
	equipment: z.array(z.string()),
});

const rankOf = (level: (typeof LEVELS)[number]) => LEVELS.indexOf(level) + 1;

function candidate({id, key, name, ...entry}: Entry): Candidate {
	const {goals, level, days_per_week, session_minutes, impact, equipment} = program.parse(entry);
	return {
		kind: 'program',
		id,
		key,
		name,
		facts: {
			'item.goals': goals,
			'item.first_goal': goals[0] ?? '',
			'item.level': level,
			'item.level_rank': rankOf(level),
			'item.days_per_week': days_per_week,
			'item.session_minutes': session_minutes,
			'item.impact': impact,
			'item.equipment': equipment,
		},
	};
}

/** Which of these programs suit somebody, and why. Pure: the same question to the same library has the same answer. */
export function chooseProgram(request: ProgramRequest, programs: readonly Entry[]): Recommendation {
	const {limit, ...inputs} = request;
	const facts = factsOf(inputs, {
		level_rank: () => from('level', inputs.level, rankOf),
		half_session_minutes: () => from('session_minutes', inputs.session_minutes, minutes => minutes / 2),
	});
	const missing = new Missing();
	const refused = refusal(RULES, facts, missing);
	if (refused !== null) return nothing({refused});
	const {items, left_out} = rank(programs.map(candidate), RULES, facts, missing);
	return nothing({
		items: missing.blocks ? [] : items.slice(0, limit),
		left_out,
		missing: missing.asked(QUESTIONS),
		notes: NOTES,
	});
}
