import {type Answer, type Attempt, type Expectation, judge, type Kind, type Ledger} from './ledger.js';

/** Who asks. The tokens change as they sign in again. */
export interface Account {
	id: string;
	email: string;
	access_token: string;
	refresh_token: string;
}

export interface Request {
	kind: Kind;
	method: 'GET' | 'POST' | 'PUT';
	path: string;
	/** Sent as JSON, a FormData as multipart. */
	body?: unknown;
	key?: string;
	anonymous?: boolean;
}

/** An attempt with the data or the error it was answered with. */
export interface Asked extends Attempt {
	// biome-ignore lint/suspicious/noExplicitAny: answers of every shape, judged by what they must have
	data: any;
	error: {code?: unknown; message?: unknown} | undefined;
}

// Longer than the house may take to say that a part is down; what comes later counts as late.
const PATIENCE_MS = 10_000;

/**
 * Asks once and writes it down. `expected` is asked when the answer is there, since what is right may have changed meanwhile.
 * Throws nothing: no answer is an outcome, too.
 */
export async function ask(
	{url, ledger, clock}: {url: string; ledger: Ledger; clock: () => number},
	as: Account,
	{kind, method, path, body, key, anonymous = false}: Request,
	expected: () => Expectation,
): Promise<Asked> {
	const form = body instanceof FormData;
	const sent_ms = clock();
	let answer: Answer | null = null;
	let cause: unknown;
	try {
		const response = await fetch(url + path, {
			method,
			headers: {
				...(anonymous ? {} : {authorization: `Bearer ${as.access_token}`}),
				...(body === undefined || form ? {} : {'content-type': 'application/json'}),
				...(key === undefined ? {} : {'idempotency-key': key}),
			},
			...(body === undefined ? {} : {body: form ? body : JSON.stringify(body)}),
			redirect: 'manual',
			signal: AbortSignal.timeout(PATIENCE_MS),
		});
		const text = Buffer.from(await response.arrayBuffer()).toString('utf8');
		answer = {status: response.status, content_type: response.headers.get('content-type') ?? '', text};
	} catch (error) {
		cause = error;
	}
	const judged =
		answer === null
			? {outcome: isTimeout(cause) ? ('late' as const) : ('cut' as const), why: String(cause)}
			: judge(answer, expected());
	const {body: told, ...verdict} = {body: undefined, ...judged};
	const attempt: Attempt = {
		kind,
		person: as.id,
		path: `${method} ${path}`,
		sent_ms,
		answered_ms: clock(),
		// What was right is not looked at again.
		answer: answer === null || verdict.outcome === 'good' ? null : {...answer, text: answer.text.slice(0, 1000)},
		...verdict,
	};
	ledger.attempts.push(attempt);
	return {...attempt, data: told?.data, error: told?.error};
}

const isTimeout = (error: unknown) => error instanceof Error && error.name === 'TimeoutError';
