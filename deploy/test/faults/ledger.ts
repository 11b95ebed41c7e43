import {isDeepStrictEqual} from 'node:util';

// What was asked and what was answered, and of each answer whether it was right. No I/O.

export const KINDS = [
	'log_in',
	'refresh',
	'search',
	'read_food',
	'create_food',
	'edit_food',
	'propose_edit',
	'list_queue',
	'decide',
	'upload',
	'picture_status',
	'food_from_label',
	'open_picture',
	'open_app',
] as const;
export type Kind = (typeof KINDS)[number];

/** What came back, whatever it was; null where nothing did. */
export interface Answer {
	status: number;
	content_type: string;
	text: string;
}

/** What an answer must be to be right, known by whoever asked when it came. */
export interface Expectation {
	/** Statuses of success. */
	status: readonly number[];
	/** Codes of refusals that this request deserves now, such as CONFLICT for what another moderator has decided. */
	refusals?: readonly string[];
	/** The data has these fields with these values, and objects in it at least these fields. */
	has?: Record<string, unknown>;
	/** A list: of which ids it must, and must not, hold any. */
	includes?: readonly string[];
	excludes?: readonly string[];
	/** A list of foods, each verified or this person's own. */
	visible_to?: string;
	/** Not JSON: a page or a picture of this type. */
	content_type?: string;
}

/**
 * `good`: as promised. `refused`: an error that the request deserves. `unavailable`: 503 that says so. `late`: no answer in time.
 * `cut`: the connection ended before the answer did. `wrong`: anything else.
 */
export type Outcome = 'good' | 'refused' | 'unavailable' | 'late' | 'cut' | 'wrong';

/** One request. */
export interface Attempt {
	kind: Kind;
	person: string;
	path: string;
	/** Since the storm began. */
	sent_ms: number;
	answered_ms: number;
	answer: Answer | null;
	outcome: Outcome;
	/** Of what is wrong. */
	why?: string;
}

interface WriteBase {
	person: string;
	/**
	 * `acknowledged`: it was answered as done. `refused`: answered as not done. `open`: asked, and nobody knows. A write that was open
	 * once and is refused stays open: the first request may have done it.
	 */
	state: 'acknowledged' | 'refused' | 'open';
}

/** What a person wanted done, once, however often it had to be asked. */
export type Write = WriteBase &
	(
		| {kind: 'create_food'; name: string; energy_kcal: number; food_id: string | null}
		| {kind: 'food_from_label'; name: string; image_id: string; food_id: string | null}
		| {kind: 'edit_food'; food_id: string; energy_kcal: number}
		| {kind: 'propose_edit'; food_id: string; fiber_g: number; proposal_id: string | null}
		| {kind: 'decide'; item_id: string; food_id: string; decision: 'approve' | 'reject'}
		| {kind: 'upload'; sha256: string; energy_kcal: number; image_id: string | null}
	);

export class Ledger {
	readonly attempts: Attempt[] = [];
	readonly writes: Write[] = [];

	count(outcome: Outcome): number {
		return this.attempts.filter(attempt => attempt.outcome === outcome).length;
	}
}

interface Body {
	data?: unknown;
	error?: {code?: unknown; message?: unknown};
}

/** Whether an answer is what was promised. A refusal must have the form of all refusals, or it is wrong too. */
export function judge(answer: Answer, expected: Expectation): {outcome: Outcome; why?: string; body?: Body} {
	const wrong = (why: string) => ({outcome: 'wrong' as const, why: `${answer.status}: ${why}`});
	if (expected.content_type !== undefined && expected.status.includes(answer.status)) {
		return answer.content_type.startsWith(expected.content_type)
			? {outcome: 'good'}
			: wrong(`it is ${answer.content_type}, not ${expected.content_type}`);
	}
	if (!answer.content_type.startsWith('application/json')) return wrong(`${answer.content_type} in place of JSON`);
	let body: Body;
	try {
		body = JSON.parse(answer.text);
	} catch {
		return wrong(`JSON that cannot be read: ${answer.text.slice(-100)}`);
	}
	if (expected.status.includes(answer.status)) {
		const why = wrongContent(body.data, expected);
		return why === null ? {outcome: 'good', body} : wrong(why);
	}
	const code = body.error?.code;
	if (typeof code !== 'string' || typeof body.error?.message !== 'string' || body.error.message === '') {
		return wrong(`no error in the form of all errors: ${answer.text.slice(0, 200)}`);
	}
	if (answer.status === 503 && code === 'UNAVAILABLE') return {outcome: 'unavailable', body};
	if (answer.status >= 400 && answer.status < 500 && expected.refusals?.includes(code))
		return {outcome: 'refused', body};
	return wrong(answer.text.slice(0, 300));
}

interface Row {
	id?: unknown;
	food?: Row;
	proposal_id?: unknown;
	status?: unknown;
	created_by?: unknown;
}

function wrongContent(data: unknown, {has, includes = [], excludes = [], visible_to}: Expectation): string | null {
	const different = has === undefined ? null : differenceIn(data, has);
	if (different !== null) return different;
	if (includes.length === 0 && excludes.length === 0 && visible_to === undefined) return null;
	if (!Array.isArray(data)) return 'no list';
	const rows = data as Row[];
	const ids = new Set(rows.map(row => row.proposal_id ?? row.id ?? row.food?.id));
	if (ids.size < rows.length) return 'a row stands in it twice';
	const lacking = includes.find(id => !ids.has(id));
	if (lacking !== undefined) return `${lacking} is not in the list`;
	const forbidden = excludes.find(id => ids.has(id));
	if (forbidden !== undefined) return `${forbidden} is in the list`;
	if (visible_to === undefined) return null;
	const others = rows.find(row => row.status !== 'verified' && row.created_by !== visible_to);
	return others === undefined ? null : `${others.id} is another user's`;
}

function differenceIn(actual: unknown, wanted: Record<string, unknown>, path = ''): string | null {
	for (const [field, value] of Object.entries(wanted)) {
		const found = (actual as Record<string, unknown> | null | undefined)?.[field];
		const different =
			typeof value === 'object' && value !== null && !Array.isArray(value)
				? differenceIn(found, value as Record<string, unknown>, `${path}${field}.`)
				: isDeepStrictEqual(found, value)
					? null
					: `${path}${field} is ${JSON.stringify(found)}, not ${JSON.stringify(value)}`;
		if (different !== null) return different;
	}
	return null;
}
