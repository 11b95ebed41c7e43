import type {Cache} from '@hearth/ports/cache.js';
import type {Context as KoaContext} from 'koa';
import {PublicError} from '../errors.js';
import {apiLimit} from '../platform-settings.js';
import type {Route, User} from '../plugin.js';
import type {Settings} from '../settings.js';

const WINDOW_MS = 60_000;

export type Limiter = (ctx: KoaContext, who: {ip: string; user: User | null; body: unknown}) => Promise<void>;

/**
 * Counts requests of one route against its limit, or the common one of a user or address; sets `X-Rate-Limit-…` and throws
 * RATE_LIMITED with `Retry-After`.
 */
export function rateLimiter(route: Route, cache: Cache, settings: Settings): Limiter {
	const {
		per_minute,
		by,
		bucket = route.path,
	} = route.limit ?? {per_minute: apiLimit, by: 'user' as const, bucket: 'api'};
	const limit = typeof per_minute === 'number' ? per_minute : settings.get(per_minute);
	return async (ctx, who) => {
		const rate = await cache.consume(`rate:${bucket}:${keyOf(by, who)}`, limit, WINDOW_MS);
		const seconds = Math.ceil(rate.reset_ms / 1000);
		ctx.set({
			'X-Rate-Limit-Limit': String(rate.limit),
			'X-Rate-Limit-Remaining': String(rate.remaining),
			'X-Rate-Limit-Reset': String(Math.ceil((Date.now() + rate.reset_ms) / 1000)),
		});
		if (rate.allowed) return;
		ctx.set('Retry-After', String(Math.max(1, seconds)));
		throw new PublicError('RATE_LIMITED', `Too many requests. Try again in ${Math.max(1, seconds)} seconds.`);
	};
}

function keyOf(
	by: 'user' | 'account' | 'address',
	{ip, user, body}: {ip: string; user: User | null; body: unknown},
): string {
	if (by === 'user' && user !== null) return `user:${user.id}`;
	if (by !== 'account') return `address:${ip}`;
	const email =
		typeof body === 'object' && body !== null && 'email' in body
			? String(body.email).trim().toLowerCase().slice(0, 320)
			: '';
	return `account:${ip}:${email}`;
}
