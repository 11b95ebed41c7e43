import type {Auth} from './auth.js';

// The manner of API.md: envelope, bearer token and its renewal, errors, and how long to wait.

/** The server said no. */
export class Refused extends Error {
	override readonly name = 'Refused';
	readonly status: number;
	readonly code: string;
	readonly details: unknown;
	/** Milliseconds to wait before another try; null where it does not say. */
	readonly retry_after_ms: number | null;

	constructor(
		status: number,
		said: {code?: unknown; message?: unknown; details?: unknown},
		retry_after_ms: number | null,
	) {
		super(typeof said.message === 'string' ? said.message : `The server answered ${status}.`);
		this.status = status;
		this.code = typeof said.code === 'string' ? said.code : 'UNKNOWN';
		this.details = said.details;
		this.retry_after_ms = retry_after_ms;
	}
}

/** No answer: nothing is known of what the server did. */
export class Unreachable extends Error {
	override readonly name = 'Unreachable';
}

/** The person has switched sync off. */
export class SyncDisabled extends Error {
	override readonly name = 'SyncDisabled';
	readonly code = 'SYNC_DISABLED';

	constructor() {
		super('Sync is switched off for this account. Switch it on in the profile; what waits here is kept.');
	}
}

/** What the server holds belongs to somebody else than what is on this device. */
export class OtherUser extends Error {
	override readonly name = 'OtherUser';
	readonly code = 'OTHER_USER';

	constructor() {
		super('This device holds the records of somebody else. Sign in as that person, or use a store of your own.');
	}
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface RequestsOptions {
	/** Of the house, without a slash at its end. */
	url: string;
	auth: Auth;
	fetch: Fetch;
	/** Called with the user of each token before it is used; throws `OtherUser`. */
	claim: (user_id: string) => Promise<void>;
}

// A push of 1 MB over a slow line takes this long.
const TIMEOUT_MS = 60_000;
// Whatever a server or a proxy says, it is asked again the next day.
const LONGEST_WAIT_MS = 24 * 60 * 60_000;
// Of the server's; asked for in fewer requests.
const PAGE_SIZE = 200;

export class Requests {
	readonly #options: RequestsOptions;
	#claimed: string | null = null;
	readonly #closing = new AbortController();

	constructor(options: RequestsOptions) {
		this.#options = options;
	}

	/** Throws `Refused`, `Unreachable`, `SignedOut` or `OtherUser`. */
	async ask<Data>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Data> {
		return (await this.#answer<{data: Data}>(method, path, body)).data;
	}

	/** All pages of a list. */
	async list<Item>(path: string): Promise<Item[]> {
		const items: Item[] = [];
		let cursor: string | null = null;
		do {
			const query = new URLSearchParams({limit: String(PAGE_SIZE), ...(cursor === null ? {} : {cursor})});
			const page: {data: Item[]; meta?: {next_cursor?: string | null}} = await this.#answer('GET', `${path}?${query}`);
			items.push(...page.data);
			cursor = page.meta?.next_cursor ?? null;
		} while (cursor !== null);
		return items;
	}

	/** An answer that goes on; the caller reads its body until it ends, and ends it by `signal`. */
	stream(path: string, signal: AbortSignal): Promise<Response> {
		return this.#authorized(token => this.#send('GET', path, token, {signal, accept: 'text/event-stream'}));
	}

	/** What is under way fails as unreachable. */
	close(): void {
		this.#closing.abort();
	}

	async #answer<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
		const timeout = new AbortController();
		const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
		const stop = () => timeout.abort();
		this.#closing.signal.addEventListener('abort', stop);
		try {
			const {signal} = timeout;
			const response = await this.#authorized(token =>
				this.#send(method, path, token, {signal, accept: 'application/json', body}),
			);
			return response.status === 204 ? ({data: undefined} as Answer) : await readJson<Answer>(response);
		} finally {
			clearTimeout(timer);
			this.#closing.signal.removeEventListener('abort', stop);
		}
	}

	/** A token may end, or be revoked, at any time: it is renewed once, and the second 401 is the answer. */
	async #authorized(attempt: (token: string) => Promise<Response>): Promise<Response> {
		const token = await this.#token();
		const first = await attempt(token);
		const response = first.status === 401 ? await attempt(await this.#token(token)) : first;
		if (response.ok) return response;
		const refused = await refusalOf(response);
		throw refused.code === 'SYNC_DISABLED' ? new SyncDisabled() : refused;
	}

	async #token(refused?: string): Promise<string> {
		const token = await this.#options.auth.token(refused);
		const user = userOf(token);
		if (user !== null && user !== this.#claimed) {
			await this.#options.claim(user);
			this.#claimed = user;
		}
		return token;
	}

	async #send(
		method: string,
		path: string,
		token: string,
		{signal, accept, body}: {signal: AbortSignal; accept: string; body?: unknown},
	): Promise<Response> {
		const headers: Record<string, string> = {accept, authorization: `Bearer ${token}`};
		if (body !== undefined) headers['content-type'] = 'application/json';
		try {
			return await this.#options.fetch(`${this.#options.url}/api/v1${path}`, {
				method,
				headers,
				...(body === undefined ? {} : {body: JSON.stringify(body)}),
				signal,
			});
		} catch (cause) {
			throw new Unreachable('The server cannot be reached.', {cause});
		}
	}
}

export async function readJson<Answer>(response: Response): Promise<Answer> {
	try {
		return (await response.json()) as Answer;
	} catch (cause) {
		throw new Unreachable('The answer was cut off, or is not the house’s.', {cause});
	}
}

export async function refusalOf(response: Response): Promise<Refused> {
	let said: unknown;
	try {
		said = ((await response.json()) as {error?: unknown}).error;
	} catch {
		// Of a proxy, in HTML; the status says what there is to say.
	}
	const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
	return new Refused(
		response.status,
		typeof said === 'object' && said !== null ? said : {},
		Number.isFinite(seconds) ? Math.min(LONGEST_WAIT_MS, Math.max(0, seconds) * 1000) : null,
	);
}

/** `sub` of an access token; null where it is none that can be read. Whether it is genuine is for the server to say. */
function userOf(token: string): string | null {
	try {
		const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
		const {sub} = JSON.parse(atob(payload)) as {sub?: unknown};
		return typeof sub === 'string' ? sub : null;
	} catch {
		return null;
	}
}
