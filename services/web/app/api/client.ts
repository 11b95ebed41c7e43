import {messages} from '../messages.ts';
import {connection} from './connection.ts';
import {session} from './session.ts';
import type {SignedIn} from './types.ts';

// The manner of API.md, once: envelope, errors with their request id, the access token (in memory only) and its renewal by the
// httpOnly cookie. What can be asked is in calls.ts.

/** The server said no; its message is meant for the person. */
export class ApiError extends Error {
	override readonly name = 'ApiError';
	readonly status: number;
	readonly code: string;
	readonly details: unknown;
	readonly requestId: string | null;
	/** Seconds to wait before another try, with 429 and some 503. */
	readonly retryAfter: number | null;

	constructor(
		status: number,
		said: {code?: unknown; message?: unknown; details?: unknown},
		headers: Pick<Headers, 'get'>,
	) {
		super(typeof said.message === 'string' && said.message !== '' ? said.message : messages.error.unknown(status));
		this.status = status;
		this.code = typeof said.code === 'string' ? said.code : 'UNKNOWN';
		this.details = said.details;
		this.requestId = headers.get('x-request-id');
		const wait = Number(headers.get('retry-after') ?? Number.NaN);
		this.retryAfter = Number.isFinite(wait) ? Math.max(1, Math.ceil(wait)) : null;
	}

	/** What register says is missing: a setup code or an invitation. */
	get needs(): unknown {
		return typeof this.details === 'object' && this.details !== null ? (this.details as {needs?: unknown}).needs : null;
	}

	/** The server's message for one field of the body, or null. */
	for(field: string): string | null {
		if (!Array.isArray(this.details)) return null;
		for (const detail of this.details as unknown[]) {
			if (typeof detail !== 'object' || detail === null) continue;
			const {path, message} = detail as {path?: unknown; message?: unknown};
			const at = Array.isArray(path) ? path.join('.') : String(path ?? '');
			if ((at === field || at === `body.${field}`) && typeof message === 'string') return message;
		}
		return null;
	}
}

/** No answer at all: offline, the server is away, or it took too long. Nothing is known of what it did. */
export class Unreachable extends Error {
	override readonly name = 'Unreachable';
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface Ask {
	body?: unknown;
	query?: Record<string, string | number | undefined | null>;
	signal?: AbortSignal | undefined;
	/** Sent without a token, and a 401 is the answer instead of a reason to renew it. */
	anonymous?: boolean;
}

export interface Answer<Data> {
	data: Data;
	meta: {next_cursor?: string | null};
}

const TIMEOUT_MS = 20_000;

/** Asks the server. Throws `ApiError` or `Unreachable`; where `signal` aborts, its reason. */
export async function ask<Data>(method: Method, path: string, options: Ask = {}): Promise<Answer<Data>> {
	const response = await authorized(options, token => send(method, path, options, token));
	if (response.status === 204) return {data: undefined as Data, meta: {}};
	const {data, meta} = (await response.json()) as {data: Data; meta?: Answer<Data>['meta']};
	return {data, meta: meta ?? {}};
}

/** A picture of the server's as an object URL; the caller revokes it. A header cannot be sent by `<img>`. */
export async function askPicture(path: string, signal?: AbortSignal): Promise<Blob> {
	return (await authorized({}, token => send('GET', path, {signal}, token))).blob();
}

/**
 * Sends one picture. `onProgress` is told fractions of 1; fetch cannot say how much has left, XMLHttpRequest can.
 * Throws as `ask` does.
 */
export async function upload<Data>(
	path: string,
	picture: Blob,
	name: string,
	onProgress: (fraction: number) => void,
): Promise<Data> {
	const response = await authorized({}, token => sendPicture(path, picture, name, onProgress, token));
	return ((await response.json()) as {data: Data}).data;
}

async function authorized(
	{anonymous = false}: {anonymous?: boolean},
	attempt: (token: string | null) => Promise<Response>,
): Promise<Response> {
	if (anonymous) return answered(await attempt(null));
	const token = session.token() ?? (await renew());
	const response = await attempt(token);
	// A token can end, or be revoked, between two calls: renewed once. Another 401 is the answer.
	if (response.status !== 401) return answered(response);
	return answered(await attempt(session.token() === token ? await renew() : session.token()));
}

async function answered(response: Response): Promise<Response> {
	if (response.ok) return response;
	let said: unknown = null;
	try {
		said = ((await response.json()) as {error?: unknown}).error;
	} catch {
		// A tunnel or a proxy answers in HTML; the status says what there is to say.
	}
	throw new ApiError(response.status, typeof said === 'object' && said !== null ? said : {}, response.headers);
}

async function send(method: Method, path: string, options: Ask, token: string | null): Promise<Response> {
	const {body, query = {}, signal} = options;
	const asked = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) {
		if (value !== undefined && value !== null && value !== '') asked.set(name, String(value));
	}
	const headers: Record<string, string> = {accept: 'application/json', 'x-hearth-client': 'web'};
	if (token !== null) headers.authorization = `Bearer ${token}`;
	if (body !== undefined) headers['content-type'] = 'application/json';

