import {type Fetch, readJson, refusalOf, Unreachable} from './requests.js';
import type {Store} from './store.js';

/** Where access tokens come from. */
export interface Auth {
	/**
	 * A token to use now, and not `refused`, which the server has just turned down. Throws `SignedOut` where the session has ended,
	 * `Unreachable` where nobody can say.
	 */
	token(refused?: string): Promise<string>;
}

/** The session has ended; somebody has to sign in again. What waits to be sent stays. */
export class SignedOut extends Error {
	override readonly name = 'SignedOut';
	readonly code = 'SIGNED_OUT';
}

export interface Session extends Auth {
	signIn(credentials: {email: string; password: string; totp?: string}): Promise<{user_id: string}>;
	/** Here at once; the server is told if it can be reached. Records and queue stay. */
	signOut(): Promise<void>;
	isSignedIn(): Promise<boolean>;
}

export interface SessionOptions {
	/** Of the house, without a slash at its end. */
	url: string;
	/** Keeps the tokens; the same that keeps the records. */
	store: Store;
	/** What the list of devices calls this one, and its id, which pushes bear too. */
	device: {id: string; name: string};
	fetch?: Fetch;
	now?: () => number;
}

interface Tokens {
	access_token: string;
	refresh_token: string;
	/** Epoch milliseconds, by this device's clock: a hint, the server decides. */
	expires_at: number;
}

interface SignedIn {
	access_token: string;
	refresh_token: string;
	expires_in: number;
	user: {id: string};
}

const KEY = 'session';
// A token that ends on its way costs one more round.
const EARLY_MS = 30_000;
// The server forgives a spent refresh token for 10 s; a lost answer is asked for again within that.
const TRIES = 3;
const TIMEOUT_MS = 20_000;

/** Tokens kept in the store, so that they outlive a restart; renewed once however many wait. A web page rather uses the cookie. */
export function storedSession({
	url,
	store,
	device,
	fetch = (address, init) => globalThis.fetch(address, init),
	now = Date.now,
}: SessionOptions): Session {
	let renewing: Promise<string> | null = null;
	const kept = () => store.read(tx => tx.get<Tokens>(KEY));
	const post = (path: string, body: unknown) => postTo(fetch, `${url}/api/v1/auth/${path}`, body);

	async function keep(response: Response): Promise<{access_token: string; user_id: string}> {
		const {data} = await readJson<{data: SignedIn}>(response);
		const {access_token, refresh_token, expires_in, user} = data;
		const tokens: Tokens = {access_token, refresh_token, expires_at: now() + expires_in * 1000};
		await store.write(async tx => tx.put(KEY, tokens));
		return {access_token, user_id: user.id};
	}

	const usable = (tokens: Tokens, refused: string | undefined) =>
		tokens.access_token !== refused && now() < tokens.expires_at - EARLY_MS;

	async function renew(refused: string | undefined): Promise<string> {
		// Read again: perhaps another tab, or whoever came just before, has renewed them.
		const tokens = await kept();
		if (tokens === undefined) throw new SignedOut('Nobody is signed in on this device.');
		if (usable(tokens, refused)) return tokens.access_token;
		for (let attempt = 1; ; attempt += 1) {
			try {
				const response = await post('refresh', {refresh_token: tokens.refresh_token});
				if (response.ok) return (await keep(response)).access_token;
				const refusal = await refusalOf(response);
				if (refusal.status !== 401) throw refusal;
				await store.write(async tx => tx.delete(KEY));
				throw new SignedOut(refusal.message, {cause: refusal});
			} catch (error) {
				if (!(error instanceof Unreachable) || attempt === TRIES) throw error;
			}
		}
	}

	return {
		async token(refused) {
			const tokens = await kept();
			if (tokens !== undefined && usable(tokens, refused)) return tokens.access_token;
			renewing ??= renew(refused).finally(() => {
				renewing = null;
			});
			return renewing;
		},
		async signIn(credentials) {
			const response = await post('login', {...credentials, device});
			if (!response.ok) throw await refusalOf(response);
			const {user_id} = await keep(response);
			return {user_id};
		},
		async signOut() {
			const tokens = await kept();
			await store.write(async tx => tx.delete(KEY));
			if (tokens === undefined) return;
			// Best effort: without a connection the refresh token ends by itself, and nobody has it any more.
			await post('logout', {refresh_token: tokens.refresh_token}).catch(() => {});
		},
		isSignedIn: async () => (await kept()) !== undefined,
	};
}

async function postTo(fetch: Fetch, address: string, body: unknown): Promise<Response> {
	const timeout = new AbortController();
	const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
	try {
		return await fetch(address, {
			method: 'POST',
			headers: {'content-type': 'application/json', accept: 'application/json'},
			body: JSON.stringify(body),
			signal: timeout.signal,
		});
	} catch (cause) {
		throw new Unreachable('The server cannot be reached.', {cause});
	} finally {
		clearTimeout(timer);
	}
}
