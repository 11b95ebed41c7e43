import {isIPv6} from 'node:net';
import type {Cache, RateLimit} from '@hearth/ports/cache.js';
import type {Context as KoaContext} from 'koa';
import {PublicError} from '../errors.js';
import {addressLimit, apiLimit} from '../platform-settings.js';
import type {Route, User} from '../plugin.js';
import type {Settings} from '../settings.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

// A household of several people shares one address; who tries one account after another from there is stopped at this many times the
// limit of a single one.
const ACCOUNTS_OF_AN_ADDRESS = 10;
// Guessing at one account from ever new addresses: all that never signed in to it have, together, this many times its limit, an hour.
const STRANGERS_PER_HOUR = 10;
// An address from which somebody signed in is not a stranger to that account for so long; its owner, at home, is not kept out by others.
// At most what a timer takes, 24 days.
const FAMILIAR_MS = 21 * 24 * HOUR_MS;

interface Asking {
	ip: string;
	user: User | null;
	/** Undefined until it was read. */
	body: unknown;
}

export interface Limiter {
	/** Counts one request; sets `X-Rate-Limit-…`. Throws RATE_LIMITED with `Retry-After`. */
	count(ctx: KoaContext, asking: Asking): Promise<void>;
	/** To be told that the request was granted. */
	granted(asking: Asking): Promise<void>;
}

/** Counts requests of one route against its limit, or the common one of a user or address. */
export function rateLimiter(route: Route, cache: Cache, settings: Settings): Limiter {
	const {
		per_minute,
		by,
		bucket = route.path,
	} = route.limit ?? {per_minute: apiLimit, by: 'user' as const, bucket: 'api'};
	const limit = typeof per_minute === 'number' ? per_minute : settings.get(per_minute);
	if (by === 'account') return accountLimiter(bucket, limit, cache);
	return {
		async count(ctx, {ip, user}) {
			const key = by === 'user' && user !== null ? `user:${user.id}` : `address:${networkOf(ip)}`;
			judge(ctx, await cache.consume(`rate:${bucket}:${key}`, limit, MINUTE_MS));
		},
		async granted() {},
	};
}

/** Attempts at an account: of one address, of one address at all accounts, of all unfamiliar addresses at one. */
function accountLimiter(bucket: string, limit: number, cache: Cache): Limiter {
	const familiar = (account: string, network: string) => `familiar:${account}:${network}`;
	return {
		async count(ctx, {ip, body}) {
			const [account, network] = [accountOf(body), networkOf(ip)];
			// First, so that what it refuses counts against nobody else.
			judge(ctx, await cache.consume(`rate:${bucket}:account:${network}:${account}`, limit, MINUTE_MS));
			const all = await cache.consume(`rate:${bucket}:accounts:${network}`, limit * ACCOUNTS_OF_AN_ADDRESS, MINUTE_MS);
			if (!all.allowed) judge(ctx, all);
			if (account === '' || (await cache.get(familiar(account, network))) !== null) return;
			const strangers = await cache.consume(`rate:${bucket}:strangers:${account}`, limit * STRANGERS_PER_HOUR, HOUR_MS);
			if (!strangers.allowed) judge(ctx, strangers);
		},
		async granted({ip, body}) {
			const account = accountOf(body);
			if (account !== '') await cache.set(familiar(account, networkOf(ip)), true, FAMILIAR_MS);
		},
	};
}

/**
 * Counts what nobody is known for: requests without a token or with one that is yet to be verified, and paths that no route has. It
 * stands before any work that such a request would cause.
 */
export function addressLimiter(cache: Cache, settings: Settings): (ctx: KoaContext, ip: string) => Promise<void> {
	const limit = settings.get(addressLimit);
	return async (ctx, ip) => {
		const rate = await cache.consume(`rate:address:${networkOf(ip)}`, limit, MINUTE_MS);
		if (!rate.allowed) judge(ctx, rate);
	};
}

function judge(ctx: KoaContext, {allowed, limit, remaining, reset_ms}: RateLimit): void {
	const {res} = ctx;
	res.setHeader('X-Rate-Limit-Limit', String(limit));
	res.setHeader('X-Rate-Limit-Remaining', String(remaining));
	res.setHeader('X-Rate-Limit-Reset', String(Math.ceil((Date.now() + reset_ms) / 1000)));
	if (allowed) return;
	const seconds = Math.max(1, Math.ceil(reset_ms / 1000));
	res.setHeader('Retry-After', String(seconds));
	throw new PublicError('RATE_LIMITED', `Too many requests. Try again in ${seconds} seconds.`);
}

const accountOf = (body: unknown): string =>
	typeof body === 'object' && body !== null && 'email' in body
		? String(body.email).trim().toLowerCase().slice(0, 320)
		: '';

/** Whose the address is: of IPv6 a subscriber is given a /64 or more, and may take any address in it. */
export function networkOf(address: string): string {
	if (!isIPv6(address)) return address;
	const [front = [], back] = address
		.replace(/%.*$/, '')
		.split('::')
		.map(half => half.split(':').filter(Boolean));
	const zeros = back === undefined ? 0 : 8 - front.length - back.length;
	const groups = [...front, ...Array<string>(Math.max(0, zeros)).fill('0'), ...(back ?? [])].slice(0, 4);
	return `${groups.map(group => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