	const limit = new AbortController();
	const timer = setTimeout(() => limit.abort(), TIMEOUT_MS);
	const giveUp = () => limit.abort();
	signal?.addEventListener('abort', giveUp);
	try {
		const response = await fetch(`/api/v1${path}${asked.size > 0 ? `?${asked}` : ''}`, {
			method,
			headers,
			body: body === undefined ? null : JSON.stringify(body),
			signal: limit.signal,
			credentials: 'same-origin',
			cache: 'no-store',
		});
		connection.found();
		return response;
	} catch (cause) {
		if (signal?.aborted) throw signal.reason;
		connection.lost();
		throw new Unreachable(limit.signal.aborted ? messages.offline.timeout : messages.offline.unreachable, {cause});
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener('abort', giveUp);
	}
}

function sendPicture(
	path: string,
	picture: Blob,
	name: string,
	onProgress: (fraction: number) => void,
	token: string | null,
): Promise<Response> {
	const form = new FormData();
	form.set('image', picture, name);
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		request.open('POST', `/api/v1${path}`);
		request.responseType = 'text';
		request.setRequestHeader('x-hearth-client', 'web');
		if (token !== null) request.setRequestHeader('authorization', `Bearer ${token}`);
		request.upload.onprogress = event => event.lengthComputable && onProgress(event.loaded / event.total);
		request.onload = () => {
			connection.found();
			const headers = new Headers();
			for (const header of ['x-request-id', 'retry-after']) {
				const value = request.getResponseHeader(header);
				if (value !== null) headers.set(header, value);
			}
			resolve(new Response(request.responseText, {status: request.status, headers}));
		};
		request.onerror = () => {
			connection.lost();
			reject(new Unreachable(messages.offline.unreachable));
		};
		request.send(form);
	});
}

let renewing: Promise<string> | null = null;

/**
 * A new access token by the refresh cookie: one request however many calls wait for it. Throws `ApiError` 401 when the session
 * has ended, and says so to the whole app.
 */
export function renew(): Promise<string> {
	renewing ??= withLock(async () => {
		try {
			const {data} = await ask<SignedIn>('POST', '/auth/refresh', {body: {}, anonymous: true});
			session.started(data);
			return data.access_token;
		} catch (error) {
			if (error instanceof ApiError && (error.status === 401 || error.status === 403)) session.ended();
			throw error;
		}
	}).finally(() => {
		renewing = null;
	});
	return renewing;
}

// Two tabs that renew at the same instant would spend one cookie twice; the server forgives that for 10 s, a lock avoids it.
// Locks exist only over https and on localhost.
const withLock = <T>(work: () => Promise<T>): Promise<T> =>
	'locks' in navigator ? (navigator.locks.request('hearth-refresh', work) as Promise<T>) : work();
